"""Derivatives of a loss of recorded voltages, of all candidates and conditions of a program."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import field, frozen

from neuroflysim.progress import progress_bar
from neuroflysim.simulation.adjoint.memory import Pieces
from neuroflysim.simulation.adjoint.one_run import OneRun
from neuroflysim.simulation.adjoint.reverse_program import ReverseProgram
from neuroflysim.simulation.devices import Plan
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.model import build_model
from neuroflysim.simulation.running import ENGINES, Runner, in_chunks
from neuroflysim.simulation.work import Work


@frozen(eq=False)
class Pulled:
    """Sums over conditions, and what was recorded.

    Attributes
    ----------
    by_strength : ndarray, shape (candidate, strength)
        See `Strengths`.
    by_type : dict of str to ndarray, shape (candidate, cell_type)
    by_state : dict of str to ndarray, shape (candidate, neuron)
    by_light : ndarray, shape (condition, time, column)
        Without candidates whose activity ran away.
    voltage : ndarray, shape (candidate, condition, time, recorded)
    lost : ndarray of bool, shape (candidate,)
        Whose activity ran away.
    """

    by_strength: np.ndarray = field(repr=False)
    by_type: dict[str, np.ndarray] = field(repr=False)
    by_state: dict[str, np.ndarray] = field(repr=False)
    by_light: np.ndarray = field(repr=False)
    voltage: np.ndarray = field(repr=False)
    lost: np.ndarray = field(repr=False)


class Pullback:
    """A network that goes back through its runs.

    Parameters
    ----------
    runner : Runner
        Of a setup that keeps steps.
    engine : str
    pieces : Pieces
    work : Work
        Stimuli of other work must be frames, if this one is, or have the same equations.
    """

    def __init__(self, runner: Runner, engine: str, pieces: Pieces, work: Work):
        self._pieces, self._runner, setup = pieces, runner, runner.setup
        equations, n_frames = work.stimulus.form.equations, runner.n_frames
        self._program = ReverseProgram(
            Plan(
                build=lambda n_rows: build_model(
                    setup, equations, n_rows, n_frames, ENGINES[engine]
                ),
                time_step=setup.time_step,
                dtype=setup.dtype,
                n_lead=runner.n_lead,
                n_frames=n_frames,
                needs_compiler=True,
            )
        )

    def close(self) -> None:
        """Free the arrays."""
        self._program.close()

    def is_of(self, lanes: Lanes, pieces: Pieces) -> bool:
        """Return whether it has these lanes and keeps as many steps at a time."""
        kept = self._pieces.n_kept, self._pieces.n_steps
        return self._runner.setup.lanes == lanes and kept == (pieces.n_kept, pieces.n_steps)

    def knows_voltages_before_going_back(self, work: Work) -> bool:
        """Return whether all of it is one run, of which all steps are kept.

        Parameters
        ----------
        work : Work
        """
        lanes, pairs = self._runner.setup.lanes, (len(work.candidates), work.n_showings)
        in_one = pairs == (lanes.n_candidates, lanes.n_conditions)
        return in_one and len(self._pieces.bounds) == 1

    def pull(
        self,
        work: Work,
        of_loss: np.ndarray | Callable[[np.ndarray, np.ndarray], np.ndarray],
        to_the_end: bool,
        progress: bool,
        voltage: bool = True,
    ) -> Pulled:
        """Return the derivatives of a loss whose derivatives by recorded voltages are given.

        Parameters
        ----------
        work : Work
        of_loss : ndarray or callable
            Of shape (candidate, condition, time, recorded). A function takes voltages of that
            shape, and which candidates ran away, where these are known before going back.
        to_the_end : bool
            Whether to go on without candidates that run away.
        progress : bool
        voltage : bool
            Whether to return what was recorded; else there is none.
        """
        lanes, total = self._runner.setup.lanes, self._nothing(work, voltage)
        of_candidates = in_chunks(len(work.candidates), lanes.n_candidates)
        of_showings = in_chunks(work.n_showings, lanes.n_conditions)
        ways = 2 + (len(self._pieces.bounds) > 1)
        n_steps = len(of_candidates) * len(of_showings) * self._pieces.n_steps * ways
        with progress_bar(progress, total=n_steps, unit="step", delay=3, leave=False) as bar:
            for chosen in of_candidates:
                own = np.unique(chosen, return_index=True)[1]  # the last may stand several times
                light = np.zeros((len(own), *total.by_light.shape))
                for showings in of_showings:
                    run = OneRun(
                        self._program, self._runner, self._pieces, work, chosen, showings,
                        bar.update,
                    )  # fmt: skip
                    run.forwards(to_the_end)
                    if callable(of_loss):
                        of_loss = of_loss(run.voltage, run.ran_away())
                    run.backwards(of_loss)
                    _add(total, light, run, own, showings)
                total.by_light[:] += light[~total.lost[chosen[own]]].sum(axis=0)
        return total

    def _nothing(self, work: Work, voltage: bool) -> Pulled:
        setup, n_candidates = self._runner.setup, len(work.candidates)
        shape = (work.stimulus.n_conditions, self._runner.n_frames)
        n_recorded = len(setup.recorded) if voltage else 0
        return Pulled(
            by_strength=np.zeros((n_candidates, self._program.n_strengths)),
            by_type={},
            by_state={},
            by_light=np.zeros((*shape, setup.network.lattice.n_columns)),
            voltage=np.empty((n_candidates, *shape, n_recorded), dtype=setup.dtype),
            lost=np.zeros(n_candidates, dtype=bool),
        )


def _add(
    total: Pulled, light: np.ndarray, run: OneRun, own: np.ndarray, showings: np.ndarray
) -> None:
    """Add what a run gave of some of its candidates, and of each of its conditions once."""
    shown = np.unique(showings, return_index=True)[1]
    candidates, conditions, once = run.chosen[own], showings[shown], np.ix_(own, shown)
    total.lost[candidates] |= run.ran_away()[own]
    if total.voltage.size:
        total.voltage[np.ix_(candidates, conditions)] = run.voltage[once]
    light[:, conditions] = run.by_light[once]
    found = run.derivatives()
    total.by_strength[candidates] += found.by_strength[once].sum(axis=1)
    for sums, each in ((total.by_type, found.by_type), (total.by_state, found.by_state)):
        for name, values in each.items():
            if name not in sums:
                sums[name] = np.zeros((len(total.lost), values.shape[-1]))
            sums[name][candidates] += values[once].sum(axis=1)
