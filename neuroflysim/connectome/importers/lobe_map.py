"""The columns of a lobe as a map: which are neighbours, how far the border is, who stands where."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import frozen

from neuroflysim.lattice import hexagonal_distance


@frozen(eq=False, slots=False)
class LobeMap:
    """Columns of a lobe in axial coordinates.

    Attributes
    ----------
    columns : ndarray of int, shape (column, 2)
        Each once.
    """

    columns: np.ndarray

    @cached_property
    def low(self) -> np.ndarray:
        """The smallest u and the smallest v."""
        return self.columns.min(axis=0)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Size of the smallest rectangle that holds all columns."""
        along_u, along_v = self.columns.max(axis=0) - self.low + 1
        return int(along_u), int(along_v)

    @cached_property
    def inside(self) -> np.ndarray:
        """Whether there is a column at each place of the rectangle."""
        made = np.zeros(self.shape, dtype=bool)
        made[tuple((self.columns - self.low).T)] = True
        return made

    def holds(self, column: np.ndarray) -> np.ndarray:
        """Return whether columns, shape (..., 2), are of the lobe."""
        place = column - self.low
        there = ((place >= 0) & (place < self.shape)).all(axis=-1)
        place = np.where(there[..., None], place, 0)
        return there & self.inside[place[..., 0], place[..., 1]]

    def interior(self, border: int) -> np.ndarray:
        """Return which places of the rectangle have all columns up to a distance around them.

        Parameters
        ----------
        border : int
            In columns; 0 takes all of the lobe.
        """
        wide = np.pad(self.inside, border)
        steps = np.arange(-border, border + 1)
        kept = self.inside.copy()
        n_u, n_v = self.shape
        for du in steps:
            for dv in steps:
                if hexagonal_distance(du, dv) <= border:
                    kept &= wide[border + du : border + du + n_u, border + dv : border + dv + n_v]
        return kept

    def counted(self, column: np.ndarray) -> np.ndarray:
        """Return how many of some cells stand at each place of the rectangle."""
        place = column - self.low
        return np.bincount(
            place[:, 0] * self.shape[1] + place[:, 1], minlength=self.shape[0] * self.shape[1]
        ).reshape(self.shape)


def spectrum(maps: np.ndarray) -> np.ndarray:
    """Return maps of what stands where, shape (map, along u, along v), ready for `meetings`."""
    return np.fft.rfft2(maps, s=_whole_size(maps.shape[1:]))


def meetings(sources: np.ndarray, target: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return, for each offset, how many of the targets have a source there.

    Parameters
    ----------
    sources, target : ndarray
        From `spectrum`, of several maps and of one.
    shape : (int, int)
        Size of the maps.

    Returns
    -------
    ndarray of int, shape (source, 2 along u - 1, 2 along v - 1)
        Of offset (du, dv), target minus source, at [:, du, dv], where -1 is the last.

    Examples
    --------
    >>> maps = spectrum(np.array([[[1, 0]], [[0, 3]]]))
    >>> meetings(maps[:1], maps[1], (1, 2)).tolist()
    [[[0, 3, 0]]]
    """
    # Numbers are whole: what the transform loses is far below a half.
    met = np.fft.irfft2(sources.conj() * target, s=_whole_size(shape))
    return np.rint(met).astype(np.int64)


def _whole_size(shape: tuple[int, ...]) -> tuple[int, int]:
    """Return a size with room for all offsets."""
    return 2 * shape[0] - 1, 2 * shape[1] - 1
