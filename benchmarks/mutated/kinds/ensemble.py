"""The folder of an ensemble: what its models have in common, a table of them, and each one's file.

The record tells how many models there are and what their files hold, so that no other model can
pass for one of them.
"""

from __future__ import annotations

import json

import pandas as pd

import neuroflysim as nfs
from mutated.kinds.connectome import small
from mutated.kinds.kind import Kind
from mutated.kinds.parameters import model, tables_of
from neuroflysim.ensembles.writing import write_ensemble
from neuroflysim.fit.recipe import RECIPES


def _make(folder) -> None:
    table = pd.DataFrame(
        {
            "seed": [0, 1, 2],
            "stable": [True, False, True],
            "failure": ["", "runs away at grey", ""],
            "r2": [0.75, 0.5, 0.625],
        },
        index=["000", "001", "002"],
    )
    write_ensemble(
        folder,
        {"000": model(2), "002": model(3)},
        table,
        start=model(1),
        recipe=json.loads(json.dumps(RECIPES["flow"].to_dict())),
        readout=nfs.flow.Readout(cell_types=["T4a"], pooling=2, noise=0.05),
        prior_knowledge="T4 and T5 begin lower",
    )
    # A file beside the folder, which no name in a table may reach.
    model(4).save(folder.parent / "decoy.json")


def _read(path):
    ensemble = nfs.load_ensemble(path, small())
    table = ensemble.table
    return {
        "record": ensemble.record,
        "names": table.index.tolist(),
        "table": {
            name: [str(value) for value in table[name]]
            if name in ("stable", "failure")
            else table[name]
            for name in table
        },
        "start": tables_of(ensemble.start),
        "models": {name: tables_of(ensemble[name]) for name in ensemble.names},
    }


KINDS = [
    Kind(
        name="ensemble",
        title="ensemble folder",
        make=_make,
        forms={
            "ensemble.json": "json", "models.csv": "csv", "start.json": "json",
            "000.json": "json", "002.json": "json",
        },
        main="",
        read=_read,
    )
]  # fmt: skip
