"""Numbers of a search that become factors or amounts by which values of a vector move."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import frozen

Index = np.ndarray | slice


@frozen(slots=False, eq=False)
class Moving:
    """Values that move on one kind of scale. Values with the same coordinate move together.

    First arrays with an element for each coordinate, then some with one for each value.
    """

    is_log: bool  #: by factors, or by amounts
    coordinate: np.ndarray  #: which numbers of the search these are
    scale: np.ndarray
    least: np.ndarray  #: factor or amount
    most: np.ndarray
    place: np.ndarray  #: in the vector
    by: np.ndarray  #: which of the coordinates above moves it
    start: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray

    def move(self, vector: np.ndarray, z: np.ndarray) -> None:
        """Write the values at z into a vector.

        Parameters
        ----------
        vector : ndarray, shape (parameter,)
        z : ndarray, shape (coordinate,)
        """
        coordinate, place, by, bounds = self._quick
        moved = self.scale * z[coordinate]
        if self.is_log:
            with np.errstate(over="ignore"):  # what is infinite is cut off
                moved = np.exp(moved)
        if bounds:
            moved = np.minimum(np.maximum(moved, self.least), self.most)
        if by is not None:
            moved = moved[by]
        moved = self.start * moved if self.is_log else self.start + moved
        if bounds:
            moved = np.minimum(np.maximum(moved, self.lowest), self.highest)
        vector[place] = moved

    def slopes(self, z: np.ndarray, of_vector: np.ndarray, of_z: np.ndarray) -> None:
        """Add derivatives by z to an array, given those by the vector: the way back of `move`.

        Parameters
        ----------
        z : ndarray, shape (coordinate,)
        of_vector : ndarray, shape (parameter,)
        of_z : ndarray, shape (coordinate,)
        """
        moved = self.scale * z[self.coordinate]
        if self.is_log:
            with np.errstate(over="ignore"):
                moved = np.exp(moved)
        inside = (moved > self.least) & (moved < self.most)
        factor = np.where(inside, self.scale * (moved if self.is_log else 1.0), 0.0)[self.by]
        value = self.start * moved[self.by] if self.is_log else self.start + moved[self.by]
        inside = (value > self.lowest) & (value < self.highest)
        each = factor * (self.start if self.is_log else 1.0) * of_vector[self.place]
        np.add.at(of_z, self.coordinate[self.by], np.where(inside, each, 0.0))

    @cached_property
    def _quick(self) -> tuple[Index, Index, np.ndarray | None, bool]:
        """Return indices as slices where they are, and what may be left out."""
        alone = np.array_equal(self.by, np.arange(len(self.coordinate)))
        ends = (self.least, self.most, self.lowest, self.highest)
        bounds = any(np.isfinite(each).any() for each in ends)
        return _slice(self.coordinate), _slice(self.place), None if alone else self.by, bounds

    def within(self, z: np.ndarray) -> np.ndarray:
        """Return the coordinates within all bounds next to those of z.

        Parameters
        ----------
        z : ndarray, shape (coordinate,)
        """
        ends = self.least, self.most
        if self.is_log:
            with np.errstate(divide="ignore"):  # of a factor that may be as small as it likes
                ends = np.log(self.least), np.log(self.most)
        return np.clip(z[self.coordinate], ends[0] / self.scale, ends[1] / self.scale)

    def coordinates_of(self, vector: np.ndarray) -> np.ndarray:
        """Return the coordinates at which values are those of a vector, or as near as they come.

        Of values that move together one is looked at, from which the number is found best.

        Parameters
        ----------
        vector : ndarray, shape (parameter,)
        """
        size = np.abs(self.start)
        best = np.argsort(size if self.is_log else -size, kind="stable")
        told = np.zeros(len(self.coordinate), dtype=int)
        told[self.by[best]] = best  # the last one stays
        value, start = vector[self.place[told]], self.start[told]
        if not self.is_log:
            return np.clip(value - start, self.least, self.most) / self.scale
        moves = start != 0  # what is 0 stays so, wherever its coordinate is
        factor = np.where(moves, value, 1.0) / np.where(moves, start, 1.0)
        smallest = np.maximum(self.least, np.finfo(float).tiny)
        return np.log(np.clip(factor, smallest, self.most)) / self.scale


def _slice(index: np.ndarray) -> Index:
    """Return an index that numpy is quicker with, if there is one."""
    first = int(index[0]) if len(index) else 0
    together = np.array_equal(index, np.arange(first, first + len(index)))
    return slice(first, first + len(index)) if together else index


def ends_of(start: np.ndarray, low: np.ndarray, high: np.ndarray, is_log: bool) -> tuple:
    """Return by how much values may move that move together, so that none leaves its bounds.

    A little more than that: values are cut off at their bounds afterwards, which they so reach.

    Parameters
    ----------
    start, low, high : ndarray, shape (value,)
    is_log : bool

    Examples
    --------
    >>> low, high = ends_of(np.array([1.0, 2.0]), np.zeros(2), np.array([3.0, 3.0]), is_log=False)
    >>> round(float(low), 9), round(float(high), 9)
    (-1.0, 1.0)
    """
    if not is_log:
        least, most = low - start, high - start
        return np.nextafter(least.max(), -np.inf), np.nextafter(most.min(), np.inf)
    moves = start != 0
    if not moves.any():
        return 1.0, 1.0
    least, most = low[moves] / start[moves], high[moves] / start[moves]
    return np.nextafter(least.max(), 0.0), np.nextafter(most.min(), np.inf)
