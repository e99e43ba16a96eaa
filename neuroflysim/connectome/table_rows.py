"""How rows of the tables of a connectome are named, and what more than one of their rules asks."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

PAIR = ["source_type", "target_type"]
YES_NO_WORDS = {"true": True, "false": False, "1": True, "0": False}

#: A column of the table of cell types that may be left out: then all have cells in columns.
COLUMNAR = "columnar"


def at(name: str, table: pd.DataFrame, row: int | np.integer) -> str:
    """Return where a row stands."""
    return f"{name}.csv line {table.index[row]}"


def arrow(table: pd.DataFrame, row: int | np.integer) -> str:
    """Return the connection that a row belongs to."""
    return f"{table['source_type'].iloc[row]} -> {table['target_type'].iloc[row]}"


def pairs(table: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Return the connection that each row belongs to, as a pair of names."""
    source, target = (table[column].tolist() for column in PAIR)
    return zip(source, target, strict=True)


def shown(value: object) -> str:
    """Return a wrong value as it stands in an error."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:60]}..."


def unknown_types(name: str, table: pd.DataFrame, cell_types: pd.DataFrame) -> Iterator[str]:
    """List sources and targets that are no cell types."""
    known = set(cell_types["cell_type"])
    for column in PAIR:
        for row in np.flatnonzero(~table[column].isin(known)):
            yield (
                f"{at(name, table, row)}: {column} {table[column].iloc[row]!r} is no cell type of"
                " cell_types.csv; correct the name or add the type there."
            )
