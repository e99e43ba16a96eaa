"""Which offsets and connections are strong enough, and told of by enough cells."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.connectome.importers.decisions import Decisions
from neuroflysim.connectome.importers.options import Options
from neuroflysim.connectome.network import interior_fraction


def strong_enough(
    means: pd.DataFrame, standing: pd.DataFrame, options: Options, decisions: Decisions
) -> pd.DataFrame:
    """Return the table of offsets of a connectome.

    Parameters
    ----------
    means : DataFrame
        From `averaged`, with names of types.
    standing : DataFrame
        From `type_table`; types without a stride are left out.
    options : Options
    decisions : Decisions

    Returns
    -------
    DataFrame
        source_type, target_type, du, dv, synapse_count, filled, deviation, n_cells;
        ``attrs["total"]`` says of how many synapses.
    """
    in_columns = standing[standing["stride_u"].notna()]
    kept = means[
        means["source_type"].isin(in_columns["cell_type"])
        & means["target_type"].isin(in_columns["cell_type"])
    ]
    fraction = interior_fraction(in_columns.astype({"stride_u": int, "stride_v": int}), kept)
    count = kept["synapse_count"].to_numpy()
    if options.mean_over == "targets":
        # Sparse sources reach few of the target cells by each offset: those have all of it.
        scale = np.divide(1, fraction, where=fraction > 0, out=np.ones_like(fraction))
        kept = kept.assign(synapse_count=count * scale, deviation=kept["deviation"] * scale)
        per_cell = count
    else:
        per_cell = count * fraction
    enough = (kept["n_cells"] >= options.min_cells) & (kept["synapse_count"] >= options.min_offset)
    pair = ["source_type", "target_type"]
    strength = pd.Series(np.where(enough, per_cell, 0), kept.index)
    of_connection = strength.groupby([kept[name] for name in pair]).transform("sum")
    strong = enough & (of_connection >= options.min_connection) & (kept["synapse_count"] > 0)
    n_all, n_strong = (
        len(kept.loc[rows, pair].drop_duplicates()) for rows in (enough | ~enough, strong)
    )
    decisions.add(
        "thresholds",
        f"{n_strong:,} of {n_all:,} connections and {int(strong.sum()):,} of {len(kept):,} offsets"
        " are kept",
        f"{options.min_connection:g} synapses of a connection and {options.min_offset:g} of an"
        f" offset at least on a target cell, {options.min_cells} target cells behind it,"
        f" {options.min_pair} synapses of a pair of neurons",
    )
    chosen = kept[strong].sort_values([*pair, "du", "dv"], kind="stable")
    offsets = pd.DataFrame(
        {
            **{name: chosen[name].to_numpy() for name in (*pair, "du", "dv", "synapse_count")},
            "filled": False,
            "deviation": chosen["deviation"].to_numpy(),
            "n_cells": chosen["n_cells"].to_numpy(),
        }
    )
    offsets.attrs["total"] = int(chosen["total"].sum())
    return offsets
