r"""Geometry of the hexagonal lattice of columns, in units of the distance between neighbours.

A column has axial coordinates (u, v). A lattice of extent E holds the columns with
\|u\|, \|v\| and \|u + v\| all at most E, u varying slowly and v fast: 1 + 3 E (E + 1) columns.
Seen as in the plots, x points to the right (front to back in the eye) and y up::

    x = sqrt(3)/2 v        y = -(u + v/2)
"""

from __future__ import annotations

import numpy as np

from neuroflysim.checks import whole_number


def n_columns(extent: int) -> int:
    """Return the number of columns of a lattice.

    Parameters
    ----------
    extent : int
        Radius in columns; 0 is a single column.

    Examples
    --------
    >>> n_columns(15)
    721
    """
    extent = whole_number("extent", extent)
    return 1 + 3 * extent * (extent + 1)


def columns(extent: int) -> np.ndarray:
    """Return the axial coordinates of all columns, in the order used everywhere.

    Parameters
    ----------
    extent : int
        Radius in columns.

    Returns
    -------
    ndarray of int, shape (column, 2)
        u and v of each column.

    Examples
    --------
    >>> columns(1).tolist()
    [[-1, 0], [-1, 1], [0, -1], [0, 0], [0, 1], [1, -1], [1, 0]]
    """
    extent = whole_number("extent", extent)
    axis = np.arange(-extent, extent + 1)
    u, v = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
    inside = np.abs(u + v) <= extent
    return np.column_stack([u[inside], v[inside]])


def hexagonal_distance(u, v):
    """Return the distance of (u, v) from (0, 0) in steps between neighbours.

    Parameters
    ----------
    u, v : int or ndarray of int
        Axial coordinates, or differences of them.

    Examples
    --------
    >>> int(hexagonal_distance(2, -1))
    2
    """
    return np.maximum(np.maximum(np.abs(u), np.abs(v)), np.abs(np.add(u, v)))


def position(u, v) -> tuple[np.ndarray, np.ndarray]:
    """Return x (to the right) and y (up) of columns, in distances between neighbours.

    Parameters
    ----------
    u, v : int or ndarray of int
        Axial coordinates.

    Returns
    -------
    x, y : ndarray of float, shape of u and v

    Examples
    --------
    >>> x, y = position(0, 2)
    >>> round(float(x), 4), float(y)
    (1.7321, -1.0)
    """
    u, v = np.asarray(u), np.asarray(v)
    return np.sqrt(3) / 2 * v, -(u + v / 2)


def on_stride(u, v, stride_u: int, stride_v: int):
    """Return where a cell type of the given stride has a cell: u and v multiples of it.

    Parameters
    ----------
    u, v : int or ndarray of int
        Axial coordinates.
    stride_u, stride_v : int
        Every how many columns there is a cell, along u and along v.

    Examples
    --------
    >>> on_stride([-3, 1, 0], [2, 0, 0], 3, 2).tolist()
    [True, False, True]
    """
    return (np.mod(u, stride_u) == 0) & (np.mod(v, stride_v) == 0)
