"""The speed or temporal frequency that a cell prefers."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuroflysim import checks
from neuroflysim.analysis.directions import over_directions, to_opposite
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.peaks import as_peak
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["tuning_optimum"]


@measure(family="temporal_filters")
def tuning_optimum(
    peak: xr.DataArray | Responses, along: str, response: str = "preferred"
) -> xr.DataArray:
    """Return the speed or temporal frequency that gives the largest response.

    A parabola through the largest response and its two neighbours, on a logarithmic axis, tells
    where between the values shown the optimum lies. At either end of them it is that value.

    Parameters
    ----------
    peak : DataArray, or Responses
        With the dimension `along`; of several directions, the best for each value is taken.
    along : str
        "speed", "temporal_frequency" or another parameter with positive values.
    response : {"preferred", "difference"}
        To the preferred direction, or what it has more than the opposite direction.

    Returns
    -------
    DataArray, without the dimensions `along` and angle
        In the unit of the parameter: degrees / s, Hz. NaN where there is no response at all.

    Examples
    --------
    >>> frequencies = [0.5, 1.0, 2.0]
    >>> peak = xr.DataArray([1.0, 3.0, 1.0], coords={"temporal_frequency": frequencies})
    >>> float(tuning_optimum(peak, along="temporal_frequency").round(6))
    1.0
    """
    peak = as_peak(peak)
    checks.one_of("response", response, ("preferred", "difference"))
    if not isinstance(along, str) or along not in peak.dims:
        raise InvalidValueError(
            f"peak has the dimensions {tuple(peak.dims)}, but not {along!r}: show several values of"
            f" {along}."
        )
    values = peak[along].to_numpy().astype(float)
    if (values <= 0).any():
        raise InvalidValueError(f"{along} must be greater than 0 to have an optimum, not {values}.")
    if response == "difference":
        peak = over_directions(peak)
        peak = peak - to_opposite(peak)
    if "angle" in peak.dims:
        peak = peak.max("angle", skipna=False)
    peak = peak.sortby(along)
    axis = np.log(np.sort(values))
    optimum = xr.apply_ufunc(
        lambda curve: _vertex(axis, curve), peak, input_core_dims=[[along]], vectorize=True
    )
    units = peak[along].attrs.get("units", "1")
    return optimum.rename("tuning_optimum").assign_attrs(units=units)


def _vertex(axis: np.ndarray, curve: np.ndarray) -> float:
    if not np.isfinite(curve).all() or curve.max() <= 0:
        return np.nan
    best = int(np.argmax(curve))
    if best in (0, len(curve) - 1):
        return float(np.exp(axis[best]))
    square, slope, _ = np.polyfit(
        axis[best - 1 : best + 2] - axis[best], curve[best - 1 : best + 2], 2
    )
    return float(np.exp(axis[best] - (slope / (2 * square) if square < 0 else 0.0)))
