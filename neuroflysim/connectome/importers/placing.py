"""Columns of cells that have none: where the cells lie that they are connected to."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from attrs import frozen

from neuroflysim.connectome.importers.pair_store import Pairs

#: Cells with a column that tell how far the inputs of their type lie to one side.
ENOUGH_CELLS = 10


@frozen(eq=False)
class Placed:
    """Columns of all neurons, given or found.

    Attributes
    ----------
    column : ndarray of int, shape (neuron, 2)
        Axial coordinates.
    placed : ndarray of bool, shape (neuron,)
    n_found : int
        How many had no column and got one.
    n_wide : int
        How many got none because what they are connected to is spread over too many columns.
    n_lonely : int
        How many got none because they are connected to too few synapses with a column.
    """

    column: np.ndarray
    placed: np.ndarray
    n_found: int
    n_wide: int
    n_lonely: int


def centre_of_mass(
    column: np.ndarray,
    placed: np.ndarray,
    type_of: np.ndarray,
    parts: Iterable[Pairs],
    by_inputs: bool,
    least_synapses: int,
    widest: float,
) -> Placed:
    """Give each cell without a column the one in which its partners lie, on average.

    Each partner with a column counts by its number of synapses. Inputs of a type may lie to one
    side of its cells, as those of T4 do. Where enough cells of the type have a column, this tells
    how far, and it is taken off.

    Parameters
    ----------
    column : ndarray of int, shape (neuron, 2)
        Axial coordinates.
    placed : ndarray of bool, shape (neuron,)
    type_of : ndarray of int, shape (neuron,)
    parts : iterable of Pairs
    by_inputs : bool
        Partners are inputs; otherwise outputs.
    least_synapses : int
        With partners that have a column.
    widest : float
        Standard deviation of the partners' distance, in columns. A cell that pools over more of
        the eye has no column.

    Returns
    -------
    Placed
    """
    n = len(placed)
    weight, square, moment = np.zeros(n), np.zeros(n), np.zeros((2, n))
    for pairs in parts:
        own, other = (pairs.target, pairs.source) if by_inputs else (pairs.source, pairs.target)
        asked = placed[other]
        own, other, count = own[asked], other[asked], pairs.count[asked].astype(float)
        a, b = column[other].T.astype(float)
        weight += np.bincount(own, count, n)
        moment += [np.bincount(own, count * a, n), np.bincount(own, count * b, n)]
        square += np.bincount(own, count * (a * a + a * b + b * b), n)
    enough = weight >= max(least_synapses, 1)
    a, b = np.divide(moment, weight, where=enough, out=np.zeros((2, n)))
    spread = np.divide(square, weight, where=enough, out=np.zeros(n)) - (a * a + a * b + b * b)
    wide = enough & (np.sqrt(np.maximum(spread, 0)) > widest)
    aside = _mean_by_type(np.array([a, b]) - column.T, type_of, placed & enough & ~wide)
    found = ~placed & enough & ~wide
    places = nearest_column(*(np.array([a, b]) - aside[:, type_of]))
    return Placed(
        column=np.where(found[:, None], places, column),
        placed=placed | found,
        n_found=int(found.sum()),
        n_wide=int((wide & ~placed).sum()),
        n_lonely=int((~placed & ~enough).sum()),
    )


def _mean_by_type(values: np.ndarray, type_of: np.ndarray, told: np.ndarray) -> np.ndarray:
    """Return means of two numbers over the cells of each type, 0 where too few of them tell."""
    n_types = int(type_of.max()) + 1
    cells = np.bincount(type_of[told], minlength=n_types)
    sums = np.array([np.bincount(type_of[told], value[told], n_types) for value in values])
    return np.where(cells >= ENOUGH_CELLS, sums / np.maximum(cells, 1), 0.0)


def nearest_column(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the column nearest to a place between columns, shape (place, 2).

    Examples
    --------
    >>> nearest_column(np.array([0.6]), np.array([-0.1])).tolist()
    [[1, 0]]
    """
    third = -u - v
    rounded = np.round(np.stack([u, v, third]))
    error = np.abs(rounded - np.stack([u, v, third]))
    # The three coordinates of a column add up to 0: the one that was rounded most gives way.
    most = error.argmax(axis=0)
    rounded[0] = np.where(most == 0, -rounded[1] - rounded[2], rounded[0])
    rounded[1] = np.where(most == 1, -rounded[0] - rounded[2], rounded[1])
    return np.column_stack([rounded[0], rounded[1]]).astype(np.int64)
