"""How far the voltage of a cell moves."""

from __future__ import annotations

import xarray as xr

from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import checked_responses
from neuroflysim.responses import Responses

__all__ = ["voltage_range"]


@measure()
def voltage_range(responses: Responses) -> xr.DataArray:
    """Return the largest minus the smallest voltage over all conditions and times.

    Parameters
    ----------
    responses : Responses

    Returns
    -------
    DataArray, dims (candidate, cell_type) or (candidate, neuron)

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[-1.0], [0.5]], [[0.0], [2.0]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"), coords={"cell_type": ["T4a"]})
    >>> voltage_range(Responses(voltage)).item()
    3.0
    """
    voltage = checked_responses(responses)
    over = ("condition", "time")
    span = voltage.max(over, skipna=False) - voltage.min(over, skipna=False)
    return span.rename("voltage_range").assign_attrs(units="1")
