"""The connectome laid out on a lattice: one neuron for each cell type and column."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import pandas as pd
from attrs import field, frozen

from neuroflysim.connectome.pooled_pairs import (
    pooled_pairs,
    require_an_open_lattice,
    types_that_stand_once,
)
from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import Lattice, on_stride


@frozen(eq=False, slots=False)
class Network:
    """Neurons and connected pairs of a connectome on one lattice.

    All neurons of a cell type stand together, types in the order of the table, columns in the
    order of `Lattice.columns`; a cell that stands once per eye is at (0, 0). Pairs stand in the
    order of the table of offsets, and after them those of the table of pools.

    Attributes
    ----------
    lattice : Lattice
    cell_types : tuple of str
    neuron_type : ndarray of int, shape (neuron,)
        Index of the cell type.
    neuron_column : ndarray of int, shape (neuron,)
        Index of the column.
    pair_source, pair_target : ndarray of int, shape (pair,)
        Index of the source and of the target neuron of each pair of connected cells.
    pair_offset : ndarray of int, shape (pair,)
        Which weight: the row of the table of offsets, or beyond its end one of pools.
    offset_connection : ndarray of int, shape (weight,)
        Row of the table of connections for each weight.
    signed_counts : ndarray of float, shape (weight,)
        Number of synapses times sign.
    columnar : ndarray of bool, shape (cell_type,)
        False for a type with a single cell per eye.
    n_connections, n_offsets : int
        Rows of these tables.
    electrical_source, electrical_target : ndarray of int, shape (gap junction,)
        Index of the neurons that each gap junction joins; each stands in both directions.
    electrical_row : ndarray of int, shape (gap junction,)
        Row of `Connectome.electrical_offsets`.
    """

    lattice: Lattice
    cell_types: tuple[str, ...]
    neuron_type: np.ndarray = field(repr=False)
    neuron_column: np.ndarray = field(repr=False)
    pair_source: np.ndarray = field(repr=False)
    pair_target: np.ndarray = field(repr=False)
    pair_offset: np.ndarray = field(repr=False)
    offset_connection: np.ndarray = field(repr=False)
    signed_counts: np.ndarray = field(repr=False)
    columnar: np.ndarray = field(repr=False)
    n_connections: int
    n_offsets: int
    electrical_source: np.ndarray = field(repr=False)
    electrical_target: np.ndarray = field(repr=False)
    electrical_row: np.ndarray = field(repr=False)

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return len(self.neuron_type)

    @property
    def n_pairs(self) -> int:
        """Number of pairs of connected cells."""
        return len(self.pair_source)

    @property
    def extent(self) -> int | None:
        """Radius of an open lattice in columns; None on a periodic one."""
        return self.lattice.extent

    @property
    def columns(self) -> np.ndarray:
        """Axial coordinates (u, v) of the columns, shape (column, 2)."""
        return self.lattice.columns

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
        return np.flatnonzero(self.neuron_column == self.lattice.index(0, 0))

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
    tables: Mapping[str, pd.DataFrame],
    electrical_offsets: pd.DataFrame,
    offset_connection: np.ndarray,
    signed_counts: np.ndarray,
    lattice: Lattice,
) -> Network:
    """Place neurons on the columns that their stride allows, and pairs where both ends exist.

    The target's column is the source's column plus (du, dv). Nothing wraps around at an open
    border and nothing is rescaled there: cells at the border just have fewer inputs. A periodic
    lattice wraps; where it is smaller than the reach of the offsets, several of them join the
    same two cells, and each has a pair of its own.
    """
    cell_types, offsets = tables["cell_types"], tables["offsets"]
    once = types_that_stand_once(cell_types)
    require_an_open_lattice(once, lattice)
    if lattice.size is not None:
        _require_whole_periods(cell_types, np.array(lattice.size))
    u, v = lattice.columns.T
    neuron_of_type, types, places, n_neurons = {}, [], [], 0
    for index, row in enumerate(cell_types.itertuples()):
        stands = on_stride(u, v, row.stride_u, row.stride_v)
        occupied = np.flatnonzero((u == 0) & (v == 0) if row.cell_type in once else stands)
        neuron_of_column = np.full(len(u), -1)
        neuron_of_column[occupied] = n_neurons + np.arange(len(occupied))
        neuron_of_type[row.cell_type] = neuron_of_column
        types.append(np.full(len(occupied), index))
        places.append(occupied)
        n_neurons += len(occupied)

    source, target, which = _pairs(offsets, neuron_of_type, lattice)
    pooled = pooled_pairs(tables, neuron_of_type, lattice)
    one, other, row = _pairs(electrical_offsets, neuron_of_type, lattice)
    return Network(
        lattice=lattice,
        cell_types=tuple(cell_types["cell_type"]),
        neuron_type=_read_only(np.concatenate(types)),
        neuron_column=_read_only(np.concatenate(places)),
        pair_source=_read_only(np.concatenate([source, pooled.source])),
        pair_target=_read_only(np.concatenate([target, pooled.target])),
        pair_offset=_read_only(np.concatenate([which, pooled.weight + len(offsets)])),
        offset_connection=_read_only(np.concatenate([offset_connection, pooled.connection])),
        signed_counts=_read_only(np.concatenate([signed_counts, pooled.signed_count])),
        columnar=_read_only(~cell_types["cell_type"].isin(once).to_numpy()),
        n_connections=len(tables["connections"]),
        n_offsets=len(offsets),
        electrical_source=_read_only(one),
        electrical_target=_read_only(other),
        electrical_row=_read_only(row),
    )


def _pairs(
    offsets: pd.DataFrame, neuron_of_type: dict[str, np.ndarray], lattice: Lattice
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return source, target and row of each pair of cells that offsets join."""
    u, v = lattice.columns.T
    nothing = np.zeros(0, dtype=int)
    sources, targets, which = [nothing], [nothing], [nothing]
    for index, row in enumerate(offsets.itertuples()):
        target_column = lattice.index(u + row.du, v + row.dv)
        source = neuron_of_type[row.source_type]
        target = np.where(target_column >= 0, neuron_of_type[row.target_type][target_column], -1)
        joined = (source >= 0) & (target >= 0)
        sources.append(source[joined])
        targets.append(target[joined])
        which.append(np.full(joined.sum(), index))
    return np.concatenate(sources), np.concatenate(targets), np.concatenate(which)


def _read_only(values: np.ndarray) -> np.ndarray:
    # One network serves all simulations of a process.
    values = values.copy()
    values.flags.writeable = False
    return values


def _require_whole_periods(cell_types: pd.DataFrame, size: np.ndarray) -> None:
    """Raise if a strided cell type would not repeat where the lattice wraps around."""
    strides = cell_types[["stride_u", "stride_v"]].to_numpy()
    wrong = np.flatnonzero((size % strides != 0).any(axis=1))
    if not len(wrong):
        return
    period = np.lcm.reduce(strides)
    below, above = np.maximum(size // period, 1) * period, -(-size // period) * period
    nearest = sorted({tuple(int(count) for count in fitting) for fitting in (below, above)})
    stride_u, stride_v = strides[wrong[0]]
    raise InvalidValueError(
        f"size is ({size[0]}, {size[1]}), but on a periodic lattice it must be a multiple of the"
        f" stride of each cell type, and {cell_types['cell_type'].iloc[wrong[0]]} has one cell"
        f" for every {stride_u} x {stride_v} columns (along u and v); the nearest sizes that work:"
        f" {' or '.join(map(str, nearest))}."
    )


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
