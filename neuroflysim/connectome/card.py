"""What a notebook shows of a connectome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroflysim.notebook import card, fact, figure, table

if TYPE_CHECKING:
    from neuroflysim.connectome.connectome import Connectome

#: Of excitatory and inhibitory connections.
_COLORS = {1: "#e0702a", -1: "#3f8fd0"}


def connectome_card(connectome: Connectome) -> str:
    """Return HTML: how much of everything there is, and which type is connected to which.

    Parameters
    ----------
    connectome : Connectome
    """
    types, connections = connectome.cell_types, connectome.connections
    offsets = connectome.offsets
    facts = {
        "cell types": len(types),
        "photoreceptors": int(types["photoreceptor"].sum()),
        "outputs": int(types["output"].sum()),
        "once per eye": ", ".join(connectome.single_types),
        "connections": len(connections),
        "excitatory": int((connections["sign"] > 0).sum()),
        "inhibitory": int((connections["sign"] < 0).sum()),
        "offsets": len(offsets),
        "gap junctions": len(connectome.electrical) or None,
        "checksum": f"{connectome.checksum[:12]}…",
    }
    strongest = offsets.groupby(["source_type", "target_type"], sort=False)["synapse_count"].sum()
    strongest = strongest.sort_values(ascending=False, kind="stable")
    rows = [(*pair, round(count, 1)) for pair, count in strongest.head(8).items()]
    tables = table(["source", "target", "synapses"], rows, len(connections))
    caption = "a row each source, a column each target; orange excites, blue inhibits"
    return card("Connectome", facts, [figure(_matrix(connectome), caption), tables])


def _matrix(connectome: Connectome) -> str:
    """Return who is connected to whom: one small square a connection."""
    index, signs = connectome.connections.index, connectome.connections["sign"].to_numpy()
    types, n_types = connectome.cell_types.index, connectome.n_cell_types
    rows, columns = (types.get_indexer(index.get_level_values(k)) for k in (0, 1))
    paths = ""
    for sign, color in _COLORS.items():
        there = np.flatnonzero(signs == sign)
        squares = "".join(f"M{columns[k]} {rows[k]}h1v1h-1z" for k in there)
        paths += f'<path fill="{color}" d="{squares}"/>'
    label = fact(f"{len(index)} connections among {n_types} cell types")
    return (
        f'<svg role="img" aria-label="{label}" width="150" height="150"'
        f' viewBox="0 0 {n_types} {n_types}"><rect width="{n_types}" height="{n_types}"'
        f' fill="#8882"/>{paths}</svg>'
    )
