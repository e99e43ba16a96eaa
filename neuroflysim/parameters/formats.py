"""The text of parameter files: JSON and CSV, to and from tables by name."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from neuroflysim import checks
from neuroflysim._version import __version__
from neuroflysim.errors import InvalidValueError
from neuroflysim.files.strict_json import entry, numbers_by_name, of_kind, read_json
from neuroflysim.files.text_tables import decimal_number, read_text_table
from neuroflysim.parameters.named_values import label

FORMAT = "neuroflysim parameters 1"
_UNITS = {"time_constant": "s", "resting_potential": "", "synapse_strength": ""}
#: Of the JSON file, all of them.
_KEYS = (
    "format",
    "written_by",
    "connectome_sha256",
    "time_constant_s",
    "resting_potential",
    "synapse_strength",
)
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


def _from_json(path: Path) -> tuple[dict, dict]:
    document, where = read_json(path), str(path)
    _require_format(where, entry(document, "format", "text", where))
    for name in document:
        checks.one_of(f"{where}: a key", name, _KEYS)
    entry(document, "written_by", "text", where)
    checksums = {
        name: of_kind(checksum, "text", f"{where}: connectome_sha256 of {name}")
        for name, checksum in entry(document, _KEYS[2], "a block of keys", where).items()
    }
    time_constant, resting_potential = (
        numbers_by_name(entry(document, name, "a block of keys", where), f"{where}: {name}")
        for name in _KEYS[3:5]
    )
    strengths = {
        (source, target): value
        for target, inputs in entry(document, _KEYS[5], "a block of keys", where).items()
        for source, value in numbers_by_name(inputs, f"{where}: {_KEYS[5]} onto {target}").items()
    }
    return checksums, {
        "time_constant": time_constant,
        "resting_potential": resting_potential,
        "synapse_strength": strengths,
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


def _from_csv(path: Path) -> tuple[dict, dict]:
    """Read a table as people edit it: remarks may stand anywhere, columns in any order."""
    table = read_text_table(path, remarks=True)
    head = [(line, text[1:].split()) for line, text in table.remarks if line < table.header_line]
    _require_format(str(path), " ".join(head[0][1]) if head else "")
    checksums = {}
    for line, words in head[1:]:
        if words[:1] != ["connectome"]:
            continue
        if len(words) != 4 or words[2] != "sha256" or words[1] in checksums:
            raise InvalidValueError(
                f"{path}, line {line}: {' '.join(words)!r} must be 'connectome TABLE sha256 SUM',"
                " once for each table; leave it as it was written."
            )
        checksums[words[1]] = words[3]
    columns = list(table.rows.columns)
    if set(columns) != set(_HEADER):
        raise InvalidValueError(
            f"{path}, line {table.header_line}: the columns are {', '.join(columns)}, but must be"
            f" {', '.join(_HEADER)}."
        )
    tables = {name: {} for name in _UNITS}
    for line, row in table.rows.iterrows():
        kind, name, value = _of_row(f"{path}, line {line}", row)
        if name in tables[kind]:
            raise InvalidValueError(
                f"{path}, line {line}: {kind} of {label(name)} stands there already; keep one."
            )
        tables[kind][name] = value
    return checksums, tables


def _of_row(where: str, row) -> tuple[str, str | tuple[str, str], float]:
    """Return which parameter a row is about, of which type or connection, and its value."""
    kind = checks.one_of(f"{where}: parameter", row["parameter"], _UNITS)
    named = ("source_type", "target_type") if kind == "synapse_strength" else ("cell_type",)
    for column in _HEADER[1:4]:
        if bool(row[column]) != (column in named):
            must = "must be named" if column in named else "must be empty"
            raise InvalidValueError(
                f"{where}: {column} is {row[column]!r}, but {must} for a {kind}."
            )
    names = tuple(row[column] for column in named)
    name = names if len(names) == 2 else names[0]
    if row["unit"] != _UNITS[kind]:
        raise InvalidValueError(
            f"{where}: {kind} of {label(name)} has the unit {row['unit']!r}, but must have"
            f" {_UNITS[kind]!r}; convert the value."
        )
    return kind, name, decimal_number(f"{where}: {kind} of {label(name)}", row["value"])


def _require_format(where: str, found: str) -> None:
    if found != FORMAT:
        raise InvalidValueError(
            f"{where}: its format is {found[:60]!r}, not {FORMAT!r}; such files are written by"
            " Parameters.save."
        )


#: By suffix: file to (checksums, tables), and tables to text.
READERS = {".json": _from_json, ".csv": _from_csv}
WRITERS = {".json": _to_json, ".csv": _to_csv}
