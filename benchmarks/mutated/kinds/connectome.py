"""A folder of three tables: cell types, connections, offsets."""

from __future__ import annotations

from functools import cache

import neuroflysim as nfs
from mutated import plain
from mutated.kinds.kind import Kind
from mutated.plain import require

#: A part of the connectome in which every rule of the tables has something to hold of.
NAMES = ("R1", "L1", "Mi1", "Tm3", "Mi9", "Lawf1", "T4a")
YES_NO = {"true": True, "false": False, "1": True, "0": False}


@cache
def small() -> nfs.Connectome:
    """Return a few cell types of the connectome in the box, so that files are short."""
    whole = nfs.load_connectome()

    def kept(table):
        return table[table["source_type"].isin(NAMES) & table["target_type"].isin(NAMES)]

    cell_types = whole.cell_types.reset_index()
    return nfs.Connectome(
        cell_types[cell_types["cell_type"].isin(NAMES)],
        kept(whole.connections.reset_index()),
        kept(whole.offsets),
    )


def _make(folder) -> None:
    nfs.save_connectome(small(), folder)


def _read(path):
    connectome = nfs.load_connectome(path)
    return {
        "cell_types": connectome.cell_types.reset_index(),
        "connections": connectome.connections.reset_index(),
        "offsets": connectome.offsets,
    }


def _yes_no(text: str) -> bool:
    require(text.lower() in YES_NO, f"{text!r} is neither true nor false")
    return YES_NO[text.lower()]


def _name(text: str) -> str:
    require(text != "", "a name is empty")
    return text


_COLUMNS = {
    "cell_types": {
        "cell_type": _name, "stride_u": plain.whole, "stride_v": plain.whole,
        "photoreceptor": _yes_no, "output": _yes_no,
    },
    "connections": {
        "source_type": _name, "target_type": _name, "sign": plain.whole, "sign_reference": str,
    },
    "offsets": {
        "source_type": _name, "target_type": _name, "du": plain.whole, "dv": plain.whole,
        "synapse_count": plain.number, "filled": _yes_no,
    },
}  # fmt: skip


def _expected(folder, original, mutation):
    tables = {}
    for name, columns in _COLUMNS.items():
        found = plain.columns_of(plain.text_of(folder / f"{name}.csv"))
        require(columns.keys() <= found.keys(), f"{name} lacks a column")
        tables[name] = {
            column: [read(text) for text in found[column]] for column, read in columns.items()
        }
        require(len(next(iter(tables[name].values()))) > 0, f"{name} is empty")
    _require_sense(**tables)
    return tables


def _require_sense(cell_types, connections, offsets) -> None:
    types = cell_types["cell_type"]
    require(len(set(types)) == len(types), "a cell type twice")
    require(any(cell_types["photoreceptor"]), "no photoreceptor")
    require(min(cell_types["stride_u"] + cell_types["stride_v"]) >= 1, "a stride below 1")
    require(set(connections["sign"]) <= {1, -1}, "a sign that is none")
    require(min(offsets["synapse_count"]) >= 0, "a count below 0")
    pairs = list(zip(connections["source_type"], connections["target_type"], strict=True))
    with_offset = list(zip(offsets["source_type"], offsets["target_type"], strict=True))
    require(len(set(pairs)) == len(pairs), "a connection twice")
    require(set(pairs) == set(with_offset), "connections and offsets differ")
    require({one for pair in pairs for one in pair} <= set(types), "an unknown cell type")
    places = list(zip(with_offset, offsets["du"], offsets["dv"], strict=True))
    require(len(set(places)) == len(places), "an offset twice")
    whole = cell_types["stride_u"] + cell_types["stride_v"] + offsets["du"] + offsets["dv"]
    require(max(map(abs, whole)) <= 10_000, "a number of columns beyond reason")


KINDS = [
    Kind(
        name="connectome",
        title="connectome folder",
        make=_make,
        forms={"cell_types.csv": "csv", "connections.csv": "csv", "offsets.csv": "csv"},
        main="",
        read=_read,
        expected=_expected,
    )
]
