"""Where columns lie along an axis of the visual field, exact as the lattice is."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from neuroflysim.lattice import turned

#: Digits after the point to which an angle counts: so 82.3 is 22.3 and a sixth of a turn.
DIGITS = 9


def sine(degrees: float) -> float:
    """Return the sine of an angle: exact at multiples of 30 degrees, but for sqrt(3).

    Parameters
    ----------
    degrees : float

    Examples
    --------
    >>> [sine(angle) for angle in (0, 30, 90, 210, 360)]
    [0.0, 0.5, 1.0, -0.5, 0.0]
    """
    half = degrees % 180
    near = min(half, 180 - half)
    size = 0.5 if near == 30 else math.sin(math.radians(near))
    return size if degrees % 360 < 180 else -size


def direction(degrees: float) -> tuple[float, float]:
    """Return the step (right, up) of length 1 towards an angle.

    Parameters
    ----------
    degrees : float
        Counter-clockwise; 0 is to the right, 90 is up.

    Examples
    --------
    >>> direction(0), direction(90)
    ((1.0, 0.0), (0.0, 1.0))
    """
    return sine(90 - degrees), sine(degrees)


def along(columns: npt.ArrayLike, degrees: float) -> np.ndarray:
    """Return how far columns lie towards an angle, in distances between neighbours.

    The lattice is the same after a sixth of a turn. So columns are turned back by whole sixths, in
    whole numbers, and only the rest of the angle, less than 60 degrees, meets a sine. Columns that
    lie equally far along an axis of the lattice, at a multiple of 30 degrees, get the same bits;
    so do a column at some angle and the turned column at an angle 60 degrees larger, and so do the
    two columns of a mirrored pair at mirrored angles.

    Parameters
    ----------
    columns : array_like of int, shape (column, 2)
        Axial coordinates (u, v).
    degrees : float
        Counter-clockwise; 0 is to the right, 90 is up.

    Returns
    -------
    ndarray of float, shape (column,)

    Examples
    --------
    >>> neighbors = [[0, 1], [-1, 1], [-1, 0], [0, -1], [1, -1], [1, 0]]  # at -30, 30, 90, ...
    >>> along(neighbors, 30).tolist()
    [0.5, 1.0, 0.5, -0.5, -1.0, -0.5]
    """
    sixths = math.floor(degrees / 60)
    rest = round(degrees - 60 * sixths, DIGITS)
    u, v = np.transpose(columns)
    u, v = turned(u, v, -sixths)
    # x cos(rest) + y sin(rest), with x = sqrt(3)/2 v and y = -(u + v/2).
    return v * sine(round(60 - rest, DIGITS)) - u * sine(rest)
