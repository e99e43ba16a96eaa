r"""Geometry of the hexagonal lattice of columns, in units of the distance between neighbours.

A column has axial coordinates (u, v). Seen as in the plots, x points to the right and y up::

    x = sqrt(3)/2 v        y = -(u + v/2)
"""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import converters, field, frozen

from neuroflysim.checks import whole_number
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.machine.free_memory import require_memory

#: Angle between the optical axes of neighbouring columns, as in Lappalainen et al. (2024).
COLUMN_ANGLE = 5.8

#: From so many columns on memory is asked for before they are listed, and how much for each.
MANY_COLUMNS, BYTES_PER_COLUMN = 20_000, 80


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


@frozen(slots=False, kw_only=True, repr=False)
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
            named = ", ".join(f"{name}={value}" for name, value in self.arguments.items())
            require_memory(
                f"a lattice of {named}, {self.n_columns:,} columns,",
                BYTES_PER_COLUMN * float(self.n_columns),
                "take a smaller one",
            )

    def __repr__(self) -> str:
        named = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{type(self).__name__}({named})"

    def __str__(self) -> str:
        if self.size is not None:
            return "a periodic lattice of size ({}, {})".format(*self.size)
        return f"a lattice of extent {self.extent}"

    @property
    def arguments(self) -> dict[str, int | tuple[int, int]]:
        """What it is made of: its extent, or its size; for records."""
        if self.size is not None:
            return {"size": self.size}
        return {"extent": self._radius}

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


#: The lattice of the published model: what `lattice` is where nobody says.
DEFAULT_LATTICE = Lattice(extent=15)


def chosen_lattice(
    lattice: int | Lattice, extent: int | None = None, default: Lattice = DEFAULT_LATTICE
) -> Lattice:
    """Return the lattice that the arguments of a public function say.

    Parameters
    ----------
    lattice : int or Lattice
        A whole number is the extent of an open lattice.
    extent : int, optional
        The same whole number by its name, instead of `lattice`.
    default : Lattice
        What `lattice` is if it was not given. It is known by what it is and not by what it equals,
        so that giving both arguments is seen to be a mistake even where they agree.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is neither a whole number nor a lattice, is negative, or was given twice.

    Examples
    --------
    >>> chosen_lattice(3) == chosen_lattice(DEFAULT_LATTICE, extent=3) == Lattice(extent=3)
    True
    >>> print(chosen_lattice(Lattice(size=6)))
    a periodic lattice of size (6, 6)
    """
    if extent is not None:
        if lattice is not default:
            raise InvalidValueError(
                f"lattice is {lattice!r} and extent is {extent!r}, but they are two names of one"
                " argument; leave extent out."
            )
        return Lattice(extent=_as_extent("extent", extent))
    if isinstance(lattice, Lattice):
        return lattice
    return Lattice(extent=_as_extent("lattice", lattice))


def _as_extent(name: str, value: int) -> int:
    """Return a whole number; of what is none, tell what a lattice is given by."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return whole_number(name, value)
    if isinstance(value, Lattice):
        raise InvalidTypeError(
            f"{name} is {value!r}, but must be a whole number; give it as lattice."
        )
    other = " or a lattice such as nfs.Lattice(size=(6, 6))" if name == "lattice" else ""
    raise InvalidTypeError(
        f"{name} is {str(value)[:60]!r} ({type(value).__name__}), but must be a whole number, the"
        f" radius of an open lattice in columns{other}."
    )


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


def turned(u: npt.ArrayLike, v: npt.ArrayLike, sixths: int) -> tuple[np.ndarray, np.ndarray]:
    """Return where columns come to lie after so many sixths of a turn, counter-clockwise.

    Parameters
    ----------
    u, v : int or ndarray of int
        Axial coordinates.
    sixths : int

    Examples
    --------
    >>> u, v = turned([0, 3], [1, 0], sixths=2)
    >>> u.tolist(), v.tolist()
    ([-1, -3], [0, 3])
    """
    u, v = np.asarray(u), np.asarray(v)
    for _ in range(sixths % 6):
        u, v = -v, u + v
    return u, v


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
