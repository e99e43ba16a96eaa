"""Showing a stimulus to candidates: a program that is compiled once, for all who need voltages."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from brian2 import Quantity

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.lattice import Lattice
from neuroflysim.responses import Responses
from neuroflysim.simulation import compile
from neuroflysim.simulation.settling import unasked
from neuroflysim.stimulus.protocol import Protocol

#: Where nothing is said of the eye: 91 columns.
SMALL_EYE = Lattice(extent=5)

#: Lanes that a run should have, and which part of its vectors they should fill.
ENOUGH_LANES, FULL = 32, 0.9

#: Lanes of a vector; on most processors one of float32.
LANES = 16


def candidates_at_once(n_conditions: int) -> int:
    """Return how many candidates are run together, so that vectors are full and runs are few.

    Not more than that: a population is dealt out to processes in pieces of so many.

    Parameters
    ----------
    n_conditions : int

    Examples
    --------
    >>> [candidates_at_once(n) for n in (1, 4, 5, 16)]
    [16, 8, 16, 2]
    """
    for n in (2, 4, 8):
        lanes = n * n_conditions
        if lanes >= ENOUGH_LANES and lanes / (LANES * -(-lanes // LANES)) >= FULL:
            return n
    return 16


def eye_as_json(lattice: Lattice) -> dict:
    """Return the extent or the size of a lattice, as JSON holds it.

    Parameters
    ----------
    lattice : Lattice
    """
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in lattice.arguments.items()
    }


def require_no_noise(model: Model) -> None:
    """Raise if cells of a model have noise.

    Parameters
    ----------
    model : Model
    """
    if model.dynamics.noises:
        raise InvalidValueError(
            f"the dynamics {model.dynamics.name!r} has noise, of which each candidate would"
            " have another; fit the same equations without it, and simulate with it."
        )


class Showing:
    """Shows a stimulus to candidates of a model; compiled once.

    They begin at rest at grey: on a lattice without borders with the voltages that candidates come
    with, if they do; else after a second of grey.

    Parameters
    ----------
    stimulus : Protocol or array_like
    model : Model
    lattice : Lattice
    time_step : Quantity [s]
    n_candidates : int
        Shown to in one run.
    threads : int
    record : str or list of str
        As in `nfs.compile`.
    """

    def __init__(
        self,
        stimulus: Protocol | npt.ArrayLike,
        model: Model,
        *,
        lattice: Lattice,
        time_step: Quantity,
        n_candidates: int,
        threads: int,
        record: str | list[str] = "central",
    ):
        self._from_rest = model.grey_is_known and lattice.size is not None
        self._type_of_neuron = model.connectome.network(lattice).neuron_type
        self._program = compile(
            stimulus,
            connectome=model.connectome,
            n_candidates=n_candidates,
            lattice=lattice,
            time_step=time_step,
            initial="rest" if self._from_rest else "grey",
            record=record,
            dtype="float32",
            dynamics=model.dynamics,
            threads=threads,
        )

    def responses(
        self,
        candidates: Candidates,
        stimulus: Protocol | npt.ArrayLike | None = None,
        until: np.ndarray | None = None,
    ) -> Responses:
        """Return the responses of candidates; NaN of those that run away.

        Parameters
        ----------
        candidates : Candidates
        stimulus : Protocol or array_like, optional
            Another one of as many frames.
        until : ndarray of int, shape (condition,), optional
            How many frames are wanted of each condition.
        """
        voltage = candidates.grey_voltage if self._from_rest else None
        with unasked():  # a search asks many that do not settle, and is no place to tell of each
            return self._program.run(
                candidates.parameters,
                stimulus=stimulus,
                initial=None if voltage is None else voltage[:, self._type_of_neuron],
                until=until,
                runaway="nan",
                progress=False,
            )

    def close(self) -> None:
        """Free the network."""
        self._program.close()
