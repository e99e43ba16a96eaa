"""The tables of a connectome with other counts, and with more or fewer cell types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from neuroflysim import checks
from neuroflysim.connectome.given_counts import given_counts
from neuroflysim.connectome.network import interior_fraction
from neuroflysim.connectome.table_rows import COLUMNAR, PAIR, pairs
from neuroflysim.connectome.tables import OPTIONAL_COLUMNS, without_index
from neuroflysim.errors import ConnectomeError, InvalidTypeError
from neuroflysim.lattice import hexagonal_distance

#: What is so of a new cell type of which nothing is said but its name.
NEW_TYPE = {"stride_u": 1, "stride_v": 1, "photoreceptor": False, "output": False}


def with_counts(tables: Mapping[str, pd.DataFrame], table: pd.DataFrame) -> dict:
    """Return tables in which some connections have other counts, are dropped or are new.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Those of a connectome, checked.
    table : DataFrame
        As `Connectome.with_counts` takes it.
    """
    given = given_counts(table, tables)
    connections, offsets = tables["connections"], tables["offsets"]
    asked = given.groupby(PAIR, sort=False)["synapse_count"].sum()
    with_offset = given[given["du"].notna()]
    factors = _factors(tables, asked.drop(list(set(pairs(with_offset)))))
    touched = pd.MultiIndex.from_frame(offsets[PAIR])
    count = offsets["synapse_count"] * factors.reindex(touched).fillna(1.0).to_numpy()
    kept = offsets.assign(synapse_count=count)[~touched.isin(asked.index.difference(factors.index))]
    strides = tables["cell_types"].set_index("cell_type")[["stride_u", "stride_v"]]
    new, by_offset = [_as_given(with_offset)], set(pairs(with_offset))
    for pair in asked.index[(asked > 0) & ~asked.index.isin(factors.index)]:
        if pair not in by_offset:
            new.append(_at_the_same_column(pair, asked[pair], strides))
    new = pd.concat(new)[list(offsets.columns)]
    # A connection stands where its first row was; one that was not there, at the end.
    places = dict(zip(touched[::-1], offsets.index[::-1], strict=True))
    new = new.set_axis([places.get(pair, len(offsets)) for pair in pairs(new)])
    found = pd.concat([kept, new] if len(new) else [kept])
    found = found.sort_index(kind="stable").reset_index(drop=True)
    pooled = tables.get("pools", offsets.iloc[:0])
    joined = set(pairs(found)) | set(pairs(pooled))
    told = _signs(given[np.array([pair in joined for pair in pairs(given)], bool)], connections)
    return {**tables, "connections": _connections(connections, joined, told), "offsets": found}


def _factors(tables: Mapping[str, pd.DataFrame], asked: pd.Series) -> pd.Series:
    """Return by how much the offsets of connections are rescaled, of those that have any."""
    offsets = tables["offsets"]
    pair = [offsets[name] for name in PAIR]
    fraction = interior_fraction(tables["cell_types"], offsets)
    now = (offsets["synapse_count"] * fraction).groupby(pair).sum()
    # Two sparse types none of whose cells meet, as Lawf1 and Lawf1 of the box, have no target cell.
    now = now.where(now > 0, offsets["synapse_count"].groupby(pair).sum())
    known = asked[(asked > 0) & asked.index.isin(now.index[now > 0])]
    return known / now.reindex(known.index)


def _as_given(rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows[rows["synapse_count"] > 0]
    offset = rows[["du", "dv"]].astype(int)
    return rows[[*PAIR, "synapse_count"]].assign(**offset, filled=False)


def _at_the_same_column(pair: tuple, count: float, strides: pd.DataFrame) -> pd.DataFrame:
    """Return offsets by which each target cell has `count` synapses from its nearest source."""
    source, target = (strides.loc[name].to_numpy() for name in pair)
    period = np.lcm(source, target)
    u, v = (np.arange(0, period[k], target[k]) for k in (0, 1))
    reach = [np.arange(-(2 * step), 2 * step + 1) for step in source]
    steps = np.array(np.meshgrid(*reach, indexing="ij")).reshape(2, -1).T
    distance = hexagonal_distance(*steps.T)
    found = set()
    for place in np.array(np.meshgrid(u, v, indexing="ij")).reshape(2, -1).T:
        there = ((place - steps) % source == 0).all(axis=1)
        near = steps[there][distance[there] == distance[there].min()]
        found.add(tuple(near[0].tolist()))
    made = pd.DataFrame(sorted(found), columns=["du", "dv"])
    named = dict(zip(PAIR, pair, strict=True))
    return made.assign(**named, synapse_count=count, filled=True)


def _signs(given: pd.DataFrame, connections: pd.DataFrame) -> dict:
    """Return sign and reference of each connection that is new or was given a sign."""
    signs = connections.set_index(PAIR)["sign"]
    of_source = signs.groupby(level=0).unique()
    signed = given[given["sign"].notna()].drop_duplicates(PAIR)
    values = zip(signed["sign"].astype(int), signed["sign_reference"], strict=True)
    told = dict(zip(pairs(signed), values, strict=True))
    known, wrong = {*signs.index, *told}, []
    for source, target in dict.fromkeys(pair for pair in pairs(given) if pair not in known):
        others = of_source.get(source, ())
        if len(others) == 1:
            told[source, target] = int(others[0]), ""
            continue
        why = "has connections of both signs" if len(others) else "has no other connection"
        wrong.append(
            f"the table of counts: {source} -> {target} is new and {source} {why}, so its sign is"
            " not known; give the table a column sign with 1 or -1 there."
        )
    if wrong:
        raise ConnectomeError(wrong)
    return told


def _connections(connections: pd.DataFrame, kept: set, told: dict) -> pd.DataFrame:
    """Return the table with the connections that have offsets or pools, and their signs."""
    listed = list(pairs(connections))
    there = connections.copy()
    for row, pair in enumerate(listed):
        if pair in told and told[pair][0] != there.loc[row, "sign"]:
            there.loc[row, ["sign", "sign_reference"]] = told[pair]
    old = set(listed)
    new = [(*pair, *sign) for pair, sign in told.items() if pair not in old]
    more = pd.DataFrame(new, columns=[*PAIR, "sign", "sign_reference"])
    more = more.reindex(columns=there.columns, fill_value="")
    there = there[[pair in kept for pair in listed]]
    return pd.concat([there, more], ignore_index=True) if new else there.reset_index(drop=True)


def with_types(tables: Mapping[str, pd.DataFrame], types: Any) -> dict:
    """Return tables with more cell types, which have no connections yet.

    Parameters
    ----------
    tables : mapping of str to DataFrame
    types : DataFrame or list of str
        As `Connectome.with_types` takes it.
    """
    types = without_index(types)
    if not isinstance(types, pd.DataFrame):
        types = pd.DataFrame({"cell_type": checks.words("types", types)})
    if "cell_type" not in types.columns:
        raise ConnectomeError(["the table of new cell types has no column 'cell_type'; add it."])
    own = tables["cell_types"]
    known = {*own.columns, COLUMNAR}
    other = [name for name in types.columns if name not in known]
    if other:
        told = checks.none_of("a column of the new cell types", other[0], sorted(known))
        raise ConnectomeError([told])
    columns = list(dict.fromkeys([*own.columns, *types.columns]))
    more = types.assign(**{k: v for k, v in NEW_TYPE.items() if k not in types.columns})
    # Only the column columnar can be missing: those of whom nothing is said have cells in columns.
    both = [each.reindex(columns=columns, fill_value=True).astype(object) for each in (own, more)]
    return {**tables, "cell_types": pd.concat(both, ignore_index=True)}


def restricted_to(tables: Mapping[str, pd.DataFrame], types: Iterable[str]) -> dict:
    """Return tables with some cell types only, and what joins two of them.

    Parameters
    ----------
    tables : mapping of str to DataFrame
    types : iterable of str
    """
    kept = set(_known_types(tables, types))
    of_types = tables["cell_types"]["cell_type"].isin(kept)
    found = {"cell_types": tables["cell_types"][of_types].reset_index(drop=True)}
    for name, table in tables.items():
        if name != "cell_types":
            rows = table[table[PAIR].isin(kept).all(axis=1)].reset_index(drop=True)
            if len(rows) or name not in OPTIONAL_COLUMNS:
                found[name] = rows
    return found


def without_types(tables: Mapping[str, pd.DataFrame], types: Iterable[str]) -> dict:
    """Return tables without some cell types, and without all that joins them.

    Parameters
    ----------
    tables : mapping of str to DataFrame
    types : iterable of str
    """
    lost = set(_known_types(tables, types))
    names = tables["cell_types"]["cell_type"]
    return restricted_to(tables, [name for name in names if name not in lost])


def _known_types(tables: Mapping[str, pd.DataFrame], types: Iterable[str]) -> list[str]:
    if isinstance(types, str):
        raise InvalidTypeError(f"types must be a list of cell types; write [{types!r}].")
    names = tables["cell_types"]["cell_type"].tolist()
    return [checks.one_of("a cell type", name, names) for name in checks.words("types", types)]
