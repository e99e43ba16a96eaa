"""The parameters of a network of flyvis, cross-checked so that they land on their connectome."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.errors import ClampedStrengthWarning, InvalidTypeError, InvalidValueError
from neuroflysim.parameters.named_values import label

#: What must be there, what belongs together beside it, and what each holds in flyvis.
NEEDED = {
    "cell_types": "network.node_params.bias.keys",
    "nodes_bias": "network.nodes_bias",
    "nodes_time_const": "network.nodes_time_const",
    "connections": "network.edge_params.syn_strength.keys",
    "edges_syn_strength": "network.edges_syn_strength",
}
CHECKED = {
    "edges_sign": "network.edges_sign",
    "offsets": "network.edge_params.syn_count.keys",
    "edges_syn_count": "network.edges_syn_count",
}

#: What reading an array may raise: an entry of a damaged file, a pickle, a tensor with gradients.
UNREADABLE = (
    ValueError, TypeError, RuntimeError, EOFError, OSError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip

#: The largest lattice of flyvis, on which all of its published models live.
EXTENT = 15

#: flyvis keeps logarithms of synapse counts in float32, so they come back to about 5e-7.
COUNT_TOLERANCE = 2e-6


def tables_from_flyvis(connectome: Connectome, arrays: Mapping) -> dict[str, dict]:
    """Return tables as `Parameters.from_tables` takes them.

    Parameters
    ----------
    connectome : Connectome
    arrays : mapping of str to array
        See `Parameters.from_flyvis`.
    """
    arrays = _listed(arrays)
    types = list(map(str, _keys(arrays, "cell_types", 1)))
    pairs = [tuple(map(str, pair)) for pair in _keys(arrays, "connections", 2)]
    for name, keys, known in (
        ("cell_types", types, connectome.cell_types.index),
        ("connections", pairs, connectome.connections.index),
    ):
        _require_known(name, keys, known)
    lacking = list(connectome.cell_types.index.difference(types, sort=False))
    if lacking:
        raise InvalidValueError(
            f"cell_types lacks {', '.join(lacking[:5])}: the network has another connectome."
        )
    strength = dict(zip(pairs, _values(arrays, "edges_syn_strength", pairs), strict=True))
    strength = _at_least_zero(strength)
    for pair in connectome.connections.index:
        if pair not in strength:
            _require_without_effect(connectome, pair)
            strength[pair] = 0.0
    if "edges_sign" in arrays:
        _check_signs(connectome, pairs, _values(arrays, "edges_sign", pairs))
    if "edges_syn_count" in arrays:
        _check_counts(connectome, arrays)
    return {
        "time_constant": dict(zip(types, _values(arrays, "nodes_time_const", types), strict=True)),
        "resting_potential": dict(zip(types, _values(arrays, "nodes_bias", types), strict=True)),
        "synapse_strength": strength,
    }


def _listed(arrays) -> dict:
    """Return what was handed over by name, all of it read and none of it unknown."""
    if not isinstance(arrays, Mapping):
        raise InvalidTypeError(
            f"arrays must be a mapping of names to arrays, as np.load returns one of an .npz file,"
            f" but is {type(arrays).__name__}."
        )
    for name, source in NEEDED.items():
        if name not in arrays:
            raise InvalidValueError(f"arrays lacks {name!r}, which is {source} in flyvis.")
    for name in arrays:
        checks.one_of("a name in arrays", name, [*NEEDED, *CHECKED])
    for one, other in (("offsets", "edges_syn_count"), ("edges_syn_count", "offsets")):
        if one in arrays and other not in arrays:
            raise InvalidValueError(
                f"arrays has {one!r} without {other!r}, which is {CHECKED[other]} in flyvis."
            )
    found = {}
    for name in arrays:
        try:
            found[name] = np.asarray(arrays[name])
        except UNREADABLE as error:
            raise InvalidValueError(f"{name} of arrays cannot be read: {error}.") from None
    return found


def _keys(arrays: dict, name: str, columns: int) -> np.ndarray:
    """Return the rows of keys: words, each row there once."""
    keys = arrays[name]
    row = () if columns == 1 else (columns,)
    if not keys.ndim or keys.shape[1:] != row or keys.dtype.kind != "U":
        rows = "one word each" if columns == 1 else f"{columns} words each"
        source = {**NEEDED, **CHECKED}[name]
        raise InvalidTypeError(
            f"{name} must be a list of keys, {rows}, as {source} is in flyvis, but has the shape"
            f" {keys.shape} and the type {keys.dtype}."
        )
    rows, counts = np.unique(keys, axis=0, return_counts=True)
    if (counts > 1).any():
        twice = rows[counts > 1][0].tolist()
        raise InvalidValueError(f"{name} holds {label(twice)} twice.")
    return keys


def _values(arrays: dict, name: str, keys: list) -> np.ndarray:
    """Return one number for each key."""
    values = checks.numeric_array(name, arrays[name])
    if values.shape != (len(keys),):
        raise InvalidValueError(
            f"{name} has the shape {values.shape}, but there are {len(keys)} keys; take both from"
            " the same network."
        )
    return values


def _require_known(name: str, keys: list, known) -> None:
    known = set(known)
    unknown = [key for key in keys if key not in known]
    if unknown:
        raise InvalidValueError(
            f"{name} holds {', '.join(label(key) for key in unknown[:5])}, which the connectome"
            " does not have: the network has another connectome. Pass that one."
        )


def _at_least_zero(strength: dict) -> dict:
    """Return the strengths as flyvis uses them, and tell what that changes."""
    negative = {pair: value for pair, value in strength.items() if value < 0}
    if negative:
        smallest = min(negative, key=negative.__getitem__)
        warnings.warn(
            f"{len(negative)} synapse strengths are negative (down to {negative[smallest]:.3g}, of"
            f" {label(smallest)}): a step of training left them so. They are set to 0, as flyvis"
            " sets them itself, if the network can be trained and rests at grey first.",
            ClampedStrengthWarning,
            stacklevel=4,
        )
    return {pair: max(value, 0.0) for pair, value in strength.items()}


def _require_without_effect(connectome: Connectome, pair: tuple[str, str]) -> None:
    if pair not in connectome.connections_without_pairs(EXTENT):
        raise InvalidValueError(
            f"connections lacks {label(pair)}, which joins cells at extent {EXTENT}: the network"
            " has another connectome, or a lattice that is too small for all of its connections."
        )


def _check_signs(connectome: Connectome, pairs: list, signs: np.ndarray) -> None:
    known = connectome.connections["sign"].to_dict()
    for pair, sign in zip(pairs, signs, strict=True):
        if sign != known[pair]:
            raise InvalidValueError(
                f"edges_sign of {label(pair)} is {sign:g}, but {known[pair]} in the connectome: the"
                " network has another one. Pass that one."
            )


def _check_counts(connectome: Connectome, arrays: dict) -> None:
    """Raise if a synapse count differs, or if an offset that joins cells is missing."""
    keys = _keys(arrays, "offsets", 4)
    counts = np.exp(_values(arrays, "edges_syn_count", list(keys)))
    table = connectome.offsets
    rows = {
        (row.source_type, row.target_type, str(row.du), str(row.dv)): k
        for k, row in enumerate(table.itertuples())
    }
    known = table["synapse_count"].to_numpy()
    for key, count in zip(map(tuple, keys), counts, strict=True):
        where = f"{label(key[:2])} at the offset ({key[2]}, {key[3]})"
        if key not in rows:
            raise InvalidValueError(
                f"offsets holds {where}, which the connectome does not have: the network has"
                " another one. Pass that one."
            )
        if abs(count - known[rows[key]]) > COUNT_TOLERANCE * known[rows[key]]:
            raise InvalidValueError(
                f"edges_syn_count of {where} means {count:.7g} synapses, but the connectome has"
                f" {known[rows[key]]:.7g}: the network has another one. Pass that one."
            )
    there = np.zeros(len(table), dtype=bool)
    there[[rows[tuple(key)] for key in keys]] = True
    _require_those_of_a_lattice(connectome, there)


def _require_those_of_a_lattice(connectome: Connectome, there: np.ndarray) -> None:
    """Raise unless the offsets are those that join cells on a lattice of some extent.

    flyvis has no more: 23 offsets of the embedded connectome join no two cells on any lattice,
    because the types that they connect are not in every column.
    """
    joins = np.zeros_like(there)
    for extent in (EXTENT, *range(1, EXTENT)):
        joins[:] = False
        joins[connectome.network(extent).pair_offset] = True
        if np.array_equal(joins, there):
            return
    joins[:] = False
    joins[connectome.network(EXTENT).pair_offset] = True
    lacking = connectome.offsets[joins & ~there]
    first = lacking.iloc[0] if len(lacking) else connectome.offsets[there & ~joins].iloc[0]
    raise InvalidValueError(
        f"offsets {'lacks' if len(lacking) else 'holds'} {first['source_type']} ->"
        f" {first['target_type']} at ({first['du']}, {first['dv']}), which"
        f" {'joins' if len(lacking) else 'joins no'} cells at extent {EXTENT}: the network has"
        " another connectome. Pass that one."
    )
