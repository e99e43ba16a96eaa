"""The rules of cells that stand once per eye: of the table of pools, and of their cell types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from neuroflysim.connectome.pools import MOST_WEIGHT, uses_coordinates, wrong_weight
from neuroflysim.connectome.table_rows import (
    COLUMNAR,
    PAIR,
    YES_NO_WORDS,
    arrow,
    at,
    shown,
    unknown_types,
)
from neuroflysim.lattice import on_stride

#: Columns of the table, in the order of its file. Without u and v, the weight is an equation.
POOLS = ("source_type", "target_type", "u", "v", "weight")


def blank(value: Any) -> bool:
    """Return whether a cell of a table holds nothing."""
    return value is None or str(value).strip() in ("", "nan", "<NA>", "None")


def pool_problems(tables: Mapping[str, pd.DataFrame]) -> Iterator[str]:
    """List what is wrong with cells that stand once, in tables of which all cells are text.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        All tables of a connectome; names of cell types and values of single cells are checked.
    """
    once = _types_that_stand_once(tables["cell_types"])
    yield from _cell_type_problems(tables["cell_types"])
    offsets = tables["offsets"]
    for row in np.flatnonzero(offsets[PAIR].isin(once).any(axis=1)):
        one = next(name for name in offsets[PAIR].iloc[row] if name in once)
        yield (
            f"{at('offsets', offsets, row)}: {one} stands once per eye, so {arrow(offsets, row)}"
            " has no offsets; give its weight in pools.csv."
        )
    if "electrical" in tables:
        yield from _gap_junction_problems(tables["electrical"], once)
    if "pools" not in tables:
        return
    pools = tables["pools"]
    yield from unknown_types("pools", pools, tables["cell_types"])
    known = set(map(tuple, tables["connections"][PAIR].to_numpy()))
    for pair, rows in pools.groupby(PAIR, sort=False):
        where = f"{at('pools', rows, 0)}: {' -> '.join(pair)}"
        if pair not in known:
            yield f"{where} has no sign; add the pair to connections.csv with sign 1 or -1."
        if not once & set(pair):
            yield (
                f"{where} joins two types with cells in columns; give its synapse counts in"
                " offsets.csv, or write columnar False for the type that stands once."
            )
        else:
            yield from _weight_problems(rows, set(pair) <= once, tables["cell_types"], once)


def _gap_junction_problems(electrical: pd.DataFrame, once: set[str]) -> Iterator[str]:
    there = electrical[PAIR].isin(once)
    offset = electrical[["du", "dv"]].apply(pd.to_numeric, errors="coerce")
    for row in np.flatnonzero(there.any(axis=1) & ~(there.all(axis=1) & (offset == 0).all(axis=1))):
        yield (
            f"{at('electrical', electrical, row)}: {arrow(electrical, row)} has a cell that stands"
            " once per eye, which has gap junctions with another such at (0, 0) only; remove the"
            " row."
        )


def _types_that_stand_once(cell_types: pd.DataFrame) -> set[str]:
    if COLUMNAR not in cell_types:
        return set()
    columnar = cell_types[COLUMNAR].str.strip().str.lower().map(YES_NO_WORDS)
    return set(cell_types["cell_type"][columnar.eq(False)])


def _cell_type_problems(cell_types: pd.DataFrame) -> Iterator[str]:
    once = _types_that_stand_once(cell_types)
    for row in np.flatnonzero(cell_types["cell_type"].isin(once)):
        one = cell_types.iloc[row]
        where = f"{at('cell_types', cell_types, row)}: {one['cell_type']} stands once per eye"
        for name in ("photoreceptor", "output"):
            if YES_NO_WORDS.get(one[name].strip().lower()):
                yield f"{where} and has no column, so {name} cannot be True; write False."
        for name in ("stride_u", "stride_v"):
            if pd.to_numeric(one[name], errors="coerce") != 1:
                yield f"{where}, so {name} means nothing; write 1."


def _weight_problems(
    rows: pd.DataFrame, both_once: bool, cell_types: pd.DataFrame, once: set[str]
) -> Iterator[str]:
    """List what is wrong with the weights of one connection."""
    if "u" not in rows or "v" not in rows:
        rows = rows.assign(u="", v="")
    equation = (rows["u"].map(blank) & rows["v"].map(blank)).to_numpy()
    if equation.any():
        if len(rows) > 1:
            yield (
                f"{at('pools', rows, 1)}: {arrow(rows, 1)} has an equation and more rows; give one"
                " equation, or a weight for each column."
            )
        text = rows["weight"].iloc[np.flatnonzero(equation)[0]]
        wrong = wrong_weight(text)
        if wrong is None and both_once and uses_coordinates(text):
            wrong = "but both types stand once per eye, so that it has no x and y; write a number"
        if wrong:
            where = f"{at('pools', rows, 0)}: the weight of {arrow(rows, 0)}"
            yield f"{where} is {shown(text)}, {wrong}."
        return
    if both_once:
        yield (
            f"{at('pools', rows, 0)}: {arrow(rows, 0)} joins two cells that stand once per eye, of"
            " no column; leave u and v empty."
        )
        return
    numbers = rows[["u", "v", "weight"]].apply(pd.to_numeric, errors="coerce")
    for row in np.flatnonzero(numbers[["u", "v"]].duplicated()):
        yield f"{at('pools', rows, row)}: column {_column(rows, row)} is given twice; remove one."
    columnar = next(name for name in rows[PAIR].iloc[0] if name not in once)
    strides = cell_types.set_index("cell_type")[["stride_u", "stride_v"]]
    stride = strides.loc[columnar].to_numpy() if columnar in strides.index else ("1", "1")
    for row, (u, v, weight) in enumerate(numbers.to_numpy()):
        if not (u == round(u) if np.isfinite(u) else False) or not (
            v == round(v) if np.isfinite(v) else False
        ):
            yield (
                f"{at('pools', rows, row)}: the column is {_column(rows, row)}; write whole numbers"
                " u and v, or leave both empty for an equation."
            )
        elif not on_stride(u, v, *(int(float(step)) for step in stride)):
            yield (
                f"{at('pools', rows, row)}: {columnar} has no cell at column {_column(rows, row)};"
                " remove the row."
            )
        if not 0 <= weight <= MOST_WEIGHT:
            yield (
                f"{at('pools', rows, row)}: the weight at column {_column(rows, row)} is"
                f" {shown(rows['weight'].iloc[row])}; write a finite number of 0 or more, at most"
                f" {MOST_WEIGHT:,.0f} (the sign is in connections)."
            )


def _column(rows: pd.DataFrame, row: int | np.integer) -> str:
    return f"({rows['u'].iloc[row]}, {rows['v'].iloc[row]})"
