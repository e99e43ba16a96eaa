"""Two connectomes beside each other, connection by connection."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.connectome.connectome import Connectome, checked_connectome
from neuroflysim.connectome.table_rows import PAIR
from neuroflysim.lattice import position

#: The two sides, as columns of the table are called by them.
SIDES = ("first", "second")


def compare_connectomes(first: Connectome, second: Connectome) -> pd.DataFrame:
    """Set two connectomes beside each other: counts, signs and offsets of each connection.

    Parameters
    ----------
    first, second : Connectome

    Returns
    -------
    DataFrame
        A row for each connection of either, indexed by (source_type, target_type), those of the
        first before those that only the second has. Columns:

        - only_in: "first" or "second" where the other lacks it, else "".
        - lacks: why it does: "connection", or the cell type that it does not have.
        - synapse_count_first, synapse_count_second: mean number of synapses on one target cell
          far from the border. 0 where the connection is lacking; missing where a cell stands once
          per eye.
        - log_ratio: natural logarithm of second over first; missing where one of them is 0.
        - sign_first, sign_second: missing where the connection is lacking.
        - n_offsets_first, n_offsets_second
        - overlap: what the two have in common of their profiles over offsets, each with a sum of
          1: from 0 (no offset) to 1 (the same but for a factor). Missing unless both have synapses.
        - shift: distance between the centres of mass of these profiles, in columns.

    See Also
    --------
    neuroflysim.plotting.plot_compared_connectomes

    Examples
    --------
    >>> import pandas as pd
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> other = connectome.with_counts(pd.DataFrame(
    ...     {"source_type": "Mi1", "target_type": ["T4a", "TmY4"], "synapse_count": [34.0, 4.3]}))
    >>> table = compare_connectomes(connectome, other)
    >>> table.loc[("Mi1", "TmY4"), ["only_in", "lacks"]].tolist()
    ['second', 'connection']
    >>> table.loc[("Mi1", "T4a"), ["log_ratio", "overlap", "shift"]].round(3).tolist()
    [-0.693, 1.0, 0.0]
    """
    both = (checked_connectome(first), checked_connectome(second))
    names = both[0].connections.index
    names = names.append(both[1].connections.index.difference(names, sort=False))
    sides = [_of_one(connectome).reindex(names) for connectome in both]
    there = [names.isin(connectome.connections.index) for connectome in both]
    table = pd.DataFrame(index=names)
    table["only_in"] = np.select([~there[1], ~there[0]], list(SIDES), default="")
    types = [set(connectome.cell_types.index) for connectome in both]
    lacking = {"first": types[1], "second": types[0], "": set()}
    table["lacks"] = [
        _lacks(pair, lacking[only]) if only else ""
        for pair, only in zip(names, table["only_in"], strict=True)
    ]
    for column in ("synapse_count", "sign", "n_offsets"):
        for side, own, has in zip(SIDES, sides, there, strict=True):
            values = own[column]
            table[f"{column}_{side}"] = values if column == "sign" else values.where(has, 0)
    counts = [table[f"synapse_count_{side}"] for side in SIDES]
    known = (counts[0] > 0) & (counts[1] > 0)
    table.insert(4, "log_ratio", np.log((counts[1] / counts[0]).where(known)))
    for side in SIDES:
        table[f"n_offsets_{side}"] = table[f"n_offsets_{side}"].astype(int)
        table[f"sign_{side}"] = table[f"sign_{side}"].astype("Int64")
    profiles = [_profile(connectome) for connectome in both]
    table["overlap"] = _overlap(*profiles).reindex(names).where(known)
    centers = [_center(profile).reindex(names) for profile in profiles]
    shift = np.hypot(*(centers[1] - centers[0]).to_numpy().T)
    table["shift"] = pd.Series(shift, names).where(known)
    return table


def _of_one(connectome: Connectome) -> pd.DataFrame:
    """Return count, sign and number of offsets of each connection."""
    offsets = connectome.offsets
    weighted = offsets["synapse_count"] * connectome.interior_fraction
    grouped = weighted.groupby([offsets[name] for name in PAIR])
    table = connectome.connections[["sign"]]
    table["synapse_count"] = grouped.sum().reindex(table.index)
    table["n_offsets"] = grouped.size().reindex(table.index, fill_value=0)
    return table


def _lacks(pair: tuple[str, str], types: set[str]) -> str:
    missing = dict.fromkeys(name for name in pair if name not in types)
    return ", ".join(missing) or "connection"


def _profile(connectome: Connectome) -> pd.Series:
    """Return the share that each offset has of the synapses of its connection."""
    offsets = connectome.offsets
    share = offsets["synapse_count"] * connectome.interior_fraction
    share = share / share.groupby([offsets[name] for name in PAIR]).transform("sum")
    index = pd.MultiIndex.from_frame(offsets[[*PAIR, "du", "dv"]])
    return pd.Series(share.to_numpy(), index).dropna()


def _overlap(one: pd.Series, other: pd.Series) -> pd.Series:
    joined = pd.concat([one, other], axis=1, join="inner")
    shared = joined.min(axis=1).groupby(level=PAIR).sum()
    index = one.index.droplevel(["du", "dv"]).unique()
    return shared.reindex(index, fill_value=0.0)


def _center(profile: pd.Series) -> pd.DataFrame:
    """Return x and y of the centre of mass of each connection's targets, in columns."""
    x, y = position(profile.index.get_level_values("du"), profile.index.get_level_values("dv"))
    weighted = pd.DataFrame({"x": x * profile, "y": y * profile})
    return weighted.groupby(level=PAIR).sum()
