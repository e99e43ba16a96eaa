"""Spatial receptive fields from flashes at single places."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Quantity
from scipy.optimize import least_squares

from neuroflysim import checks
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.peaks import strongest_change
from neuroflysim.analysis.samples import checked_responses
from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import hexagonal_distance, position
from neuroflysim.responses import Responses

__all__ = ["receptive_field", "receptive_field_width", "ring_response", "surround_ratio"]

#: Full width at half maximum of a Gaussian over its standard deviation.
FWHM = np.sqrt(8 * np.log(2))

#: Parameters of protocols that tell where a flash was; any others stay apart.
_OF_PLACE = ("center_u", "center_v", "center_x", "center_y", "position", "angle", "ring", "x", "y")


def receptive_field(responses: Responses, end: str | Quantity = "recording") -> xr.DataArray:
    """Return the largest change from rest, with its sign, for a flash at each place.

    Parameters
    ----------
    responses : Responses
        To flashes at single places: `protocols.column_flash` or `protocols.bar_flash`.
    end : {"recording", "stimulus"} or Quantity [s]
        Steps count that begin between onset and `end`, both included.

    Returns
    -------
    DataArray with dimension condition
        Coordinates x and y: where the flash was, in degrees.

    Examples
    --------
    >>> responses = _flashes([[0.0, 2.0], [0.0, -1.0]], u=[0, 1], v=[0, 0])
    >>> field = receptive_field(responses)
    >>> field.squeeze().to_numpy().tolist(), field["y"].to_numpy().round(1).tolist()
    ([2.0, -1.0], [-0.0, -5.8])
    """
    voltage = checked_responses(responses)
    x, y = _places(voltage)
    field = strongest_change(voltage, end).assign_coords(
        x=("condition", x, {"units": "deg"}), y=("condition", y, {"units": "deg"})
    )
    return field.rename("receptive_field").assign_attrs(units="1")


def receptive_field_width(
    responses: Responses, part: str = "centre", end: str | Quantity = "recording"
) -> xr.DataArray:
    """Return the full width at half maximum of the receptive field, in degrees.

    A difference of two Gaussians around the place of the strongest response, the surround wider
    than the centre, is fitted to the receptive field by least squares. The flash itself is
    a column or a bar wide, which is not taken out: a cell that sees one column only has a width
    of zero to one column.

    Parameters
    ----------
    responses : Responses
        To flashes at single places: `protocols.column_flash` or `protocols.bar_flash`.
    part : {"centre", "surround"}
    end : {"recording", "stimulus"} or Quantity [s]
        See `receptive_field`.

    Returns
    -------
    DataArray, without the dimension condition; other parameters that vary are dimensions
        NaN where nothing changes, and for the surround where it is below 0.1% of the centre.

    Examples
    --------
    >>> u = np.arange(-4, 5)
    >>> heights = np.exp(-(5.8 * u) ** 2 / (2 * 8.0**2))
    >>> responses = _flashes([[0.0, height] for height in heights], u=u, v=0 * u)
    >>> round(float(receptive_field_width(responses).item() / FWHM), 3)
    8.0
    """
    checks.one_of("part", part, ("centre", "surround"))
    return _fitted(responses, end, ("centre", "surround").index(part), "deg").rename(
        "receptive_field_width"
    )


def surround_ratio(responses: Responses, end: str | Quantity = "recording") -> xr.DataArray:
    """Return the height of the surround over that of the centre of the receptive field.

    Parameters
    ----------
    responses : Responses
        To flashes at single places: `protocols.column_flash` or `protocols.bar_flash`.
    end : {"recording", "stimulus"} or Quantity [s]
        See `receptive_field`.

    Returns
    -------
    DataArray, without the dimension condition
        Of the two Gaussians of `receptive_field_width`; NaN where nothing changes.

    Examples
    --------
    >>> u = np.arange(-9, 10)
    >>> squares = (5.8 * u) ** 2 / 2
    >>> heights = np.exp(-squares / 8.0**2) - 0.25 * np.exp(-squares / 20.0**2)
    >>> responses = _flashes([[0.0, height] for height in heights], u=u, v=0 * u)
    >>> round(surround_ratio(responses).item(), 3)
    0.25
    """
    return _fitted(responses, end, 2, "1").rename("surround_ratio")


def ring_response(
    responses: Responses, ring: int = 1, end: str | Quantity = "recording"
) -> xr.DataArray:
    """Return the mean response to the columns of a ring, relative to the central column.

    Parameters
    ----------
    responses : Responses
        To `protocols.column_flash` (each column by itself; their responses are averaged) or to
        `protocols.ring_flash` (the whole ring at once).
    ring : int
        Distance from the central column in columns.
    end : {"recording", "stimulus"} or Quantity [s]
        See `receptive_field`.

    Returns
    -------
    DataArray, without the dimension condition; other parameters that vary are dimensions
        Of the largest change from rest with the sign of the central response. NaN where the
        central column gives none.

    Examples
    --------
    >>> responses = _flashes([[0.0, 4.0], [0.0, 1.0], [0.0, 3.0]], u=[0, 1, 0], v=[0, 0, 1])
    >>> ring_response(responses, ring=1).item()
    0.5
    """
    ring = checks.whole_number("ring", ring, minimum=1)
    voltage = checked_responses(responses)
    if "ring" in voltage.coords:
        of_condition = voltage["ring"].to_numpy()
    elif {"center_u", "center_v"} <= set(voltage.coords):
        u, v = voltage["center_u"].to_numpy(), voltage["center_v"].to_numpy()
        of_condition = hexagonal_distance(u, v)
    else:
        raise InvalidValueError(
            "the conditions are labelled neither with ring nor with center_u and center_v: show"
            " protocols.column_flash or protocols.ring_flash."
        )
    of_condition = np.atleast_1d(of_condition)
    for needed in (0, ring):
        if needed not in of_condition:
            raise InvalidValueError(
                f"no flash was shown at ring {needed}, only at {sorted(set(of_condition))}."
            )
    change = strongest_change(voltage, end).assign_coords(ring=("condition", of_condition))

    def relative(change: xr.DataArray) -> xr.DataArray:
        center = change.isel(condition=change["ring"].to_numpy() == 0).mean("condition")
        around = change.isel(condition=change["ring"].to_numpy() == ring).mean("condition")
        return around / center.where(center != 0)

    return _over_places(change, relative).rename("ring_response").assign_attrs(units="1")


def _places(voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each condition flashes, in degrees."""
    names = set(voltage.coords)
    if {"center_u", "center_v"} <= names:
        angle = voltage.attrs.get("column_angle", 5.8)
        x, y = position(voltage["center_u"].to_numpy(), voltage["center_v"].to_numpy())
        x, y = angle * x, angle * y
    elif {"center_x", "center_y"} <= names:
        x, y = voltage["center_x"].to_numpy(), voltage["center_y"].to_numpy()
    elif "position" in names:
        along = np.deg2rad(voltage["angle"].to_numpy() if "angle" in names else 0.0)
        place = voltage["position"].to_numpy()
        x, y = place * np.cos(along), place * np.sin(along)
    else:
        raise InvalidValueError(
            "the conditions are not labelled with a place (center_u and center_v, center_x and"
            " center_y, or position): show protocols.column_flash or protocols.bar_flash."
        )
    shape = voltage.sizes["condition"]
    return np.broadcast_to(x, shape).astype(float), np.broadcast_to(y, shape).astype(float)


def _fitted(responses: Responses, end, which: int, units: str) -> xr.DataArray:
    def fitted(field: xr.DataArray) -> xr.DataArray:
        x, y = field["x"].to_numpy(), field["y"].to_numpy()
        return xr.apply_ufunc(
            lambda values: _two_gaussians(x, y, values)[which],
            field,
            input_core_dims=[["condition"]],
            vectorize=True,
        )

    return _over_places(receptive_field(responses, end), fitted).assign_attrs(units=units)


def _over_places(
    values: xr.DataArray, reduced: Callable[[xr.DataArray], xr.DataArray]
) -> xr.DataArray:
    """Reduce the conditions that differ in the place only; bright and dark ones stay apart."""
    names = [name for name, c in values.coords.items() if c.dims == ("condition",)]
    table = pd.DataFrame({name: values[name].to_numpy() for name in names})
    others = [name for name in names if name not in _OF_PLACE and table[name].nunique() > 1]
    if not others:
        return reduced(values)
    parts = [
        reduced(values.isel(condition=rows.index.to_numpy())).assign_coords(
            {name: rows[name].iloc[0] for name in others}
        )
        for _, rows in table.groupby(others, sort=False)
    ]
    whole = xr.concat(parts, dim="condition")
    dims = [name for name in values.dims if name != "condition"]
    return as_grid(whole).transpose(*dims, ...)


def _two_gaussians(x, y, values: np.ndarray) -> tuple[float, float, float]:
    """Return the width of the centre and of the surround and the ratio of their heights."""
    size = np.abs(values).max()
    if not size > 0:
        return np.nan, np.nan, np.nan
    best = int(np.argmax(np.abs(values)))
    values = values / values[best]
    square = (x - x[best]) ** 2 + (y - y[best]) ** 2
    apart = np.sqrt(np.sort(square[square > 0])[0])
    reach = np.sqrt(square.max())

    def heights(center: float, wider: float) -> np.ndarray:
        return np.column_stack(
            [np.exp(-square / (2 * center**2)), -np.exp(-square / (2 * (center * wider) ** 2))]
        )

    def residual(guess: np.ndarray) -> np.ndarray:
        center, wider, height, ratio = np.exp(guess[0]), 1 + np.exp(guess[1]), guess[2], guess[3]
        return height * (heights(center, wider) @ [1, ratio]) - values

    lower = [np.log(apart / 10), np.log(0.2), 0.1, 0.0]
    upper = [np.log(3 * reach), np.log(20.0), 10.0, 0.95]
    starts = [
        [np.log(apart * scale), np.log(wide), 1.0, 0.1] for scale in (0.5, 1.5) for wide in (1, 3)
    ]
    fits = [least_squares(residual, start, bounds=(lower, upper)) for start in starts]
    center, wider, _, ratio = min(fits, key=lambda fit: fit.cost).x
    center = np.exp(center)
    surround = FWHM * center * (1 + np.exp(wider)) if ratio > 1e-3 else np.nan
    return FWHM * center, surround, ratio


def _flashes(traces, u, v) -> Responses:
    """Make the responses of one cell to flashes at (u, v), for the examples of this file."""
    return Responses(
        xr.DataArray(
            np.asarray(traces, dtype=float)[None, :, :, None],
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": [0.0, 0.1],
                "cell_type": ["Mi1"],
                "center_u": ("condition", np.asarray(u)),
                "center_v": ("condition", np.asarray(v)),
            },
        )
    )
