"""What is in a connectome, as text."""

from __future__ import annotations

from neuroflysim.connectome import Connectome


def describe(connectome: Connectome, extent: int) -> str:
    """Return a page about a connectome laid out at an extent."""
    network = connectome.network(extent)
    types, connections, offsets = connectome.cell_types, connectome.connections, connectome.offsets
    strided = types[(types["stride_u"] > 1) | (types["stride_v"] > 1)]
    strides = ", ".join(
        f"{name} every {row.stride_u} x {row.stride_v}" for name, row in strided.iterrows()
    )
    silent = connectome.connections_without_pairs(extent)
    n_parameters = 2 * connectome.n_cell_types + connectome.n_connections
    referenced = int((connections["sign_reference"] != "").sum())
    n_types, n_connections = len(types), len(connections)
    excitatory = (connections["sign"] > 0).sum()
    lines = [
        f"cell types          {n_types:>9,}  ({types['photoreceptor'].sum()} photoreceptors,"
        f" {types['output'].sum()} output types; a cell in every column"
        + (f", but {strides})" if strides else ")"),
        f"connections         {n_connections:>9,}  ({excitatory} excitatory,"
        f" {n_connections - excitatory} inhibitory; {referenced} signs with a reference)",
        f"column offsets      {len(offsets):>9,}  ({offsets['filled'].sum()} filled)",
        f"extent              {extent:>9}",
        f"columns             {len(network.columns):>9,}",
        f"neurons             {network.n_neurons:>9,}",
        f"pairs of neurons    {network.n_pairs:>9,}",
        f"parameters          {n_parameters:>9,}  ({n_types} time constants,"
        f" {n_types} resting potentials, {n_connections} synapse strengths)",
        f"  with an effect    {n_parameters - len(silent):>9,}",
    ]
    if silent:
        names = ", ".join(" -> ".join(pair) for pair in silent)
        lines.append(f"  joins no two cells at this extent: {names}")
    lines.append(f"checksum            {connectome.checksum[:16]}")
    return "\n".join(lines)


def describe_inputs(connectome: Connectome, target_type: str, n_inputs: int) -> str:
    """Return the strongest inputs of a cell type as a table."""
    table = connectome.inputs(target_type)
    shown = table.head(n_inputs).copy()
    shown["sign"] = shown["sign"].map({1: "+", -1: "-"})
    shown["synapse_count"] = shown["synapse_count"].map("{:.1f}".format)
    head = f"{len(shown)} strongest of {len(table)} inputs of {target_type}"
    return f"{head} (synapses on one cell)\n{shown.to_string()}"
