"""Show stimuli of one length to a network at rest, and pull derivatives back to their pixels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr
from brian2 import second

from neuroflysim.gradients.limits import as_luminance
from neuroflysim.gradients.named import evaluated
from neuroflysim.lattice import Lattice
from neuroflysim.parameters import Parameters
from neuroflysim.simulation import Program, compile, simulate
from neuroflysim.simulation.grey import grey_frames, lead_steps

#: Takes voltages of one condition, and returns a number and its derivatives.
OfVoltages = Callable[[xr.DataArray], tuple[float, np.ndarray]]


class Showing:
    """A network at rest at grey, to which movies of one length are shown; a context manager.

    Parameters
    ----------
    candidates : list of Parameters
    lattice : Lattice
    time_step : float
        In seconds.
    n_frames, n_movies : int
        How long the movies are, and how many are shown together.
    memory_limit : float or None
    progress : bool
    options : dict
        For `compile`.
    """

    def __init__(
        self,
        candidates: list[Parameters],
        lattice: Lattice,
        time_step: float,
        n_frames: int,
        n_movies: int,
        memory_limit: float | None = None,
        progress: bool = True,
        options: dict[str, Any] | None = None,
    ):
        self.candidates, self.lattice, self.time_step = candidates, lattice, time_step
        self.n_movies = n_movies
        self._memory_limit, self._progress = memory_limit, progress
        given = {"lattice": lattice, "time_step": time_step * second, "progress": progress}
        given = {**given, "memory_limit": memory_limit, **(options or {})}
        self._given, connectome = given, candidates[0].connectome
        settled = simulate(
            grey_frames(lead_steps(time_step), lattice),
            connectome=connectome,
            parameters=candidates,
            initial="rest",
            record="all",
            **given,
        ).voltage
        #: Voltages at grey, shape (candidate, neuron).
        self.rest = settled.to_numpy()[:, 0, -1].astype(np.float64)
        frames = np.stack([grey_frames(n_frames, lattice)] * n_movies)
        self.program: Program = compile(
            frames,
            connectome=connectome,
            n_candidates=len(candidates),
            initial="rest",
            **given,
        )

    def __enter__(self) -> Showing:
        return self

    def __exit__(self, *_) -> None:
        self.program.close()

    def rest_of(self, cell_type: str) -> np.ndarray:
        """Return the voltage at grey of the central cell of a type, shape (candidate,)."""
        network = self.candidates[0].connectome.network(self.lattice)
        neuron = network.central_neurons[network.cell_types.index(cell_type)]
        return self.rest[:, neuron]

    def voltage(self, deviation: np.ndarray) -> xr.DataArray:
        """Return the voltages of the central cells, dims (candidate, condition, time, cell_type).

        Parameters
        ----------
        deviation : ndarray, shape (movie, time, column)
            Of luminance from grey.
        """
        shown = self.program.run(
            self.candidates,
            stimulus=as_luminance(deviation),
            initial=self.rest,
            progress=False,
        )
        return shown.voltage.astype(np.float64)

    def trace(self, deviation: np.ndarray, cell_type: str) -> np.ndarray:
        """Return the voltage of a cell, the mean over candidates, for movies of another length.

        Parameters
        ----------
        deviation : ndarray, shape (movie, time, column)
        cell_type : str

        Returns
        -------
        ndarray, shape (movie, time)
        """
        voltage = simulate(
            as_luminance(deviation),
            connectome=self.candidates[0].connectome,
            parameters=self.candidates,
            initial=self.rest,
            record=[cell_type],
            **self._given,
        ).one_of_each_type()
        return voltage.voltage.sel(cell_type=cell_type).mean("candidate").to_numpy()

    def values(self, of_voltages: OfVoltages, deviation: np.ndarray) -> np.ndarray:
        """Return a number for each movie, shape (movie,)."""
        values = []
        for first in range(0, len(deviation), self.n_movies):
            voltage = self.voltage(deviation[first : first + self.n_movies])
            values += [of_voltages(voltage[:, [k]])[0] for k in range(voltage.shape[1])]
        return np.array(values)

    def slopes(
        self, of_voltages: OfVoltages, deviation: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return a number for each movie, and its derivatives by the pixels of the movie."""
        voltage = self.voltage(deviation)
        values, by_voltage = np.zeros(len(deviation)), np.zeros(voltage.shape)
        for k in range(len(deviation)):
            values[k], by_voltage[:, [k]] = of_voltages(voltage[:, [k]])
        pulled = self.program.pullback(
            self.candidates,
            by_voltage,
            stimulus=as_luminance(deviation),
            initial=self.rest,
            memory_limit=self._memory_limit,
            progress=False,
        )
        return values, np.asarray(pulled.stimulus, dtype=np.float64)


def mean_over_candidates(name: str, measure: Any) -> OfVoltages:
    """Return a measure as one number, its mean over candidates."""

    def of_voltages(voltage: xr.DataArray) -> tuple[float, np.ndarray]:
        value, derivative = evaluated(name, measure, voltage)
        return float(value.mean()), derivative / len(value)

    return of_voltages
