"""Peak responses over directions of motion, and those to the opposite directions."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim.analysis.peaks import as_peak
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__: list[str] = []

#: Directions closer than this, in degrees, are the same: 360 / 7 carries its rounding.
SAME = 1e-6


def over_directions(
    peak: xr.DataArray | Responses, end: str | Quantity = "stimulus"
) -> xr.DataArray:
    """Return peak responses that have the dimension angle, be it of a single direction."""
    peak = as_peak(peak, end)
    if "angle" not in peak.dims and "angle" in peak.coords:
        peak = peak.expand_dims("angle")
    if "angle" not in peak.dims:
        raise InvalidValueError(
            f"peak has the dimensions {peak.dims}, but direction tuning needs 'angle': show"
            " a protocol in several directions, and see peak_response."
        )
    return peak


def turn[Angles: (np.ndarray, xr.DataArray)](
    angle: Angles, reference: float | np.ndarray | xr.DataArray
) -> Angles:
    """Return by how much angles are turned against others, from -180 to below 180 degrees.

    Parameters
    ----------
    angle : ndarray or DataArray, in degrees
    reference : float, ndarray or DataArray, in degrees
        Of a shape that goes with the other.

    Examples
    --------
    >>> turn(np.array([350.0, 90.0]), 10.0).tolist()
    [-20.0, 80.0]
    """
    return (angle - reference + 180) % 360 - 180


def to_opposite(peak: xr.DataArray) -> xr.DataArray:
    """Return at each angle the response to the opposite direction, which must have been shown."""
    angle = peak["angle"].to_numpy()
    apart = np.abs(turn(angle[:, None] + 180, angle))  # from the opposite direction
    nearest = apart.argmin(axis=1)
    alone = apart.min(axis=1) > SAME
    if alone.any():
        raise InvalidValueError(
            f"the direction {(angle[alone][0] + 180) % 360:g} deg was not shown, but the opposite"
            " one was; show directions in opposite pairs."
        )
    return peak.isel(angle=nearest).assign_coords(angle=angle)
