"""A lobe: its columns as axial coordinates, and which neuron stands in which."""

from __future__ import annotations

import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim.connectome.importers.averages import averaged
from neuroflysim.connectome.importers.decisions import Decisions
from neuroflysim.connectome.importers.lobe_map import LobeMap
from neuroflysim.connectome.importers.neuron_table import Neurons
from neuroflysim.connectome.importers.options import Options
from neuroflysim.connectome.importers.pair_store import PairStore
from neuroflysim.connectome.importers.placing import centre_of_mass

#: By how much more synapses there are with a neighbour than with the next column but one.
CLEAR_RATIO = 1.2

#: Fraction of cells without any synapse from which on the two tables hardly fit.
MANY_UNNAMED = 0.01


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
        Whether it has a column.
    counted : ndarray of bool, shape (neuron,)
        Whether it counts in averages.
    """

    neurons: Neurons
    store: PairStore
    neighbours: tuple[int, int]
    map: LobeMap
    column: np.ndarray
    placed: np.ndarray
    counted: np.ndarray


def placed_lobe(neurons: Neurons, store: PairStore, options: Options, decisions: Decisions) -> Lobe:
    """Find which columns are neighbours, and columns for cells that have none."""
    neighbours = _neighbours(neurons, store, options, decisions)
    base = np.array([1, -1 if neighbours == (1, 1) else 1])
    column, lobe = neurons.column * base, LobeMap(neurons.lobe * base)
    column, placed = _placed(neurons, store, column, lobe, options, decisions)
    unnamed = placed & ~store.named
    counted = placed
    if unnamed.any():
        n_unnamed = int(unnamed.sum())
        counts = options.unnamed == "count"
        decisions.add(
            "neurons without synapses",
            f"{n_unnamed:,} that no row of synapses names"
            f" {'count as cells with none' if counts else 'are left out'}",
            "they have none, were not reconstructed, or are of another version than the synapses",
            warning=counts and n_unnamed > MANY_UNNAMED * placed.sum(),
        )
        counted = placed if counts else placed & ~unnamed
    return Lobe(neurons, store, neighbours, lobe, column, placed, counted)


def _placed(
    neurons: Neurons,
    store: PairStore,
    column: np.ndarray,
    lobe: LobeMap,
    options: Options,
    decisions: Decisions,
) -> tuple[np.ndarray, np.ndarray]:
    """Return a column for each neuron, and which have one."""
    n_without = int((~neurons.placed).sum())
    if not n_without:
        return column, neurons.placed
    if options.place_by is None:
        decisions.add("cells without column", f"{n_without:,} left out", "as asked")
        return column, neurons.placed
    other = "outputs" if options.place_by == "inputs" else "inputs"
    placed, ways = neurons.placed, []
    for way in (options.place_by, other):
        found = centre_of_mass(
            column,
            placed,
            neurons.type_of,
            store.rows_kept(),
            way == "inputs",
            options.min_place,
            options.max_spread,
        )
        ways.append(f"{found.n_found:,} by their {way}")
        column, placed = found.column, found.placed
    outside = placed & ~lobe.holds(column)
    decisions.add(
        "cells without column",
        f"of {n_without:,}, got the column nearest to a centre of mass: {', '.join(ways)}",
        f"{found.n_lonely:,} have fewer than {options.min_place} synapses with cells in columns,"
        f" {found.n_wide:,} are spread over more than {options.max_spread:g} columns,"
        f" {int(outside.sum()):,} would lie outside of the lobe",
    )
    return column, placed & ~outside


def _neighbours(
    neurons: Neurons, store: PairStore, options: Options, decisions: Decisions
) -> tuple[int, int]:
    """Tell neighbours by where synapses are, or else by which makes the lobe rounder."""
    if options.neighbours is not None:
        found = options.neighbours
        decisions.add("neighbours", f"(1, 0), (0, 1) and {found} in p, q", "as asked")
        return found
    along, across = 0, 0
    for pairs in store.rows_kept():
        both = neurons.placed[pairs.source] & neurons.placed[pairs.target]
        step = neurons.column[pairs.target[both]] - neurons.column[pairs.source[both]]
        product = step[:, 0] * step[:, 1]
        next_to = (np.abs(step) == 1).all(axis=1)
        count = pairs.count[both]
        along += int(count[next_to & (product == 1)].sum())
        across += int(count[next_to & (product == -1)].sum())
    why = f"{along:,} synapses at (1, 1) and back, {across:,} at (1, -1) and back"
    if along == across:
        columns = set(map(tuple, neurons.lobe.tolist()))
        along, across = (sum((p + 1, q + step) in columns for p, q in columns) for step in (1, -1))
        why = f"{along:,} columns have another at (1, 1), {across:,} at (1, -1)"
    found = (1, 1) if along > across else (1, -1)
    clear = max(along, across) > CLEAR_RATIO * min(along, across)
    decisions.add("neighbours", f"(1, 0), (0, 1) and {found} in p, q", why, warning=not clear)
    return found


def averages_of(lobe: Lobe, options: Options, decisions: Decisions) -> pd.DataFrame:
    """Average synapses over the lobe; the table has types by name, and offsets as axial ones."""
    means = averaged(
        lobe.store.parts(options.min_pair),
        lobe.neurons.type_of,
        len(lobe.neurons.types),
        lobe.column,
        lobe.counted,
        lobe.map,
        options.border,
        options.mean_over == "pairs",
    )
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
