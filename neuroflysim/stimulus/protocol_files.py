"""Protocols in files: their equations, with the values and units of their parameters, as JSON."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from brian2 import Quantity, second

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing
from neuroflysim.files.quantities import dimensions_from, powers_of
from neuroflysim.files.strict_json import entry, of_kind, read_json, require_format, write_json

FORMAT = "neuroflysim protocol 1"

#: What is a number of seconds in a file.
TIMES = ("stim_time", "pre_time", "tail_time")


def write_arguments(path: str | os.PathLike[str], arguments: Mapping[str, Any]) -> None:
    """Write what a protocol is made from.

    Parameters
    ----------
    path : path-like
    arguments : mapping
        Those of `Protocol`, by name, apart from frames.
    """
    one_of("the suffix of a protocol's file", Path(path).suffix, (".json",))
    content = {
        "format": FORMAT,
        "name": arguments["name"],
        "equations": arguments["equations"],
        "parameters": [_written(key, values) for key, values in arguments["parameters"].items()],
        **{name: float(arguments[name]) for name in TIMES},
        "background": float(arguments["background"]),
        "reference": arguments["reference"],
    }
    write_json(path, content)


def read_arguments(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the arguments of a protocol that a file holds.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    InvalidValueError
        If it holds none; says what is wrong in it.
    """
    where = str(existing(path))
    content = read_json(where)
    require_format(content, FORMAT, where, "such files are written by Protocol.save.")
    parameters: dict = {}
    for number, block in enumerate(entry(content, "parameters", "a list", where)):
        key, values = _read(block, f"{where}, parameter {number}")
        parameters[key] = values
    return {
        "name": entry(content, "name", "text", where),
        "equations": entry(content, "equations", "text", where),
        "parameters": parameters,
        "background": entry(content, "background", "a number", where),
        "reference": entry(content, "reference", "text", where),
        **{name: entry(content, name, "a number", where) * second for name in TIMES},
    }


def _written(key: str | tuple[str, ...], values) -> dict:
    """Return what stands in a file for a place in the product of the parameters."""
    if isinstance(key, str):
        return {"name": key, **_numbers(values)}
    columns = zip(*values, strict=True)
    return {
        "together": [
            {"name": name, **_numbers(Quantity(list(column)))}
            for name, column in zip(key, columns, strict=True)
        ]
    }


def _numbers(values: Quantity) -> dict:
    numbers = [one if np.isfinite(one) else str(one) for one in np.asarray(values).tolist()]
    return {"unit": powers_of(values.dim), "values": numbers}


def _read(given: object, where: str) -> tuple[str | tuple[str, ...], Any]:
    """Return a key and its values, as `Protocol` takes them."""
    block = of_kind(given, "a block of keys", where)
    if "together" not in block:
        return _quantities(block, where)
    columns = [
        _quantities(of_kind(each, "a block of keys", where), where)
        for each in entry(block, "together", "a list", where)
    ]
    lengths = {len(values) for _, values in columns}
    if len(lengths) != 1:
        raise InvalidValueError(f"{where}: what varies together has lists of unlike length.")
    rows = list(zip(*(list(values) for _, values in columns), strict=True))
    return tuple(name for name, _ in columns), rows


def _quantities(block: Mapping, where: str) -> tuple[str, Quantity]:
    name = entry(block, "name", "text", where)
    numbers = [
        float(one) if one in ("inf", "-inf") else of_kind(one, "a number", f"{where}, {name}")
        for one in entry(block, "values", "a list", where)
    ]
    powers = entry(block, "unit", "a block of keys", where)
    return name, Quantity(numbers, dim=dimensions_from(powers, f"{where}, {name}"))
