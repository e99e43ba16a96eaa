"""The record of an ensemble and the table of its models, as they stand in its folder."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import plain_name
from neuroflysim.files.strict_json import entry, of_kind, read_json, require_format
from neuroflysim.files.text_tables import decimal_number, text_table
from neuroflysim.names import RECORD, START

FORMAT = "neuroflysim ensemble 2"
TABLE = "models.csv"

#: Columns that every table of models has, and that of models which a recipe fitted.
COLUMNS, SEED = ("stable", "failure"), "seed"

#: Files of the folder that are no models.
_NO_MODELS = tuple(Path(name).stem for name in (RECORD, START))


def read_record(path: Path) -> dict:
    """Return what the record of an ensemble says, if it says what it must.

    Parameters
    ----------
    path : Path
    """
    record, where = read_json(path), str(path)
    require_format(record, FORMAT, where, "write_ensemble writes it.")
    if record.get("recipe", ...) is not None:  # null: not fitted by a recipe of this package
        entry(record, "recipe", "a block of keys", where)
    entry(record, "connectome_sha256", "a block of keys", where)
    readout = entry(record, "readout", "a block of keys", where)
    for name in entry(readout, "cell_types", "a list", f"{where}: readout"):
        of_kind(name, "text", f"{where}: readout: a cell type")
    entry(readout, "pooling", "a whole number", f"{where}: readout")
    entry(readout, "noise", "a number", f"{where}: readout")
    for name, version in of_kind(
        record.get("versions", {}), "a block of keys", f"{where}: versions"
    ).items():
        of_kind(version, "text", f"{where}: versions: {name}")
    return record


def models_table(where: str, text: str, seeds: bool = True) -> pd.DataFrame:
    """Return one row a model from the text of its table.

    Parameters
    ----------
    where : str
        The file, for messages.
    text : str
    seeds : bool
        Whether each model has a seed of its own, as those have that a recipe fitted.
    """
    rows = text_table(where, text).rows
    for word in ("model", *((SEED,) if seeds else ()), *COLUMNS):
        if word not in rows:
            raise InvalidValueError(f"{where} has no column {word!r}; write_ensemble writes it.")
    table = pd.DataFrame(
        {
            word: [_cell(where, word, line, cell) for line, cell in rows[word].items()]
            for word in rows
        }
    )
    for word in {"model", SEED} & set(table):
        if table[word].duplicated().any():
            twice = table[word].duplicated().idxmax()
            raise InvalidValueError(
                f"{where}, line {rows.index[twice]}: the {word} {table[word][twice]}"
                " stands there already; each model needs one row of its own."
            )
    if wrong := [k for k in table.index if table["stable"][k] and table["failure"][k]]:
        raise InvalidValueError(
            f"{where}, line {rows.index[wrong[0]]}: a model is stable, and has a failure."
        )
    return table.set_index("model")


def _cell(where: str, column: str, line: int, cell: str):
    """Return what a cell means: a name, a truth, a text, or a number."""
    what = f"{where}, line {line}: {column}"
    if column == "model":
        if cell in _NO_MODELS:
            raise InvalidValueError(f"{what} is {cell!r}, but that file is no model.")
        return plain_name(what, cell)
    if column == "stable":
        if cell not in ("True", "False"):
            raise InvalidValueError(f"{what} is {cell!r}, but must be True or False.")
        return cell == "True"
    if column == "failure":
        return cell
    if re.fullmatch(r"\d{1,18}", cell, re.ASCII):
        return int(cell)
    if column == SEED:
        raise InvalidValueError(f"{what} is {cell!r}, but must be a whole number, 0 or more.")
    return decimal_number(what, cell) if cell else np.nan
