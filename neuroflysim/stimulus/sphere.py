"""Directions in space and places in the visual field: distances from straight ahead are kept.

A place (x, y) is as many degrees from (0, 0) as its direction is from straight ahead, and lies to
the same side. So a turn of the eye about where it looks is a turn of the visual field. Far from the
middle, what lies across is stretched: by 1.05 at 30 degrees, by 1.21 at 60, by 1.57 at 90.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

#: Digits after the point of a degree: places that differ by rounding only are the same.
DIGITS = 9


def axes_of_view(
    ahead: np.ndarray, up: np.ndarray, front_is_right: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return three unit vectors: straight ahead, to the right and up in the visual field.

    Parameters
    ----------
    ahead, up : ndarray, shape (3,)
        In space, where x points to the front of the fly, y to its left, z up; not parallel.
    front_is_right : bool
        Whether right is where it is for one who looks ahead from inside; else it is mirrored.
    """
    ahead = ahead / np.linalg.norm(ahead)
    right = np.cross(ahead, up)
    right = right / np.linalg.norm(right)
    upwards = np.cross(right, ahead)
    return ahead, right if front_is_right else -right, upwards


def places(
    directions: np.ndarray, axes: tuple[np.ndarray, np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y in degrees of unit vectors.

    Parameters
    ----------
    directions : ndarray, shape (..., 3)
    axes : (ndarray, ndarray, ndarray)
        From `axes_of_view`.

    Returns
    -------
    x, y : ndarray, shape (...)

    Examples
    --------
    >>> axes = axes_of_view(np.array([1.0, 0, 0]), np.array([0, 0, 1.0]), True)
    >>> [float(one) for one in places(np.array([0, -1.0, 0]), axes)]
    [90.0, 0.0]
    """
    ahead, right, up = (directions @ axis for axis in axes)
    aside = np.hypot(right, up)
    # By its tangent: an angle near 0 or 180 degrees has no digits left in its cosine.
    angle = np.degrees(np.arctan2(aside, ahead))
    factor = np.where(aside > 0, angle / np.where(aside > 0, aside, 1), 0.0)
    return np.round(factor * right, DIGITS), np.round(factor * up, DIGITS)


def directions_of(x: npt.ArrayLike, y: npt.ArrayLike) -> np.ndarray:
    """Return unit vectors of places, for an eye that looks to the front; right is to the right.

    Parameters
    ----------
    x, y : array_like, shape (...)
        In degrees.

    Returns
    -------
    ndarray, shape (..., 3)

    Examples
    --------
    >>> directions_of(0, 90).round(3).tolist()
    [0.0, -0.0, 1.0]
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    angle = np.hypot(x, y)
    # sin(angle) / angle, which is 1 ahead
    aside = np.sinc(angle / 180) * np.pi / 180
    return np.stack([np.cos(np.deg2rad(angle)), -aside * x, aside * y], axis=-1)


def between(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the angle between unit vectors in degrees.

    Parameters
    ----------
    one, other : ndarray, shape (..., 3)
    """
    apart = np.linalg.norm(one - other, axis=-1)
    return np.degrees(2 * np.arcsin(np.clip(apart / 2, 0, 1)))
