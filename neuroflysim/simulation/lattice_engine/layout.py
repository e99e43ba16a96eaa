"""Where outputs lie in the packed array, and which taps each segment of neurons sums up.

A row is all columns of one u. The outputs of a cell type are packed row by row, with a margin
around each row: zeros beyond an open border, copies of the other side on a periodic lattice. So
no sum needs a test for the border. Cells that stand once per eye are in `pooled_taps.py`.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from attrs import field, frozen

from neuroflysim.connectome import Network
from neuroflysim.simulation.lattice_engine.pooled_taps import PooledTaps, room_for_copies

#: Bytes of one vector of the kernel.
VECTOR_BYTES = 64

#: Columns of a segment at most: its sums stay on the stack and in the first cache.
MOST_COLUMNS = 32

#: Up to so many columns, the outputs of a few cell types fit into the first cache.
FEW_COLUMNS = 128


@frozen(eq=False)
class Layout:
    """Index tables of the kernel; the same for every batch of one network.

    Positions count columns of the packed array, of which each holds all lanes of a vector.

    Attributes
    ----------
    n_positions : int
        Columns of the packed array, margins included.
    segment_neuron : ndarray of int32, shape (segment,)
        First neuron of each segment.
    segment_size : ndarray of int32, shape (segment,)
        Neighbouring columns in the segment; its neurons follow each other.
    segment_type, segment_column : ndarray of int32, shape (segment,)
        Cell type, and column of the first neuron.
    segment_position : ndarray of int32, shape (segment,)
        Where the output of its first neuron lies.
    segment_first_tap : ndarray of int32, shape (segment + 1,)
        Its taps are those from here up to the next entry.
    tap_position : ndarray of int32, shape (tap,)
        Where the source of the segment's first neuron lies.
    tap_offset : ndarray of int32, shape (tap,)
        Which weight of the network (`Network.pair_offset`).
    segment_first_copy : ndarray of int32, shape (segment + 1,)
        Its copies, into margins and for cells that stand once, are those from here up to the next
        entry.
    copy_from : ndarray of int32, shape (copy,)
        Which column of the segment.
    copy_position : ndarray of int32, shape (copy,)
        Where its output lies once more.
    """

    n_positions: int
    segment_neuron: np.ndarray = field(repr=False)
    segment_size: np.ndarray = field(repr=False)
    segment_type: np.ndarray = field(repr=False)
    segment_column: np.ndarray = field(repr=False)
    segment_position: np.ndarray = field(repr=False)
    segment_first_tap: np.ndarray = field(repr=False)
    tap_position: np.ndarray = field(repr=False)
    tap_offset: np.ndarray = field(repr=False)
    segment_first_copy: np.ndarray = field(repr=False)
    copy_from: np.ndarray = field(repr=False)
    copy_position: np.ndarray = field(repr=False)

    @property
    def n_segments(self) -> int:
        """Number of segments."""
        return len(self.segment_neuron)

    def neuron_positions(self, network: Network) -> np.ndarray:
        """Return where outputs lie, shape (cell type, column); -1 where there is no cell."""
        positions = np.full((len(network.cell_types), network.lattice.n_columns), -1)
        for neuron, size, position in zip(
            self.segment_neuron, self.segment_size, self.segment_position, strict=True
        ):
            own = slice(neuron, neuron + size)
            where = network.neuron_type[own], network.neuron_column[own]
            positions[where] = position + np.arange(size)
        return positions

    def shares(self, n_vectors: int, n_shares: int) -> np.ndarray:
        """Split the segments of all vectors, one after the other, into shares of equal work.

        Returns
        -------
        ndarray of int32, shape (n_shares + 1,)
            First segment of each share, counted through all vectors.
        """
        # A tap costs a multiplication for each column; the update of a neuron about ten.
        work = (np.diff(self.segment_first_tap) + 10) * self.segment_size
        done = np.concatenate([[0], np.cumsum(np.tile(work, n_vectors))])
        wanted = done[-1] * np.arange(n_shares + 1) / n_shares
        return np.searchsorted(done, wanted).astype(np.int32)


@frozen(eq=False)
class _Rows:
    """The rows of a lattice, and where those of each cell type lie."""

    periodic: bool
    first_u: int
    first_v: np.ndarray  #: of each row
    size: np.ndarray  #: columns of each row
    position: np.ndarray  #: of the first column, shape (cell type, row)
    margin: np.ndarray  #: of each cell type, in columns
    n_positions: int

    def index(self, u):
        """Return which row has this u: its index, or one beyond the border."""
        return (u - self.first_u) % len(self.size) if self.periodic else u - self.first_u

    def positions(self, cell_type, row, v):
        """Return where columns v of a row lie, those in the margin included."""
        return self.position[cell_type, row] + v - self.first_v[row]


def count_positions(network: Network, offsets: pd.DataFrame) -> int:
    """Return the columns of the packed array without laying out all of it."""
    packed = _pack_rows(network, *_reaches(network, offsets)).n_positions
    return packed + room_for_copies(network, MOST_COLUMNS)


def _reaches(network: Network, offsets: pd.DataFrame):
    """Return source type, du and dv of each offset."""
    index_of_type = {name: k for k, name in enumerate(network.cell_types)}
    source = offsets["source_type"].map(index_of_type).to_numpy()
    return source, offsets["du"].to_numpy(), offsets["dv"].to_numpy()


def make_layout(network: Network, offsets: pd.DataFrame) -> Layout:
    """Pack the rows of all cell types, and list what each segment sums up.

    Segments are in the order of the rows of the lattice, not of the cell types: what neighbouring
    rows need is then still in the second cache, whatever type it comes from. On a small lattice
    they are in the order of the cell types: all that one type needs then stays in the first cache.

    Parameters
    ----------
    network : Network
    offsets : DataFrame
        See `Setup.offsets`.
    """
    source, du, dv = _reaches(network, offsets)
    target = offsets["target_type"].map({n: k for k, n in enumerate(network.cell_types)}).to_numpy()
    rows = _pack_rows(network, source, du, dv)
    u, v = network.columns[network.neuron_column].T
    starts, sizes = _segments(network, u, v)

    first_tap, tap_position, tap_offset = [0], [], []
    by_target = [np.flatnonzero(target == k) for k in range(len(network.cell_types))]
    n_chemical, n_offsets = len(network.offset_connection), network.n_offsets
    joined = np.concatenate([network.pair_offset, n_chemical + network.electrical_row])
    # Weights of pools stand between those of offsets and those of gap junctions.
    weight = np.arange(len(offsets))
    weight[n_offsets:] += n_chemical - n_offsets
    has_pair = np.bincount(joined, minlength=n_chemical + len(offsets) - n_offsets)[weight] > 0
    n_positions = rows.n_positions
    position = rows.positions(network.neuron_type, rows.index(u), v)
    pooled = PooledTaps(network, n_offsets, position, n_positions, MOST_COLUMNS)
    strides = _row_strides(network, u)
    for start, size in zip(starts, sizes, strict=True):
        own = by_target[network.neuron_type[start]]
        own = own[has_pair[own] & ((u[start] - du[own]) % strides[source[own]] == 0)]
        row, from_v = rows.index(u[start] - du[own]), v[start] - dv[own]
        if not rows.periodic:
            own, row, from_v = _inside(rows, own, row, from_v, size)
        more_position, more_weight = pooled.of_segment(start, size)
        tap_offset += [weight[own], more_weight]
        tap_position += [rows.positions(source[own], row, from_v), more_position]
        first_tap.append(first_tap[-1] + len(own) + len(more_weight))

    neuron_row = rows.index(u[starts])
    first_copy, copy_from, copy_position = _copies(network, rows, v, starts, sizes, pooled)
    return Layout(
        n_positions=n_positions + room_for_copies(network, MOST_COLUMNS),
        segment_neuron=_as_int32(starts),
        segment_size=_as_int32(sizes),
        segment_type=_as_int32(network.neuron_type[starts]),
        segment_column=_as_int32(network.neuron_column[starts]),
        segment_position=_as_int32(
            rows.positions(network.neuron_type[starts], neuron_row, v[starts])
        ),
        segment_first_tap=_as_int32(first_tap),
        tap_position=_as_int32(np.concatenate(tap_position)),
        tap_offset=_as_int32(np.concatenate(tap_offset)),
        segment_first_copy=_as_int32(first_copy),
        copy_from=_as_int32(copy_from),
        copy_position=_as_int32(copy_position),
    )


def _pack_rows(network: Network, source, du, dv) -> _Rows:
    columns, extent = network.columns, network.lattice.extent
    row_u, row_start, row_size = np.unique(columns[:, 0], return_index=True, return_counts=True)
    # A tap reaches |dv| columns beyond its row. On a hexagon, rows of one half begin du columns
    # apart, too; and nothing is farther than from one side to the other.
    reach = np.abs(dv)
    if extent is not None:
        reach = np.minimum(np.maximum(reach, np.abs(du + dv)), 2 * extent + 1)
    margin = np.zeros(len(network.cell_types), dtype=int)
    np.maximum.at(margin, source, reach)
    # Zeros before a row also end the row before; copies do not serve twice.
    pitch = row_size + (2 if extent is None else 1) * margin[:, None]
    type_start = np.concatenate([[0], np.cumsum(pitch.sum(axis=1) + margin)])
    first = np.cumsum(pitch, axis=1) - pitch + margin[:, None]
    return _Rows(
        periodic=extent is None,
        first_u=int(row_u[0]),
        first_v=columns[row_start, 1],
        size=row_size,
        position=type_start[:-1, None] + first,
        margin=margin,
        n_positions=int(type_start[-1]) + VECTOR_BYTES,  # the kernel reads whole vectors
    )


def _segments(network: Network, u: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return first neuron and size of each segment, in the order in which they are computed."""
    breaks = (np.diff(v) != 1) | (np.diff(u) != 0) | (np.diff(network.neuron_type) != 0)
    edges = np.flatnonzero(np.concatenate([[True], breaks, [True]]))
    pieces = [
        np.linspace(start, stop, -(-(stop - start) // MOST_COLUMNS) + 1).astype(int)
        for start, stop in pairwise(edges)
    ]
    starts = np.concatenate([piece[:-1] for piece in pieces])
    sizes = np.concatenate([np.diff(piece) for piece in pieces])
    small = network.lattice.n_columns <= FEW_COLUMNS
    order = np.argsort(starts) if small else np.lexsort([starts, u[starts]])
    return starts[order], sizes[order]


def _row_strides(network: Network, u: np.ndarray) -> np.ndarray:
    """Return every how many rows each cell type has cells: other rows hold only zeros."""
    by_type = [u[network.neuron_type == k] for k in range(len(network.cell_types))]
    return np.array([max(1, np.gcd.reduce(own)) if own.any() else 1 for own in by_type])


def _inside(rows: _Rows, own, row, from_v, size):
    """Keep the taps that reach at least one column of the lattice."""
    at = np.clip(row, 0, len(rows.size) - 1)
    first, last = rows.first_v[at], rows.first_v[at] + rows.size[at]
    inside = (row == at) & (from_v + size > first) & (from_v < last)
    return own[inside], row[inside], from_v[inside]


def _copies(
    network: Network, rows: _Rows, v, starts, sizes, pooled: PooledTaps
) -> tuple[list, list, list]:
    """List where outputs are repeated: in the margins of a periodic lattice, and by pools."""
    first_copy, copy_from, copy_position = [0], [], []
    u = network.columns[network.neuron_column, 0]
    for start, size in zip(starts, sizes, strict=True):
        if rows.periodic:
            kind, row = network.neuron_type[start], rows.index(u[start])
            n_v, margin = rows.size[row], rows.margin[kind]
            turns = int(-(-margin // n_v))
            first, last = rows.first_v[row] - margin, rows.first_v[row] + n_v + margin
            for k in range(size):
                at = v[start] + k
                images = at + n_v * np.arange(-turns, turns + 1)
                images = images[(images >= first) & (images < last) & (images != at)]
                copy_from += [k] * len(images)
                copy_position += rows.positions(kind, row, images).tolist()
        repeated = pooled.copies_of(start)
        copy_from += [0] * len(repeated)
        copy_position += repeated
        first_copy.append(len(copy_from))
    return first_copy, copy_from, copy_position


def _as_int32(values) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.int32)
