r"""The largest voltages after onset, sharp or softened.

A softened maximum is the logarithm of a mean of exponentials,

.. math::

    s \log \frac{1}{n} \sum_t e^{V_t / s},

at most s log(n) below the maximum, with a derivative by every sample and not by the largest alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from attrs import field, frozen
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.samples import counted
from neuroflysim.gradients.cells import cell_index, chosen_conditions


def _softness(_instance, _attribute, value: float) -> None:
    checks.finite_number("softness", value, minimum=0)


def softness_field() -> Any:
    """Return the field of a measure that is how far below a sharp maximum one may be."""
    return field(default=0.0, validator=_softness, kw_only=True)


@frozen
class PeakResponse:
    """The largest rectified voltage after onset, the mean over conditions.

    As `analysis.peak_response`, with a derivative by the largest sample; a cell that stays below 0
    has none.

    Parameters
    ----------
    cell_type : str
    end : {"stimulus", "recording", "passage"} or Quantity [s]
        Until when samples count, see `analysis.peak_response`.
    condition : int, optional
        The number of one condition; the mean over all, if not given.
    softness : float
        Of the maximum, in units of voltage: 0 is the sharp one.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[-1.0], [3.0], [5.0]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.1, 0.2, 0.3], "cell_type": ["T4a"]})
    >>> value, derivative = PeakResponse("T4a").value_and_derivative(voltage)
    >>> value.tolist(), derivative.ravel().tolist()
    ([5.0], [0.0, 0.0, 1.0])
    """

    cell_type: str
    end: str | Quantity = "stimulus"
    condition: int | None = None
    softness: float = softness_field()
    name = "peak_response"

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        peak, slope = peaks(voltage, self.cell_type, self.end, self.softness)
        weight = np.zeros(voltage.sizes["condition"])
        conditions = chosen_conditions(voltage, self.condition)
        weight[conditions] = 1 / len(conditions)
        derivative = on_cell(voltage, self.cell_type, weight[:, None] * slope)
        return peak @ weight, derivative


@frozen
class VoltageRange:
    """The largest minus the smallest voltage over all conditions and times.

    As `analysis.voltage_range`.

    Parameters
    ----------
    cell_type : str
    softness : float
        Of maximum and minimum, see `PeakResponse`.
    """

    cell_type: str
    softness: float = softness_field()
    name = "voltage_range"

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        values = voltage.to_numpy()[..., cell_index(voltage, self.cell_type)]
        flat = values.reshape(len(values), 1, -1)
        high, up = maximum(flat, np.ones(flat.shape[1:], dtype=bool), self.softness)
        low, down = maximum(-flat, np.ones(flat.shape[1:], dtype=bool), self.softness)
        slope = (up - down).reshape(values.shape)
        return (high + low)[:, 0], on_cell(voltage, self.cell_type, slope)


def peaks(
    voltage: xr.DataArray,
    cell_type: str,
    end: str | Quantity,
    softness: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest rectified voltage by candidate and condition, and its derivatives.

    Returns
    -------
    peak : ndarray, shape (candidate, condition)
    slope : ndarray, shape (candidate, condition, time)
        By the voltages of the cell.
    """
    values = voltage.to_numpy()[..., cell_index(voltage, cell_type)]
    inside = counted_by_condition(voltage, end)
    high, slope = maximum(values, inside, softness)
    return high.clip(min=0), np.where((high > 0)[..., None], slope, 0)


def counted_by_condition(voltage: xr.DataArray, end: str | Quantity) -> np.ndarray:
    """Return which samples count, shape (condition, time) of bool; see `analysis.samples`."""
    inside = counted(voltage, end)
    if "condition" not in inside.dims:
        inside = inside.expand_dims(condition=voltage.sizes["condition"])
    return inside.transpose("condition", "time").to_numpy()


def maximum(
    values: np.ndarray, inside: np.ndarray, softness: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest value over the last axis, sharp or softened, and its derivatives.

    Parameters
    ----------
    values : ndarray, shape (candidate, condition, time)
    inside : ndarray of bool, shape (condition, time)
        Which of them count.
    softness : float

    Examples
    --------
    >>> high, slope = maximum(np.array([[[1.0, 3.0, 9.0]]]), np.array([[True, True, False]]), 0)
    >>> high.tolist(), slope.tolist()
    ([[3.0]], [[[0.0, 1.0, 0.0]]])
    """
    within = np.where(inside, values, -np.inf)
    high = within.max(axis=-1)
    if softness == 0:
        slope = np.zeros(values.shape)
        np.put_along_axis(slope, within.argmax(axis=-1)[..., None], 1.0, axis=-1)
        return high, slope
    share = np.exp((within - high[..., None]) / softness)
    total = share.sum(axis=-1)
    soft = high + softness * np.log(total / inside.sum(axis=-1))
    return soft, share / total[..., None]


def on_cell(voltage: xr.DataArray, cell_type: str, slope: np.ndarray) -> np.ndarray:
    """Return derivatives by all voltages from those by the voltages of one cell."""
    derivative = np.zeros(voltage.shape)
    derivative[..., cell_index(voltage, cell_type)] = slope
    return derivative
