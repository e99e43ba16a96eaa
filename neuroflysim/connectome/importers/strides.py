"""How sparse a cell type is: a cell in every so many columns along u and along v."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neuroflysim.connectome.importers.lobe_map import LobeMap

#: Columns to a cell from which on a type is sparse: between 1 and 2, as ratios go.
SPARSE = np.sqrt(2)

#: Columns to a cell, at most; a type that is sparser has no column.
MOST_COLUMNS_TO_A_CELL = 40

#: A grid is one that was found if it holds so much more of the cells than chance would.
_CLEAR = 0.5


@frozen
class Stride:
    """Stride of a cell type, and what tells it.

    Attributes
    ----------
    along_u, along_v : int
    columns_to_a_cell : float
        Columns of the interior of the lobe for one cell there.
    on_grid : float
        Fraction of cells that stand on the grid of this stride that holds most of them.
    found : bool
        Whether cells stand on the grid by more than chance; otherwise the stride tells only how
        many cells there are.
    """

    along_u: int
    along_v: int
    columns_to_a_cell: float
    on_grid: float
    found: bool


def found_stride(column: np.ndarray, n_within: int, n_columns: int) -> Stride | None:
    """Find the stride of a type by how many cells there are, and on which grid they stand.

    Parameters
    ----------
    column : ndarray of int, shape (cell, 2)
        u, v of its cells, each column once.
    n_within : int
        How many of them are in the interior of the lobe.
    n_columns : int
        Columns of the interior.

    Returns
    -------
    Stride or None
        None if there are too few cells for a type in columns.

    Examples
    --------
    >>> u, v = np.meshgrid(np.arange(0, 12, 3), np.arange(0, 12, 2))
    >>> stride = found_stride(np.column_stack([u.ravel(), v.ravel()]), 24, 144)
    >>> stride.along_u, stride.along_v, stride.found
    (3, 2, True)
    """
    if not n_within or n_columns / n_within > MOST_COLUMNS_TO_A_CELL:
        return None
    sparse = n_columns / n_within
    if sparse < SPARSE:
        return Stride(1, 1, sparse, 1.0, True)
    best = None
    for along_u, along_v in _candidates(sparse):
        on_grid = share_on_grid(column, along_u, along_v)
        chance = 1 / (along_u * along_v)
        clear = (on_grid - chance) / (1 - chance) if chance < 1 else 0.0
        # Without a grid: the number of cells, then the shape that is most like a square.
        rank = (
            round(clear, 2) if clear > _CLEAR else 0,
            -abs(np.log(along_u * along_v / sparse)).round(6),
            -abs(along_u - along_v),
            along_u,
        )
        if best is None or rank > best[0]:
            best = rank, Stride(along_u, along_v, sparse, on_grid, bool(clear > _CLEAR))
    return None if best is None else best[1]


def share_on_grid(column: np.ndarray, along_u: int, along_v: int) -> float:
    """Return which fraction of cells stands on that grid of a stride that holds most of them."""
    place = (column[:, 0] % along_u) * along_v + column[:, 1] % along_v
    return float(np.bincount(place).max() / len(place))


def _candidates(sparse: float) -> list[tuple[int, int]]:
    """Return strides with about so many columns to a cell."""
    most = int(np.ceil(2 * sparse))
    return [
        (along_u, along_v)
        for along_u in range(1, most + 1)
        for along_v in range(1, most // along_u + 1)
        if 0.5 <= along_u * along_v / sparse <= 2
    ]


def interior_count(column: np.ndarray, lobe: LobeMap, interior: np.ndarray) -> int:
    """Return how many columns of a type are in the interior of the lobe."""
    place = column[lobe.holds(column)] - lobe.low
    return int(interior[place[:, 0], place[:, 1]].sum())
