"""Small lobes for tests: a few cell types of the embedded connectome, and what is drawn of them."""

from functools import cache

import neuroflysim as nfs
from neuroflysim.connectome.importers.decisions import Decisions
from neuroflysim.connectome.importers.lobe import averages_of, placed_lobe
from neuroflysim.connectome.importers.neuron_table import read_neurons
from neuroflysim.connectome.importers.options import Options
from neuroflysim.connectome.importers.pair_store import read_pairs
from neuroflysim.connectome.importers.table_names import chosen_names
from neuroflysim.connectome.importers.turning import turned_lobe

#: The circuit of T4, which tells how a lobe lies in the eye, and what sees.
CIRCUIT = ("R1", "L1", "Mi1", "Mi4", "Mi9", "Tm3", "C3", "T4a", "T4b", "T4c", "T4d")


@cache
def circuit():
    """Return the connectome of these types only."""
    whole = nfs.load_connectome()
    types, connections = whole.cell_types.reset_index(), whole.connections.reset_index()
    pair = ["source_type", "target_type"]
    return nfs.Connectome(
        types[types["cell_type"].isin(CIRCUIT)],
        connections[connections[pair].isin(CIRCUIT).all(axis=1)],
        whole.offsets[whole.offsets[pair].isin(CIRCUIT).all(axis=1)],
    )


def found_axes(lobe):
    """Return how a lobe lies by the steps of the importer, and what anatomy and reference say."""
    options = Options(
        axes="auto", neighbours="auto", strides=None, mean_over="pairs", border=1,
        place_by="inputs", min_place=5, max_spread=6.0,
        min_pair=1, min_offset=0, min_connection=0, min_cells=1,
        unnamed="count", autapses=False,
    )  # fmt: skip
    names, told = chosen_names(None), Decisions()
    neurons = read_neurons(lobe.neurons, lobe.columns, names, None)
    placed = placed_lobe(neurons, read_pairs(lobe.synapses, neurons, names), options, told)
    means = averages_of(placed, options, told)
    _, _, axes = turned_lobe(placed, means, nfs.load_connectome(), options, told)
    return axes, told.made


def imported(lobe, **options):
    """Import a lobe whole: no threshold, and signs as the embedded connectome has them."""
    whole = {"min_offset": 0, "min_connection": 0, "min_cells": 1, "autapses": True}
    options = {"signs": nfs.load_connectome(), **whole, **options}
    return nfs.connectome_from_neurons(lobe.neurons, lobe.synapses, lobe.columns, **options)


def decisions(connectome, what):
    """Return what was decided about something, one text each."""
    return [d for d in connectome.provenance["decisions"] if d["what"] == what]
