"""A map of columns as SVG: one hexagon a column, as in the plots, x to the right and y up."""

from __future__ import annotations

from html import escape

import numpy as np
import numpy.typing as npt

#: Columns lie 45 units apart along x and 52 along y: whole numbers, so that files are small.
_ALONG_X, _ALONG_Y = 45, 52
_HEXAGON = "l-15 26h-30l-15-26 15-26h30z"

#: From blue (-1) over white (0) to red (1).
_DIVERGING = np.array(
    [(33, 102, 172), (146, 197, 222), (247, 247, 247), (244, 165, 130), (178, 24, 43)]
)
#: Shades that a map has: few, for hexagons of one shade are one path.
_SHADES = 25


def diverging(values: npt.ArrayLike, limit: float) -> list[str]:
    """Return the colours of values of both signs: blue is negative, white 0, red positive.

    Parameters
    ----------
    values : array_like of float, shape (column,)
        NaN is grey.
    limit : float
        What the darkest shades stand for.

    Examples
    --------
    >>> diverging([-1, 0, 2], 1)
    ['#2166ac', '#f7f7f7', '#b2182b']
    """
    values = np.asarray(values, float) / (limit or 1)
    place = np.round((np.clip(np.nan_to_num(values), -1, 1) + 1) / 2 * (_SHADES - 1))
    ground = np.linspace(0, _SHADES - 1, len(_DIVERGING))
    parts = [np.interp(place, ground, part).round().astype(int) for part in _DIVERGING.T]
    shades = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in zip(*parts, strict=True)]
    return ["#999" if np.isnan(v) else shade for v, shade in zip(values, shades, strict=True)]


def grey(luminance: npt.ArrayLike) -> list[str]:
    """Return the shades of luminance: 0 is black, 1 is white.

    Parameters
    ----------
    luminance : array_like of float, shape (column,)

    Examples
    --------
    >>> grey([0, 0.5, 1])
    ['#000', '#808080', '#fff']
    """
    parts = np.round(np.clip(np.asarray(luminance, float), 0, 1) * (_SHADES - 1))
    levels = np.round(parts / (_SHADES - 1) * 255).astype(int)
    short = {0: "#000", 255: "#fff"}
    return [short.get(int(one), f"#{one:02x}{one:02x}{one:02x}") for one in levels]


def hexagons(
    u: npt.ArrayLike, v: npt.ArrayLike, colors: list[str], label: str, width: int = 120
) -> str:
    """Return the map of some columns.

    Parameters
    ----------
    u, v : array_like of int, shape (column,)
        Axial coordinates.
    colors : list of str
        One for each column.
    label : str
        What is seen, for people who do not see it.
    width : int
        In points of the page.

    Returns
    -------
    str
        An <svg>.

    Examples
    --------
    >>> hexagons([0], [0], ["#fff"], "one column").count("<path")
    1
    """
    u, v = np.asarray(u, int), np.asarray(v, int)
    x, y = _ALONG_X * v, _ALONG_Y * u + _ALONG_Y // 2 * v
    places: dict[str, list[str]] = {}
    for color, right, down in zip(colors, (x + 30).tolist(), y.tolist(), strict=True):
        places.setdefault(color, []).append(f"M{right} {down}{_HEXAGON}")
    paths = "".join(f'<path fill="{color}" d="{"".join(d)}"/>' for color, d in places.items())
    left, top = int(x.min()) - 36, int(y.min()) - 32
    wide, high = int(x.max()) + 36 - left, int(y.max()) + 32 - top
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{width}"'
        f' height="{round(width * high / wide)}" viewBox="{left} {top} {wide} {high}"'
        f' stroke="#8888" stroke-width="3">{paths}</svg>'
    )
