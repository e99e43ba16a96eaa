"""The largest response to each condition."""

from __future__ import annotations

import xarray as xr
from brian2 import Quantity

from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import change, checked_responses, counted
from neuroflysim.responses import Responses

__all__ = ["peak_response"]


@measure()
def peak_response(responses: Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    """Return the largest rectified voltage after stimulus onset, for each condition.

    Parameters
    ----------
    responses : Responses
    end : {"stimulus", "recording", "passage"} or Quantity [s], also shape (condition,)
        Steps count that begin between onset and `end`, both included. "stimulus" is when the
        stimulus ends (when the recording ends, for frames); "passage" is when the edge of
        a condition has passed, (stop - start) / speed after onset, as in the published measures.

    Returns
    -------
    DataArray
        max(V, 0), maximal over time. Conditions are laid out as a grid: one dimension for each
        parameter of the protocol that takes several values.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[-1.0], [3.0], [5.0]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.1, 0.2, 0.3], "cell_type": ["T4a"]})
    >>> peak_response(Responses(voltage)).item()
    5.0
    """
    voltage = checked_responses(responses)
    peak = voltage.where(counted(voltage, end), 0).clip(min=0).max("time", skipna=False)
    return as_grid(peak).rename("peak_response").assign_attrs(units="1")


def as_peak(peak: xr.DataArray | Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    """Return peak responses as they are, and those of `Responses`."""
    return peak if isinstance(peak, xr.DataArray) else peak_response(peak, end)


def strongest_change(voltage: xr.DataArray, end: str | Quantity = "recording") -> xr.DataArray:
    """Return the signed change from rest that is largest in size, for each condition."""
    traces = change(voltage, end)
    high, low = traces.max("time"), traces.min("time")
    return high.where(high >= -low, low)
