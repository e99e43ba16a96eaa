r"""Geometry of the hexagonal lattice of columns, in units of the distance between neighbours.

A column has axial coordinates (u, v). Seen as in the plots, x points to the right and y up::

    x = sqrt(3)/2 v        y = -(u + v/2)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import converters, field, frozen

from neuroflysim.checks import one_of, whole_number
from neuroflysim.errors import InvalidValueError
from neuroflysim.machine.free_memory import require_memory

#: Radius of the published model in columns.
DEFAULT_EXTENT = 15

#: From so many columns on memory is asked for before they are listed, and how much for each.
MANY_COLUMNS, BYTES_PER_COLUMN = 20_000, 80

BOUNDARIES = ("open", "periodic")


def _as_size(value: int | Sequence[int]) -> tuple[int, int]:
    pair: tuple[Any, ...] = (value, value)
    if np.iterable(value) and not isinstance(value, str | bytes | Mapping):
        pair = tuple(value)
    if len(pair) != 2:
        raise InvalidValueError(
            f"size is {value!r}, but must be a whole number or two of them, columns along u and"
            " along v."
        )
    along_u, along_v = (whole_number("size", count, minimum=1) for count in pair)
    return along_u, along_v


@frozen(slots=False, kw_only=True)
class Lattice:
    r"""The columns: an open hexagon of some extent, or a periodic patch of some size.

    The hexagon of extent E holds the columns with \|u\|, \|v\| and \|u + v\| all at most E. A
    periodic lattice has no border: what leaves it on one side comes in on the other.

    Parameters
    ----------
    extent : int, optional
        Radius of an open lattice in columns; 0 is a single column.
    size : int or (int, int), optional
        Columns of a periodic lattice along u and along v; one number stands for both. Exactly one
        of extent and size is given.

    Examples
    --------
    >>> Lattice(extent=15).n_columns
    721
    >>> Lattice(size=(2, 3)).columns.tolist()
    [[-1, -1], [-1, 0], [-1, 1], [0, -1], [0, 0], [0, 1]]
    """

    extent: int | None = field(
        default=None, converter=converters.optional(partial(whole_number, "extent"))
    )
    size: tuple[int, int] | None = field(default=None, converter=converters.optional(_as_size))

    def __attrs_post_init__(self):
        if (self.extent is None) == (self.size is None):
            raise InvalidValueError(
                "a lattice has either an extent (open) or a size (periodic): write"
                " Lattice(extent=15) or Lattice(size=(6, 6))."
            )
        if self.n_columns > MANY_COLUMNS:
            named = f"size={self.size}" if self.periodic else f"extent={self.extent}"
            require_memory(
                f"a lattice of {named}, {self.n_columns:,} columns,",
                BYTES_PER_COLUMN * float(self.n_columns),
                "take a smaller one",
            )

    def __str__(self) -> str:
        if self.size is not None:
            return "a periodic lattice of size ({}, {})".format(*self.size)
        return f"a lattice of extent {self.extent}"

    @property
    def periodic(self) -> bool:
        """Whether the lattice wraps around."""
        return self.size is not None

    @property
    def boundary(self) -> str:
        """What is at the border, "open" or "periodic"."""
        return "periodic" if self.periodic else "open"

    @property
    def n_columns(self) -> int:
        """Number of columns."""
        if self.size is not None:
            return self.size[0] * self.size[1]
        return 1 + 3 * self._radius * (self._radius + 1)

    @property
    def _radius(self) -> int:
        return 0 if self.extent is None else self.extent

    @cached_property
    def columns(self) -> np.ndarray:
        """Axial coordinates (u, v), shape (column, 2), in the order used everywhere.

        u varies slowly and v fast, and (0, 0) is always among them.
        """
        if self.size is not None:
            axes = [np.arange(-(count // 2), count - count // 2) for count in self.size]
        else:
            axes = [np.arange(-self._radius, self._radius + 1)] * 2
        u, v = (grid.ravel() for grid in np.meshgrid(*axes, indexing="ij"))
        inside = np.full(len(u), True) if self.periodic else np.abs(u + v) <= self._radius
        columns = np.column_stack([u[inside], v[inside]])
        columns.flags.writeable = False  # one array serves all who ask
        return columns

    def index(self, u: npt.ArrayLike, v: npt.ArrayLike) -> np.ndarray:
        """Return which column lies at (u, v): its index in `columns`.

        Parameters
        ----------
        u, v : int or ndarray of int
            Axial coordinates; a periodic lattice wraps them.

        Returns
        -------
        ndarray of int
            -1 outside an open lattice.

        Examples
        --------
        >>> Lattice(extent=1).index([0, 2], [1, 0]).tolist()
        [4, -1]
        >>> Lattice(size=(2, 3)).index([0, 2], [1, 0]).tolist()
        [5, 4]
        """
        u, v = np.asarray(u), np.asarray(v)
        if self.size is not None:
            n_u, n_v = self.size
            return (u + n_u // 2) % n_u * n_v + (v + n_v // 2) % n_v
        inside = hexagonal_distance(u, v) <= self._radius
        row, place = (np.where(inside, along + self._radius, 0) for along in (u, v))
        return np.where(inside, self._index_at[row, place], -1)

    @cached_property
    def _index_at(self) -> np.ndarray:
        """Index of the column at (u + extent, v + extent) of an open lattice; -1 elsewhere."""
        index_at = np.full((2 * self._radius + 1,) * 2, -1)
        index_at[tuple((self.columns + self._radius).T)] = np.arange(self.n_columns)
        return index_at


def as_lattice(value: int | Lattice) -> Lattice:
    """Return a lattice as it is, and a whole number as the open lattice of that extent.

    Parameters
    ----------
    value : int or Lattice

    Examples
    --------
    >>> as_lattice(3) == Lattice(extent=3)
    True
    """
    return value if isinstance(value, Lattice) else Lattice(extent=whole_number("extent", value))


def chosen_lattice(
    extent: int | None, boundary: str, size: int | tuple[int, int] | None
) -> Lattice:
    """Return the lattice that the arguments of a public function say.

    Parameters
    ----------
    extent : int or None
        Of an open lattice; 15 if None.
    boundary : {"open", "periodic"}
    size : int, (int, int) or None
        Of a periodic lattice.

    Examples
    --------
    >>> print(chosen_lattice(None, "open", None), "or", chosen_lattice(None, "periodic", 6))
    a lattice of extent 15 or a periodic lattice of size (6, 6)
    """
    if one_of("boundary", boundary, BOUNDARIES) == "open":
        if size is not None:
            raise InvalidValueError(
                f"size is {size!r}, but an open lattice has an extent and no size; write"
                " boundary='periodic' with it, or extent=... instead."
            )
        return Lattice(extent=DEFAULT_EXTENT) if extent is None else as_lattice(extent)
    if extent is not None:
        raise InvalidValueError(
            f"extent is {extent!r}, but a periodic lattice has a size and no extent; leave extent"
            " out, or write boundary='open'."
        )
    if size is None:
        raise InvalidValueError(
            "boundary='periodic' needs the size of the lattice in columns, for example size=(6, 6)."
        )
    return Lattice(size=size)


def hexagonal_distance(u: npt.ArrayLike, v: npt.ArrayLike) -> np.ndarray:
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


def position(u: npt.ArrayLike, v: npt.ArrayLike) -> tuple[np.ndarray, np.ndarray]:
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


def on_stride(u: npt.ArrayLike, v: npt.ArrayLike, stride_u: int, stride_v: int) -> np.ndarray:
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
