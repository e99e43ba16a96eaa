r"""Time constants of the filter that turns a step of luminance into the response.

The filter is a low-pass of first order followed by a high-pass of first order, beside a part that
lasts. Its response to a step at t = 0 is

.. math::

    y(t) = a\, \frac{\tau_h}{\tau_h - \tau_l} \left( e^{-t/\tau_h} - e^{-t/\tau_l} \right)
           + b\, (1 - e^{-t/\tau_l})

with the low-pass time constant :math:`\tau_l`, the high-pass one :math:`\tau_h`, and b = 0 in
a pure band-pass, a = 0 in a pure low-pass. It is the cascade with which Borst (2025)
describes the inputs of T4 and T5; see the study borst2025.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim.analysis.cache import remembered
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import change, checked_responses
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["high_pass_time_constant", "low_pass_time_constant"]

#: A transient part below this share of the whole is none.
LEAST_SHARE = 0.05

#: One more than there are numbers to fit.
LEAST_SAMPLES = 5


@measure(family="temporal_filters")
def low_pass_time_constant(responses: Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    """Return the low-pass time constant of the step response, in seconds, by least squares.

    Parameters
    ----------
    responses : Responses
        To a step of luminance of one second or more.
    end : {"stimulus"} or Quantity [s]
        When the step ends; steps count that begin before.

    Returns
    -------
    DataArray
        NaN where nothing changes. Values lie between a tenth of a time step and ten times the
        duration of the step.

    Notes
    -----
    Fitted is a low-pass followed by a high-pass, beside a part that lasts; see the module.

    Examples
    --------
    >>> time = np.arange(0, 101) * 0.01
    >>> voltage = xr.DataArray(
    ...     (1 - np.exp(-time / 0.05))[None, None, :, None],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": time, "cell_type": ["Mi9"]})
    >>> round(low_pass_time_constant(Responses(voltage)).item(), 4)
    0.05
    """
    return _fitted(responses, end, 0).rename("low_pass_time_constant")


@measure(family="temporal_filters")
def high_pass_time_constant(responses: Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    """Return the high-pass time constant of the step response, in seconds, by least squares.

    Parameters
    ----------
    responses : Responses
        To a step of luminance of one second or more.
    end : {"stimulus"} or Quantity [s]
        When the step ends; steps count that begin before.

    Returns
    -------
    DataArray
        NaN where the response has no transient part (less than 5% of the whole), or where nothing
        changes.

    Notes
    -----
    Fitted is a low-pass followed by a high-pass, beside a part that lasts; see the module.

    Examples
    --------
    >>> time = np.arange(0, 101) * 0.01
    >>> voltage = xr.DataArray(
    ...     (np.exp(-time / 0.2) - np.exp(-time / 0.05))[None, None, :, None],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": time, "cell_type": ["Mi1"]})
    >>> round(high_pass_time_constant(Responses(voltage)).item(), 4)
    0.2
    """
    return _fitted(responses, end, 1).rename("high_pass_time_constant")


def _fitted(responses: Responses, end, which: int) -> xr.DataArray:
    traces = as_grid(change(checked_responses(responses), end, include_end=False))
    times = traces["time"].to_numpy()
    if len(times) < LEAST_SAMPLES:
        raise InvalidValueError(
            f"only {len(times)} sample(s) lie in the step, but a fit of two time constants and two"
            f" heights needs {LEAST_SAMPLES}: show a longer step, or take smaller time steps."
        )
    constant = xr.apply_ufunc(
        lambda values: _time_constants(times, values)[which],
        traces,
        input_core_dims=[["time"]],
        vectorize=True,
    )
    return constant.assign_attrs(units="s")


def _parts(times: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the transient and the lasting part of the step response, shape (time, 2)."""
    if abs(high - low) < 1e-6 * low:  # the limit of equal time constants
        transient = times / low * np.exp(-times / low)
    else:
        transient = high / (high - low) * (np.exp(-times / high) - np.exp(-times / low))
    return np.column_stack([transient, 1 - np.exp(-times / low)])


@remembered
def _time_constants(times: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    from scipy.optimize import least_squares, nnls  # adds filters of warnings: not on import

    kept = np.isfinite(values)
    times, values = times[kept], values[kept]
    if not len(values) or not np.abs(values).max() > 0:
        return np.nan, np.nan
    values = values / values[np.argmax(np.abs(values))]  # upwards, peak 1
    step, duration = times[-1] - times[-2], times[-1]
    shortest, longest = np.log([0.1 * step, 10 * duration])

    # The high-pass one is the longer: otherwise a pure low-pass could be told in two ways.
    def constants(guess: np.ndarray) -> np.ndarray:
        return np.exp([guess[0], guess[0] + guess[1]])

    def residual(guess: np.ndarray) -> np.ndarray:
        parts = _parts(times, *constants(guess))
        return parts @ nnls(parts, values)[0] - values

    starts = [(np.log(scale), 1.5) for scale in (2 * step, duration / 20, duration / 5)]
    bounds = ([shortest, 0.0], [longest, longest - shortest])
    fits = [least_squares(residual, start, bounds=bounds) for start in starts]
    low, high = constants(min(fits, key=lambda fit: fit.cost).x)
    parts = _parts(times, low, high)
    transient, lasting = nnls(parts, values)[0] * np.abs(parts).max(axis=0)
    return low, high if transient >= LEAST_SHARE * (transient + lasting) else np.nan
