"""Spatial receptive fields from flashes at single places."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.cache import remembered
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.peaks import strongest_change
from neuroflysim.analysis.samples import checked_responses
from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import hexagonal_distance, position
from neuroflysim.responses import Responses

__all__ = ["receptive_field", "receptive_field_width", "ring_response", "surround_ratio"]

#: Parameters that say where a flash was.
PLACES = ("center_u", "center_v", "center_x", "center_y", "position", "angle", "ring")

#: Full width at half maximum of a Gaussian over its standard deviation.
FWHM = np.sqrt(8 * np.log(2))

#: A surround is wider than the centre by at least this factor.
LEAST_WIDER = 1.2


@measure(family="spatial_fields")
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
        One for each place; other parameters that vary become dimensions. Coordinates x and y:
        where the flash was, in degrees.

    Examples
    --------
    >>> responses = _flashes([[0.0, 2.0], [0.0, -1.0]], u=[0, 1], v=[0, 0])
    >>> field = receptive_field(responses)
    >>> field.squeeze().to_numpy().tolist(), field["y"].to_numpy().round(1).tolist()
    ([2.0, -1.0], [-0.0, -5.8])
    """
    field = as_grid(strongest_change(checked_responses(responses), end), together=PLACES)
    x, y = _places(field)
    field = field.assign_coords(
        x=("condition", x, {"units": "deg"}), y=("condition", y, {"units": "deg"})
    )
    return field.rename("receptive_field").assign_attrs(units="1")


@measure(family="spatial_fields")
def receptive_field_width(
    responses: Responses, part: str = "centre", end: str | Quantity = "recording"
) -> xr.DataArray:
    """Return the full width at half maximum of the receptive field, in degrees.

    A difference of two Gaussians around the place of the strongest response, the surround wider
    than the centre and than the distance of neighbours, is fitted to the receptive field by least
    squares. The flash itself is a column or a bar wide, which is not taken out: a cell that sees
    one column only has a width of zero to one column.

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


@measure(family="spatial_fields")
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


@measure(family="spatial_fields")
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
    change = as_grid(strongest_change(checked_responses(responses), end), together=PLACES)
    if "ring" in change.coords:
        of_condition = change["ring"].to_numpy()
    elif {"center_u", "center_v"} <= set(change.coords):
        u, v = change["center_u"].to_numpy(), change["center_v"].to_numpy()
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
    center = change.isel(condition=of_condition == 0).mean("condition")
    around = change.isel(condition=of_condition == ring).mean("condition")
    relative = around / center.where(center != 0)
    return relative.rename("ring_response").assign_attrs(units="1")


def _places(voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
    """Return where each condition flashes, in degrees."""
    names = set(voltage.coords)
    if "condition" not in voltage.dims:
        raise InvalidValueError("a receptive field needs flashes at several places; show more.")
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
    field = receptive_field(responses, end)
    x, y = field["x"].to_numpy(), field["y"].to_numpy()
    if np.ptp(x) == 0 and np.ptp(y) == 0:
        raise InvalidValueError(
            f"all flashes stand at ({x[0]:g}, {y[0]:g}) deg; show several places to have a width."
        )
    value = xr.apply_ufunc(
        lambda values: _two_gaussians(x, y, values)[which],
        field,
        input_core_dims=[["condition"]],
        vectorize=True,
    )
    return value.assign_attrs(units=units)


@remembered
def _two_gaussians(x: np.ndarray, y: np.ndarray, values: np.ndarray) -> tuple[float, float, float]:
    """Return the width of the centre and of the surround and the ratio of their heights."""
    from scipy.optimize import least_squares  # adds filters of warnings: not on import

    size = np.abs(values).max()
    if not size > 0:
        return np.nan, np.nan, np.nan
    best = int(np.argmax(np.abs(values)))
    values = values / values[best]
    square = (x - x[best]) ** 2 + (y - y[best]) ** 2
    apart = np.sqrt(np.sort(square[square > 0])[0])
    reach = np.sqrt(square.max())

    def heights(center: float, surround: float) -> np.ndarray:
        return np.column_stack(
            [np.exp(-square / (2 * center**2)), -np.exp(-square / (2 * surround**2))]
        )

    def widths(guess: np.ndarray) -> tuple[float, float]:
        center, surround = np.exp(guess[:2])
        return center, max(surround, LEAST_WIDER * center)

    def residual(guess: np.ndarray) -> np.ndarray:
        return guess[2] * (heights(*widths(guess)) @ [1, guess[3]]) - values

    def slopes(guess: np.ndarray) -> np.ndarray:
        (center, surround), height, ratio = widths(guess), *guess[2:]
        of_center, of_surround = heights(center, surround).T
        by_center = height * of_center * square / center**2
        by_surround = height * ratio * of_surround * square / surround**2
        if surround > np.exp(guess[1]):  # it is as narrow as the centre lets it be
            by_center, by_surround = by_center + by_surround, np.zeros_like(by_surround)
        by_height = of_center + ratio * of_surround
        return np.column_stack([by_center, by_surround, by_height, height * of_surround])

    # The centre may be a single column. A surround narrower than the distance of neighbours would
    # be nothing but a correction of the height of that column.
    lower = [np.log(apart / 10), np.log(apart), 0.1, 0.0]
    upper = [np.log(3 * reach), np.log(20 * reach), 10.0, 0.95]
    starts = [
        [np.log(apart * scale), np.log(apart * scale * wide), 1.0, 0.1]
        for scale in (0.5, 1.5)
        for wide in (2.5, 4)
    ]
    fits = [least_squares(residual, start, slopes, (lower, upper)) for start in starts]
    best_fit = min(fits, key=lambda fit: fit.cost).x
    (center, surround), ratio = widths(best_fit), best_fit[3]
    return FWHM * center, FWHM * surround if ratio > 1e-3 else np.nan, ratio


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
