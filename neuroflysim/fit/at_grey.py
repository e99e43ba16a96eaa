"""What keeps cells at a voltage at grey: the resting potential that a dynamics needs for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from brian2 import Equations

from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.dynamics.dependence import leaves
from neuroflysim.dynamics.inside import type_constants
from neuroflysim.fit.resting_equations import evaluated, resting_equations, resting_slopes
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.starts import type_counts
from neuroflysim.simulation.grey import GREY

#: Where no resting potential keeps a cell at its voltage, such as a root of a negative number: with
#: this one it runs away, and a fit looks elsewhere.
IMPOSSIBLE = 1e9

#: A voltage at grey is found when the resting potential that it needs is that of the model, to
#: this; and how many steps of Newton's method it may take.
TOLERANCE, MOST_STEPS = 1e-11, 100


class AtGrey:
    """Resting potentials of a dynamics from voltages at grey, far from the border, and back.

    The mean field: cells with a neighbour in every column get the mean input from strided types.
    Without noise, and with modulators at the levels that the dynamics tells.

    Parameters
    ----------
    connectome : Connectome
    dynamics : Dynamics
        One that `is_solvable`.
    """

    def __init__(self, connectome: Connectome, dynamics: Dynamics):
        self._connectome, self._dynamics = connectome, dynamics
        self._n_types = connectome.n_cell_types
        self._counts = type_counts(connectome).to_numpy()
        index = {name: k for k, name in enumerate(connectome.cell_types.index)}
        pairs = connectome.connections.index
        source, target = (pairs.get_level_values(k).map(index).to_numpy() for k in (0, 1))
        self._ends = target, source
        self._light = GREY * connectome.cell_types["photoreceptor"].to_numpy()
        self._equations = None if dynamics == GRADED else resting_equations(dynamics)
        self._goes = {name: each.connections(connectome) for name, each in dynamics.inputs.items()}
        same_for_all = {
            name: float(each)
            for name, each in dynamics.constants.items()
            if not isinstance(each, dict)
        }
        by_type = type_constants(dynamics, list(connectome.cell_types.index))
        self._constants = {**same_for_all, **by_type, **dynamics.modulators}

    @staticmethod
    def is_solvable(connectome: Connectome, dynamics: Dynamics) -> bool:
        """Whether there is a formula: not for every dynamics, nor with gap junctions.

        Parameters
        ----------
        connectome : Connectome
        dynamics : Dynamics
        """
        if dynamics.takes_electrical_input and len(connectome.electrical_offsets):
            return False
        return dynamics == GRADED or resting_equations(dynamics) is not None

    @property
    def depends_on(self) -> set[str]:
        """Tables of parameters on which the voltage at grey depends."""
        used = {"synapse_strength", "resting_potential"}
        if self._equations is not None:
            parsed = Equations(self._dynamics.equations)
            used |= self._equations.used | set().union(
                *(leaves(each, parsed) for each in self._dynamics.sources)
            )
        return used & {
            "time_constant", "resting_potential", "synapse_strength", *self._dynamics.parameters
        }  # fmt: skip

    def resting_potential(self, voltage: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """Return the resting potentials with which cells stay at these voltages at grey.

        Parameters
        ----------
        voltage : ndarray, shape (..., cell_type)
        vector : ndarray, shape (parameter,)
            All parameters, as `Parameters.to_vector` gives them; the resting potentials among them
            are not looked at.

        Returns
        -------
        ndarray, shape (..., cell_type)
            `IMPOSSIBLE` where none does.
        """
        found = self._given(vector)(voltage)
        if self._equations is None:  # of the published model always finite
            return found
        return np.where(np.isfinite(found), found, IMPOSSIBLE)

    def slopes(
        self, voltage: np.ndarray, vector: np.ndarray, of_resting: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return derivatives by voltages at grey and by parameters, given those by resting ones.

        The way back of `resting_potential`. Where no resting potential keeps a cell at its voltage
        they are 0.

        Parameters
        ----------
        voltage : ndarray, shape (cell_type,)
        vector : ndarray, shape (parameter,)
        of_resting : ndarray, shape (cell_type,)

        Returns
        -------
        ndarray, shape (cell_type,)
        ndarray, shape (parameter,)
        """
        equations = self._equations or resting_equations(self._dynamics)
        assert equations is not None  # as of every dynamics that is solvable
        values, weights = self._values(vector)
        of_known, of_weights = resting_slopes(
            self._dynamics, equations, {**values, "voltage": voltage}, weights, of_resting
        )
        n_types, n_connections = self._n_types, self._connectome.n_connections
        nothing = np.zeros(n_types)
        of_strength = np.zeros(n_connections)
        for name, goes in self._goes.items():
            ends = self._ends[0][goes], self._ends[1][goes]
            of_strength[goes] += of_weights[name][ends] * self._counts[ends]
        own = [of_known.get(name, nothing) for name in self._dynamics.parameters]
        of_time_constant = of_known.get("time_constant", nothing)
        of_vector = np.concatenate([of_time_constant, nothing, of_strength, *own])
        return of_known.get("voltage", nothing), of_vector

    def _given(self, vector: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return resting potentials as a function of voltages alone."""
        equations, dynamics = self._equations, self._dynamics
        if equations is None:
            weights = self._weights(vector)
            return lambda voltage: voltage - _sums(weights, voltage) - self._light
        values, chosen = self._values(vector)
        return lambda voltage: evaluated(
            dynamics, equations, {**values, "voltage": voltage}, chosen
        )

    def _weights(self, vector: np.ndarray) -> np.ndarray:
        """Return the summed weights of all connections, shape (target, source)."""
        first = 2 * self._n_types
        strength = vector[first : first + self._connectome.n_connections]
        weights = np.zeros_like(self._counts)
        weights[self._ends] = self._counts[self._ends] * strength
        return weights

    def _values(self, vector: np.ndarray) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
        """Return all that equations use but voltages, and the weights of each of their sums."""
        n_types, weights = self._n_types, self._weights(vector)
        own = vector[2 * n_types + self._connectome.n_connections :].reshape(-1, n_types)
        values = {
            **self._constants,
            **dict(zip(self._dynamics.parameters, own, strict=True)),
            "time_constant": vector[:n_types],
            "luminance": self._light,
        }
        chosen = {}
        for name, goes in self._goes.items():
            ends = self._ends[0][goes], self._ends[1][goes]
            chosen[name] = np.zeros_like(weights)
            chosen[name][ends] = weights[ends]
        return values, chosen

    def voltage(self, parameters: Parameters) -> np.ndarray | None:
        """Return the voltage of each cell type at grey; None if none was found.

        Newton's method, from the resting potentials and from 0.5, the same for all cells.

        Parameters
        ----------
        parameters : Parameters

        Returns
        -------
        ndarray, shape (cell_type,), or None
        """
        needed = self._given(parameters.to_vector())
        wanted = parameters.resting_potential.to_numpy()
        for first in (wanted, np.full_like(wanted, 0.5)):
            found = _newton(lambda voltage: needed(voltage) - wanted, first)
            if found is not None:
                return found
        return None


def _sums(weights: np.ndarray, voltage: np.ndarray) -> np.ndarray:
    """Return the sums over inputs of the published model."""
    if voltage.ndim == 1:
        return weights @ np.maximum(voltage, 0)  # these bits are those of the fits in the box
    return np.maximum(voltage, 0) @ weights.T


def _newton(residual: Callable[[np.ndarray], np.ndarray], first: np.ndarray) -> np.ndarray | None:
    """Solve for a zero, with slopes from small differences, all of them at once."""
    voltage, step = first.copy(), 1e-6
    for _ in range(MOST_STEPS):
        off = residual(voltage)
        size = np.abs(off).max()
        if not np.isfinite(size):
            return None
        if size <= TOLERANCE * max(1.0, np.abs(voltage).max()):
            return voltage
        slopes = (residual(voltage + step * np.eye(len(voltage))) - off).T / step
        try:
            move = np.linalg.solve(slopes, off)
        except np.linalg.LinAlgError:
            return None
        for part in 0.5 ** np.arange(12):
            trial = voltage - part * move
            if np.abs(residual(trial)).max() < size:
                break
        voltage = trial
    return None
