"""Tables of programs that keep numbers as numbers: Excel and Parquet."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.table import Table, as_text, with_units


def typed_table(name: str, rows: pd.DataFrame) -> Table:
    """Return a table of a program that keeps numbers as numbers, such as Excel.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    rows : DataFrame
        With the numbers of the rows as index. Columns of numbers stay as they are, others become
        text; what is missing becomes an empty text.
    """
    for number, column in enumerate(rows.columns):
        if not isinstance(column, str) or not column.strip():
            raise InvalidValueError(
                f"{name}: column {number + 1} has {column!r} for its name; give it one, like"
                " 'time (ms)'."
            )
    if rows.columns.has_duplicates:
        twice = rows.columns[rows.columns.duplicated()][0]
        raise InvalidValueError(f"{name}: the column {twice!r} stands twice; keep one.")
    kept = {}
    for column in rows:
        found = rows[column]
        if found.dtype.kind not in "iuf":
            found = _column(found)
        kept[column] = found
    return with_units(name, pd.DataFrame(kept, index=rows.index), "the names of columns", "row")


def _column(found: pd.Series) -> pd.Series:
    """Return a column of objects as numbers, if all are, or else as texts."""
    values = found.tolist()
    if values and all(type(value) in (int, float) for value in values):
        whole = all(type(value) is int and abs(value) < 2**63 for value in values)
        dtype = np.int64 if whole else float
        return pd.Series(values, index=found.index, dtype=dtype)
    return pd.Series([as_text(value) for value in values], index=found.index, dtype=object)
