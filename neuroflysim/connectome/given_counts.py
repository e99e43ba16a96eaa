"""A table of synapse counts as users give it to change a connectome: its columns and its rules."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from neuroflysim import checks
from neuroflysim.connectome.pool_tables import blank
from neuroflysim.connectome.pooled_pairs import types_that_stand_once
from neuroflysim.connectome.table_rows import PAIR, shown
from neuroflysim.connectome.tables import MOST_COLUMNS, MOST_COUNT, without_index
from neuroflysim.errors import ConnectomeError, InvalidTypeError

#: Columns that the table must have, and those that it may have.
NEEDED = (*PAIR, "synapse_count")
OPTIONAL = ("du", "dv", "sign", "sign_reference")


def given_counts(table: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the checked table, with the columns of `NEEDED` and `OPTIONAL` and no others.

    Parameters
    ----------
    table : DataFrame
        As `Connectome.with_counts` takes it.
    tables : mapping of str to DataFrame
        Those of the connectome, checked.

    Returns
    -------
    DataFrame
        Counts as float64; du, dv, sign as float64, NaN where a cell was empty; sign_reference as
        text.

    Raises
    ------
    InvalidTypeError
        If it is no DataFrame.
    ConnectomeError
        Lists all that is wrong with it, each with its row and the cure.
    """
    table = without_index(table)
    if not isinstance(table, pd.DataFrame):
        raise InvalidTypeError(
            f"table must be a DataFrame with the columns {', '.join(NEEDED)}, but is"
            f" {type(table).__name__}."
        )
    missing = [column for column in NEEDED if column not in table.columns]
    alone = [column for column in ("du", "dv") if column in table.columns]
    if missing:
        raise ConnectomeError(
            [f"the table of counts has no column {missing[0]!r}; it needs {', '.join(NEEDED)}."]
        )
    if len(alone) == 1:
        raise ConnectomeError(
            [f"the table of counts has {alone[0]} alone; give du and dv, or neither."]
        )
    taken = table.loc[:, [name for name in (*NEEDED, *OPTIONAL) if name in table.columns]]
    if taken.columns.has_duplicates:
        twice = taken.columns[taken.columns.duplicated()][0]
        raise ConnectomeError([f"the table of counts has the column {twice!r} twice; keep one."])
    taken = taken.reindex(columns=[*NEEDED, *OPTIONAL]).astype(object)
    wrong = [*_name_problems(taken, tables), *_number_problems(taken)]
    if wrong:
        raise ConnectomeError(wrong)
    numeric = ["synapse_count", "du", "dv", "sign"]
    for column in numeric:
        taken[column] = [np.nan if blank(value) else float(value) for value in taken[column]]
    reference = ["" if blank(value) else str(value).strip() for value in taken["sign_reference"]]
    taken["sign_reference"] = reference
    wrong = list(_pair_problems(taken))
    if wrong:
        raise ConnectomeError(wrong)
    return taken.reset_index(drop=True)


def _at(table: pd.DataFrame, row: int | np.integer) -> str:
    """Return where a row stands, by its label, and which connection it is."""
    source, target = table[PAIR].iloc[row]
    return f"the table of counts, row {table.index[row]!r}: {source} -> {target}"


def _name_problems(table: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    known = tables["cell_types"]["cell_type"].tolist()
    once = types_that_stand_once(tables["cell_types"])
    for column in PAIR:
        for row, name in enumerate(table[column].tolist()):
            if not isinstance(name, str) or name not in known:
                near = checks.did_you_mean(name, known)
                yield (
                    f"{_at(table, row)}: {column} {shown(name)} is no cell type of the connectome;"
                    f" correct the name, or add the type with Connectome.with_types.{near}"
                )
            elif name in once:
                yield (
                    f"{_at(table, row)}: {name} stands once per eye and has no counts by offset;"
                    " change its weights in pools."
                )


def _number_problems(table: pd.DataFrame) -> Iterator[str]:
    for column in ("synapse_count", "du", "dv", "sign"):
        for row, value in enumerate(table[column].tolist()):
            cure = _wrong(column, value)
            if cure:
                yield f"{_at(table, row)}: {column} is {shown(value)}; {cure}."


def _wrong(column: str, value: Any) -> str | None:
    """Return how to mend a number, or None if it is right."""
    if blank(value):
        return "write a count (0 drops the connection)" if column == "synapse_count" else None
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        return "write a number"
    number = float(value)
    if column == "synapse_count":
        right = 0 <= number <= MOST_COUNT
        return None if right else f"write a count from 0 to {MOST_COUNT:,.0f}"
    if column == "sign":
        return None if number in (-1, 1) else "write 1 (excitatory) or -1 (inhibitory)"
    right = abs(number) <= MOST_COLUMNS and number == int(number)
    return None if right else f"write a whole number of at most {MOST_COLUMNS} columns"


def _pair_problems(table: pd.DataFrame) -> Iterator[str]:
    """List what rows of one connection say against each other."""
    for row in np.flatnonzero(table["du"].isna() != table["dv"].isna()):
        yield f"{_at(table, row)} has one of du and dv; give both, or neither."
    for row in np.flatnonzero(table.duplicated([*PAIR, "du", "dv"])):
        yield f"{_at(table, row)} is given twice; keep one of the two rows."
    if not len(table):
        return
    by_pair = table.groupby(PAIR, sort=False)
    without = table["du"].isna()
    both = without.groupby([table[name] for name in PAIR]).transform("nunique") > 1
    for row in np.flatnonzero(both & without):
        yield (
            f"{_at(table, row)} has rows with an offset and one without; give an offset in all, or"
            " one row without."
        )
    for row in np.flatnonzero((by_pair["sign"].transform("nunique") > 1) & ~by_pair.cumcount()):
        yield f"{_at(table, row)} has two signs; a connection has one."
