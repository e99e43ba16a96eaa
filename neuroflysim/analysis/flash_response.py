"""Whether a cell answers to light on or to light off.

The flash response index is that of Lappalainen et al., Nature 634, 1132 (2024), Methods, as flyvis
1.2.0 computes it.
"""

from __future__ import annotations

from typing import cast

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import change, checked_responses, counted
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["flash_response_index", "on_off_index", "opposite_contrast_ratio"]


@measure(family="polarity")
def flash_response_index(
    responses: Responses, end: str | Quantity = "stimulus", nonnegative: bool = True
) -> xr.DataArray:
    r"""Return whether a cell prefers bright (+1) or dark (-1) flashes.

    .. math::

        FRI = \frac{P_{on} - P_{off}}{P_{on} + P_{off} + 10^{-16}}, \qquad
        P = \max_t \left( V(t) + \Big|\min_{t,\, on,\, off} V \Big| \right)

    Parameters
    ----------
    responses : Responses
        To two luminances, like `protocols.flash` shows them.
    end : {"stimulus", "recording"} or Quantity [s]
        Steps count that begin between onset and `end`, both included.
    nonnegative : bool
        Whether the absolute value of the minimum is added, as published; it is added also where
        the minimum is positive.

    Returns
    -------
    DataArray, without the dimensions time and intensity

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[1.0]], [[3.0]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.1], "cell_type": ["Mi1"], "intensity": ("condition", [0, 1])},
    ...     attrs={"time_step": 0.1})
    >>> round(flash_response_index(Responses(voltage)).item(), 6)  # (4 - 2) / (4 + 2)
    0.333333
    """
    voltage = checked_responses(responses)
    counts = counted(voltage, end)
    high = _on_and_off(as_grid(voltage.where(counts).max("time")))
    if checks.truth_value("nonnegative", nonnegative):
        high = high + np.abs(
            _on_and_off(as_grid(voltage.where(counts).min("time"))).min("contrast")
        )
    on, off = high.sel(contrast="on", drop=True), high.sel(contrast="off", drop=True)
    index = (on - off) / (on + off + 1e-16)
    return index.rename("flash_response_index").assign_attrs(units="1")


@measure(family="polarity")
def on_off_index(responses: Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    """Return (ON - OFF) / (ON + OFF) of the largest depolarisations from rest.

    Parameters
    ----------
    responses : Responses
        To two luminances, like `protocols.flash` shows them.
    end : {"stimulus", "recording"} or Quantity [s]
        See `peak_response`.

    Returns
    -------
    DataArray, without the dimensions time and intensity
        NaN where a cell is not depolarised by either.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[5.0], [6.0]], [[5.0], [8.0]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0, 0.1], "cell_type": ["Mi1"], "intensity": ("condition", [0, 1])})
    >>> on_off_index(Responses(voltage)).item()  # (3 - 1) / (3 + 1)
    0.5
    """
    on, off = _depolarisations(responses, end)
    total = on + off
    index = (on - off) / total.where(total > 0)
    return index.rename("on_off_index").assign_attrs(units="1")


@measure(family="polarity")
def opposite_contrast_ratio(responses: Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    """Return the depolarisation by the weaker contrast over that by the stronger one.

    Parameters
    ----------
    responses : Responses
        To two luminances, like `protocols.flash` shows them.
    end : {"stimulus", "recording"} or Quantity [s]
        See `peak_response`.

    Returns
    -------
    DataArray, without the dimensions time and intensity
        NaN where a cell is not depolarised by either.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[5.0], [6.0]], [[5.0], [7.0]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0, 0.1], "cell_type": ["Mi1"], "intensity": ("condition", [0, 1])})
    >>> opposite_contrast_ratio(Responses(voltage)).item()
    0.5
    """
    on, off = _depolarisations(responses, end)
    larger = cast(xr.DataArray, np.maximum(on, off))  # as xarray has it, and numpy does not know
    smaller = cast(xr.DataArray, np.minimum(on, off))
    ratio = smaller / larger.where(larger > 0)
    return ratio.rename("opposite_contrast_ratio").assign_attrs(units="1")


def _depolarisations(responses: Responses, end) -> tuple[xr.DataArray, xr.DataArray]:
    peak = change(checked_responses(responses), end).max("time").clip(min=0)
    both = _on_and_off(as_grid(peak))
    return both.sel(contrast="on", drop=True), both.sel(contrast="off", drop=True)


def _on_and_off(values: xr.DataArray) -> xr.DataArray:
    """Name the darker of two luminances off and the brighter one on."""
    if "intensity" not in values.dims or values.sizes["intensity"] != 2:
        shown = values["intensity"].to_numpy() if "intensity" in values.coords else "none"
        raise InvalidValueError(
            f"ON and OFF need two luminances labelled 'intensity', but there are {shown}: show"
            " protocols.flash(intensity=[0, 1]), or select two."
        )
    order = values.sortby("intensity").drop_vars("intensity").rename(intensity="contrast")
    return order.assign_coords(contrast=["off", "on"])
