"""Files as projects publish them, made of a lobe that was drawn by chance."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from neuroflysim.connectome.importers.sources.terminals import short_name
from neuroflysim.connectome.importers.sources.type_names import type_names
from neuroflysim.connectome.sampling import SampledLobe

#: The one cell of which the terminals are cells of ours.
CT1 = np.uint64(720_575_940_700_000_001)

_NEUROPILS = {"CT1(M10)": "ME", "CT1(Lo1)": "LO"}


def as_published(lobe: SampledLobe, source: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return neurons (id, type, transmitter, p, q) and connections with their neuropil.

    Types are called as the source does, and the terminals of CT1 are one cell.
    """
    names = type_names(source)
    theirs = {ours: name for name, ours in names.whole.items()}
    neurons = lobe.neurons.merge(lobe.columns, on="id", how="left")
    terminals = neurons[neurons["cell_type"].isin(_NEUROPILS)]
    neuropil_of = dict(zip(terminals["id"], terminals["cell_type"].map(_NEUROPILS), strict=True))
    synapses = lobe.synapses.copy()
    ends = [synapses[end].map(neuropil_of) for end in ("pre", "post")]
    synapses["neuropil"] = ends[0].fillna(ends[1]).fillna("ME")
    for end in ("pre", "post"):
        synapses[end] = synapses[end].where(~synapses[end].isin(neuropil_of), CT1)
    whole = neurons[~neurons["cell_type"].isin(_NEUROPILS)].copy()
    theirs |= {f"R{k}": theirs["R1-R6"] for k in range(1, 7)}
    whole["type"] = whole["cell_type"].map(lambda name: theirs.get(name, name))
    ct1 = {"id": CT1, "type": "CT1", "transmitter": "GABA", "p": np.nan, "q": np.nan}
    everyone = pd.concat([whole, pd.DataFrame([ct1])], ignore_index=True)
    return everyone.drop(columns="cell_type"), synapses


def write_flywire(lobe: SampledLobe, folder: Path, side: str = "right") -> Path:
    """Write the files of FlyWire."""
    neurons, synapses = as_published(lobe, "flywire")
    ids = neurons["id"]
    short = {"acetylcholine": "ACH", "glutamate": "GLUT", "gaba": "GABA"}
    transmitter = neurons["transmitter"].str.lower().map(short).fillna("ACH")
    pd.DataFrame({"root_id": ids, "type": neurons["type"], "side": side}).to_csv(
        folder / "visual_neuron_types.csv.gz", index=False
    )
    placed = neurons[neurons["p"].notna()]
    pd.DataFrame(
        {
            "root_id": placed["id"], "hemisphere": side, "type": placed["type"], "column_id": 1,
            "x": 0, "y": 0, "p": placed["p"].astype(int), "q": placed["q"].astype(int),
        }
    ).to_csv(folder / "column_assignment.csv.gz", index=False)  # fmt: skip
    pd.DataFrame({"root_id": ids, "group": "ME", "nt_type": transmitter}).to_csv(
        folder / "neurons.csv.gz", index=False
    )
    pd.DataFrame(
        {
            "pre_root_id": synapses["pre"], "post_root_id": synapses["post"],
            "neuropil": synapses["neuropil"] + f"_{side[0].upper()}",
            "syn_count": synapses["synapses"], "nt_type": "ACH",
        }
    ).to_csv(folder / "connections_princeton_no_threshold.csv.gz", index=False)  # fmt: skip
    return folder


def write_malecns(lobe: SampledLobe, folder: Path, single: bool, version: str = "v1.0") -> Path:
    """Write the files of the male CNS, with single synapses or with those of pairs."""
    neurons, synapses = as_published(lobe, "malecns")
    sees = neurons["type"].str.match("R[1-8]")
    pd.DataFrame(
        {
            "bodyId": neurons["id"].astype("int64"), "type": neurons["type"],
            "somaSide": np.where(sees, None, "R"), "rootSide": "R",
            "assignedOlHex1": neurons["p"], "assignedOlHex2": neurons["q"],
        }
    ).to_feather(folder / f"body-annotations-male-cns-{version}-minconf-0.5.feather")  # fmt: skip
    pd.DataFrame(
        {"body": neurons["id"].astype("int64"), "consensus_nt": neurons["transmitter"]}
    ).to_feather(folder / f"body-neurotransmitters-male-cns-{version}.feather")
    pairs = synapses.rename(columns={"pre": "body_pre", "post": "body_post"})
    pairs = pairs.astype({"body_pre": "int64", "body_post": "int64"})
    if single:
        rows = pairs.loc[pairs.index.repeat(pairs["synapses"])].reset_index(drop=True)
        rows = rows.assign(primary_post=rows["neuropil"] + "(R)")
        rows[["body_pre", "body_post", "primary_post"]].to_feather(
            folder / f"syn-partners-male-cns-{version}-minconf-0.5.feather"
        )
    else:
        summed = pairs.groupby(["body_pre", "body_post"], as_index=False)["synapses"].sum()
        summed.rename(columns={"synapses": "weight"}).to_feather(
            folder / f"connectome-weights-male-cns-{version}-minconf-0.5.feather"
        )
    return folder


def write_neuprint(lobe: SampledLobe, folder: Path) -> Path:
    """Write what neuprint-python writes."""
    neurons, synapses = as_published(lobe, "malecns")
    pd.DataFrame(
        {
            "bodyId": neurons["id"], "instance": neurons["type"] + "_R", "type": neurons["type"],
            "assignedOlHex1": neurons["p"], "assignedOlHex2": neurons["q"],
            "predictedNt": "unclear", "consensusNt": neurons["transmitter"],
        }
    ).to_csv(folder / "neurons.csv", index=False)  # fmt: skip
    pd.DataFrame(
        {
            "bodyId_pre": synapses["pre"], "bodyId_post": synapses["post"],
            "roi": synapses["neuropil"].map(lambda name: f"{short_name(name)}(R)"),
            "weight": synapses["synapses"],
        }
    ).to_csv(folder / "roi-connections.csv", index=False)  # fmt: skip
    return folder
