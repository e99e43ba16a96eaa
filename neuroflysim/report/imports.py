"""What was decided when neurons became a connectome: a page, and the same as text."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from neuroflysim.checks import one_of
from neuroflysim.connectome import Connectome, checked_connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import writable, written_whole
from neuroflysim.report.page import environment


def import_report(connectome: Connectome, path: str | os.PathLike[str] | None = None) -> str:
    """Tell what was decided when a connectome was made of neurons and synapses.

    Parameters
    ----------
    connectome : Connectome
        From `connectome_from_neurons`, or a folder that it was saved in.
    path : path-like, optional
        Writes a page there (.html), or the text (.txt).

    Returns
    -------
    str
        The text.

    Raises
    ------
    InvalidValueError
        If the connectome was not imported.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> lobe = nfs.sample_neurons(nfs.load_connectome(), extent=3, seed=0)
    >>> found = nfs.connectome_from_neurons(lobe.neurons, lobe.synapses, lobe.columns)
    >>> "axes" in nfs.import_report(found)
    True
    """
    connectome = checked_connectome(connectome)
    record = connectome.provenance
    if "decisions" not in record:
        raise InvalidValueError(
            "this connectome was not made of neurons and synapses, so there is no report of how;"
            " nfs.connectome_from_neurons makes one."
        )
    content = _content(connectome, record)
    text = _text(content)
    if path is None:
        return text
    path = writable(path)
    one_of("the suffix of a report", path.suffix, (".html", ".txt"))
    page = path.suffix == ".html"
    written = environment().get_template("import.html").render(**content) if page else text
    with written_whole(path) as temporary:
        Path(temporary).write_text(written, encoding="utf-8")
    return text


def _content(connectome: Connectome, record: dict[str, Any]) -> dict[str, Any]:
    """Return what page and text tell."""
    return {
        "what": f"{connectome.n_cell_types} cell types, {connectome.n_connections} connections,"
        f" {len(connectome.offsets)} offsets",
        "made_by": record["made_by"],
        "source": record["source"],
        "changed": ", ".join(record.get("changed", ())),
        "tables": [_of_table(table) for table in record["tables"]],
        "warnings": [one for one in record["decisions"] if one["warning"]],
        "decisions": record["decisions"],
        "synapses": [(row["left"], f"{row['synapses']:,}") for row in record["synapses"]],
        "options": [(name, _of_option(value)) for name, value in record["options"].items()],
        "cell_types": [_of_type(row) for row in record["cell_types"]],
        "connections": _connections(connectome),
        "checksum": connectome.checksum,
    }


def _of_table(table: dict[str, Any]) -> tuple[str, str]:
    if table["file"] is None:
        rows = f", {table['rows']:,} rows" if "rows" in table else " in pieces"
        return table["table"], f"a table in memory{rows}"
    told = f"{table['file']}, {table['bytes']:,} bytes, SHA-256 {table['sha256']}"
    return table["table"], told


def _of_option(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {one}" for name, one in value.items()) or "none"
    return str(value)


def _of_type(row: dict[str, Any]) -> dict[str, str]:
    left_out = row["stride_u"] is None
    return {
        "name": row["cell_type"],
        "cells": f"{row['cells']:,}",
        "in_columns": f"{row['cells_in_columns']:,}",
        "columns": f"{row['columns']:,}",
        "stride": "left out" if left_out else f"{row['stride_u']:g} x {row['stride_v']:g}",
        "to_a_cell": "" if left_out else f"{row['columns_to_a_cell']:.2f}",
    }


def _connections(connectome: Connectome) -> list[dict[str, str]]:
    """Return connections, those with most synapses on a target cell first."""
    offsets = connectome.offsets
    offsets["on_a_cell"] = offsets["synapse_count"] * connectome.interior_fraction
    known = {"deviation", "n_cells"} <= set(offsets.columns)
    signs = connectome.connections
    rows = []
    for pair, table in offsets.groupby(["source_type", "target_type"], sort=False):
        most = table.loc[table["synapse_count"].idxmax()]
        spread = most["deviation"] if known else np.nan
        spread = "" if np.isnan(spread) else f" ± {spread:.1f} of {most['n_cells']:,} cells"
        rows.append(
            {
                "name": " -> ".join(map(str, pair)),
                "total": float(table["on_a_cell"].sum()),
                "offsets": len(table),
                "most": f"{most['synapse_count']:.2f}{spread} at ({most['du']}, {most['dv']})",
                "sign": "+" if signs.loc[pair, "sign"] > 0 else "-",
                "basis": signs.loc[pair, "sign_reference"],
            }
        )
    rows.sort(key=lambda row: -row["total"])
    return [{**row, "total": f"{row['total']:.2f}"} for row in rows]


def _text(content: dict[str, Any]) -> str:
    lines = [f"Imported connectome: {content['what']}", content["made_by"]]
    if content["changed"]:
        lines.append(f"changed since: {content['changed']}")
    lines += [f"{name}: {told}" for name, told in content["source"].items()]
    lines += ["", "tables", *(f"  {name}: {told}" for name, told in content["tables"])]
    lines += ["", "synapses left after each step"]
    lines += [f"  {count:>16}  {left}" for left, count in content["synapses"]]
    lines += ["", "decided"]
    for one in content["decisions"]:
        mark = "! " if one["warning"] else "  "
        why = f" ({one['why']})" if one["why"] else ""
        lines.append(f"{mark}{one['what']}: {one['decided']}{why}")
    lines += ["", "options", *(f"  {name}: {told}" for name, told in content["options"])]
    lines += ["", "cell types: cells, of these in columns, stride"]
    lines += [
        f"  {row['name']:12} {row['cells']:>8} {row['in_columns']:>8}  {row['stride']}"
        for row in content["cell_types"]
    ]
    lines += ["", "connections: synapses on a target cell, offsets, the strongest offset"]
    lines += [
        f"  {row['name']:20} {row['sign']} {row['total']:>9} {row['offsets']:>4}  {row['most']}"
        for row in content["connections"]
    ]
    return "\n".join([*lines, "", f"checksum {content['checksum'][:16]}"])
