"""How the axes of a lobe lie in the eye: which of twelve maps of the hexagonal lattice.

Columns of a data set have two numbers p, q along axes of its own. A map to the model's (u, v) that
keeps neighbours is a turn by a number of sixths, with or without a mirror: twelve of them. Where
the lobe begins does not matter, for offsets are differences.

Two things tell which. Anatomy: along the preferred direction of a T4 cell, its input Mi9 lies on
one side, and Mi4 and C3 on the other (Takemura et al. 2017, Shinomiya et al. 2019). T4a and T4b
prefer the two horizontal directions of the eye, T4c and T4d up and down (Maisak et al. 2013). And a
reference: the map by which offsets of connections look most like those of another connectome.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from attrs import field, frozen

from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import position

#: Where T4 and T5 of each layer prefer motion, in degrees of the plotted eye (docs/model.md).
PREFERRED = {"T4a": 180.0, "T4b": 0.0, "T4c": 90.0, "T4d": 270.0}

#: Inputs on the side from which motion in the preferred direction comes, and on the other.
LEADING, TRAILING = ("Mi9",), ("Mi4", "C3")

#: Synapses of a cell that each side has at least, if anatomy is to tell.
LEAST_SYNAPSES = 1.0

#: By how much the best map must be better than the next one: of cosines, and of what two tables
#: have in common, in standard errors among connections.
CLEAR_COSINE, CLEAR_ERRORS = 0.15, 3.0


def _as_matrix(value: npt.ArrayLike) -> np.ndarray:
    return _checked_matrix(value)


@frozen(eq=False)
class Axes:
    """A map from the columns of a data set to those of the model.

    Attributes
    ----------
    matrix : ndarray of int, shape (2, 2)
        u, v as sums of p, q.

    Raises
    ------
    InvalidValueError
        If the matrix does not keep neighbours.
    """

    matrix: np.ndarray = field(converter=_as_matrix)

    def __str__(self) -> str:
        return f"u = {_sum_of(self.matrix[0])}, v = {_sum_of(self.matrix[1])}"

    @property
    def mirrored(self) -> bool:
        """Whether from p to q it goes the other way round than from u to v."""
        return bool(self.matrix[0, 0] * self.matrix[1, 1] < self.matrix[0, 1] * self.matrix[1, 0])

    @property
    def neighbours(self) -> tuple[int, int]:
        """Which (p, q) is next to (0, 0) beside (1, 0) and (0, 1): (1, 1) or (1, -1)."""
        u, v = self.matrix @ np.array([1, 1])
        return (1, 1) if max(abs(u), abs(v), abs(u + v)) == 1 else (1, -1)

    def of(self, columns: np.ndarray) -> np.ndarray:
        """Return where columns or offsets, shape (..., 2), are in the model."""
        return columns @ self.matrix.T


@frozen(eq=False)
class Finding:
    """What tells which map it is.

    Attributes
    ----------
    axes : Axes
        The best of the twelve.
    scores : ndarray, shape (12,)
        Of all, in the order of `twelve`.
    clear : bool
        Whether it is better than the next one by more than chance.
    told : str
        Why, with numbers, for the report.
    """

    axes: Axes
    scores: np.ndarray
    clear: bool
    told: str


def twelve(neighbours: tuple[int, int] = (1, -1)) -> list[Axes]:
    """Return the maps that keep neighbours: turns by sixths, then mirrored ones.

    Parameters
    ----------
    neighbours : (int, int)
        (1, -1) or (1, 1); see `Axes.neighbours`.

    Examples
    --------
    >>> [str(axes) for axes in twelve()[:2]]
    ['u = p, v = q', 'u = -q, v = p + q']
    >>> len({str(axes) for axes in twelve((1, 1))})
    12
    """
    base = _BASES[neighbours == (1, 1)]
    return [Axes(matrix @ base) for matrix in _AXIAL]


def by_anatomy(offsets: pd.DataFrame, maps: list[Axes]) -> Finding | None:
    """Find the map by where the inputs of T4 lie; None if they are not there.

    Parameters
    ----------
    offsets : DataFrame
        source_type, target_type, du, dv (in the data's columns), synapse_count.
    maps : list of Axes
    """
    directions, known = [], []
    told = offsets["target_type"].isin(list(PREFERRED)).to_numpy()
    told = told & offsets["source_type"].isin((*LEADING, *TRAILING)).to_numpy()
    rows = {str(name): offsets[name].to_numpy()[told] for name in offsets.columns}
    for target, angle in PREFERRED.items():
        leading = _centre(rows, LEADING, target)
        trailing = _centre(rows, TRAILING, target)
        if leading is not None and trailing is not None:
            directions.append(leading - trailing)
            known.append(np.exp(1j * np.deg2rad(angle)))
    if not directions:
        return None
    scores = []
    for axes in maps:
        x, y = position(*axes.of(np.array(directions)).T)
        there = np.asarray(x + 1j * y)
        length = np.abs(there)
        cosine = (there * np.conj(known)).real / np.maximum(length, 1e-12)
        # A vector that is short says little: noise turns it anywhere.
        scores.append(np.average(cosine, weights=np.minimum(length, 1.0) + 1e-9))
    scores = np.array(scores)
    best, next_best = np.sort(scores)[::-1][:2]
    names = ", ".join(name for name in PREFERRED if (rows["target_type"] == name).any())
    return Finding(
        axes=maps[int(scores.argmax())],
        scores=scores,
        clear=bool(best - next_best > CLEAR_COSINE and best > 0.5),
        told=(
            f"along the preferred directions of {names}, from {'/'.join(TRAILING)} to"
            f" {'/'.join(LEADING)}: mean cosine {best:.2f}, of the next map {next_best:.2f}"
        ),
    )


def by_reference(
    offsets: pd.DataFrame, reference: pd.DataFrame, maps: list[Axes]
) -> Finding | None:
    """Find the map by which offsets look most like those of a reference; None if none is in both.

    For each connection that both have, what the two distributions over offsets have in common, from
    0 to 1, is weighed by the synapses of both.

    Parameters
    ----------
    offsets : DataFrame
        source_type, target_type, du, dv (in the data's columns), synapse_count.
    reference : DataFrame
        The same of the reference, in its own columns.
    maps : list of Axes
    """
    own, other = _in_both(offsets, reference)
    if not len(own.count):
        return None
    totals, theirs = np.bincount(own.pair, own.count), np.bincount(other.pair, other.count)
    weights = np.minimum(totals, theirs)
    share = own.count / totals[own.pair]
    there = other.coded(other.offset)
    order = np.argsort(there)
    there, other_share = there[order], (other.count / theirs[other.pair])[order]
    common = np.zeros((len(maps), len(totals)))
    for k, axes in enumerate(maps):
        here = own.coded(axes.of(own.offset))
        place = np.minimum(np.searchsorted(there, here), len(there) - 1)
        both = np.where(there[place] == here, np.minimum(share, other_share[place]), 0)
        common[k] = np.bincount(own.pair, both, len(totals))
    scores = common @ weights / weights.sum()
    best, next_best = np.argsort(scores)[::-1][:2]
    # How far the best is ahead, and what that would vary by with other connections.
    ahead = (common[best] - common[next_best]) * weights / weights.sum()
    error = np.sqrt(np.sum(ahead**2))
    errors = float(ahead.sum() / error) if error > 0 else 0.0
    return Finding(
        axes=maps[int(best)],
        scores=scores,
        clear=errors > CLEAR_ERRORS,
        told=(
            f"offsets of {len(totals)} connections have {scores[best]:.2f} in common with the"
            f" reference, by the next map {scores[next_best]:.2f} ({errors:.1f} standard errors)"
        ),
    )


@frozen(eq=False)
class _Rows:
    """Rows of a table of offsets, with pairs of types as numbers."""

    pair: np.ndarray
    offset: np.ndarray
    count: np.ndarray

    def coded(self, offset: np.ndarray) -> np.ndarray:
        """Return a number for each pair and offset."""
        du, dv = offset.T
        return (self.pair * 40_001 + du + 20_000) * 40_001 + dv + 20_000


def _in_both(offsets: pd.DataFrame, reference: pd.DataFrame) -> tuple[_Rows, _Rows]:
    """Return the rows of connections that two tables of offsets both have."""
    tables = (offsets, reference)
    names = [table["source_type"] + " -> " + table["target_type"] for table in tables]
    code, known = pd.factorize(pd.concat(names, ignore_index=True))
    codes = code[: len(offsets)], code[len(offsets) :]
    shared = np.intersect1d(*codes)
    number = np.full(len(known), -1)
    number[shared] = np.arange(len(shared))
    made = []
    for table, code in zip(tables, codes, strict=True):
        kept = number[code] >= 0
        du, dv, count = (table[name].to_numpy()[kept] for name in ("du", "dv", "synapse_count"))
        made.append(_Rows(number[code][kept], np.column_stack([du, dv]), count))
    return made[0], made[1]


def _centre(
    offsets: dict[str, np.ndarray], sources: tuple[str, ...], target: str
) -> np.ndarray | None:
    """Return the mean offset of some inputs of a type, each input counting the same."""
    centres = []
    for source in sources:
        rows = (offsets["source_type"] == source) & (offsets["target_type"] == target)
        counts = offsets["synapse_count"][rows]
        if counts.sum() >= LEAST_SYNAPSES:
            steps = np.column_stack([offsets["du"][rows], offsets["dv"][rows]])
            centres.append(counts @ steps / counts.sum())
    return np.mean(centres, axis=0) if centres else None


def _checked_matrix(value: object) -> np.ndarray:
    told = (
        f"axes is {value!r}, but must be one of 'auto', 'anatomy' and 'reference', or a matrix that"
        " keeps neighbours, as in [[1, 0], [0, -1]] for u = p, v = -q."
    )
    try:
        given = np.asarray(value)
        matrix = given.astype(int)
    except (TypeError, ValueError):
        raise InvalidValueError(told) from None
    if matrix.shape != (2, 2) or (matrix != given).any():
        raise InvalidValueError(told)
    if not any((matrix == axial @ base).all() for axial in _AXIAL for base in _BASES):
        raise InvalidValueError(told)
    matrix.flags.writeable = False
    return matrix


#: The twelve maps of axial coordinates as matrices.
_AXIAL = [
    np.linalg.matrix_power(np.array([[0, -1], [1, 1]]), sixths) @ flip
    for flip in (np.eye(2, dtype=int), np.array([[0, 1], [1, 0]]))
    for sixths in range(6)
]
#: (p, q) with neighbours (1, -1), and with (1, 1), as axial coordinates.
_BASES = (np.eye(2, dtype=int), np.diag([1, -1]))


def _sum_of(row: np.ndarray) -> str:
    """Return one row of a map as people write it.

    Examples
    --------
    >>> _sum_of(np.array([-1, 1]))
    '-p + q'
    """
    told = ""
    for factor, name in zip(row.tolist(), ("p", "q"), strict=True):
        if factor:
            sign = ("-" if factor < 0 else "") if not told else (" - " if factor < 0 else " + ")
            told += sign + name
    return told
