"""Tuning curves over direction."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuroflysim import checks
from neuroflysim.analysis.directions import over_directions
from neuroflysim.analysis.measures import measure
from neuroflysim.responses import Responses

__all__ = ["response_at_offset", "tuning_curve", "tuning_width"]


@measure(family="direction")
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


@measure(family="direction")
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


@measure(family="direction")
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
