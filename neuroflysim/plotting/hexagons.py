"""Values on the hexagonal lattice, drawn as hexagons: one PolyCollection a picture."""

from __future__ import annotations

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.collections import PolyCollection

from neuroflysim import lattice

#: Diverging, colour-blind safe; light in the middle.
DIVERGING = "RdBu_r"


def plot_columns(u, v, values, ax=None, cmap="viridis", vmin=None, vmax=None, edge=0.0):
    """Draw one hexagon for each column, coloured by its value.

    Parameters
    ----------
    u, v : array_like of int, shape (column,)
        Axial coordinates.
    values : array_like of float, shape (column,)
        NaN is left white.
    ax : matplotlib Axes, optional
    cmap : str
    vmin, vmax : float, optional
        Ends of the colour scale; the extremes of the values if not given.
    edge : float
        Width of the hexagons' border in points.

    Returns
    -------
    Axes, PolyCollection
        The collection is what `Figure.colorbar` wants and what animations update.
    """
    ax = ax if ax is not None else plt.subplots(figsize=(4, 4), layout="constrained")[1]
    x, y = lattice.position(u, v)
    corners = np.deg2rad(np.arange(0, 360, 60))  # neighbours touch along edges, apex to the side
    hexagon = np.column_stack([np.cos(corners), np.sin(corners)]) / np.sqrt(3)
    cells = np.column_stack([x, y])[:, None, :] + hexagon
    # A hairline in the colour of the face hides the seams between hexagons.
    hexagons = PolyCollection(
        cells,
        array=np.asarray(values, float),
        cmap=cmap,
        linewidths=edge or 0.2,
        edgecolors="0.7" if edge else "face",
    )
    hexagons.set_clim(vmin, vmax)
    ax.add_collection(hexagons)
    ax.set_aspect("equal")
    ax.autoscale_view()
    ax.set_axis_off()
    return ax, hexagons


def plot_luminance(luminance, ax=None):
    """Draw one frame of luminance in grey, with outlines so that white is seen on white.

    Parameters
    ----------
    luminance : DataArray with dimension column
        One frame of `Protocol.luminance`.
    ax : Axes, optional

    Returns
    -------
    Axes, PolyCollection
    """
    return plot_columns(luminance["u"], luminance["v"], luminance, ax, "gray", 0, 1, edge=0.25)


def symmetric_limit(values) -> float:
    """Return the limit of a colour scale that is symmetric about 0 and holds all values."""
    finite = np.abs(np.asarray(values, float))
    limit = np.nanmax(finite) if np.isfinite(finite).any() else 0.0
    return float(limit) or 1.0
