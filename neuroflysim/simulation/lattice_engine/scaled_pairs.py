"""Single pairs of cells whose strength is not that of their connection.

All neurons of a segment share their taps and weights. What a pair has more or less is added to the
sum of its target: (factor - 1) times the weight times the output of the source.
"""

from __future__ import annotations

import numpy as np
from brian2.core.variables import Variables

from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.lattice_engine.layout import Layout

#: Integers of each pair and sum over inputs: which column of its segment it belongs to, where its
#: source lies, and which weight it has.
TABLES = ("_scaled_column", "_scaled_position", "_scaled_weight")


def add_scaled_pairs(variables: Variables, layout: Layout, setup: Setup) -> list[str]:
    """Add the variables that a step needs, and return their names.

    Parameters
    ----------
    variables : Variables
    layout : Layout
    setup : Setup
    """
    n_scaled, n_groups = _n_scaled(setup), layout.n_segments * len(setup.sums)
    variables.add_array("_first_scaled", size=n_groups + 1, dtype=np.int32)
    for name in TABLES:
        variables.add_array(name, size=n_scaled, dtype=np.int32)
    n_gains = setup.room.n_epochs * setup.lanes.n_lanes * n_scaled
    variables.add_array("_gain", size=n_gains, dtype=setup.dtype)
    variables.add_array(
        "_n_scaled", size=1, values=n_scaled, dtype=np.int32, constant=True, read_only=True,
        scalar=True,
    )  # fmt: skip
    return ["_first_scaled", *TABLES, "_gain", "_n_scaled"]


def scaled_pairs(
    layout: Layout, setup: Setup, pairs: np.ndarray, factors: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the values of these variables, by segment and then by sum, as `Taps` are.

    `_gain` has the shape (epoch, vector, pair, lane).

    Parameters
    ----------
    layout : Layout
    setup : Setup
    pairs : ndarray of int, shape (scaled,)
        Of the network, in order.
    factors : ndarray, shape (epoch, candidate, scaled)
    """
    network, lanes, sums = setup.network, setup.lanes, setup.sums
    offset = network.pair_offset[pairs]
    segment, column = _places(layout, network.pair_target[pairs])
    of_source, source_column = _places(layout, network.pair_source[pairs])
    position = layout.segment_position[of_source] + source_column

    which, group, weight, before = [], [], [], 0
    for number, one in enumerate(sums):
        own = np.flatnonzero(np.isin(offset, one.rows))
        which.append(own)
        group.append(segment[own] * len(sums) + number)
        weight.append(np.searchsorted(one.rows, offset[own]) + before)
        before += len(one.rows)
    order = np.argsort(np.concatenate(group), kind="stable")
    which, group, weight = (np.concatenate(each)[order] for each in (which, group, weight))

    room = _n_scaled(setup) - len(which)  # behind those of the last segment: nobody looks there
    gain = np.zeros((len(factors), lanes.n_vectors, len(which) + room, lanes.width))
    by_lane = factors[:, lanes.candidate][:, :, which] - 1
    by_vector = by_lane.reshape(len(factors), lanes.n_vectors, lanes.width, len(which))
    gain[:, :, : len(which)] = by_vector.swapaxes(2, 3)
    tables = zip(TABLES, (column[which], position[which], weight), strict=True)
    return {
        "_first_scaled": np.searchsorted(group, np.arange(layout.n_segments * len(sums) + 1)),
        **{name: np.append(values, np.zeros(room, dtype=int)) for name, values in tables},
        "_gain": gain.reshape(-1),
    }


def _places(layout: Layout, neuron: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the segment of each neuron, and which column of it."""
    by_neuron = np.argsort(layout.segment_neuron)
    last = np.searchsorted(layout.segment_neuron, neuron, side="right", sorter=by_neuron) - 1
    segment = by_neuron[last]
    return segment, neuron - layout.segment_neuron[segment]


def _n_scaled(setup: Setup) -> int:
    return setup.room.n_scaled * max(1, len(setup.sums))
