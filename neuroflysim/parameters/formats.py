"""The text of parameter files: JSON and CSV, to and from tables by name."""

from __future__ import annotations

import csv
import io
import json

from neuroflysim._version import __version__

FORMAT = "neuroflysim parameters 1"
_UNITS = {"time_constant": "s", "resting_potential": "", "synapse_strength": ""}
_HEADER = ("parameter", "cell_type", "source_type", "target_type", "value", "unit")


def _to_json(checksums: dict, tables: dict) -> str:
    document = {
        "format": FORMAT,
        "written_by": f"neuroflysim {__version__}",
        "connectome_sha256": checksums,
        "time_constant_s": tables["time_constant"].to_dict(),
        "resting_potential": tables["resting_potential"].to_dict(),
        "synapse_strength": {},
    }
    for (source, target), value in tables["synapse_strength"].items():
        document["synapse_strength"].setdefault(target, {})[source] = value
    return json.dumps(document, indent=1) + "\n"


def _from_json(text: str) -> tuple[dict, dict]:
    document = json.loads(text)
    _require_format(document["format"])
    return dict(document["connectome_sha256"]), {
        "time_constant": document["time_constant_s"],
        "resting_potential": document["resting_potential"],
        "synapse_strength": {
            (source, target): value
            for target, inputs in document["synapse_strength"].items()
            for source, value in inputs.items()
        },
    }


def _to_csv(checksums: dict, tables: dict) -> str:
    text = io.StringIO()
    text.write(f"# {FORMAT}\n")
    for name, checksum in checksums.items():
        text.write(f"# connectome {name} sha256 {checksum}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for name, value in tables["time_constant"].items():
        writer.writerow(("time_constant", name, "", "", repr(value), "s"))
    for name, value in tables["resting_potential"].items():
        writer.writerow(("resting_potential", name, "", "", repr(value), ""))
    for (source, target), value in tables["synapse_strength"].items():
        writer.writerow(("synapse_strength", "", source, target, repr(value), ""))
    return text.getvalue()


def _from_csv(text: str) -> tuple[dict, dict]:
    lines = text.splitlines()
    comments = [line[1:].split() for line in lines if line.startswith("#")]
    _require_format(" ".join(comments[0]) if comments else "")
    checksums = {words[1]: words[3] for words in comments[1:]}
    tables = {"time_constant": {}, "resting_potential": {}, "synapse_strength": {}}
    rows = csv.DictReader(line for line in lines if not line.startswith("#"))
    if tuple(rows.fieldnames or ()) != _HEADER:
        raise ValueError(f"the columns are {rows.fieldnames}, not {list(_HEADER)}")
    for row in rows:
        name = row["cell_type"] or (row["source_type"], row["target_type"])
        table = tables[row["parameter"]]
        if name in table:
            raise ValueError(f"{row['parameter']} of {name} is given twice")
        if row["unit"] != _UNITS[row["parameter"]]:
            raise ValueError(
                f"{row['parameter']} of {name} has the unit {row['unit']!r}, but must have"
                f" {_UNITS[row['parameter']]!r}"
            )
        table[name] = float(row["value"])
    return checksums, tables


def _require_format(found: str) -> None:
    if found != FORMAT:
        raise ValueError(f"its format is {found!r}, not {FORMAT!r}")


#: By suffix: text to (checksums, tables), and back.
READERS = {".json": _from_json, ".csv": _from_csv}
WRITERS = {".json": _to_json, ".csv": _to_csv}
