"""Textures and shapes for the surfaces of a world, on a square that repeats on all sides.

A texture has mean 0 and standard deviation 1; pixels are 1 texel wide. Everything comes from the
random generator that is handed in.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

#: Kinds of textures.
TEXTURES = ("dead_leaves", "one_over_f", "bars", "mixed")

#: Radius of the smallest leaf in texels. The number of leaves grows with 1/radius^2, and smaller
#: ones are not seen through the eye.
SMALLEST_LEAF = 3.0

#: How often leaves cover each point, on average. exp(-4): 2 in 100 points see the ground.
COVERS = 4


def draw_texture(kind: str, n_texels: int, rng: np.random.Generator) -> np.ndarray:
    """Return a texture.

    Parameters
    ----------
    kind : {"dead_leaves", "one_over_f", "bars", "mixed"}
        Leaves of all sizes, each with a luminance of its own and 1/f noise on it, which lie upon
        each other: after Lee et al., Int. J. Comput. Vis. 41, 35 (2001), their numbers fall with
        the third power of the size. Noise whose amplitudes fall as 1/f. Bars of random widths and
        one orientation. Or a sum of two of them.
    n_texels : int
        Along each side.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float, shape (n_texels, n_texels)
    """
    if kind == "mixed":
        first, second = rng.choice(TEXTURES[:3], size=2, replace=False)
        share = rng.uniform(0.25, 0.75)
        texture = np.sqrt(share) * draw_texture(first, n_texels, rng)
        texture += np.sqrt(1 - share) * draw_texture(second, n_texels, rng)
    else:
        texture = {"dead_leaves": _dead_leaves, "one_over_f": _noise, "bars": _bars}[kind](
            n_texels, rng
        )
    texture -= texture.mean()
    return texture / texture.std()


def draw_shape(n_texels: int, coverage: float, rng: np.random.Generator) -> np.ndarray:
    """Return where a surface with holes is: leaves that cover a share of it.

    Parameters
    ----------
    n_texels : int
    coverage : float
        The share, from 0 to 1; leaves are laid until it is reached.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of bool, shape (n_texels, n_texels)
    """
    shape = np.zeros((n_texels, n_texels), dtype=bool)
    for rows, columns, inside in _leaves(n_texels, n_texels / 20, rng):
        shape[rows, columns] |= inside
        if shape.mean() >= coverage:
            break
    return shape


def _dead_leaves(n_texels: int, rng: np.random.Generator) -> np.ndarray:
    leaves, covered = np.zeros((n_texels, n_texels)), 0
    for rows, columns, inside in _leaves(n_texels, SMALLEST_LEAF, rng):
        leaves[rows, columns] = np.where(inside, rng.normal(), leaves[rows, columns])
        covered += inside.sum()
        if covered > COVERS * n_texels**2:
            break
    # Luminance of a natural scene is skewed: many dark places and few bright ones.
    return np.exp(0.5 * (leaves + 0.5 * _noise(n_texels, rng)))


def _leaves(n_texels: int, smallest: float, rng: np.random.Generator) -> Iterator[tuple]:
    """Yield ellipses and rectangles in turn at random: rows, columns, and what is inside."""
    largest = n_texels / 5
    while True:
        draws = rng.uniform(size=(256, 6))
        # the inverse of the distribution function of a density falling as radius^-3
        radii = (smallest**-2 - draws[:, 0] * (smallest**-2 - largest**-2)) ** -0.5
        for radius, (_, at_x, at_y, turn, slim, kind) in zip(radii, draws, strict=True):
            across, along = radius * (0.5 + 0.5 * slim), radius
            reach = int(radius * (1 if kind < 0.5 else np.sqrt(2))) + 1
            row, column = at_y * n_texels, at_x * n_texels
            rows = np.arange(int(row) - reach, int(row) + reach + 2)[:, None]
            columns = np.arange(int(column) - reach, int(column) + reach + 2)
            cos, sin = np.cos(np.pi * turn), np.sin(np.pi * turn)
            x = ((columns - column) * cos + (rows - row) * sin) / along
            y = ((rows - row) * cos - (columns - column) * sin) / across
            inside = x * x + y * y < 1 if kind < 0.5 else (abs(x) < 1) & (abs(y) < 1)
            yield rows % n_texels, columns % n_texels, inside


def _noise(n_texels: int, rng: np.random.Generator) -> np.ndarray:
    frequency = np.hypot(np.fft.fftfreq(n_texels)[:, None], np.fft.rfftfreq(n_texels))
    frequency[0, 0] = np.inf  # the mean is zero
    spectrum = np.fft.rfft2(rng.standard_normal((n_texels, n_texels))) / frequency
    noise = np.fft.irfft2(spectrum, (n_texels, n_texels))
    return noise / noise.std()


def _bars(n_texels: int, rng: np.random.Generator) -> np.ndarray:
    """Wave fronts along a vector of whole numbers, so that they close on the torus."""
    across = rng.integers(-3, 4, size=2)
    while not across.any():
        across = rng.integers(-3, 4, size=2)
    at = np.arange(n_texels)
    phase = (across[0] * at + across[1] * at[:, None]) % n_texels  # texels along the period
    length = np.hypot(*across)
    widths = np.exp(rng.uniform(np.log(4), np.log(40), size=n_texels)) * length
    edges = np.cumsum(np.minimum(widths, n_texels / 4))  # four bars or more
    bars = rng.normal(size=n_texels + 1)
    return bars[np.searchsorted(edges[edges < n_texels], phase)]
