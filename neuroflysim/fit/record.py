"""The record of a fit, `fit.json`: what it must say, and the seal that holds it together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from neuroflysim.files.sealed import of_text, require_unchanged, sealed
from neuroflysim.files.strict_json import entry, of_kind, read_json, require_format
from neuroflysim.fit.checkpoint import processors_in, score_name_in
from neuroflysim.fit.identity import Identity
from neuroflysim.fit.learning_curve import to_text
from neuroflysim.parameters import Parameters

#: What a record says that it is. The number grows when a reader of today could not read it.
FORMAT = "neuroflysim fit 1"

RECORD, PARAMETERS, CURVE = "fit.json", "parameters.json", "learning_curve.csv"


def sealed_record(record: Mapping, parameters: Parameters, curve: pd.DataFrame) -> dict:
    """Return the record of a fit with its format, and checksums of itself and the files beside it.

    Parameters
    ----------
    record : mapping
    parameters : Parameters
    curve : DataFrame
        The learning curve.
    """
    parts = {PARAMETERS: parameters.sealed_checksum, CURVE: of_text(to_text(curve))}
    return sealed({"format": FORMAT, **record}, parts)


def read_record(path: Path) -> dict:
    """Return the record of a fit, if it is whole and as it was written.

    Parameters
    ----------
    path : Path

    Raises
    ------
    InvalidValueError
        Names file and key.
    """
    record, where = read_json(path), str(path)
    require_format(record, FORMAT, where, "if a newer neuroflysim wrote it, install that.")
    Identity.stored(record, where)
    processors_in(record, where)
    for name, kind in (
        ("command", "text"),
        ("evaluations", "a whole number"),
        ("seconds", "a number"),
        ("core_seconds", "a number"),
        ("parameters_sha256", "text"),
        ("stability", "a block of keys"),
    ):
        entry(record, name, kind, where)
    score, repeats = score_keys(score_name_in(record, where))
    _number_or_none(record, score, where)
    for value in entry(record, repeats, "a list", where):
        if value is not None:
            of_kind(value, "a number", f"{where}: {repeats}")
    stability, within = record["stability"], f"{where}: stability"
    entry(stability, "stable", "true or false", within)
    entry(stability, "reason", "text", within)
    for name in ("unrest", "largest_voltage"):
        _number_or_none(stability, name, within)
    require_unchanged(path, record)
    return record


def score_keys(score_name: str) -> tuple[str, str]:
    """Return under which keys the score stands, and that on each of the things it is judged on.

    Parameters
    ----------
    score_name : str
    """
    return score_name, f"{score_name}_repeats"


def _number_or_none(block: Mapping, name: str, where: str) -> None:
    """Check what is None for a model that runs away."""
    if name not in block or block[name] is not None:
        entry(block, name, "a number", where)
