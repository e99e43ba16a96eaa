"""Responses to steps of contrast."""

from __future__ import annotations

import xarray as xr
from brian2 import Quantity

from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.peaks import strongest_change
from neuroflysim.analysis.samples import checked_responses
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["contrast_response"]


@measure(family="polarity")
def contrast_response(responses: Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    """Return the largest change from rest, with its sign, for each contrast.

    Parameters
    ----------
    responses : Responses
        To several contrasts, like `protocols.contrast_steps` shows them.
    end : {"stimulus", "recording"} or Quantity [s]
        Steps count that begin between onset and `end`, both included.

    Returns
    -------
    DataArray with dimension contrast
        In ascending order.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.0], [2.0]], [[0.0], [-1.0]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1], "cell_type": ["Mi1"], "contrast": ("condition", [1, -1])})
    >>> contrast_response(Responses(voltage)).squeeze().to_numpy().tolist()
    [-1.0, 2.0]
    """
    voltage = checked_responses(responses)
    change = as_grid(strongest_change(voltage, end))
    if "contrast" not in change.dims:
        raise InvalidValueError(
            "the conditions are not labelled with several contrasts: show"
            " protocols.contrast_steps(contrast=[...])."
        )
    return change.sortby("contrast").rename("contrast_response").assign_attrs(units="1")
