"""Rows that need no model of a fly: what a score is worth must show beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
from attrs import evolve

from neuroflysim.connectome import load_connectome
from neuroflysim.ensembles import load_ensemble
from neuroflysim.parameters import Parameters
from neuroflysim.scoreboard.entry import Entry, Models

#: Whose types get each other's names, and how many of its models.
SHUFFLED, N_SHUFFLED = "flow", 5

#: Light must fall somewhere. No study of the database has asked this type.
UNASKED = "Lawf1"


def entries() -> list[Entry]:
    """Return the trivial rows."""
    return [
        Entry("no_response", "trivial", "nothing", no_response),
        Entry(
            "shuffled_cell_types",
            "trivial",
            f"as {SHUFFLED}, before its types were given each other's names",
            shuffled_cell_types,
        ),
    ]


def no_response() -> Models:
    """Return a network in which no cell that anybody asks about ever says anything.

    No synapse passes anything on, and light falls on a type alone that no study has recorded.
    """
    connectome = load_connectome()
    types = connectome.cell_types.reset_index()
    types["photoreceptor"] = types["cell_type"] == UNASKED
    blind = connectome.with_tables(cell_types=types)
    silent = Parameters.from_tables(
        blind,
        time_constant=pd.Series(0.05, blind.cell_types.index),
        resting_potential=0.0,
        synapse_strength=pd.Series(0.0, blind.connections.index),
    )
    return Models({"no_response": silent})


def shuffled_cell_types() -> Models:
    """Return models of the ensemble `SHUFFLED` whose types were given each other's names.

    The networks are the same, neuron by neuron, and solve their task as before; whoever asks one
    for T4a gets the answer of another type.
    """
    ensemble = load_ensemble(SHUFFLED)[:N_SHUFFLED]
    readout = evolve(ensemble.readout, cell_types=None)
    return Models(
        {
            name: renamed(model, seed)
            for seed, (name, model) in enumerate(zip(ensemble.names, ensemble, strict=True))
        },
        readout,
    )


def renamed(parameters: Parameters, seed: int) -> Parameters:
    """Return the same network whose cell types have each other's names.

    Parameters
    ----------
    parameters : Parameters
    seed : int
        Of the names.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome())
    >>> other = renamed(start, seed=0)
    >>> bool((other.to_vector() == start.to_vector()).all())
    True
    >>> other.connectome.cell_types.index.equals(start.connectome.cell_types.index)
    False
    """
    connectome = parameters.connectome
    names = connectome.cell_types.index.to_numpy()
    other = dict(zip(names, np.random.default_rng(seed).permutation(names), strict=True))
    pair = ["source_type", "target_type"]
    named = connectome.with_tables(
        cell_types=connectome.cell_types.reset_index().replace({"cell_type": other}),
        connections=connectome.connections.reset_index().replace(dict.fromkeys(pair, other)),
        offsets=connectome.offsets.replace(dict.fromkeys(pair, other)),
    )
    return Parameters.from_vector(named, parameters.to_vector())
