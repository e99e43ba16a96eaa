"""Taps of cells that stand once per eye: their inputs, and what they give to segments of columns.

Such a cell is a segment of one neuron, with a tap for each cell that it pools over. Where it
projects to columns, its output lies again behind the packed rows: so many times side by side that
a whole segment takes it with one tap, and once alone among zeros, for columns whose weight is
their own::

    out out ... out  0 0 ... 0  out  0 ... 0

"""

from __future__ import annotations

import numpy as np

from neuroflysim.connectome import Network


def _projecting(network: Network) -> np.ndarray:
    """Return the neurons that stand once and give output to cells in columns."""
    once = ~network.columnar
    if not once.any():
        return np.zeros(0, dtype=int)
    source, target = (
        network.neuron_type[network.pair_source],
        network.neuron_type[network.pair_target],
    )
    return np.unique(network.pair_source[once[source] & ~once[target]])


def room_for_copies(network: Network, longest: int) -> int:
    """Return how many positions the repeated outputs take.

    Parameters
    ----------
    network : Network
    longest : int
        Columns of a segment at most.
    """
    return 3 * longest * len(_projecting(network))


class PooledTaps:
    """What the table of pools adds to a layout.

    Parameters
    ----------
    network : Network
    n_offsets : int
        Weights beyond these are of pools.
    position : ndarray of int, shape (neuron,)
        Where outputs lie.
    first : int
        Where repeated outputs begin.
    longest : int
        Columns of a segment at most.
    """

    def __init__(
        self, network: Network, n_offsets: int, position: np.ndarray, first: int, longest: int
    ):
        pairs = np.flatnonzero(network.pair_offset >= n_offsets)
        order = np.argsort(network.pair_target[pairs], kind="stable")
        self._target = network.pair_target[pairs][order]
        self._source = network.pair_source[pairs][order]
        self._weight = network.pair_offset[pairs][order]
        self._position, self._longest = position, longest
        self._first_copy = {
            neuron: first + 3 * longest * k for k, neuron in enumerate(_projecting(network))
        }

    def of_segment(self, start: int, size: int) -> tuple[np.ndarray, np.ndarray]:
        """Return position and weight of the taps of a segment of neurons.

        Parameters
        ----------
        start, size : int
            Its first neuron, and how many there are.
        """
        first, last = np.searchsorted(self._target, [start, start + size])
        if first == last:
            return _NONE, _NONE
        source, weight = self._source[first:last], self._weight[first:last]
        if size == 1:
            return self._position[source], weight
        place, taps = self._target[first:last] - start, []
        for neuron in np.unique(source):
            of_neuron = source == neuron
            taps += self._of_one_source(neuron, place[of_neuron], weight[of_neuron], size)
        position, weight = np.array(taps, dtype=int).T
        return position, weight

    def _of_one_source(self, neuron: int, place, weight, size: int) -> list[tuple[int, int]]:
        """Return the taps by which the columns of a segment take the output of one cell."""
        copies, taps = self._first_copy[neuron], []
        for one in np.unique(weight):  # of one connection: a weight has one
            having = place[weight == one]
            if len(having) == size:
                taps.append((copies, one))
            else:
                taps += [(copies + 2 * self._longest - column, one) for column in having]
        return taps

    def copies_of(self, neuron: int) -> list[int]:
        """Return where the output of a cell lies again.

        Parameters
        ----------
        neuron : int
        """
        if neuron not in self._first_copy:
            return []
        first = self._first_copy[neuron]
        return [*range(first, first + self._longest), first + 2 * self._longest]


_NONE = np.zeros(0, dtype=int)
