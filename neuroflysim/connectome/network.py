"""The connectome laid out on a lattice: one neuron for each cell type and column."""

from __future__ import annotations

from functools import cached_property

import numpy as np
import pandas as pd
from attrs import field, frozen

from neuroflysim import lattice


@frozen(eq=False, slots=False)
class Network:
    """Neurons and connected pairs of a connectome at one extent.

    All neurons of a cell type stand together, types in the order of the table, columns in the
    order of `lattice.columns`. Pairs stand in the order of the table of offsets.

    Attributes
    ----------
    extent : int
        Radius of the lattice in columns.
    cell_types : tuple of str
    neuron_type : ndarray of int, shape (neuron,)
        Index of the cell type.
    neuron_column : ndarray of int, shape (neuron,)
        Index of the column.
    pair_source, pair_target : ndarray of int, shape (pair,)
        Index of the source and of the target neuron of each pair of connected cells.
    pair_offset : ndarray of int, shape (pair,)
        Row of the table of offsets.
    offset_connection : ndarray of int, shape (offset,)
        Row of the table of connections for each row of the table of offsets.
    """

    extent: int
    cell_types: tuple[str, ...]
    neuron_type: np.ndarray = field(repr=False)
    neuron_column: np.ndarray = field(repr=False)
    pair_source: np.ndarray = field(repr=False)
    pair_target: np.ndarray = field(repr=False)
    pair_offset: np.ndarray = field(repr=False)
    offset_connection: np.ndarray = field(repr=False)
    n_connections: int

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return len(self.neuron_type)

    @property
    def n_pairs(self) -> int:
        """Number of pairs of connected cells."""
        return len(self.pair_source)

    @cached_property
    def columns(self) -> np.ndarray:
        """Axial coordinates (u, v) of the columns, shape (column, 2)."""
        return lattice.columns(self.extent)

    @property
    def neurons(self) -> pd.DataFrame:
        """Table of the neurons: cell_type, column, u, v."""
        u, v = self.columns[self.neuron_column].T
        names = np.array(self.cell_types, dtype=object)
        return pd.DataFrame(
            {"cell_type": names[self.neuron_type], "column": self.neuron_column, "u": u, "v": v}
        )

    @cached_property
    def central_neurons(self) -> np.ndarray:
        """Index of the neuron at (0, 0) of each cell type, shape (cell_type,)."""
        center = lattice.n_columns(self.extent) // 2
        return np.flatnonzero(self.neuron_column == center)

    @cached_property
    def pair_connection(self) -> np.ndarray:
        """Row of the table of connections for each pair, shape (pair,)."""
        return self.offset_connection[self.pair_offset]

    @cached_property
    def pairs_per_connection(self) -> np.ndarray:
        """Number of pairs that each connection has, shape (connection,)."""
        return np.bincount(self.pair_connection, minlength=self.n_connections)

    @cached_property
    def in_degree(self) -> np.ndarray:
        """Number of pairs that end at each neuron, shape (neuron,)."""
        return np.bincount(self.pair_target, minlength=self.n_neurons)


def build_network(
    cell_types: pd.DataFrame,
    offsets: pd.DataFrame,
    offset_connection: np.ndarray,
    n_connections: int,
    extent: int,
) -> Network:
    """Place neurons on the columns that their stride allows, and pairs where both ends exist.

    The target's column is the source's column plus (du, dv). Nothing wraps around at the border
    and nothing is rescaled there: cells at the border just have fewer inputs.
    """
    column_of = _ColumnGrid(extent)
    u, v = column_of.columns.T
    neuron_of_type, types, places, n_neurons = {}, [], [], 0
    for index, row in enumerate(cell_types.itertuples()):
        occupied = np.flatnonzero(lattice.on_stride(u, v, row.stride_u, row.stride_v))
        neuron_of_column = np.full(len(u), -1)
        neuron_of_column[occupied] = n_neurons + np.arange(len(occupied))
        neuron_of_type[row.cell_type] = neuron_of_column
        types.append(np.full(len(occupied), index))
        places.append(occupied)
        n_neurons += len(occupied)

    sources, targets, which = [], [], []
    for index, row in enumerate(offsets.itertuples()):
        target_column = column_of(u + row.du, v + row.dv)
        source = neuron_of_type[row.source_type]
        target = np.where(target_column >= 0, neuron_of_type[row.target_type][target_column], -1)
        joined = (source >= 0) & (target >= 0)
        sources.append(source[joined])
        targets.append(target[joined])
        which.append(np.full(joined.sum(), index))

    return Network(
        extent=extent,
        cell_types=tuple(cell_types["cell_type"]),
        neuron_type=_read_only(np.concatenate(types)),
        neuron_column=_read_only(np.concatenate(places)),
        pair_source=_read_only(np.concatenate(sources)),
        pair_target=_read_only(np.concatenate(targets)),
        pair_offset=_read_only(np.concatenate(which)),
        offset_connection=_read_only(offset_connection),
        n_connections=n_connections,
    )


def _read_only(values: np.ndarray) -> np.ndarray:
    # One network serves all simulations of a process.
    values = values.copy()
    values.flags.writeable = False
    return values


class _ColumnGrid:
    """Looks up the index of the column at (u, v); -1 outside the lattice."""

    def __init__(self, extent: int):
        self.columns = lattice.columns(extent)
        self._extent = extent
        size = 2 * extent + 1
        self._index = np.full((size, size), -1)
        self._index[tuple((self.columns + extent).T)] = np.arange(len(self.columns))

    def __call__(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        inside = lattice.hexagonal_distance(u, v) <= self._extent
        row = np.where(inside, u + self._extent, 0)
        return np.where(inside, self._index[row, np.where(inside, v + self._extent, 0)], -1)


def interior_fraction(cell_types: pd.DataFrame, offsets: pd.DataFrame) -> np.ndarray:
    """Return, for each offset, the fraction of target cells of an endless lattice with that input.

    Counted over one period of the two strides.
    """
    strides = cell_types.set_index("cell_type")[["stride_u", "stride_v"]]
    source = strides.loc[offsets["source_type"]].to_numpy()
    target = strides.loc[offsets["target_type"]].to_numpy()
    shift = offsets[["du", "dv"]].to_numpy()
    # Along one axis targets sit at multiples of `target`, their sources at those minus the
    # shift: multiples of `source` only if gcd(source, target) divides the shift, and then for
    # one target in source / gcd.
    divisor = np.gcd(source, target)
    return np.where(shift % divisor == 0, divisor / source, 0.0).prod(axis=1)
