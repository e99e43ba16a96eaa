"""The text of parameter files: JSON and CSV, to and from tables by name."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

from neuroflysim import checks
from neuroflysim._version import __version__
from neuroflysim.dynamics import GRADED, Declaration, TypeParameter
from neuroflysim.dynamics.type_parameters import require_declarations, unit_text
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.files.strict_json import entry, numbers_by_name, of_kind, read_json
from neuroflysim.files.text_tables import decimal_number, read_text_table
from neuroflysim.parameters.named_values import label

FORMAT = "neuroflysim parameters 1"

#: Of the published model; files of another dynamics have its own beside them.
_UNITS = {"time_constant": "s", "resting_potential": "", "synapse_strength": ""}
#: Of the JSON file of the published model, all of them; others have the last two, too.
_KEYS = (
    "format",
    "written_by",
    "connectome_sha256",
    "time_constant_s",
    "resting_potential",
    "synapse_strength",
    "dynamics",
    "by_cell_type",
)
_HEADER = ("parameter", "cell_type", "source_type", "target_type", "value", "unit")


#: What a file says of a declared parameter, in this order: kinds of `strict_json`.
_SAID = {
    "unit": "text", "default": "a number", "lowest": "a number", "highest": "a number",
    "scale": "text",
}  # fmt: skip


def _to_json(checksums: dict, tables: dict, declaration: Declaration) -> str:
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
    if not declaration.is_published:
        own = declaration.parameters
        said = {name: declared.to_dict() for name, declared in own.items()}
        document["dynamics"] = {"name": declaration.dynamics, "parameters": said}
        document["by_cell_type"] = {name: tables[name].to_dict() for name in own}
    return json.dumps(document, indent=1) + "\n"


def _from_json(path: Path) -> tuple[dict, dict, Declaration]:
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
    tables = {
        "time_constant": time_constant,
        "resting_potential": resting_potential,
        "synapse_strength": strengths,
    }
    declaration = GRADED.declaration
    if "dynamics" in document or "by_cell_type" in document:
        declaration = _declared(where, entry(document, "dynamics", "a block of keys", where))
        by_type = entry(document, "by_cell_type", "a block of keys", where)
        for name in by_type:
            checks.one_of(f"{where}: a key of by_cell_type", name, declaration.parameters)
        for name in declaration.parameters:
            values = entry(by_type, name, "a block of keys", f"{where}: by_cell_type")
            tables[name] = numbers_by_name(values, f"{where}: {name}")
    return checksums, tables, declaration


def _declared(where: str, said: dict) -> Declaration:
    """Return which dynamics a file is for, from what it says of it."""
    where = f"{where}: dynamics"
    for name in said:
        checks.one_of(f"{where}: a key", name, ("name", "parameters"))
    parameters = {}
    for name, block in entry(said, "parameters", "a block of keys", where).items():
        of_kind(block, "a block of keys", f"{where}: {name}")
        for key in block:
            checks.one_of(f"{where}: a key of {name}", key, _SAID)
        for key, kind in _SAID.items():
            entry(block, key, kind, f"{where}: {name}")
        try:
            parameters[name] = TypeParameter.from_dict(block)
        except NeuroFlySimError as error:
            raise InvalidValueError(f"{where}: {name}: {error}") from None
    require_declarations(where, parameters)
    for name in parameters.keys() & _UNITS.keys():
        raise InvalidValueError(f"{where}: {name} is a parameter of the published model; leave it.")
    return Declaration(entry(said, "name", "text", where), parameters)


def _to_csv(checksums: dict, tables: dict, declaration: Declaration) -> str:
    text = io.StringIO()
    text.write(f"# {FORMAT}\n")
    for name, checksum in checksums.items():
        text.write(f"# connectome {name} sha256 {checksum}\n")
    if not declaration.is_published:
        text.write(f"# dynamics {declaration.dynamics}\n")
    for name, declared in declaration.parameters.items():
        said = {**declared.to_dict(), "unit": unit_text(declared.dimensions) or "1"}
        text.write(f"# parameter {name} {' '.join(f'{k} {v}' for k, v in said.items())}\n")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_HEADER)
    for name, value in tables["time_constant"].items():
        writer.writerow(("time_constant", name, "", "", repr(value), "s"))
    for name, value in tables["resting_potential"].items():
        writer.writerow(("resting_potential", name, "", "", repr(value), ""))
    for (source, target), value in tables["synapse_strength"].items():
        writer.writerow(("synapse_strength", "", source, target, repr(value), ""))
    for kind, declared in declaration.parameters.items():
        for name, value in tables[kind].items():
            writer.writerow((kind, name, "", "", repr(value), unit_text(declared.dimensions)))
    return text.getvalue()


def _from_csv(path: Path) -> tuple[dict, dict, Declaration]:
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
    declaration = _declared_in_head(path, head[1:])
    own = {name: unit_text(one.dimensions) for name, one in declaration.parameters.items()}
    units = {**_UNITS, **own}
    tables = {name: {} for name in units}
    for line, row in zip(table.rows.index, table.rows.to_dict("records"), strict=True):
        kind, name, value = _of_row(f"{path}, line {line}", row, units)
        if name in tables[kind]:
            raise InvalidValueError(
                f"{path}, line {line}: {kind} of {label(name)} stands there already; keep one."
            )
        tables[kind][name] = value
    return checksums, tables, declaration


def _declared_in_head(path: Path, head: list[tuple[int, list[str]]]) -> Declaration:
    """Return which dynamics a table is for, from the remarks before it."""
    named = [(line, words) for line, words in head if words[:1] == ["dynamics"]]
    said = [(line, words) for line, words in head if words[:1] == ["parameter"]]
    if not named and not said:
        return GRADED.declaration
    if len(named) != 1 or len(named[0][1]) < 2:
        raise InvalidValueError(
            f"{path}: must say once for which dynamics it is, '# dynamics NAME', as it declares"
            " parameters; leave it as it was written."
        )
    parameters = {}
    for line, (_, *words) in said:
        where, (name, *pairs) = f"{path}, line {line}", words or [""]
        if pairs[::2] != list(_SAID) or len(pairs) != 2 * len(_SAID) or name in parameters:
            raise InvalidValueError(
                f"{where}: {' '.join(words)!r} must be a name and then {', '.join(_SAID)}, each"
                " with its value, once for each parameter; leave it as it was written."
            )
        block: dict = dict(zip(pairs[::2], pairs[1::2], strict=True))
        for key, kind in _SAID.items():
            if kind == "a number":
                block[key] = decimal_number(f"{where}: {key} of {name}", block[key])
        parameters[name] = {**block, "unit": "" if block["unit"] == "1" else block["unit"]}
    return _declared(str(path), {"name": " ".join(named[0][1][1:]), "parameters": parameters})


def _of_row(where: str, row, units: dict) -> tuple[str, str | tuple[str, str], float]:
    """Return which parameter a row is about, of which type or connection, and its value."""
    kind = checks.one_of(f"{where}: parameter", row["parameter"], units)
    named = ("source_type", "target_type") if kind == "synapse_strength" else ("cell_type",)
    for column in _HEADER[1:4]:
        if bool(row[column]) != (column in named):
            must = "must be named" if column in named else "must be empty"
            raise InvalidValueError(
                f"{where}: {column} is {row[column]!r}, but {must} for a {kind}."
            )
    names = tuple(row[column] for column in named)
    name = names if len(names) == 2 else names[0]
    if row["unit"] != units[kind]:
        raise InvalidValueError(
            f"{where}: {kind} of {label(name)} has the unit {row['unit']!r}, but must have"
            f" {units[kind]!r}; convert the value."
        )
    return kind, name, decimal_number(f"{where}: {kind} of {label(name)}", row["value"])


def _require_format(where: str, found: str) -> None:
    if found != FORMAT:
        raise InvalidValueError(
            f"{where}: its format is {found[:60]!r}, not {FORMAT!r}; such files are written by"
            " Parameters.save."
        )


#: By suffix: file to (checksums, tables, declaration), and these to text.
READERS = {".json": _from_json, ".csv": _from_csv}
WRITERS = {".json": _to_json, ".csv": _to_csv}
