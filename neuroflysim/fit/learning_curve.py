"""The learning curve of a fit: one row a generation, in memory and in a table of text."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from neuroflysim.errors import InvalidValueError
from neuroflysim.files.strict_json import entry
from neuroflysim.files.text_tables import decimal_number, text_table

#: Columns before and after those of the score, and whether they are whole numbers.
_BEFORE = {"stage": True, "generation": True, "evaluations": True}
_AFTER = {"loss_best": False, "step_size": False, "failed": True, "seconds": False}


def columns(score_name: str = "r2") -> dict[str, bool]:
    """Return the columns, and whether they are whole numbers.

    Parameters
    ----------
    score_name : str
        What the score of the objective is called. Its two columns are no number if all candidates
        ran away.

    Examples
    --------
    >>> list(columns("r2"))[3:5]
    ['r2_median', 'r2_best']
    """
    return {**_BEFORE, **dict.fromkeys(score_columns(score_name), False), **_AFTER}


def score_columns(score_name: str) -> tuple[str, str]:
    """Return the columns with the median and the best score of a generation.

    Parameters
    ----------
    score_name : str
    """
    return f"{score_name}_median", f"{score_name}_best"


def score_name_of(curve: pd.DataFrame) -> str:
    """Return what the score of a learning curve is called; "" if it has none.

    Parameters
    ----------
    curve : DataFrame
    """
    medians = (name for name in curve.columns if name.endswith("_median"))
    return next(medians, "").removesuffix("_median")


def row_of(block: object, where: str, score_name: str = "r2") -> dict:
    """Return a row as JSON holds it, where null stands for what is no number.

    Parameters
    ----------
    block : object
    where : str
        The file, for messages.
    score_name : str
    """
    expected = columns(score_name)
    if not isinstance(block, Mapping) or block.keys() != expected.keys():
        raise InvalidValueError(f"{where}: must have {', '.join(expected)}.")
    row = {}
    for name, is_whole in expected.items():
        if block[name] is None and name in score_columns(score_name):
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


def from_text(where: str, text: str, score_name: str = "r2") -> pd.DataFrame:
    """Return the learning curve that a table holds, to the last bit.

    Parameters
    ----------
    where : str
        The file, for messages.
    text : str
    score_name : str
    """
    table, expected = text_table(where, text), columns(score_name)
    if list(table.rows) != list(expected):
        raise InvalidValueError(
            f"{where}, line {table.header_line}: the columns must be {', '.join(expected)}, as a"
            " fit writes them."
        )
    may_be_missing = score_columns(score_name)
    return pd.DataFrame(
        {
            name: [
                math.nan
                if not cell and name in may_be_missing
                else _number(f"{where}, line {line}: {name}", cell, is_whole)
                for line, cell in table.rows[name].items()
            ]
            for name, is_whole in expected.items()
        }
    )


def _number(what: str, cell: str, is_whole: bool) -> float | int:
    number = decimal_number(what, cell)
    if not is_whole:
        return number
    if not (cell.isascii() and cell.isdigit()):
        raise InvalidValueError(f"{what} is {cell!r}, but must be a whole number, 0 or more.")
    return int(cell)
