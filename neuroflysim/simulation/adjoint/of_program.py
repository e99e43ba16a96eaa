"""What a program needs for `Program.pullback`: checks, and a network that goes back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from attrs import evolve

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.simulation.adjoint.memory import pieces_within
from neuroflysim.simulation.adjoint.pullback import Pullback, longest_run
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.grey import lead_steps
from neuroflysim.simulation.room import Room
from neuroflysim.simulation.running import ENGINES, Runner
from neuroflysim.simulation.work import Work


class PullbackOfProgram:
    """Keeps the network that went back last.

    Parameters
    ----------
    setup : Setup
    engine : str
    n_frames : int
    settles : bool
    """

    def __init__(self, setup: Setup, engine: str, n_frames: int, settles: bool):
        self._setup = evolve(setup, room=Room(), reduction=None, variables=())
        self._engine, self._n_frames, self._settles = engine, n_frames, settles
        self._kept: tuple[tuple, Pullback] | None = None

    def of(self, work: Work, limit: float) -> Pullback:
        """Return a network that goes back through some work within a limit of memory.

        Parameters
        ----------
        work : Work
        limit : float
            Bytes.
        """
        asked = (len(work.candidates), work.n_showings, limit, _shown(work))
        if self._kept is None or self._kept[0] != asked:
            self._kept = asked, self._made(work, limit)
        return self._kept[1]

    def _made(self, work: Work, limit: float) -> Pullback:
        """Return a new network, or the one that is there if it would be the same."""
        engine = ENGINES[self._engine]
        n_lead = lead_steps(self._setup.time_step) if self._settles else 0
        setup, pieces = pieces_within(
            self._setup, engine, len(work.candidates), work.n_showings,
            longest_run(self._setup, n_lead, self._n_frames), limit,
        )  # fmt: skip
        if self._kept is not None and self._kept[0][-1] == _shown(work):
            before = self._kept[1]
            if before.is_of(setup.lanes, pieces):
                return before
        self.close()
        runner = Runner(setup, self._engine, "runtime", self._n_frames, self._settles)
        return Pullback(runner, self._engine, pieces, work)

    def close(self) -> None:
        """Free the network."""
        if self._kept is not None:
            self._kept[1].close()
            self._kept = None


def _shown(work: Work):
    """Return the equations of a stimulus as far as code depends on them; None for frames."""
    equations = work.stimulus.form.equations
    return equations and (equations.abstract_code({}), tuple(equations.parameters))


def require_reversible(engine: str, device: str, trials: int | None) -> None:
    """Raise if a program cannot go back.

    Parameters
    ----------
    engine, device : str
    trials : int or None
    """
    if engine != "lattice":
        raise InvalidValueError(
            f"engine is {engine!r}, but only engine='lattice' has derivatives; compile with it."
        )
    if device != "runtime":
        raise InvalidValueError(
            f"device is {device!r}, but derivatives are computed in this process only, where the"
            " steps of a run are kept; compile with device='runtime'."
        )
    if trials is not None:
        raise InvalidValueError(
            f"the program was compiled with trials={trials}, but derivatives have no such"
            " dimension; compile without trials, and give the parameters several times."
        )


def checked_of_loss(
    dloss_dvoltage: npt.ArrayLike, shape: tuple[int, ...], lost: np.ndarray | None = None
) -> np.ndarray:
    """Return derivatives by voltages, of the shape of the voltages.

    Parameters
    ----------
    dloss_dvoltage : array_like
    shape : tuple of int
        Candidates, conditions, times, recorded cells.
    lost : ndarray of bool, shape (candidate,), optional
        Whose derivatives do not matter, and may be NaN.
    """
    values = getattr(dloss_dvoltage, "values", dloss_dvoltage)
    if type(values) is not np.ndarray or values.dtype != np.float32:  # so much of it takes long
        values = checks.numeric_array("dloss_dvoltage", dloss_dvoltage)
    if values.shape != shape:
        raise InvalidValueError(
            f"dloss_dvoltage has shape {values.shape}, but must be {shape}, as the voltage of"
            " Program.run: (candidate, condition, time, cell_type), or neuron in the place of"
            " cell_type unless central cells are recorded."
        )
    if lost is not None and lost.any():
        values = np.where(lost[:, None, None, None], 0.0, values)
    finite = np.isfinite(values)
    if not finite.all():
        first = tuple(int(k) for k in np.argwhere(~finite)[0])
        raise InvalidValueError(
            f"dloss_dvoltage holds {values[first]} at (candidate, condition, time, cell) {first},"
            " but must be numbers; 0 where the loss does not depend on the voltage."
        )
    return values
