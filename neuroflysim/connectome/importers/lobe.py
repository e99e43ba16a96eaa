"""A lobe: its columns as axial coordinates, and which neuron stands in which."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim.connectome.importers.averages import averaged
from neuroflysim.connectome.importers.decisions import Decisions
from neuroflysim.connectome.importers.lobe_map import LobeMap
from neuroflysim.connectome.importers.neuron_table import Neurons
from neuroflysim.connectome.importers.options import Options
from neuroflysim.connectome.importers.pair_store import Pairs, PairStore
from neuroflysim.connectome.importers.placing import centre_of_mass


@frozen(eq=False)
class Lobe:
    """Neurons in columns, and the pairs that they make.

    Attributes
    ----------
    neurons : Neurons
    store : PairStore
    neighbours : (int, int)
        Of the data's p, q; see `Axes.neighbours`.
    map : LobeMap
        Its columns, in axial coordinates.
    column : ndarray of int, shape (neuron, 2)
    placed : ndarray of bool, shape (neuron,)
    synapses : int
        Of pairs with enough of them.
    least : int
        How many are enough.
    """

    neurons: Neurons
    store: PairStore
    neighbours: tuple[int, int]
    map: LobeMap
    column: np.ndarray
    placed: np.ndarray
    synapses: int
    least: int

    def parts(self) -> Iterator[Pairs]:
        """Give all pairs with enough synapses, a part of the targets at a time."""
        return self.store.parts(self.least)


def placed_lobe(neurons: Neurons, store: PairStore, options: Options, decisions: Decisions) -> Lobe:
    """Find which columns are neighbours, and columns for cells that have none."""
    given = neurons.column, neurons.placed
    across, along, synapses = 0, 0, 0
    for pairs in store.parts(options.min_pair):
        synapses += int(pairs.count.sum())
        both = given[1][pairs.source] & given[1][pairs.target]
        step = given[0][pairs.target] - given[0][pairs.source]
        product = (step[:, 0] * step[:, 1])[both & (np.abs(step) == 1).all(axis=1)]
        counts = pairs.count[both & (np.abs(step) == 1).all(axis=1)]
        along += int(counts[product == 1].sum())
        across += int(counts[product == -1].sum())
    neighbours = options.neighbours
    if neighbours is None:
        neighbours = _found_neighbours(neurons.lobe, along, across, decisions)
    else:
        decisions.add("neighbours", f"(1, 0), (0, 1) and {neighbours} in p, q", "as asked")
    base = np.array([1, -1 if neighbours == (1, 1) else 1])
    column, lobe = given[0] * base, LobeMap(neurons.lobe * base)
    n_without = int((~given[1]).sum())
    if not n_without or options.place_by is None:
        if n_without:
            decisions.add("cells without column", f"{n_without:,} left out", "as asked")
        return Lobe(neurons, store, neighbours, lobe, column, given[1], synapses, options.min_pair)
    found = centre_of_mass(
        column, given[1], store.parts(options.min_pair), options.place_by == "inputs",
        options.min_place, options.max_spread,
    )  # fmt: skip
    outside = found.placed & ~lobe.holds(found.column)
    decisions.add(
        "cells without column",
        f"{found.n_found:,} of {n_without:,} got the column nearest to the centre of mass of their"
        f" {options.place_by}",
        f"{found.n_lonely:,} have fewer than {options.min_place} synapses with cells in columns,"
        f" {found.n_wide:,} are spread over more than {options.max_spread:g} columns"
        + (f", {int(outside.sum()):,} lie outside of the lobe" if outside.any() else ""),
    )
    return Lobe(
        neurons, store, neighbours, lobe, found.column, found.placed & ~outside, synapses,
        options.min_pair,
    )  # fmt: skip


def averages_of(lobe: Lobe, options: Options, decisions: Decisions) -> pd.DataFrame:
    """Average synapses over the lobe; the table has types by name, and offsets as axial ones."""
    means = averaged(
        lobe.parts(), lobe.neurons.type_of, len(lobe.neurons.types), lobe.column, lobe.placed,
        lobe.map, options.border, options.mean_over == "pairs",
    )  # fmt: skip
    names = np.array(lobe.neurons.types, dtype=object)
    means.insert(0, "source_type", names[means.pop("source")])
    means.insert(1, "target_type", names[means.pop("target")])
    interior = int(lobe.map.interior(options.border).sum())
    decisions.add(
        "border",
        f"target cells of {interior:,} of {len(lobe.map.columns):,} columns count",
        f"all columns up to a distance of {options.border} around them are of the lobe",
    )
    decisions.add(
        "mean over",
        {"pairs": "target cells with a source cell at the offset",
         "targets": "target cells with a column at the offset"}[options.mean_over],
    )  # fmt: skip
    return means


def _found_neighbours(
    lobe: np.ndarray, along: int, across: int, decisions: Decisions
) -> tuple[int, int]:
    """Tell neighbours by where synapses are, or else by which makes the lobe rounder."""
    if along != across:
        found = (1, 1) if along > across else (1, -1)
        why = f"{along:,} synapses at (1, 1) and back, {across:,} at (1, -1) and back"
        clear = max(along, across) > 1.2 * min(along, across)
    else:
        columns = set(map(tuple, lobe.tolist()))
        along, across = (sum((p + 1, q + step) in columns for p, q in columns) for step in (1, -1))
        found = (1, 1) if along > across else (1, -1)
        why = f"{along:,} columns have another at (1, 1), {across:,} at (1, -1)"
        clear = along != across
    decisions.add("neighbours", f"(1, 0), (0, 1) and {found} in p, q", why, warning=not clear)
    return found
