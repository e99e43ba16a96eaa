"""Synapse strengths before any fit, and the sums over offsets that they are scaled by."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.connectome import Connectome, require_columnar
from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import Lattice

_PAIR = ["source_type", "target_type"]


def strengths_by_mean_count(connectome: Connectome, lattice: Lattice, scale: float) -> pd.Series:
    """Return scale / mean synapse count, the mean taken over all pairs on a lattice.

    The mean weights an offset by the pairs that it has, and offsets far out have fewer near the
    border. So it depends on the lattice: fitted strengths are never derived again on another one.
    """
    require_columnar(connectome, "strengths are scaled by the mean synapse count")
    offsets = connectome.offsets
    network = connectome.network(lattice)
    n_pairs = np.bincount(network.pair_offset, minlength=len(offsets))
    n_pairs = np.where(network.pairs_per_connection[network.offset_connection] > 0, n_pairs, 1)
    sums = (
        offsets.assign(pairs=n_pairs, synapses=n_pairs * offsets["synapse_count"])
        .groupby(_PAIR, sort=False)[["pairs", "synapses"]]
        .sum()
        .reindex(connectome.connections.index)
    )
    mean_count = sums["synapses"] / sums["pairs"]
    if (mean_count == 0).any():
        raise InvalidValueError(
            f"all synapse counts of {' -> '.join(mean_count.idxmin())} are zero, so its strength"
            " cannot be scaled by their mean; remove the connection or correct its counts."
        )
    return scale / mean_count


def type_counts(connectome: Connectome) -> pd.DataFrame:
    """Return signed synapse counts between types: onto one target cell far from the border.

    Rows are target types, columns source types, both in the order of the connectome; counts of
    strided types are means over target cells.
    """
    require_columnar(connectome, "weights are those onto a cell far from the border")
    offsets = connectome.offsets
    counts = (offsets["synapse_count"] * connectome.interior_fraction).groupby(
        [offsets[name] for name in _PAIR]
    )
    signed = counts.sum().reindex(connectome.connections.index) * connectome.connections["sign"]
    types = connectome.cell_types.index
    return signed.unstack("source_type", fill_value=0.0).reindex(
        index=types, columns=types, fill_value=0.0
    )


def type_weights(connectome: Connectome, synapse_strength: pd.Series) -> pd.DataFrame:
    """Return summed signed weights between types, laid out like `type_counts`."""
    counts = type_counts(connectome)
    strength = synapse_strength.unstack("source_type", fill_value=0.0)
    return counts * strength.reindex(index=counts.index, columns=counts.columns, fill_value=0.0)


def strengths_by_total_input(connectome: Connectome, total_input: pd.Series) -> pd.Series:
    """Return one strength for all connections of a target type, scaled to its total input.

    Parameters
    ----------
    connectome : Connectome
    total_input : Series by cell_type
        Sum of the magnitudes of the weights onto one cell far from the border.
    """
    synapses = type_counts(connectome).abs().sum(axis=1)
    per_target = (total_input / synapses.where(synapses > 0)).fillna(0.0)
    pairs = connectome.connections.index
    return pd.Series(per_target.loc[pairs.get_level_values("target_type")].to_numpy(), pairs)
