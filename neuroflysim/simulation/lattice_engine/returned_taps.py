"""Which taps each segment adds up on the way back, those of one connection together.

A weight is a strength times a signed count. All offsets of a connection share the strength, and all
candidates share the counts. So what comes back is first summed up with the counts, connection by
connection: times the strength it goes to the sources, and times what these passed on it is the
derivative by the strength.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from attrs import field, frozen

from neuroflysim.connectome import Network
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.engine_contract import Sum
from neuroflysim.simulation.lattice_engine.layout import Layout
from neuroflysim.simulation.lattice_engine.taps import taps_of


@frozen(eq=False)
class Strengths:
    """What all offsets of a connection share, one for each sum over inputs that it is in.

    Gap junctions, whose conductances are no parameters, have a strength of 1.

    Attributes
    ----------
    connection : ndarray of int, shape (strength,)
        Its row in the table of connections; -1 for gap junctions.
    of_row : ndarray of int, shape (row,)
        The strength of each row of all sums, one sum after the other.
    count : ndarray of float, shape (row,)
        Signed numbers of synapses, and conductances.
    """

    connection: np.ndarray = field(repr=False)
    of_row: np.ndarray = field(repr=False)
    count: np.ndarray = field(repr=False)

    def values(self, candidate: Parameters) -> np.ndarray:
        """Return the strengths of a candidate.

        Parameters
        ----------
        candidate : Parameters
        """
        strength = candidate.synapse_strength.to_numpy()
        return np.where(self.connection < 0, 1.0, strength[self.connection])

    def by_connection(self, values: np.ndarray, n_connections: int) -> np.ndarray:
        """Return sums over the strengths of each connection, shape (candidate, connection).

        Parameters
        ----------
        values : ndarray, shape (candidate, strength)
        n_connections : int
        """
        own = self.connection >= 0
        return np.stack(
            [np.bincount(self.connection[own], each[own], n_connections) for each in values]
        )


#: By network and the rows of sums: it has the offsets of one connectome.
_STRENGTHS: WeakKeyDictionary[Network, dict[tuple[bytes, ...], Strengths]] = WeakKeyDictionary()


def strengths_of(network: Network, offsets: pd.DataFrame, sums: Sequence[Sum]) -> Strengths:
    """Return the strengths of some sums over inputs.

    Parameters
    ----------
    network : Network
    offsets : DataFrame
        See `Setup.offsets`.
    sums : sequence of Sum
    """
    known = _STRENGTHS.setdefault(network, {})
    key = tuple(one.rows.tobytes() for one in sums)
    if key not in known:
        known[key] = _strengths(network, offsets, sums)
    return known[key]


def _strengths(network: Network, offsets: pd.DataFrame, sums: Sequence[Sum]) -> Strengths:
    n_chemical, count = len(network.offset_connection), network.signed_counts
    connection = network.offset_connection
    if "conductance" in offsets:
        conductance = offsets["conductance"].to_numpy(dtype=float)[network.n_offsets :]
        count = np.concatenate([count, conductance])
        connection = np.concatenate([connection, np.full(len(conductance), -1)])
    rows = np.concatenate([one.rows for one in sums]).astype(int)
    which = np.repeat(np.arange(len(sums)), [len(one.rows) for one in sums])
    labels = np.stack([which, np.where(rows < n_chemical, connection[rows], -1)], axis=1)
    unique, of_row = np.unique(labels, axis=0, return_inverse=True)
    return Strengths(unique[:, 1], of_row.reshape(-1), count[rows])


@frozen(eq=False)
class ReturnedTaps:
    """Taps of the transposed layout, by segment, then by sum, then by strength.

    Attributes
    ----------
    first_group : ndarray of int32, shape (segment * sum + 1,)
        The groups of a segment and a sum, one for each strength.
    first_tap : ndarray of int32, shape (group + 1,)
    strength : ndarray of int32, shape (group,)
    position : ndarray of int32, shape (tap,)
        Where the target of the segment's first neuron lies.
    count : ndarray of float, shape (tap,)
        See `Strengths`.
    """

    first_group: np.ndarray = field(repr=False)
    first_tap: np.ndarray = field(repr=False)
    strength: np.ndarray = field(repr=False)
    position: np.ndarray = field(repr=False)
    count: np.ndarray = field(repr=False)


def returned_taps(layout: Layout, sums: Sequence[Sum], strengths: Strengths) -> ReturnedTaps:
    """Return the taps of a transposed layout, grouped.

    Parameters
    ----------
    layout : Layout
    sums : sequence of Sum
    strengths : Strengths
    """
    taps = taps_of(layout, sums)
    item = np.repeat(np.arange(layout.n_segments * len(sums)), np.diff(taps.first))
    strength = strengths.of_row[taps.weight]
    order = np.lexsort([strength, item])
    item, strength = item[order], strength[order]
    begins = np.ones(len(order), dtype=bool)
    begins[1:] = (np.diff(item) != 0) | (np.diff(strength) != 0)
    first_tap = np.flatnonzero(begins)
    groups = np.bincount(item[first_tap], minlength=layout.n_segments * len(sums))
    return ReturnedTaps(
        first_group=_as_int32(np.concatenate([[0], np.cumsum(groups)])),
        first_tap=_as_int32(np.append(first_tap, len(order))),
        strength=_as_int32(strength[first_tap]),
        position=taps.position[order],
        count=strengths.count[taps.weight[order]],
    )


def _as_int32(values) -> np.ndarray:
    return np.ascontiguousarray(values, dtype=np.int32)
