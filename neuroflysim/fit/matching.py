"""Which parameters a pattern means, and which of them move together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

import numpy as np
import pandas as pd

from neuroflysim.checks import did_you_mean
from neuroflysim.errors import InvalidValueError
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.named_values import label

#: What stands between the ends of a connection.
ARROW = "->"


def tables_of(parameters: Parameters) -> dict[str, pd.Index]:
    """Return the names in each table of parameters, in the order of their vector.

    Parameters
    ----------
    parameters : Parameters
    """
    connectome = parameters.connectome
    types = connectome.cell_types.index
    return {
        "time_constant": types,
        "resting_potential": types,
        "synapse_strength": connectome.connections.index,
        **dict.fromkeys(parameters.declaration.parameters, types),
    }


def matched(pattern: str, tables: Mapping[str, pd.Index]) -> dict[str, np.ndarray]:
    """Return which parameters a pattern means, by table: their places in it.

    Parameters
    ----------
    pattern : str
    tables : mapping of str to Index
        As `tables_of` returns them.

    Raises
    ------
    InvalidValueError
        If there is none; says which tables and names there are.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> tables = tables_of(nfs.Parameters.uniform(nfs.load_connectome()))
    >>> {name: len(places) for name, places in matched("*:T4a", tables).items()}
    {'time_constant': 1, 'resting_potential': 1}
    """
    table, name = _parted(pattern)
    chosen = [each for each in tables if fnmatchcase(each, table)]
    if not chosen:
        raise InvalidValueError(
            f"free {pattern!r}: no parameter is called {table!r}; there are"
            f" {', '.join(map(repr, tables))}.{did_you_mean(table, list(tables))} A dynamics has"
            " what it declares (dynamics=...)."
        )
    found = {}
    for each in chosen:
        places = np.flatnonzero(_fits(name, tables[each]))
        if len(places):
            found[each] = places
    if not found:
        raise InvalidValueError(_nothing(pattern, name, chosen, tables))
    return found


def _parted(pattern: str) -> tuple[str, str]:
    """Return the patterns of table and name."""
    text = pattern.strip()
    as_names = re.fullmatch(r"(\w+)\[(.*)\]", text)  # Parameters.names
    if as_names and ":" not in text:
        return as_names[1], as_names[2]
    if text == "*":
        return "*", "*"
    table, colon, name = text.partition(":")
    if not colon or not name.strip():
        raise InvalidValueError(
            f"free {pattern!r} must be a parameter and names, with a colon between:"
            f" 'time_constant:T4*', 'synapse_strength:Mi*->T4*', '{table.strip() or '*'}:*'."
        )
    return table.strip(), name.strip()


def _fits(name: str, names: pd.Index) -> np.ndarray:
    if names.nlevels == 1:
        return np.array([fnmatchcase(each, name) for each in names], dtype=bool)
    if name == "*":
        return np.ones(len(names), dtype=bool)
    ends = [end.strip() for end in name.split(ARROW)]
    if len(ends) != 2:
        return np.zeros(len(names), dtype=bool)
    return np.array([all(map(fnmatchcase, pair, ends)) for pair in names], dtype=bool)


def _nothing(pattern: str, name: str, chosen: list[str], tables: Mapping[str, pd.Index]) -> str:
    """Say why nothing matches, and what is near."""
    types = list(tables["time_constant"])
    said = f"free {pattern!r} matches nothing:"
    ends = [end.strip() for end in name.split(ARROW)]
    if chosen == ["synapse_strength"] and len(ends) != 2:
        return (
            f"{said} a strength is named by both ends of its connection, such as"
            f" 'synapse_strength:*->{name}' or 'synapse_strength:{name}->*'."
        )
    if len(ends) == 2 and "synapse_strength" not in chosen:
        return (
            f"{said} {chosen[0]} is named by cell types, not by connections; leave out the arrow."
        )
    for end in ends:
        if not any(fnmatchcase(each, end) for each in types):
            return (
                f"{said} no cell type is called {end!r}.{did_you_mean(end, types)} There are"
                f" {', '.join(types[:5])} ... (connectome.cell_types)."
            )
    pairs = [pair for pair in tables["synapse_strength"] if fnmatchcase(pair[1], ends[1])]
    inputs = list(dict.fromkeys(source for source, _ in pairs))
    told = f"{', '.join(inputs[:8])}{' ...' if len(inputs) > 8 else ''}" if inputs else "no type"
    return (
        f"{said} no connection leads from {ends[0]!r} to {ends[1]!r}, which gets input of {told}."
    )


def subtypes_together(names: Iterable[str | tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return for each name of what it is a subtype: names with the same answer move together.

    Parameters
    ----------
    names : iterable of str or tuple of str
        Cell types, or connections.

    Examples
    --------
    >>> subtypes_together(["T4a", "T4d", "T2a", "T2", ("Mi1", "T4b")])
    [('T4?',), ('T4?',), ('T2?',), ('T2',), ('Mi1', 'T4?')]
    """
    listed = ((name,) if isinstance(name, str) else name for name in names)
    return [tuple(re.sub("(?<=.)[a-d]$", "?", each) for each in name) for name in listed]


def name_of(table: str, names: list) -> str:
    """Return what a coordinate is called: like `Parameters.names`, with all that it moves.

    Parameters
    ----------
    table : str
    names : list of str or tuple of str

    Examples
    --------
    >>> name_of("time_constant", ["T4a", "T4b"])
    'time_constant[T4a, T4b]'
    """
    told = [label(each) for each in names]
    if len(told) > 4:
        told = [*told[:1], f"{len(told) - 1} more"]
        return f"{table}[{' and '.join(told)}]"
    return f"{table}[{', '.join(told)}]"
