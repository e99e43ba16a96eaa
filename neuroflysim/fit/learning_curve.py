"""The learning curve of a fit: one row a generation, in memory and in a table of text."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from neuroflysim.errors import InvalidValueError
from neuroflysim.files.strict_json import entry
from neuroflysim.files.text_tables import decimal_number, text_table

#: Columns, and whether they are whole numbers. R2 is no number if all candidates ran away.
COLUMNS = {
    "stage": True,
    "generation": True,
    "evaluations": True,
    "r2_median": False,
    "r2_best": False,
    "loss_best": False,
    "step_size": False,
    "failed": True,
    "seconds": False,
}
_MAY_BE_MISSING = ("r2_median", "r2_best")


def row_of(block: object, where: str) -> dict:
    """Return a row as JSON holds it, where null stands for what is no number."""
    if not isinstance(block, Mapping) or block.keys() != COLUMNS.keys():
        raise InvalidValueError(f"{where}: must have {', '.join(COLUMNS)}.")
    row = {}
    for name, is_whole in COLUMNS.items():
        if block[name] is None and name in _MAY_BE_MISSING:
            row[name] = math.nan
        elif is_whole:
            row[name] = entry(block, name, "a whole number", where)
        else:
            row[name] = float(entry(block, name, "a number", where))
    return row


def to_text(curve: pd.DataFrame) -> str:
    """Return the table of a learning curve.

    Parameters
    ----------
    curve : DataFrame
    """
    return curve.to_csv(index=False, lineterminator="\n")


def from_text(where: str, text: str) -> pd.DataFrame:
    """Return the learning curve that a table holds, to the last bit.

    Parameters
    ----------
    where : str
        The file, for messages.
    text : str
    """
    table = text_table(where, text)
    if list(table.rows) != list(COLUMNS):
        raise InvalidValueError(
            f"{where}, line {table.header_line}: the columns must be {', '.join(COLUMNS)}, as a fit"
            " writes them."
        )
    return pd.DataFrame(
        {
            name: [
                _cell(f"{where}, line {line}: {name}", name, cell)
                for line, cell in table.rows[name].items()
            ]
            for name in COLUMNS
        }
    )


def _cell(what: str, name: str, cell: str) -> float | int:
    if not cell and name in _MAY_BE_MISSING:
        return math.nan
    number = decimal_number(what, cell)
    if not COLUMNS[name]:
        return number
    if not (cell.isascii() and cell.isdigit()):
        raise InvalidValueError(f"{what} is {cell!r}, but must be a whole number, 0 or more.")
    return int(cell)
