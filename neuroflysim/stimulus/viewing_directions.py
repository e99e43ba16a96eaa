"""Measured viewing directions of columns: the table that users give, and the lattice it fits on."""

from __future__ import annotations

import numbers
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import COLUMN_ANGLE, Lattice, hexagonal_distance, position, turned
from neuroflysim.stimulus.sphere import axes_of_view, between, places

#: How far the length of a direction may be from 1.
TOLERANCE = 1e-3

#: Problems of a table that are told at once.
MOST_TOLD = 10

#: Names of the coordinates of columns: those of this package, or of the lattice of a connectome.
AXIAL, MEASURED = ("u", "v"), ("p", "q")

#: Columns around the middle from which is told how a lattice lies, in steps.
AROUND = 3


@frozen(eq=False)
class Views:
    """Viewing directions of the columns of a lattice, in its order."""

    lattice: Lattice
    directions: np.ndarray = field(repr=False)  #: shape (column, 3)
    places: np.ndarray = field(repr=False)  #: x and y in degrees, shape (column, 2)
    acceptance_angle: np.ndarray | None = field(repr=False)  #: degrees, shape (column,)
    column_angle: float  #: the median angle between neighbours


def views_of(
    table: pd.DataFrame,
    lattice: Lattice | None,
    side: str | None,
    ahead: Any,
    up: Any,
    center: Any,
) -> Views:
    """Return the views of a lattice from a table of directions; see `Eye.from_directions`.

    Parameters
    ----------
    table : DataFrame
    lattice : Lattice, optional
    side : {"left", "right"}, optional
    ahead, up : array_like, shape (3,), optional
    center : (int, int), optional
    """
    columns, directions, acceptance, axial = _checked(table)
    middle = _middle(columns, directions, center)
    columns = columns - columns[middle]
    ahead = directions[middle] if ahead is None else _direction("ahead", ahead)
    up = _direction("up", (0, 0, 1) if up is None else up)
    if between(ahead, up) < 1 or between(ahead, -up) < 1:
        raise InvalidValueError(
            f"the eye looks to {ahead.round(3).tolist()}, along the axis up={up.round(3).tolist()},"
            " which does not tell what is up in its visual field; give another up."
        )
    seen_from_inside = _side(side, directions) == "left"
    x, y = places(directions, axes_of_view(ahead, up, seen_from_inside))
    if not axial:
        columns = _as_axial(columns, x, y)
    if lattice is None:
        lattice = Lattice(extent=_largest_extent(columns))
    rows = _rows(columns, lattice)
    directions = directions[rows]
    return Views(
        lattice,
        directions,
        np.column_stack([x, y])[rows],
        None if acceptance is None else acceptance[rows],
        _column_angle(lattice, directions),
    )


def _checked(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, bool]:
    """Return columns, unit vectors, acceptance angles, and whether columns are (u, v)."""
    if not isinstance(table, pd.DataFrame):
        raise InvalidTypeError(
            "table must be a DataFrame with the columns p, q (or u, v), x, y, z, but is"
            f" {type(table).__name__}; read a file with pandas.read_csv."
        )
    if any(name is not None for name in table.index.names):
        table = table.reset_index()
    axial = set(AXIAL) <= set(table.columns)
    names = [*(AXIAL if axial else MEASURED), "x", "y", "z"]
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise InvalidValueError(
            f"the table of directions has no column {', '.join(map(repr, missing))}; it needs p, q"
            " (or u, v), and x, y, z of a vector of length 1."
        )
    names += ["acceptance_angle"] if "acceptance_angle" in table.columns else []
    table = table[names]
    if table.columns.has_duplicates:
        raise InvalidValueError("the table of directions has a column twice; keep one of each.")
    if table.empty:
        raise InvalidValueError("the table of directions has no row; give one for each column.")
    _raise(_number_problems(table))
    _raise(_row_problems(table))
    values = table.astype(np.float64)
    directions = values[["x", "y", "z"]].to_numpy()
    directions = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    acceptance = values["acceptance_angle"].to_numpy() if "acceptance_angle" in table else None
    return values[names[:2]].to_numpy().astype(int), directions, acceptance, axial


def _raise(found: Iterator[str]) -> None:
    problems = list(found)
    if problems:
        more = len(problems) - MOST_TOLD
        told = "\n".join(f"  - {problem}" for problem in problems[:MOST_TOLD])
        told += f"\n  - and {more} more" if more > 0 else ""
        raise InvalidValueError(f"the table of directions is not usable:\n{told}")


def _number_problems(table: pd.DataFrame) -> Iterator[str]:
    for name in table.columns:
        for row, value in zip(table.index, table[name].tolist(), strict=True):
            if isinstance(value, bool) or not isinstance(value, numbers.Real):
                yield f"row {row!r}: {name} is {value!r}; write a finite number."
                continue
            value = float(value)
            if not np.isfinite(value):
                yield f"row {row!r}: {name} is {value!r}; write a finite number."
            elif name in (*AXIAL, *MEASURED) and value != round(value):
                yield f"row {row!r}: {name} is {value!r}; write a whole number."
            elif name == "acceptance_angle" and not 0.01 <= value <= 180:
                yield f"row {row!r}: {name} is {value!r}; write degrees, from 0.01 to 180."


def _row_problems(table: pd.DataFrame) -> Iterator[str]:
    length = np.linalg.norm(table[["x", "y", "z"]].to_numpy(float), axis=1)
    for row in np.flatnonzero(np.abs(length - 1) > TOLERANCE):
        yield (
            f"row {table.index[row]!r}: the length of (x, y, z) is {length[row]:.4g}; divide by it:"
            " directions have the length 1."
        )
    pair = list(table.columns[:2])
    for row in np.flatnonzero(table.duplicated(pair)):
        first = np.flatnonzero((table[pair] == table[pair].iloc[row]).all(axis=1))[0]
        values = ", ".join(f"{value:g}" for value in table[pair].iloc[row])
        yield (
            f"row {table.index[row]!r}: column ({', '.join(pair)}) = ({values}) stands already in"
            f" row {table.index[first]!r}; keep one."
        )


def _direction(name: str, value: Any) -> np.ndarray:
    direction = checks.numeric_array(name, value)
    if direction.shape != (3,) or not np.linalg.norm(direction) > 0:
        raise InvalidValueError(
            f"{name} must be a direction (x, y, z), but is {direction.tolist()}."
        )
    return direction / np.linalg.norm(direction)


def _side(side: str | None, directions: np.ndarray) -> str:
    if side is not None:
        return checks.one_of("side", side, ("left", "right"))
    to_the_left = directions[:, 1].mean()
    if abs(to_the_left) < 0.1:
        raise InvalidValueError(
            "the directions point as much to the left as to the right of the fly, so they do not"
            " tell which eye it is; give side='left' or side='right'."
        )
    return "left" if to_the_left > 0 else "right"


def _middle(columns: np.ndarray, directions: np.ndarray, center: Any) -> int:
    """Return the row of the column that becomes (0, 0)."""
    if center is None:
        return int(np.argmax(directions @ directions.mean(axis=0)))
    ((first, second),) = checks.columns("center", center)
    found = np.flatnonzero((columns == (first, second)).all(axis=1))
    if not len(found):
        raise InvalidValueError(
            f"center is ({first}, {second}), but the table of directions has no such column."
        )
    return int(found[0])


def _as_axial(columns: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (u, v) of columns: of all lattices that they may be, the one that lies as it looks.

    Which two of three axes of a hexagonal lattice are counted differs between sources, and so do
    their signs. There are 24 ways, and directions near the middle tell which it is.
    """
    near = np.abs(columns).max(axis=1) <= AROUND
    where = np.column_stack([x, y])[near]
    least, best, size = np.inf, columns, 0.0
    for sixths, mirrored, sheared in product(range(6), (False, True), (False, True)):
        first, second = columns.T
        u, v = (first, -second) if sheared else (first, second)
        u, v = turned(*((v, u) if mirrored else (u, v)), sixths)
        ideal = np.column_stack(position(u[near], v[near]))
        scale = (ideal * where).sum() / max((ideal**2).sum(), 1)
        misfit = ((where - scale * ideal) ** 2).sum()
        if scale > 0 and misfit < least:
            least, best, size = misfit, np.column_stack([u, v]), (where**2).sum()
    if not size or least > 0.25 * size:
        raise InvalidValueError(
            "neighbours by p and q are not neighbours by viewing direction, so no hexagonal lattice"
            " fits the table of directions; correct p and q, or give u and v in their place."
        )
    return best


def _largest_extent(columns: np.ndarray) -> int:
    """Return the largest extent of which no column is missing."""
    distance = hexagonal_distance(*columns.T)
    counts = np.bincount(distance)
    whole = [1, *(6 * ring for ring in range(1, len(counts)))]
    lacking = np.flatnonzero(counts != whole)
    return int(lacking[0]) - 1 if len(lacking) else len(counts) - 1


def _rows(columns: np.ndarray, lattice: Lattice) -> np.ndarray:
    """Return the row of each column of a lattice."""
    if lattice.periodic:
        raise InvalidValueError(
            f"the eye is asked for {lattice}, but viewing directions do not wrap around; give the"
            " extent of an open lattice."
        )
    index = lattice.index(*columns.T)
    rows = np.full(lattice.n_columns, -1)
    rows[index[index >= 0]] = np.flatnonzero(index >= 0)
    missing = np.flatnonzero(rows < 0)
    if len(missing):
        u, v = lattice.columns[missing[0]]
        raise InvalidValueError(
            f"the table of directions lacks {len(missing)} of {lattice.n_columns} columns of"
            f" {lattice}, among them the one at (u, v) = ({u}, {v}) from its centre; the largest"
            f" extent that it has all columns of is {_largest_extent(columns)}."
        )
    return rows


def _column_angle(lattice: Lattice, directions: np.ndarray) -> float:
    """Return the median angle between neighbours, or 5.8 degrees for a column without any."""
    u, v = lattice.columns.T
    found = []
    for du, dv in ((1, 0), (0, 1), (1, -1)):
        other = lattice.index(u + du, v + dv)
        there = other >= 0
        found.append(between(directions[there], directions[other[there]]))
    angles = np.concatenate(found)
    return float(np.median(angles)) if len(angles) else COLUMN_ANGLE
