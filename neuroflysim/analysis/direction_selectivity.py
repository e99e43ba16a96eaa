"""How much a cell prefers one direction of motion, and which.

Published formulas: Lappalainen et al., Nature 634, 1132 (2024), Methods, as flyvis 1.2.0 computes
them.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.directions import over_directions, to_opposite
from neuroflysim.analysis.measures import measure
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__ = [
    "direction_selectivity_index",
    "motion_opponency",
    "preferred_direction",
    "preferred_null_index",
    "vector_strength",
]

#: Over these the published measures are averaged or summed.
_POOLED = ("speed", "width")


@measure(family="direction")
def direction_selectivity_index(
    peak: xr.DataArray | Responses, end: str | Quantity = "stimulus"
) -> xr.DataArray:
    r"""Return how much the peak responses prefer one direction: 0 not at all, 1 wholly.

    .. math::

        DSI(I) = \left\langle \frac{|\sum_\theta P(\theta, I, s)\, e^{i\theta}|}
                 {\max_{I} \sum_\theta P(\theta, I, s) + 10^{-15}} \right\rangle_s

    the mean over speeds and widths, with one denominator for both contrasts, so that the weak
    response to the wrong contrast does not count as selective. Types without any positive voltage
    get 0. The voltage at rest counts as a response, as in the published index: a type that rests
    well above 0 looks less selective. `recorded` subtracts the rest.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees), or Responses
        From `peak_response`; with a dimension intensity, the denominator is shared over it.
    end : {"stimulus", "recording", "passage"} or Quantity [s]
        Of `Responses`: until when the peak is looked for, see `peak_response`. "passage" is the
        published window; with several speeds it ends before the stimulus.

    Returns
    -------
    DataArray, without the dimensions angle, speed and width

    Examples
    --------
    >>> angles = [0, 90, 180, 270]
    >>> peak = xr.DataArray([3.0, 1.0, 1.0, 1.0], coords={"angle": angles})
    >>> round(float(direction_selectivity_index(peak)), 3)
    0.333
    """
    peak = over_directions(peak, end)
    total = peak.sum("angle", skipna=False)
    if "intensity" in total.dims:
        total = total.max("intensity")
    index = abs(_vector_sum(peak)) / (total + 1e-15)
    index = index.mean([name for name in _POOLED if name in index.dims], skipna=False)
    return index.rename("direction_selectivity_index").assign_attrs(units="1")


@measure(family="direction")
def preferred_direction(
    peak: xr.DataArray | Responses, end: str | Quantity = "stimulus"
) -> xr.DataArray:
    """Return the direction of the summed response vectors: 0 or more and less than 360 degrees.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees), or Responses
        Vectors are summed over speeds and widths, too, as in the published measure.
    end : {"stimulus", "recording", "passage"} or Quantity [s]
        Of `Responses`, see `direction_selectivity_index`.

    Returns
    -------
    DataArray, without the dimensions angle, speed and width
        NaN where there is no response at all.

    Examples
    --------
    >>> peak = xr.DataArray([0.0, 1.0, 0.0, 0.0], coords={"angle": [0, 90, 180, 270]})
    >>> float(preferred_direction(peak).round(6))
    90.0
    """
    total = _vector_sum(over_directions(peak, end))
    total = total.sum([name for name in _POOLED if name in total.dims], skipna=False)
    angle = xr.apply_ufunc(np.angle, total, kwargs={"deg": True}) % 360
    angle = angle.where(angle < 360, 0.0)  # -1e-15 % 360 is 360
    return angle.where(np.abs(total) > 0).assign_attrs(units="deg").rename("preferred_direction")


@measure(family="direction")
def vector_strength(peak: xr.DataArray | Responses) -> xr.DataArray:
    r"""Return the length of the summed response vectors over the sum of their lengths.

    :math:`|\sum_\theta P(\theta) e^{i\theta}| / \sum_\theta P(\theta)`: each contrast by itself,
    unlike `direction_selectivity_index`.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees), or Responses

    Returns
    -------
    DataArray, without the dimension angle
        NaN where there is no response at all.

    Examples
    --------
    >>> peak = xr.DataArray([2.0, 1.0, 0.0, 1.0], coords={"angle": [0, 90, 180, 270]})
    >>> float(vector_strength(peak).round(6))
    0.5
    """
    peak = over_directions(peak)
    total = peak.sum("angle", skipna=False)
    strength = abs(_vector_sum(peak)) / total.where(total > 0)
    return strength.rename("vector_strength").assign_attrs(units="1")


@measure(family="direction")
def preferred_null_index(peak: xr.DataArray | Responses, form: str = "sum") -> xr.DataArray:
    """Compare the responses to the preferred direction (PD) and to the opposite, null one (ND).

    The preferred direction is the one of those shown that gives the largest response; of several
    that do, the first.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees), or Responses
        Each direction is shown together with the opposite one.
    form : {"sum", "preferred"}
        (PD - ND) / (PD + ND), or (PD - ND) / PD as in Gruntman et al., eLife 8, e50706 (2019).

    Returns
    -------
    DataArray, without the dimension angle
        NaN where there is no response at all.

    Examples
    --------
    >>> peak = xr.DataArray([3.0, 1.0], coords={"angle": [0, 180]})
    >>> float(preferred_null_index(peak)), float(preferred_null_index(peak, form="preferred"))
    (0.5, 0.6666666666666666)
    """
    peak = over_directions(peak)
    checks.one_of("form", form, ("sum", "preferred"))
    null = to_opposite(peak)
    # NaN counts as the largest: with an unknown response the index is unknown, too.
    best = peak.fillna(np.inf).argmax("angle")
    preferred, null = peak.isel(angle=best, drop=True), null.isel(angle=best, drop=True)
    whole = preferred + null if form == "sum" else preferred
    index = (preferred - null) / whole.where(whole > 0)
    return index.rename("preferred_null_index").assign_attrs(units="1")


def motion_opponency(
    preferred: xr.DataArray | Responses, opposed: xr.DataArray | Responses
) -> xr.DataArray:
    """Return how much motion the other way takes from the response: 0 nothing, 1 all of it.

    1 - R(opposed) / R(preferred), with the largest response of each.

    Parameters
    ----------
    preferred : DataArray with dimension angle, or Responses
        To motion in one direction at a time, for example drifting gratings.
    opposed : DataArray, or Responses
        To motion in both directions at once, for example a counterphase grating, which is the sum
        of two gratings that drift apart.

    Returns
    -------
    DataArray, without the dimension angle
        NaN where there is no response to the preferred direction.

    Examples
    --------
    >>> drifting = xr.DataArray([4.0, 1.0], coords={"angle": [0, 180]})
    >>> float(motion_opponency(drifting, xr.DataArray([1.0], coords={"angle": [0]})))
    0.75
    """
    one, both = (over_directions(peak).max("angle", skipna=False) for peak in (preferred, opposed))
    try:
        one, both = xr.align(one, both, join="exact")
    except ValueError as error:
        raise InvalidValueError(
            f"the two were not shown alike: {error}; show both with the same other parameters."
        ) from None
    return (1 - both / one.where(one > 0)).rename("motion_opponency").assign_attrs(units="1")


def _vector_sum(peak: xr.DataArray) -> xr.DataArray:
    return (peak * np.exp(1j * np.deg2rad(peak["angle"]))).sum("angle", skipna=False)
