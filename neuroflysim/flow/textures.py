"""Textures that repeat with a periodic lattice: what a world without borders is painted with.

A texture is luminance around a mean of 0 on a fine rhombic grid, in the axial coordinates of the
lattice, so that it closes on itself on all sides. What columns see of it is computed by its Fourier
series: blur and motion are exact, whatever the grid.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neuroflysim.lattice import position

#: Points of the grid from one column to the next.
POINTS = 10

Texture = Callable[[np.random.Generator, int], np.ndarray]


def wave_vectors(size: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the waves that fit into a rhombus, in radians a column.

    Parameters
    ----------
    size : int
        Columns of the lattice along u and along v.
    count : int
        Waves along each axis.

    Returns
    -------
    ndarray, shape (count, count)
        Their components to the right, in the order of `numpy.fft.fft2`.
    ndarray, shape (count, count)
        Their components upwards.

    Notes
    -----
    A wave of whole numbers (a, b) is exp(2 pi i (a u + b v) / size). With the lattice's
    x = sqrt(3)/2 v and y = -(u + v/2), it is exp(i (kx x + ky y)).
    """
    along_u, along_v = np.meshgrid(*[np.fft.fftfreq(count, 1 / count)] * 2, indexing="ij")
    turn = 2 * np.pi / size
    return turn * (2 * along_v - along_u) / np.sqrt(3), -turn * along_u


def one_over_f(rng: np.random.Generator, size: int, slope: float = 1.0) -> np.ndarray:
    """Noise whose amplitudes fall with spatial frequency f as f**-slope."""
    count = size * POINTS
    frequency = np.hypot(*wave_vectors(size, count))
    frequency[0, 0] = np.inf
    white = np.fft.fft2(rng.standard_normal((count, count)))
    return _standard(np.fft.ifft2(white / frequency**slope).real)


def two_tone(rng: np.random.Generator, size: int) -> np.ndarray:
    """Blotches with sharp edges: the sign of noise."""
    noise = one_over_f(rng, size, slope=rng.uniform(1.0, 2.0))
    return _standard(np.where(noise > np.quantile(noise, rng.uniform(0.3, 0.7)), 1.0, 0.0))


def bars(rng: np.random.Generator, size: int) -> np.ndarray:
    """Light and dark bars of several widths, lengths and orientations on each other."""
    return _leaves(rng, size, n_leaves=40, longest=3.0, inside=0.0, aspect=(3.0, 10.0))


def dead_leaves(rng: np.random.Generator, size: int) -> np.ndarray:
    """Opaque leaves that hide each other, with noise on them.

    Radii r are as frequent as r**-3, which gives pictures that look alike at all scales, as
    photographs of natural scenes do.

    References
    ----------
    Lee, Mumford and Huang, Int. J. Comput. Vis. 41, 35 (2001).
    """
    return _leaves(rng, size, n_leaves=250, longest=2.5, inside=0.3, aspect=(1.0, 2.0))


def few_leaves(rng: np.random.Generator, size: int) -> np.ndarray:
    """Few leaves, of nearly one luminance each: long edges with nothing between."""
    return _leaves(rng, size, n_leaves=25, longest=2.5, inside=0.1, aspect=(1.0, 1.5))


#: Which textures worlds have, and how often.
MIXTURE: dict[Texture, float] = {
    dead_leaves: 0.3,
    few_leaves: 0.3,
    one_over_f: 0.15,
    two_tone: 0.15,
    bars: 0.1,
}


def mixture(rng: np.random.Generator, size: int) -> np.ndarray:
    """One of all textures by chance."""
    kinds = list(MIXTURE)
    return kinds[rng.choice(len(kinds), p=list(MIXTURE.values()))](rng, size)


#: By name, as recipes of fits name them.
TEXTURES: dict[str, Texture] = {texture.__name__: texture for texture in (mixture, *MIXTURE)}


def _leaves(rng, size, n_leaves, longest, inside, aspect) -> np.ndarray:
    """Paint ellipses on top of each other, wider ones as likely below as above."""
    count = size * POINTS
    picture = one_over_f(rng, size)
    shortest = 0.25
    # Inverse of the distribution function of r**-3 between the shortest and the longest radius.
    share = rng.random(n_leaves)
    radius = (shortest**-2 + share * (longest**-2 - shortest**-2)) ** -0.5
    thin = radius / rng.uniform(*aspect, n_leaves)
    middle = rng.random((n_leaves, 2)) * count
    angle = rng.uniform(0, np.pi, n_leaves)
    level = rng.standard_normal(n_leaves)
    for k in range(n_leaves):
        # A box around the leaf, wrapped: an axial coordinate changes by 2/sqrt(3) in a distance 1.
        reach = int(radius[k] * POINTS * 2 / np.sqrt(3)) + 1
        near = np.round(middle[k]).astype(int)[:, None] + np.arange(-reach, reach + 1)
        u, v = (near - middle[k][:, None]) / POINTS
        x, y = position(u[:, None], v[None])
        cos, sin = np.cos(angle[k]), np.sin(angle[k])
        leaf = ((x * cos + y * sin) / radius[k]) ** 2 + ((y * cos - x * sin) / thin[k]) ** 2 < 1
        at = tuple(
            line % count
            for line in (near[0][:, None] + 0 * near[1], near[1] + 0 * near[0][:, None])
        )
        picture[at[0][leaf], at[1][leaf]] = level[k] + inside * picture[at[0][leaf], at[1][leaf]]
    return _standard(picture)


def _standard(picture: np.ndarray) -> np.ndarray:
    return (picture - picture.mean()) / picture.std()
