"""The coordinates that a search moves in: 735 numbers that are 0 at its start."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import frozen

from neuroflysim.connectome import Connectome
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.starts import type_counts
from neuroflysim.simulation.grey import GREY

#: Time constant at the start, and what a search keeps it between, in seconds.
TIME_CONSTANT, SHORTEST, LONGEST = 0.05, 0.02, 0.6

#: Standard deviations of 1 along a coordinate: of the logarithm of a time constant, of a voltage at
#: grey, and of the logarithm of a strength.
TIME_CONSTANT_SCALE, GREY_VOLTAGE_SCALE, STRENGTH_SCALE = 0.5, 0.2, 0.6

#: A coordinate of a strength beyond this is cut off: exp(0.6 * 8) is 120 times the start.
FARTHEST = 8.0


@frozen(slots=False, eq=False)
class Coordinates:
    """How the numbers that a search moves become parameters.

    Time constants and strengths are moved on a logarithmic scale. Instead of the resting potential
    the voltage at grey is moved: so a change of a strength does not move the operating point of all
    cells downstream. Both are one to one, given the other parameters.

    Parameters
    ----------
    connectome : Connectome
    grey_voltage : ndarray, shape (cell_type,)
        At the start.

    Notes
    -----
    With coordinates z, time constants are 0.05 s exp(0.5 z), kept within 0.02 and 0.6 s; voltages
    at grey are V = grey_voltage + 0.2 z; strengths are start * exp(0.6 z), where the start is
    `Parameters.uniform`. With the summed weights W of each type onto each, resting potentials are
    V - W max(V, 0) - 0.5 for photoreceptors, and without the 0.5 for all others.
    """

    connectome: Connectome
    grey_voltage: np.ndarray

    @property
    def n(self) -> int:
        """Number of coordinates: as many as parameters."""
        return len(self._start)

    @cached_property
    def _start(self) -> np.ndarray:
        return Parameters.uniform(self.connectome).to_vector()

    @cached_property
    def _counts(self) -> np.ndarray:
        return type_counts(self.connectome).to_numpy()

    @cached_property
    def _light(self) -> np.ndarray:
        """Return what each cell type gets from the world at grey."""
        return GREY * self.connectome.cell_types["photoreceptor"].to_numpy()

    @cached_property
    def _ends(self) -> tuple[np.ndarray, np.ndarray]:
        """Return target and source type of each connection."""
        index = {name: k for k, name in enumerate(self.connectome.cell_types.index)}
        pairs = self.connectome.connections.index
        source, target = (pairs.get_level_values(k).map(index).to_numpy() for k in (0, 1))
        return target, source

    def _parts(self, z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        n_types = self.connectome.n_cell_types
        return z[:n_types], z[n_types : 2 * n_types], z[2 * n_types :]

    def voltage_at_grey(self, z: np.ndarray) -> np.ndarray:
        """Return the voltage of each cell type at grey, shape (cell_type,)."""
        return self.grey_voltage + GREY_VOLTAGE_SCALE * self._parts(z)[1]

    def parameters(self, z: np.ndarray) -> Parameters:
        """Return the parameters at z, shape (parameter,)."""
        time_constant, _, strength = self._parts(z)
        time_constant = TIME_CONSTANT * np.exp(TIME_CONSTANT_SCALE * time_constant)
        far = np.clip(strength, -FARTHEST, FARTHEST)
        strength = self._parts(self._start)[2] * np.exp(STRENGTH_SCALE * far)
        weights = np.zeros_like(self._counts)
        weights[self._ends] = self._counts[self._ends] * strength
        voltage = self.voltage_at_grey(z)
        resting_potential = voltage - weights @ np.maximum(voltage, 0) - self._light
        return Parameters(
            self.connectome,
            np.concatenate(
                [np.clip(time_constant, SHORTEST, LONGEST), resting_potential, strength]
            ),
        )
