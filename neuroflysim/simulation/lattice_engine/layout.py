"""Where outputs lie in the packed array, and which taps each segment of neurons sums up."""

from __future__ import annotations

import numpy as np
from attrs import field, frozen

from neuroflysim.connectome import Network

#: Bytes of one vector of the kernel.
VECTOR_BYTES = 64


@frozen(eq=False)
class Layout:
    """Index tables of the kernel; the same for every batch of one network.

    Positions count columns of the packed array, of which each holds all lanes.

    Attributes
    ----------
    n_positions : int
        Columns of the packed array, padding included.
    segment_neuron : ndarray of int32, shape (segment,)
        First neuron of each segment.
    segment_size : ndarray of int32, shape (segment,)
        Neighbouring columns in the segment; its neurons follow each other.
    segment_position : ndarray of int32, shape (segment,)
        Where the output of its first neuron lies.
    segment_first_tap : ndarray of int32, shape (segment + 1,)
        Its taps are those from here up to the next entry.
    tap_position : ndarray of int32, shape (tap,)
        Where the source of the segment's first neuron lies.
    tap_offset : ndarray of int32, shape (tap,)
        Row of the table of offsets, whose weight it is.
    """

    n_positions: int
    segment_neuron: np.ndarray = field(repr=False)
    segment_size: np.ndarray = field(repr=False)
    segment_position: np.ndarray = field(repr=False)
    segment_first_tap: np.ndarray = field(repr=False)
    tap_position: np.ndarray = field(repr=False)
    tap_offset: np.ndarray = field(repr=False)


def make_layout(network: Network, offsets) -> Layout:
    """Pack the rows of all cell types one after the other, zeros between them.

    Segments are in the order of the rows of the lattice, not of the cell types: what neighbouring
    rows need is then still in the cache, whatever type it comes from.

    Parameters
    ----------
    network : Network
    offsets : DataFrame
        The connectome's table of offsets.
    """
    extent, types = network.extent, np.array(network.cell_types)
    u, v = network.columns.T
    rows = np.arange(-extent, extent + 1)
    first_v = np.maximum(-extent, -extent - rows)  # of each row u
    row_size = 2 * extent + 1 - np.abs(rows)
    index_of_type = {name: k for k, name in enumerate(types)}
    source = offsets["source_type"].map(index_of_type).to_numpy()
    target = offsets["target_type"].map(index_of_type).to_numpy()
    du, dv = offsets["du"].to_numpy(), offsets["dv"].to_numpy()
    # A tap reaches |dv| columns beyond its row, and rows begin up to |du| columns apart.
    reach = np.minimum(np.abs(du), 2 * extent) + np.minimum(np.abs(dv), 2 * extent)
    padding = np.zeros(len(types), dtype=int)
    np.maximum.at(padding, source, reach)
    # Padding stands before each row, so that it also ends the row before; one more ends a type.
    pitch = row_size + padding[:, None]
    type_start = np.concatenate([[0], np.cumsum(pitch.sum(axis=1) + padding)])
    row_position = type_start[:-1, None] + np.cumsum(pitch, axis=1) - row_size
    n_positions = type_start[-1] + VECTOR_BYTES  # the kernel reads whole vectors

    def position(type_index, at_u, at_v):
        row = at_u + extent
        return row_position[type_index, row] + at_v - first_v[row]

    neuron_type, neuron_u, neuron_v = (
        network.neuron_type, u[network.neuron_column], v[network.neuron_column],
    )  # fmt: skip
    neuron_position = position(neuron_type, neuron_u, neuron_v)
    # A new segment wherever the next neuron is not the next column of the same row and type.
    breaks = (
        (np.diff(neuron_position) != 1) | (np.diff(neuron_type) != 0) | (np.diff(neuron_u) != 0)
    )
    starts = np.flatnonzero(np.concatenate([[True], breaks]))
    sizes = np.diff(np.append(starts, network.n_neurons))

    order = np.lexsort([starts, neuron_u[starts]])
    starts, sizes = starts[order], sizes[order]

    first_tap, tap_position, tap_offset = [0], [], []
    by_target = [np.flatnonzero(target == k) for k in range(len(types))]
    has_pair = np.bincount(network.pair_offset, minlength=len(offsets)) > 0
    for start, size in zip(starts, sizes, strict=True):
        own = by_target[neuron_type[start]]
        source_u = neuron_u[start] - du[own]
        source_v = neuron_v[start] - dv[own]
        row = np.clip(source_u, -extent, extent)
        inside = (
            (np.abs(source_u) <= extent)
            & has_pair[own]
            & (source_v + size > first_v[row + extent])
            & (source_v < first_v[row + extent] + row_size[row + extent])
        )
        own = own[inside]
        tap_offset.append(own)
        tap_position.append(position(source[own], source_u[inside], source_v[inside]))
        first_tap.append(first_tap[-1] + len(own))

    def as_int32(values):
        return np.ascontiguousarray(values, dtype=np.int32)

    return Layout(
        n_positions=int(n_positions),
        segment_neuron=as_int32(starts),
        segment_size=as_int32(sizes),
        segment_position=as_int32(neuron_position[starts]),
        segment_first_tap=as_int32(first_tap),
        tap_position=as_int32(np.concatenate(tap_position)),
        tap_offset=as_int32(np.concatenate(tap_offset)),
    )
