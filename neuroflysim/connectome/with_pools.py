"""The tables of a connectome with more cells that stand once per eye."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from neuroflysim.connectome.pool_tables import POOLS
from neuroflysim.connectome.pools import Pool
from neuroflysim.connectome.table_rows import COLUMNAR, PAIR
from neuroflysim.errors import ConnectomeError, InvalidTypeError


def with_pools(tables: Mapping[str, pd.DataFrame], pools: Iterable[Pool]) -> dict:
    """Return tables with the rows of more connections, and of the types that these need.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Those of a connectome, checked.
    pools : iterable of Pool
    """
    listed: list[Pool] = [pools] if isinstance(pools, Pool) else list(pools)
    for pool in listed:
        if not isinstance(pool, Pool):
            raise InvalidTypeError(
                f"pools must be a list of Pool, but holds {type(pool).__name__}; write"
                " nfs.Pool('T4a', 'HS', 'exp(-(y/30)**2)')."
            )
    known = set(tables["cell_types"]["cell_type"])
    named = [name for pool in listed for name in (pool.source_type, pool.target_type)]
    new = [name for name in dict.fromkeys(named) if name not in known]
    _require_inputs(new, listed)
    cell_types = tables["cell_types"]
    if new:
        more = {"stride_u": 1, "stride_v": 1, "photoreceptor": False, "output": False}
        more = pd.DataFrame({"cell_type": new}).assign(**more, **{COLUMNAR: False})
        columnar = cell_types.get(COLUMNAR, pd.Series(True, cell_types.index))
        cell_types = pd.concat([cell_types.assign(**{COLUMNAR: columnar}), more])
    return {
        **tables,
        "cell_types": cell_types.reset_index(drop=True),
        "connections": _below(
            tables["connections"],
            [*PAIR, "sign", "sign_reference"],
            [(pool.source_type, pool.target_type, pool.sign, pool.reference) for pool in listed],
        ),
        "pools": _below(
            tables.get("pools", pd.DataFrame(columns=list(POOLS), dtype=object)),
            POOLS,
            [(pool.source_type, pool.target_type, "", "", pool.weight) for pool in listed],
        ),
    }


def _below(table: pd.DataFrame, columns: Iterable[str], rows: list[tuple]) -> pd.DataFrame:
    """Return a table with more rows; what they do not say of its other columns is empty."""
    more = pd.DataFrame(rows, columns=list(columns)).reindex(columns=table.columns, fill_value="")
    return pd.concat([table, more], ignore_index=True) if len(table) else more


def _require_inputs(new: list[str], pools: list[Pool]) -> None:
    """Raise if a new type is only a source: so a name that was mistyped is noticed."""
    for name in new:
        if name not in {pool.target_type for pool in pools}:
            raise ConnectomeError(
                [
                    f"{name} is no cell type of the connectome, and no pool gives it inputs;"
                    " correct the name, or add a Pool that ends at it."
                ]
            )
