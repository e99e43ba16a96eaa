"""The voltage of a cell before anything happens."""

from __future__ import annotations

import xarray as xr

from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import at_rest, checked_responses
from neuroflysim.responses import Responses

__all__ = ["resting_voltage"]


@measure(family="polarity")
def resting_voltage(responses: Responses) -> xr.DataArray:
    """Return the mean voltage before the stimulus: at grey, for the protocols of the library.

    Parameters
    ----------
    responses : Responses
        As simulated; `recorded` subtracts the rest unless it is told not to.

    Returns
    -------
    DataArray, dims (candidate, cell_type) or (candidate, neuron)
        The mean over the conditions.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.2], [0.4], [5.0]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [-0.1, 0.0, 0.1], "cell_type": ["T4a"]})
    >>> round(resting_voltage(Responses(voltage)).item(), 6)
    0.3
    """
    rest = at_rest(checked_responses(responses)).mean("condition")
    return rest.rename("resting_voltage").assign_attrs(units="1")
