"""Values on the hexagonal lattice, drawn as hexagons: one PolyCollection a picture."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import Colormap, Normalize

from neuroflysim import checks, lattice
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.plotting.panels import one_panel

#: Width of the border of a patch of hexagons, in points.
_BORDER = 0.6
#: In the colour of the face it hides the seams between hexagons.
_HAIRLINE = 0.4


def plot_columns(
    u: npt.ArrayLike,
    v: npt.ArrayLike,
    values: npt.ArrayLike,
    axes: Axes | None = None,
    cmap: str | Colormap = "viridis",
    vmin: float | None = None,
    vmax: float | None = None,
    norm: Normalize | None = None,
    edge: float = 0.0,
    label: str = "",
) -> Axes:
    """Draw one hexagon for each column, coloured by its value.

    Parameters
    ----------
    u, v : array_like of int, shape (column,)
        Axial coordinates.
    values : array_like of float, shape (column,)
        NaN is left white.
    axes : matplotlib Axes, optional
    cmap : str or Colormap
    vmin, vmax : float, optional
        Ends of the colour scale; the extremes of the values if not given.
    norm : matplotlib Normalize, optional
        A colour scale that is not linear, instead of `vmin` and `vmax`.
    edge : float
        Width of the border of each hexagon in points. With 0 only the patch as a whole has one.
    label : str
        What the values are, with their unit: for a colour bar. There is none without it.

    Returns
    -------
    Axes
        Its last collection is the hexagons, for a colour bar of one's own.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> u, v = nfs.Lattice(extent=1).columns.T
    >>> axes = nfs.plotting.plot_columns(u, v, [0, 1, 2, 3, 2, 1, 0], label="synapses")
    >>> axes.collections[-1].get_array().tolist()
    [0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 0.0]
    """
    u, v = checks.numeric_array("u", u), checks.numeric_array("v", v)
    values = np.ravel(values)
    if not u.shape == v.shape == values.shape or u.ndim != 1 or not len(u):
        raise InvalidValueError(
            f"u, v and values have the shapes {u.shape}, {v.shape} and {values.shape}, but must be"
            " lists of one length, a place and a value for each column."
        )
    if values.dtype.kind not in "biuf":
        raise InvalidTypeError("values must be numbers, one for each column.")
    edge = checks.finite_number("edge", edge, minimum=0)
    axes = one_panel(axes, (4, 4))
    hexagons = draw_hexagons(axes, u, v, values, cmap, vmin, vmax, norm, edge)
    if label:
        axes.figure.colorbar(hexagons, ax=axes, shrink=0.7, label=label)
    return axes


def plot_luminance(luminance: xr.DataArray, axes: Axes | None = None, edge: float = 0.0) -> Axes:
    """Draw one frame of luminance in grey: 0 is black, 1 is white.

    Parameters
    ----------
    luminance : DataArray with dimension column
        One frame of `Protocol.luminance`.
    axes : Axes, optional
    edge : float
        Width of the border of each hexagon in points, see `plot_columns`.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> frame = nfs.protocols.flash(intensity=1).luminance(extent=1)[0, -1]
    >>> axes = nfs.plotting.plot_luminance(frame)
    """
    if not isinstance(luminance, xr.DataArray) or luminance.dims != ("column",):
        what = getattr(luminance, "dims", type(luminance).__name__)
        raise InvalidTypeError(
            f"luminance must be one frame of Protocol.luminance, with the dimension column, but is"
            f" {what}; choose a condition and a time: luminance[0, 0]."
        )
    return plot_columns(
        luminance["u"], luminance["v"], luminance, axes, "gray", vmin=0, vmax=1, edge=edge
    )


def draw_hexagons(
    axes: Axes,
    u: npt.ArrayLike,
    v: npt.ArrayLike,
    values: npt.ArrayLike,
    cmap: str | Colormap = "viridis",
    vmin: float | None = None,
    vmax: float | None = None,
    norm: Normalize | None = None,
    edge: float = 0.0,
) -> PolyCollection:
    """Draw hexagons into axes, for those who want the collection: it is what animations update."""
    x, y = lattice.position(u, v)
    corners = np.deg2rad(np.arange(0, 360, 60))  # neighbours touch along edges, apex to the side
    hexagon = np.column_stack([np.cos(corners), np.sin(corners)]) / np.sqrt(3)
    cells = np.column_stack([x, y])[:, None, :] + hexagon
    if not edge:
        axes.add_collection(LineCollection(list(_border(cells)), colors="0.5", linewidths=_BORDER))
    hexagons = PolyCollection(
        cells,
        array=np.asarray(values, float),
        cmap=cmap,
        norm=Normalize(vmin, vmax) if norm is None else norm,
        linewidths=edge or _HAIRLINE,
        edgecolors="0.7" if edge else "face",
    )
    axes.add_collection(hexagons)
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_axis_off()
    return hexagons


def symmetric_limit(values: npt.ArrayLike) -> float:
    """Return the limit of a colour scale that is symmetric about 0 and holds all values."""
    finite = np.abs(np.asarray(values, float))
    limit = np.nanmax(finite) if np.isfinite(finite).any() else 0.0
    return float(limit) or 1.0


def _border(cells: np.ndarray) -> np.ndarray:
    """Return the edges that belong to one hexagon only, shape (edge, 2, 2)."""
    edges = np.stack([cells, np.roll(cells, -1, axis=1)], axis=2).reshape(-1, 2, 2)
    middles = edges.mean(axis=1).round(6) + 0.0  # the same number for -0 and 0
    _, first, count = np.unique(middles, axis=0, return_index=True, return_counts=True)
    return edges[first[count == 1]]
