"""Responses over time: impulse responses, their peak, and how transient they are."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import change, checked_responses
from neuroflysim.responses import Responses

__all__ = ["band_pass_index", "impulse_response", "time_to_peak"]


@measure(family="temporal_filters")
def impulse_response(responses: Responses) -> xr.DataArray:
    """Return the change from rest after a short flash, over time.

    Parameters
    ----------
    responses : Responses
        To a flash that is short beside the response, like `protocols.column_flash` of a few
        milliseconds.

    Returns
    -------
    DataArray with dimension time
        From the onset on; conditions laid out as a grid.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.5], [0.7], [0.6]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1, 0.2], "cell_type": ["Mi1"]})
    >>> impulse_response(Responses(voltage)).to_numpy().ravel().round(6).tolist()
    [0.2, 0.1]
    """
    traces = as_grid(change(checked_responses(responses), "recording"))
    return traces.rename("impulse_response").assign_attrs(units="1")


@measure(family="temporal_filters")
def time_to_peak(responses: Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    """Return how long after onset the change from rest is largest, in seconds.

    Parameters
    ----------
    responses : Responses
        To a step of luminance, or to a short flash with end="recording".
    end : {"stimulus", "recording"} or Quantity [s]
        Steps count that begin at onset or later and before `end`.

    Returns
    -------
    DataArray
        Between samples, the vertex of the parabola through the largest sample and its neighbours.
        NaN where nothing changes.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.0], [1.0], [3.0], [1.0]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1, 0.2, 0.3], "cell_type": ["Mi1"]})
    >>> round(time_to_peak(Responses(voltage)).item(), 6)
    0.2
    """
    traces = as_grid(change(checked_responses(responses), end, include_end=False))
    times = traces["time"].to_numpy()
    peak = xr.apply_ufunc(
        lambda values: time_of_extremum(times, values),
        traces,
        input_core_dims=[["time"]],
        vectorize=True,
    )
    return peak.rename("time_to_peak").assign_attrs(units="s")


@measure(family="temporal_filters")
def band_pass_index(
    responses: Responses, end: str | Quantity = "stimulus", sustained: float = 0.2
) -> xr.DataArray:
    """Return how much of a step response does not last: 0 low-pass, 1 band-pass.

    1 - (sustained change / largest change) from rest.

    Parameters
    ----------
    responses : Responses
        To a step of luminance, like a flash of a second or more.
    end : {"stimulus"} or Quantity [s]
        When the step ends; steps count that begin before.
    sustained : float, 0 to 1
        The last part of the step, over which the sustained change is averaged.

    Returns
    -------
    DataArray
        Above 1 where the sustained change has the other sign; NaN where nothing changes.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.0], [4.0], [2.0], [1.0], [1.0], [1.0]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5], "cell_type": ["Mi1"]})
    >>> band_pass_index(Responses(voltage)).item()
    0.75
    """
    sustained = checks.finite_number("sustained", sustained, 0, 1)
    traces = as_grid(change(checked_responses(responses), end, include_end=False))
    n_last = max(1, round(sustained * traces.sizes["time"]))
    high, low = traces.max("time"), traces.min("time")
    largest = high.where(high >= -low, low)
    index = 1 - traces.isel(time=slice(-n_last, None)).mean("time") / largest.where(largest != 0)
    return index.rename("band_pass_index").assign_attrs(units="1")


def time_of_extremum(times: np.ndarray, values: np.ndarray) -> float:
    """Return when values are largest in size; between samples, the vertex of a parabola."""
    size = np.abs(values)
    if not np.isfinite(size).any() or np.nanmax(size) == 0:
        return np.nan
    k = int(np.nanargmax(size))
    if 0 < k < len(size) - 1 and np.isfinite(size[k - 1 : k + 2]).all():
        before, at, after = size[k - 1 : k + 2]
        bend = before - 2 * at + after
        if bend < 0:
            return float(times[k] + 0.5 * (before - after) / bend * (times[k] - times[k - 1]))
    return float(times[k])
