"""Single pairs of cells whose strength is not that of their connection.

All neurons of a segment share their taps and weights. What a pair has more or less is added to the
sum of its target: (factor - 1) times the weight times the output of the source.
"""

from __future__ import annotations

import numpy as np
from brian2.core.variables import Variables

from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.lattice_engine.layout import Layout

#: Integers of each pair: which column of its segment, where its source lies, whose weight it has.
TABLES = ("_scaled_column", "_scaled_position", "_scaled_offset")


def add_scaled_pairs(variables: Variables, layout: Layout, setup: Setup) -> list[str]:
    """Add the variables that a step needs, and return their names.

    Parameters
    ----------
    variables : Variables
    layout : Layout
    setup : Setup
    """
    n_scaled = setup.room.n_scaled
    variables.add_array("_first_scaled", size=layout.n_segments + 1, dtype=np.int32)
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
    """Return the values of these variables; `_gain` has the shape (epoch, vector, pair, lane).

    Parameters
    ----------
    layout : Layout
    setup : Setup
    pairs : ndarray of int, shape (scaled,)
        Of the network, in order.
    factors : ndarray, shape (epoch, candidate, scaled)
    """
    network, lanes, n_scaled = setup.network, setup.lanes, setup.room.n_scaled
    by_neuron = np.argsort(layout.segment_neuron)
    target, offset = network.pair_target[pairs], network.pair_offset[pairs]
    last = np.searchsorted(layout.segment_neuron[by_neuron], target, side="right") - 1
    segment = by_neuron[last]
    order = np.argsort(segment, kind="stable")
    segment, target, offset = segment[order], target[order], offset[order]
    column = target - layout.segment_neuron[segment]
    taps = [slice(layout.segment_first_tap[k], layout.segment_first_tap[k + 1]) for k in segment]
    source = [
        layout.tap_position[own][layout.tap_offset[own] == row].item()
        for own, row in zip(taps, offset, strict=True)
    ]
    tables = zip(TABLES, (column, np.array(source, dtype=int) + column, offset), strict=True)
    room = n_scaled - len(pairs)  # behind the last segment's: nobody looks there
    gain = np.zeros((len(factors), lanes.n_vectors, n_scaled, lanes.width))
    by_lane = factors[:, lanes.candidate][:, :, order] - 1
    by_vector = by_lane.reshape(len(factors), lanes.n_vectors, lanes.width, len(pairs))
    gain[:, :, : len(pairs)] = by_vector.swapaxes(2, 3)
    return {
        "_first_scaled": np.searchsorted(segment, np.arange(layout.n_segments + 1)),
        **{name: np.append(values, np.zeros(room, dtype=int)) for name, values in tables},
        "_gain": gain.reshape(-1),
    }
