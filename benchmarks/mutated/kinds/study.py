"""The folder of a study: study.yaml and measurements.csv."""

from __future__ import annotations

import shutil
from importlib.resources import files

import neuroflysim as nfs
from mutated import plain
from mutated.kinds.kind import Kind
from mutated.plain import require

#: Of the database: bars, perturbed flies, and columns.
STUDIES = ("gruntman2019", "groschner2022", "haag2016")
TABLE = ("measure", "cell_type", "condition", "value", "unit", "spread", "n", "locator",
         "support", "remark")  # fmt: skip


def _make_of(name: str):
    def make(folder):
        there = files("neuroflysim.experiments_db") / name
        for file in ("study.yaml", "measurements.csv"):
            shutil.copyfile(str(there / file), folder / file)

    return make


def _given(values: dict) -> dict:
    return {name: value for name, value in values.items() if value is not None}


def _read(path):
    study = nfs.load_study(path)
    return {
        "citation": study.citation,
        "method": study.method,
        "signal": _signal(study.signal),
        "cell_types": study.cell_types,
        "stimulus": study.stimulus,
        "sources": study.sources,
        "experiments": {
            name: {
                "protocol": one.protocol,
                "parameters": one.parameters,
                "as_used": one.as_used,
                "perturbations": one.perturbations,
            }
            for name, one in study.experiments.items()
        },
        "measures": {
            name: {
                "experiment": one.experiment,
                "function": one.function,
                "arguments": one.arguments,
                "agreement": _agreement(one.agreement),
                "signal": _signal(one.signal),
                "against": one.against,
            }
            for name, one in study.measures.items()
        },
        "not_replayed": study.not_replayed,
        "rows": [
            [str(getattr(row, name) if getattr(row, name) is not None else "") for name in TABLE]
            for row in study.measurements
        ],
    }


def _signal(signal) -> dict:
    names = ("kind", "subtract_rest", "threshold", "exponent", "rise_time", "decay_time")
    return _given({name: getattr(signal, name) for name in names})


def _agreement(agreement) -> dict:
    names = ("kind", "over", "at", "above", "below")
    found = _given({name: getattr(agreement, name) for name in names})
    return found | ({"ranges": agreement.ranges} if agreement.ranges else {})


def _expected(folder, original, mutation):
    document = plain.yaml_of(folder / "study.yaml")
    require(document.keys() == original.keys() - {"rows"}, "keys")
    texts = [document[name] for name in ("method", "stimulus", "sources")]
    require(all(isinstance(text, str) and text.strip() for text in texts), "no text")
    require(isinstance(document["experiments"], dict), "experiments")
    require(isinstance(document["measures"], dict), "measures")
    experiments = {
        name: {
            "protocol": one.get("protocol"),
            "parameters": one.get("parameters"),
            "as_used": one.get("as_used"),
            "perturbations": one.get("perturbations", {}),
        }
        for name, one in document["experiments"].items()
        if isinstance(one, dict)
    }
    measures = {
        name: {
            "experiment": one.get("experiment"),
            "function": one.get("function"),
            "arguments": one.get("arguments", {}),
            "agreement": one.get("agreement"),
            "signal": one.get("signal", document["signal"]),
            "against": one.get("against"),
        }
        for name, one in document["measures"].items()
        if isinstance(one, dict)
    }
    header, rows = plain.table_of(plain.text_of(folder / "measurements.csv"))
    require(tuple(header) == TABLE, "columns")
    counts = header.index("n")
    for row in rows:
        if row[counts]:
            row[counts] = str(plain.whole(row[counts]))
    return {**document, "experiments": experiments, "measures": measures, "rows": rows}


KINDS = [
    Kind(
        name=f"study-{name}",
        title="study folder",
        make=_make_of(name),
        forms={"study.yaml": "yaml", "measurements.csv": "csv"},
        main="",
        read=_read,
        expected=_expected,
        folder=name,
    )
    for name in STUDIES
]
