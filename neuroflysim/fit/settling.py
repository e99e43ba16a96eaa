"""Whether candidates settle at grey on an eye with borders: what else a fit may be told.

The clips of a fit are short, begin at the rest state, and have no borders, so they hardly show
whether a network settles. The check of a fitted model does (`neuroflysim.fit.stability`); here is
its first part, and the same on an eye so small that every candidate of a search can be asked.
"""

from __future__ import annotations

import numpy as np

from neuroflysim.errors import SimulationError
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.flow.clip_times import TIME_STEP
from neuroflysim.lattice import Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.simulation import compile, rest_state
from neuroflysim.simulation.grey import grey_frames

#: Frames of grey (2 s, in the steps of a fit), and of these the last (0.5 s) in which voltages must
#: have settled. They start from the rest state of an endless lattice; borders and strided types of
#: cells disturb it.
GREY_FRAMES, LAST_FRAMES = 100, 25

#: The small eye. How restless fits are there tells how restless they are at extent
#: 15: docs/fit_notebook.md.
LATTICE = Lattice(extent=4)

#: Candidates in one run of the network, as many as fill the vectors of processors. Always as many,
#: so that nothing depends on how a population is dealt out.
AT_ONCE = 16

#: Unrest counts between these: below the first a voltage has settled, above the second it is no
#: worse.
LEAST, MOST = 1e-3, 1.0


class Settling:
    """Tells how far candidates are from settling; compiled once.

    Parameters
    ----------
    model : Model
    threads : int
    at_once : int
        Candidates in one run of the network.
    """

    def __init__(self, model: Model, threads: int, at_once: int = AT_ONCE):
        network = model.connectome.network(LATTICE)
        self._type_of_neuron = network.neuron_type
        self._program = compile(
            grey_frames(GREY_FRAMES, network.lattice)[None],
            connectome=model.connectome,
            n_candidates=at_once,
            lattice=LATTICE,
            initial="rest" if model.grey_is_known else "grey",
            record="all",
            dtype="float32",
            time_step=TIME_STEP,
            threads=threads,
            dynamics=model.dynamics,
        )

    def unrest(self, candidates: Candidates) -> np.ndarray:
        """Return how much voltages change in the last 0.5 s of 2 s of grey.

        Parameters
        ----------
        candidates : Candidates
            The grey voltage is that of an endless lattice.

        Returns
        -------
        ndarray, shape (candidate,)
            Range of the voltage of the cell where it is largest; NaN of a candidate that ran away.
        """
        voltage = candidates.grey_voltage
        initial = None if voltage is None else voltage[:, self._type_of_neuron]
        shown = self._program.run(
            candidates.parameters, initial=initial, runaway="nan", progress=False
        )
        return ranges(shown.voltage.to_numpy()[:, 0]).max(axis=1)

    def slopes(self, candidates: Candidates) -> tuple[float, np.ndarray, np.ndarray]:
        """Return the unrest of one candidate, with derivatives.

        Parameters
        ----------
        candidates : Candidates
            One.

        Returns
        -------
        float
            See `unrest`.
        ndarray, shape (parameter,)
            Derivatives by parameters; 0 if it has settled, or ran away.
        ndarray, shape (cell_type,)
            Those by voltages at grey.
        """
        voltage = candidates.grey_voltage
        initial = None if voltage is None else voltage[:, self._type_of_neuron]
        options = {"initial": initial, "runaway": "nan", "progress": False}
        shown = self._program.run(candidates.parameters, **options).voltage.to_numpy()[0, 0]
        unrest = ranges(shown)
        n_types = self._type_of_neuron.max() + 1
        worst = int(unrest.argmax())
        if not LEAST < unrest[worst] < MOST:
            nothing = np.zeros(len(candidates.parameters[0].to_vector()))
            return float(unrest[worst]), nothing, np.zeros(n_types)
        last = shown[-LAST_FRAMES:, worst]
        of_voltage = np.zeros((1, 1, *shown.shape))
        of_voltage[0, 0, len(shown) - LAST_FRAMES + last.argmax(), worst] += 1
        of_voltage[0, 0, len(shown) - LAST_FRAMES + last.argmin(), worst] -= 1
        found = self._program.pullback(candidates.parameters, of_voltage, **options)
        of_grey = np.bincount(self._type_of_neuron, found.initial.to_numpy()[0], n_types)
        return float(unrest[worst]), found.to_vector()[0], of_grey

    def close(self) -> None:
        """Free the network."""
        self._program.close()


def ranges(voltage: np.ndarray) -> np.ndarray:
    """Return how much voltages change in the last 0.5 s of grey: largest minus smallest.

    Parameters
    ----------
    voltage : ndarray, shape (..., time, neuron)

    Returns
    -------
    ndarray, shape (..., neuron)
    """
    return np.ptp(voltage[..., -LAST_FRAMES:, :].astype(np.float64), axis=-2)


def first_voltage(parameters: Parameters) -> np.ndarray:
    """Return from where a model is watched as it settles: its rest state, if one is found.

    Parameters
    ----------
    parameters : Parameters

    Returns
    -------
    ndarray, shape (cell_type,)
    """
    try:
        return rest_state(parameters).to_numpy()
    except SimulationError:  # none was found; let the network find one
        return parameters.resting_potential.to_numpy()


def penalty(unrest: np.ndarray) -> np.ndarray:
    """Return what a loss counts: orders of magnitude above what has settled.

    A logarithm, because instability grows exponentially: a small range tells early how near it is.

    Parameters
    ----------
    unrest : ndarray
        As `Settling.unrest` returns it; NaN counts as the most.

    Examples
    --------
    >>> penalty(np.array([1e-5, 1e-2, np.nan])).round(9).tolist()
    [0.0, 1.0, 3.0]
    """
    unrest = np.asarray(unrest, dtype=np.float64)  # processors differ in logarithms of float32
    bounded = np.clip(np.nan_to_num(unrest, nan=MOST), LEAST, MOST)
    return np.log10(bounded / LEAST)


def penalty_slope(unrest: float) -> float:
    """Return the derivative of `penalty`; 0 where it is bounded.

    Parameters
    ----------
    unrest : float

    Examples
    --------
    >>> float(round(penalty_slope(0.01) * 0.01, 6)), penalty_slope(2.0)
    (0.434294, 0.0)
    """
    return 1 / (unrest * np.log(10)) if LEAST < unrest < MOST else 0.0
