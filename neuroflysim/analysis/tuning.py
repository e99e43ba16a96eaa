"""Tuning curves over direction, speed and temporal frequency."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuroflysim import checks
from neuroflysim.analysis.directions import over_directions, to_opposite
from neuroflysim.analysis.peaks import as_peak
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["response_at_offset", "tuning_curve", "tuning_optimum", "tuning_width"]


def tuning_curve(peak: xr.DataArray | Responses) -> xr.DataArray:
    """Return the peak responses over directions, divided by the largest of them.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees), or Responses

    Returns
    -------
    DataArray
        NaN where there is no response at all.

    Examples
    --------
    >>> peak = xr.DataArray([4.0, 1.0], coords={"angle": [0, 180]})
    >>> tuning_curve(peak).to_numpy().tolist()
    [1.0, 0.25]
    """
    peak = over_directions(peak)
    largest = peak.max("angle", skipna=False)
    return (peak / largest.where(largest > 0)).rename("tuning_curve").assign_attrs(units="1")


def tuning_width(peak: xr.DataArray | Responses) -> xr.DataArray:
    """Return the full width at half maximum of the direction tuning, in degrees.

    From the direction with the largest response, the curve is followed to both sides, linear
    between the directions shown, until it falls to half.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees), or Responses

    Returns
    -------
    DataArray, without the dimension angle
        360 where no direction gives less than half; NaN where there is no response at all.

    Examples
    --------
    >>> peak = xr.DataArray([2.0, 1.0, 0.0, 1.0], coords={"angle": [0, 90, 180, 270]})
    >>> float(tuning_width(peak))
    180.0
    """
    curve = tuning_curve(peak).sortby("angle")
    angle = curve["angle"].to_numpy()
    width = xr.apply_ufunc(
        lambda values: _full_width(values, angle),
        curve,
        input_core_dims=[["angle"]],
        vectorize=True,
    )
    return width.rename("tuning_width").assign_attrs(units="deg")


def response_at_offset(peak: xr.DataArray | Responses, offset: float = 60) -> xr.DataArray:
    """Return the response beside the preferred direction, relative to the one in it.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees), or Responses
    offset : float, degrees
        The mean of both sides is taken, linear between the directions shown. The preferred
        direction is the one of those shown that gives the largest response.

    Returns
    -------
    DataArray, without the dimension angle
        NaN where there is no response at all.

    Examples
    --------
    >>> peak = xr.DataArray([2.0, 1.0, 0.0, 0.5], coords={"angle": [0, 90, 180, 270]})
    >>> float(response_at_offset(peak, offset=90))
    0.375
    """
    offset = checks.finite_number("offset", offset, 0, 180)
    curve = tuning_curve(peak).sortby("angle")
    angle = curve["angle"].to_numpy()

    def beside(values: np.ndarray) -> float:
        best = angle[np.argmax(values)]
        return np.interp([best - offset, best + offset], angle, values, period=360).mean()

    relative = xr.apply_ufunc(beside, curve, input_core_dims=[["angle"]], vectorize=True)
    return relative.rename("response_at_offset").assign_attrs(units="1")


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


def _full_width(values: np.ndarray, angle: np.ndarray) -> float:
    if not np.isfinite(values).all():
        return np.nan
    best, count = int(np.argmax(values)), len(values)
    if values.min() > 0.5:
        return 360.0
    return sum(_fall_to_half(values, angle, best, side, count) for side in (1, -1))


def _fall_to_half(values, angle, best: int, side: int, count: int) -> float:
    """Return how far the curve is above half from its best direction to one side."""
    travelled = 0.0
    for k in range(count):
        here, there = (best + side * k) % count, (best + side * (k + 1)) % count
        step = (side * (angle[there] - angle[here])) % 360
        if values[there] <= 0.5:
            return travelled + step * (values[here] - 0.5) / (values[here] - values[there])
        travelled += step
    raise AssertionError("a curve with a value below half crosses it")


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
