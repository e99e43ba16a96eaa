"""Dynamics in files: the text of the equations, and all that is declared for them, as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from brian2 import Quantity, get_dimensions
from brian2.units.fundamentalunits import DIMENSIONLESS

from neuroflysim.checks import one_of
from neuroflysim.dynamics.synaptic_sum import SynapticSum
from neuroflysim.dynamics.type_parameters import TypeParameter
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.files import existing
from neuroflysim.files.quantities import dimensions_from, powers_of
from neuroflysim.files.strict_json import (
    entry,
    numbers_by_name,
    of_kind,
    read_json,
    require_format,
    write_json,
)

FORMAT = "neuroflysim dynamics 1"

#: What a file says of a dynamics, and of which kind of `strict_json` it is.
_KEYS = {
    "format": "text",
    "name": "text",
    "equations": "text",
    "constants": "a block of keys",
    "reference": "text",
    "inputs": "a block of keys",
    "parameters": "a block of keys",
    "initial": "a block of keys",
    "modulators": "a block of keys",
}
#: What it says of a parameter, in SI units.
_OF_PARAMETERS = {
    "unit": "text",
    "default": "a number",
    "lowest": "a number",
    "highest": "a number",
    "scale": "text",
    "by_type": "a block of keys",
}
_OF_INPUTS = ("sign", "where", "of")


def write_arguments(path: str | os.PathLike[str], arguments: Mapping[str, Any]) -> None:
    """Write what a dynamics is made from.

    Parameters
    ----------
    path : path-like
    arguments : mapping
        Those of `Dynamics`, by name.
    """
    one_of("the suffix of a dynamics' file", Path(path).suffix, (".json",))
    numbers = {name: _numbers(value) for name, value in arguments["constants"].items()}
    initial = {
        name: value if isinstance(value, str) else _numbers(value)
        for name, value in arguments["initial"].items()
    }
    inputs = {
        name: {
            "sign": None if each.sign is None else int(each.sign),
            "where": {column: list(values) for column, values in each.where.items()},
            "of": each.of,
        }
        for name, each in arguments["inputs"].items()
    }
    content = {
        "format": FORMAT,
        **{name: arguments[name] for name in ("name", "reference", "equations")},
        "constants": numbers,
        "inputs": inputs,
        "parameters": {
            name: each.to_dict() | {"by_type": dict(each.by_type)}
            for name, each in arguments["parameters"].items()
        },
        "initial": initial,
        "modulators": {name: float(level) for name, level in arguments["modulators"].items()},
    }
    write_json(path, content)


def read_arguments(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the arguments of a dynamics that a file holds.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    InvalidValueError
        If it holds none; says what is wrong in it, and where.
    """
    where = str(existing(path))
    content = read_json(where)
    require_format(content, FORMAT, where, "such files are written by Dynamics.save.")
    _require_keys(content, _KEYS, where)
    said = {name: entry(content, name, kind, where) for name, kind in _KEYS.items()}
    del said["format"]
    return said | {
        "constants": {
            name: _value(block, f"{where}: constants, {name}")
            for name, block in said["constants"].items()
        },
        "inputs": {
            name: _sum(block, f"{where}: inputs, {name}") for name, block in said["inputs"].items()
        },
        "parameters": {
            name: _parameter(block, f"{where}: parameters, {name}")
            for name, block in said["parameters"].items()
        },
        "initial": {
            name: each if isinstance(each, str) else _value(each, f"{where}: initial, {name}")
            for name, each in said["initial"].items()
        },
        "modulators": numbers_by_name(said["modulators"], f"{where}: modulators"),
    }


def _numbers(value: Any) -> dict:
    """Return what stands in a file for a number, or for one for each cell type."""
    if isinstance(value, dict):
        unit = powers_of(get_dimensions(next(iter(value.values()))))
        return {"unit": unit, "values": {name: float(each) for name, each in value.items()}}
    return {"unit": powers_of(get_dimensions(value)), "value": float(value)}


def _value(given: Any, where: str) -> Any:
    """Return a number, or one for each cell type, with the unit that a file gives them."""
    block = of_kind(given, "a block of keys", where)
    tables = "values" in block
    _require_keys(block, ("unit", "values" if tables else "value"), where)
    dimensions = dimensions_from(entry(block, "unit", "a block of keys", where), where)

    def with_unit(number: float) -> Any:
        if dimensions is DIMENSIONLESS:
            return float(number)
        return Quantity(float(number), dim=dimensions)

    if tables:
        table = numbers_by_name(block["values"], f"{where}: values")
        return {name: with_unit(number) for name, number in table.items()}
    return with_unit(entry(block, "value", "a number", where))


def _sum(given: Any, where: str) -> SynapticSum:
    block = of_kind(given, "a block of keys", where)
    _require_keys(block, _OF_INPUTS, where)
    for name in _OF_INPUTS:
        if name not in block:
            raise InvalidValueError(f"{where}: lacks the key {name!r}; add it.")
    if block["sign"] is not None:
        of_kind(block["sign"], "a whole number", f"{where}: sign")
    columns = {
        column: [
            of_kind(each, "text", f"{where}: where, {column}")
            for each in of_kind(values, "a list", f"{where}: where, {column}")
        ]
        for column, values in entry(block, "where", "a block of keys", where).items()
    }
    try:
        return SynapticSum(sign=block["sign"], where=columns, of=block["of"])
    except NeuroFlySimError as error:
        raise InvalidValueError(f"{where}: {error}") from None


def _parameter(given: Any, where: str) -> TypeParameter:
    block = of_kind(given, "a block of keys", where)
    _require_keys(block, _OF_PARAMETERS, where)
    said = {name: entry(block, name, kind, where) for name, kind in _OF_PARAMETERS.items()}
    numbers_by_name(said["by_type"], f"{where}: by_type")
    try:
        return TypeParameter.from_dict(said)
    except NeuroFlySimError as error:
        raise InvalidValueError(f"{where}: {error}") from None


def _require_keys(block: Mapping, known: Iterable[str], where: str) -> None:
    """Raise if a block has a key that nobody would read."""
    for name in block:
        one_of(f"{where}: a key", name, known)
