"""Measures that are voltages: at one time, or the mean over some."""

from __future__ import annotations

import numpy as np
import xarray as xr
from attrs import frozen
from brian2 import Quantity

from neuroflysim.gradients.cells import (
    cell_index,
    chosen_conditions,
    sample_at,
    samples_between,
)


@frozen
class VoltageAt:
    """The voltage of a cell at one time, the mean over conditions.

    Parameters
    ----------
    cell_type : str
    time : Quantity [s], optional
        From stimulus onset; the nearest end of a step counts. The last sample, if not given.
    condition : int, optional
        The number of one condition; the mean over all, if not given.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.1], [0.4]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.1, 0.2], "cell_type": ["T4a"]})
    >>> value, derivative = VoltageAt("T4a").value_and_derivative(voltage)
    >>> value.tolist(), derivative.ravel().tolist()
    ([0.4], [0.0, 1.0])
    """

    cell_type: str
    time: Quantity | None = None
    condition: int | None = None
    name = "voltage_at"

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        weight = np.zeros(voltage.shape[1:])
        conditions = chosen_conditions(voltage, self.condition)
        sample, cell = sample_at(voltage, self.time), cell_index(voltage, self.cell_type)
        weight[conditions, sample, cell] = 1 / len(conditions)
        return _weighted(voltage, weight)


@frozen
class MeanVoltage:
    """The mean voltage of a cell over a window of time and over conditions.

    Parameters
    ----------
    cell_type : str
    start, end : Quantity [s], optional
        Samples count that are taken after `start` and not after `end`, from stimulus onset; all,
        if not given.
    condition : int, optional
        The number of one condition; all, if not given.
    """

    cell_type: str
    start: Quantity | None = None
    end: Quantity | None = None
    condition: int | None = None
    name = "mean_voltage"

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        weight = np.zeros(voltage.shape[1:])
        inside = samples_between(voltage, self.start, self.end)
        conditions = chosen_conditions(voltage, self.condition)
        cell = cell_index(voltage, self.cell_type)
        weight[np.ix_(conditions, np.flatnonzero(inside), [cell])] = 1 / (
            len(conditions) * inside.sum()
        )
        return _weighted(voltage, weight)


def _weighted(voltage: xr.DataArray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of voltages times weight for each candidate, and its derivative."""
    value = np.einsum("kcti,cti->k", voltage.to_numpy(), weight)
    return value, np.broadcast_to(weight, voltage.shape).copy()
