"""Pairs of connected neurons, kept in 12 bytes each, in bins by target.

A file of synapses may have a row for each neuropil in which two neurons meet, in any order. Counts
of a pair are added up before anything is made of them; this needs all rows of a target together.
Bins hold that in memory which is worked on, whatever the size of the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import define, field, frozen

from neuroflysim.connectome.importers.exact_values import exact_ids, whole_numbers, wrong
from neuroflysim.connectome.importers.neuron_table import Neurons
from neuroflysim.connectome.importers.table_pieces import Piece, pieces
from neuroflysim.connectome.tables import MOST_COUNT
from neuroflysim.errors import InvalidValueError

#: Bins of targets, and rows that are worked on at once.
BINS, ROWS_AT_ONCE = 128, 3_000_000


@frozen(eq=False)
class Pairs:
    """Pairs of neurons, each once, those of a target together."""

    source: np.ndarray  #: index of the neuron
    target: np.ndarray  #: index of the neuron
    count: np.ndarray  #: number of synapses


@define(eq=False)
class PairStore:
    """Rows of a table of synapses between typed neurons, and how many there were in all."""

    n_neurons: int
    keep_autapses: bool = False
    named: np.ndarray = field(init=False)  #: whether any row names a neuron
    rows: int = 0  #: of the table
    synapses: int = 0  #: in these rows
    kept_rows: int = 0  #: between typed neurons
    kept_synapses: int = 0
    enough_synapses: int = 0  #: of pairs that `parts` gave when it was asked last
    autapses: int = 0  #: synapses of neurons with themselves
    _keys: list[list[np.ndarray]] = field(factory=lambda: [[] for _ in range(BINS)])
    _counts: list[list[np.ndarray]] = field(factory=lambda: [[] for _ in range(BINS)])

    def __attrs_post_init__(self):
        self.named = np.zeros(self.n_neurons, dtype=bool)

    def add(self, source: np.ndarray, target: np.ndarray, count: np.ndarray) -> None:
        """Keep pairs of which both neurons are known."""
        bins = (target * BINS // max(self.n_neurons, 1)).astype(np.uint8)
        order = np.argsort(bins, kind="stable")
        keys = (target * self.n_neurons + source)[order]
        counts = count.astype(np.int32)[order]
        edges = np.searchsorted(bins[order], np.arange(BINS + 1))
        for k in np.flatnonzero(np.diff(edges)):
            # Copies: a view would keep the whole piece.
            self._keys[k].append(keys[edges[k] : edges[k + 1]].copy())
            self._counts[k].append(counts[edges[k] : edges[k + 1]].copy())

    def rows_kept(self) -> Iterator[Pairs]:
        """Give all rows as they were, piece by piece: a pair may stand in several."""
        for keys, counts in zip(self._keys, self._counts, strict=True):
            for key, count in zip(keys, counts, strict=True):
                yield Pairs(key % self.n_neurons, key // self.n_neurons, count)

    def parts(self, least: int = 1) -> Iterator[Pairs]:
        """Give all pairs with at least so many synapses, a part of the targets at a time."""
        self.enough_synapses = 0
        waiting: list[int] = []
        n_rows = 0
        for k in range(BINS):
            waiting.append(k)
            n_rows += sum(map(len, self._keys[k]))
            if n_rows >= ROWS_AT_ONCE or k == BINS - 1:
                if n_rows:
                    yield self._pairs(waiting, least)
                waiting, n_rows = [], 0

    def _pairs(self, bins: list[int], least: int) -> Pairs:
        keys = np.concatenate([piece for k in bins for piece in self._keys[k]])
        counts = np.concatenate([piece for k in bins for piece in self._counts[k]])
        keys, (total,) = summed_by(keys, counts.astype(np.int64))
        enough = total >= least
        keys, total = keys[enough], total[enough]
        self.enough_synapses += int(total.sum())
        return Pairs(keys % self.n_neurons, keys // self.n_neurons, total)


def summed_by(keys: np.ndarray, *values: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return each key once, in order, and the sums of values over the rows that have it."""
    if not len(keys):
        return keys, [np.asarray(value) for value in values]
    order = np.argsort(keys, kind="stable")
    keys = keys[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[first], [np.add.reduceat(value[order], first) for value in values]


def read_pairs(
    synapses: Any,
    neurons: Neurons,
    names: Mapping[str, Sequence[str]],
    keep_autapses: bool = False,
) -> PairStore:
    """Read the table of synapses piece by piece.

    Parameters
    ----------
    synapses : DataFrame, path-like, or iterable of DataFrame
    neurons : Neurons
    names : mapping
        From `chosen_names`.
    keep_autapses : bool
        Whether synapses of a neuron with itself are kept.

    Raises
    ------
    InvalidValueError
        Names table, row and cure. Also if no row joins two neurons of the table of neurons.
    """
    store = PairStore(len(neurons), keep_autapses)
    needed = ["pre", "post", "synapses"]
    for piece in pieces(synapses, "synapses", needed, [], names, whole=needed):
        _add(store, piece, neurons)
    if not store.rows:
        raise InvalidValueError("synapses has no row; look whether it is the table that you meant.")
    if not store.kept_rows:
        raise InvalidValueError(
            f"none of {store.rows:,} rows of synapses joins two neurons with a cell type; look"
            " whether both tables are of the same version of the same animal, and whether ids"
            " went through floats in another program."
        )
    return store


def _add(store: PairStore, piece: Piece, neurons: Neurons) -> None:
    pre, post = (exact_ids(piece.columns[word], word, piece.place) for word in ("pre", "post"))
    count = whole_numbers(piece.columns["synapses"], "synapses", piece.place, minimum=0)
    if len(count) and count.max() > MOST_COUNT:
        row = int(count.argmax())
        raise wrong(
            piece.place, row, "synapses", count[row],
            f"no pair of neurons has more than {MOST_COUNT:,.0f}; look whether it is that column",
        )  # fmt: skip
    store.rows += len(count)
    store.synapses += int(count.sum())
    source, target = neurons.index_of(pre), neurons.index_of(post)
    own = pre == post
    store.named[source[source >= 0]] = True
    store.named[target[target >= 0]] = True
    store.autapses += int(count[own].sum())
    known = np.flatnonzero((source >= 0) & (target >= 0) & (count > 0))
    if not store.keep_autapses:
        known = known[~own[known]]
    store.kept_rows += len(known)
    store.kept_synapses += int(count[known].sum())
    if len(known):
        store.add(source[known], target[known], count[known])
