"""The tables that make a connectome: their columns, and every rule that they obey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from neuroflysim.connectome.pool_tables import POOLS, blank, pool_problems
from neuroflysim.connectome.table_rows import (
    COLUMNAR,
    PAIR,
    YES_NO_WORDS,
    arrow,
    at,
    pairs,
    shown,
    unknown_types,
)
from neuroflysim.files.text_tables import decimal_comma

#: Columns of each table, in the order of the files.
COLUMNS = {
    "cell_types": ("cell_type", "stride_u", "stride_v", "photoreceptor", "output"),
    "connections": ("source_type", "target_type", "sign", "sign_reference"),
    "offsets": ("source_type", "target_type", "du", "dv", "synapse_count", "filled"),
}
#: Columns of tables that a connectome may lack.
OPTIONAL_COLUMNS = {
    "electrical": ("source_type", "target_type", "du", "dv", "conductance", "reference"),
    "pools": POOLS,
}
_ALL_COLUMNS = {**COLUMNS, **OPTIONAL_COLUMNS}
#: Columns of these that a table may lack.
_LEFT_OUT = {"pools": {"u", "v"}}
#: Columns of the table of offsets that an importer may add: what is behind a count.
OFFSET_NOTES = ("deviation", "n_cells")
_WHOLE = {"stride_u", "stride_v", "sign", "du", "dv"}
_YES_NO = {"photoreceptor", "output", "filled", COLUMNAR}
#: No offset or stride is larger; whole numbers beyond it are slips.
MOST_COLUMNS = 10_000
#: No pair of cells has more synapses.
MOST_COUNT = 1e6
#: Nor is a gap junction a thousand times as conductive as a cell's leak.
MOST_CONDUCTANCE = 1000.0
#: Characters of the name of a cell type, at most.
LONGEST_NAME = 100
#: Digits are 0 to 9: Python's own `float` takes those of all scripts, and 1_000.
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")


def problems(tables: dict[str, pd.DataFrame]) -> list[str]:
    """List everything that is wrong with the tables, each with table, row and cure.

    Rows are counted as a text editor counts the lines of the CSV file: the header is line 1. The
    index of tables that were read from a file tells their lines, see `by_line`.
    """
    found, tables = [], dict(tables)
    for name in [*COLUMNS, *(name for name in OPTIONAL_COLUMNS if tables.get(name) is not None)]:
        table = tables.get(name)
        wrong_shape = list(_shape_problems(name, table))
        tables[name] = None if wrong_shape else _with_lines(table)
        found += wrong_shape or _value_problems(name, tables[name])
    if any(table is None for table in tables.values()):
        return found  # what the tables say of each other cannot be told
    # Names and offsets as text, so that they can be compared whatever stands in a wrong cell.
    tables = {name: table.astype(str) for name, table in tables.items() if table is not None}
    found += _cell_type_problems(tables["cell_types"])
    found += _connection_problems(tables)
    found += _offset_problems(tables)
    found += pool_problems(tables)
    if "electrical" in tables:
        found += _electrical_problems(tables["electrical"], tables["cell_types"])
    return found


def by_line(table: pd.DataFrame) -> pd.DataFrame:
    """Mark a table whose index tells on which line of its file each row begins."""
    table.attrs["index"] = "line"
    return table


def _with_lines(table: pd.DataFrame) -> pd.DataFrame:
    return table if table.attrs.get("index") == "line" else table.set_axis(range(2, len(table) + 2))


def without_index(table: Any) -> Any:
    """Return the table with a named index as columns, as `Connectome.cell_types` has it."""
    if isinstance(table, pd.DataFrame) and any(name is not None for name in table.index.names):
        return table.reset_index()
    return table


def in_standard_types(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a checked table with the standard columns, in order and of standard types.

    Connections keep other columns, too, as text: a dynamics may choose connections by them.
    """
    own = own_columns(table) if name == "connections" else []
    if name == "pools":
        table = table.assign(**{each: "" for each in {"u", "v"} - set(table.columns)})
    elif name == "cell_types" and COLUMNAR in table.columns:
        own = [COLUMNAR]
    elif name == "offsets":
        own = [column for column in OFFSET_NOTES if column in table.columns]
    table = table.loc[:, [*_ALL_COLUMNS[name], *own]].reset_index(drop=True)
    table.attrs.clear()
    for column in table.columns:
        if column in _WHOLE:
            table[column] = table[column].astype(np.float64).astype(np.int64)
        elif column in _YES_NO:
            words = table[column].astype(str).str.strip().str.lower()
            table[column] = words.map(YES_NO_WORDS).astype(bool)
        elif column in {"synapse_count", "conductance"}:
            table[column] = table[column].astype(np.float64)
        elif column in OFFSET_NOTES:
            numbers = pd.to_numeric(table[column], errors="coerce")  # empty: no cell was counted
            whole = column == "n_cells"
            table[column] = numbers.fillna(0).astype(np.int64) if whole else numbers.astype(float)
        elif column in {"u", "v"}:
            table[column] = [
                "" if blank(value) else str(int(float(value))) for value in table[column]
            ]
        else:
            table[column] = table[column].fillna("").astype(str).str.strip()
    if name == "cell_types" and own and table[COLUMNAR].all():
        return table.drop(columns=COLUMNAR)
    return table


def own_columns(connections: pd.DataFrame) -> list[str]:
    """Return the columns of a table of connections that only this connectome has."""
    return [column for column in connections.columns if column not in COLUMNS["connections"]]


def _shape_problems(name: str, table: pd.DataFrame | None) -> Iterator[str]:
    if table is None:
        yield f"{name}: the table is missing; its columns are {', '.join(_ALL_COLUMNS[name])}."
        return
    if not isinstance(table, pd.DataFrame):
        yield f"{name}: must be a pandas DataFrame, but is {type(table).__name__}."
        return
    needed = [c for c in _ALL_COLUMNS[name] if c not in _LEFT_OUT.get(name, ())]
    missing = [column for column in needed if column not in table.columns]
    if missing:
        yield (
            f"{name}.csv: no column {', '.join(map(repr, missing))};"
            f" add it (the columns are {', '.join(_ALL_COLUMNS[name])})."
        )
        return
    twice = [column for column in table.columns if (table.columns == column).sum() > 1]
    if twice:
        yield f"{name}.csv: the column {twice[0]!r} stands twice; keep one."
    elif len(table) == 0:
        needs = "it needs at least one row"
        if name in OPTIONAL_COLUMNS:
            needs = "give it a row, or leave out the table"
        yield f"{name}.csv: the table is empty; {needs}."


def _value_problems(name: str, table: pd.DataFrame) -> Iterator[str]:
    checked = PAIR if name == "pools" else _ALL_COLUMNS[name]
    notes = OFFSET_NOTES if name == "offsets" else ()
    for column in [*checked, *({COLUMNAR, *notes} & set(table.columns))]:
        if _all_right(column, table[column]):
            continue
        for row, value in enumerate(table[column]):
            cure = _wrong_value(column, value)
            if cure:
                yield f"{at(name, table, row)}: {column} is {shown(value)}; {cure}."
    for column in own_columns(table) if name == "connections" else []:
        for row, value in enumerate(table[column]):
            if not str(value).isprintable():
                yield (
                    f"{at(name, table, row)}: {column} is {shown(value)}; write it on one line,"
                    " as text."
                )


def _all_right(column: str, values: pd.Series) -> bool:
    """Return whether no value of a column is wrong, as far as that is told quickly.

    Most values stand in many rows. Objects may have no hash, and True is 1 among them.
    """
    if values.dtype == object:
        return False
    return not any(_wrong_value(column, value) for value in values.unique().tolist())


def _wrong_value(column: str, value) -> str | None:
    """Return how to mend a single value, or None if it is right."""
    if column in {"cell_type", "source_type", "target_type"}:
        return _wrong_name(value)
    if column in OFFSET_NOTES and blank(value):
        return None
    if column in {"sign_reference", "reference"}:
        return None if str(value).isprintable() else "write it on one line, as text"
    if column in _YES_NO:
        return None if str(value).strip().lower() in YES_NO_WORDS else "write True or False"
    if isinstance(value, bool | np.bool_) or (
        isinstance(value, str) and not _NUMBER.fullmatch(value.strip())
    ):
        comma = isinstance(value, str) and decimal_comma(value)
        return "write decimals with a point, as in 0.5" if comma else "write a number"
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return "write a number"
    if not np.isfinite(number):
        return "write a finite number"
    return _wrong_number(column, number)


def _wrong_name(value) -> str | None:
    """Return how to mend the name of a cell type: a word of tables, lists and files of text."""
    if not isinstance(value, str) or not value or value.strip() != value:
        return "write the name of a cell type, without spaces around it"
    if not value.isprintable() or any(mark in value for mark in '",;'):
        return (
            "write the name of a cell type without commas, semicolons, quotation marks and what"
            " cannot be printed: tables could not hold it"
        )
    if value.startswith("#") or any(between in value for between in (" - ", " -> ")):
        return "write the name of a cell type without # in front, ' - ' and ' -> ', which mean more"
    if len(value) > LONGEST_NAME:
        return f"write the name of a cell type, of at most {LONGEST_NAME} characters"
    return None


def _wrong_number(column: str, number: float) -> str | None:
    if column == "synapse_count":
        if number < 0:
            return "write a count of zero or more (the sign is in connections)"
        return f"write a count of at most {MOST_COUNT:,.0f}" if number > MOST_COUNT else None
    if column == "conductance":
        return (
            None
            if 0 <= number <= MOST_CONDUCTANCE
            else (f"write a conductance from 0 to {MOST_CONDUCTANCE:g}, in units of the leak")
        )
    if column in OFFSET_NOTES:
        return None if 0 <= number < 1e15 else "write a number of 0 or more, or leave it empty"
    if column == "sign":
        return None if number in (-1, 1) else "write 1 (excitatory) or -1 (inhibitory)"
    if number != int(number):
        return "write a whole number"
    if abs(number) > MOST_COLUMNS:
        return f"write a whole number of at most {MOST_COLUMNS} columns"
    if column in {"stride_u", "stride_v"} and number < 1:
        return "write 1 (a cell in every column) or more"
    return None


def _cell_type_problems(cell_types: pd.DataFrame) -> Iterator[str]:
    names = cell_types["cell_type"]
    for row in np.flatnonzero(names.duplicated()):
        first = cell_types.index[np.flatnonzero(names == names.iloc[row])[0]]
        yield (
            f"{at('cell_types', cell_types, row)}: cell type {names.iloc[row]!r} stands already in"
            f" line {first}; remove one of the two."
        )
    words = cell_types["photoreceptor"].str.strip().str.lower()
    if not words.map(YES_NO_WORDS).eq(True).any():
        yield (
            "cell_types.csv: no cell type is a photoreceptor, so no light would reach the network;"
            " set photoreceptor to True for those that see."
        )


def _connection_problems(tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    connections = tables["connections"]
    yield from unknown_types("connections", connections, tables["cell_types"])
    for row in np.flatnonzero(connections.duplicated(PAIR)):
        yield (
            f"{at('connections', connections, row)}: the connection {arrow(connections, row)} is"
            " given twice; remove one."
        )
    given = [tables[name] for name in ("offsets", "pools") if name in tables]
    with_synapses = {pair for table in given for pair in pairs(table)}
    for row, pair in enumerate(pairs(connections)):
        if pair not in with_synapses:
            yield (
                f"{at('connections', connections, row)}: the connection"
                f" {arrow(connections, row)} has no row in offsets.csv; add its synapse counts or"
                " remove it."
            )


def _offset_problems(tables: dict[str, pd.DataFrame]) -> Iterator[str]:
    offsets = tables["offsets"]
    yield from unknown_types("offsets", offsets, tables["cell_types"])
    numbers = offsets[["du", "dv"]].apply(pd.to_numeric, errors="coerce")  # 1.0 is 1 again
    for row in np.flatnonzero(offsets.assign(**numbers).duplicated([*PAIR, "du", "dv"])):
        du, dv = offsets["du"].iloc[row], offsets["dv"].iloc[row]
        yield (
            f"{at('offsets', offsets, row)}: the offset ({du}, {dv}) of {arrow(offsets, row)} is"
            " given twice; add the two counts up or remove one."
        )
    known = set(pairs(tables["connections"]))
    for row, pair in enumerate(pairs(offsets)):
        if pair not in known:
            yield (
                f"{at('offsets', offsets, row)}: {arrow(offsets, row)} has no sign; add the pair"
                " to connections.csv with sign 1 or -1."
            )


def _electrical_problems(electrical: pd.DataFrame, cell_types: pd.DataFrame) -> Iterator[str]:
    yield from unknown_types("electrical", electrical, cell_types)
    numbers = electrical[["du", "dv"]].apply(pd.to_numeric, errors="coerce")
    seen: dict[tuple, int] = {}
    for row, (source, target) in enumerate(electrical[PAIR].to_numpy()):
        du, dv = numbers.iloc[row]
        where = f"{at('electrical', electrical, row)}: the gap junction of {source} and {target}"
        if source == target and du == dv == 0:
            yield f"{where} at (0, 0) joins each cell with itself; remove it."
            continue
        there = seen.setdefault((source, target, du, dv), row)
        there = min(there, seen.setdefault((target, source, -du, -dv), row))
        if there != row:
            yield (
                f"{where} at ({du:g}, {dv:g}) stands already in line {electrical.index[there]};"
                " both directions are one gap junction: remove one of the two."
            )
