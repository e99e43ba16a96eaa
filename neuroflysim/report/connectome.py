"""What is in a connectome, as text."""

from __future__ import annotations

from neuroflysim.connectome import Connectome
from neuroflysim.lattice import Lattice


def connectome_summary(connectome: Connectome, lattice: Lattice) -> dict:
    """Return the sizes of a connectome, and of the network on a lattice.

    Parameters
    ----------
    connectome : Connectome
    lattice : Lattice

    Examples
    --------
    >>> from neuroflysim import Lattice, load_connectome
    >>> connectome_summary(load_connectome(), Lattice(extent=15))["neurons"]
    45669
    """
    network = connectome.network(lattice)
    types, connections, offsets = connectome.cell_types, connectome.connections, connectome.offsets
    silent = connectome.connections_without_pairs(lattice)
    n_parameters = 2 * connectome.n_cell_types + connectome.n_connections
    return {
        "cell_types": len(types),
        "photoreceptors": int(types["photoreceptor"].sum()),
        "output_types": int(types["output"].sum()),
        "connections": len(connections),
        "excitatory": int((connections["sign"] > 0).sum()),
        "signs_with_a_reference": int((connections["sign_reference"] != "").sum()),
        "offsets": len(offsets),
        "filled_offsets": int(offsets["filled"].sum()),
        **lattice.arguments,
        "columns": len(network.columns),
        "neurons": network.n_neurons,
        "pairs": network.n_pairs,
        "parameters": n_parameters,
        "parameters_with_an_effect": n_parameters - len(silent),
        "connections_without_pairs": [list(pair) for pair in silent],
        "checksum": connectome.checksum,
    }


def describe(connectome: Connectome, lattice: Lattice) -> str:
    """Return a page about a connectome laid out on a lattice."""
    told = connectome_summary(connectome, lattice)
    types = connectome.cell_types
    strided = types[(types["stride_u"] > 1) | (types["stride_v"] > 1)]
    strides = ", ".join(
        f"{name} every {row.stride_u} x {row.stride_v}" for name, row in strided.iterrows()
    )
    strides += "".join(f", {name} once per eye" for name in connectome.single_types)
    strides = strides.removeprefix(", ")
    n_types, n_connections = told["cell_types"], told["connections"]
    lines = [
        f"cell types          {n_types:>9,}  ({told['photoreceptors']} photoreceptors,"
        f" {told['output_types']} output types; a cell in every column"
        + (f", but {strides})" if strides else ")"),
        f"connections         {n_connections:>9,}  ({told['excitatory']} excitatory,"
        f" {n_connections - told['excitatory']} inhibitory;"
        f" {told['signs_with_a_reference']} signs with a reference)",
        f"column offsets      {told['offsets']:>9,}  ({told['filled_offsets']} filled)",
        *(f"{name:20}{value!s:>9}" for name, value in lattice.arguments.items()),
        f"columns             {told['columns']:>9,}",
        f"neurons             {told['neurons']:>9,}",
        f"pairs of neurons    {told['pairs']:>9,}",
        f"parameters          {told['parameters']:>9,}  ({n_types} time constants,"
        f" {n_types} resting potentials, {n_connections} synapse strengths)",
        f"  with an effect    {told['parameters_with_an_effect']:>9,}",
    ]
    if told["connections_without_pairs"]:
        names = ", ".join(" -> ".join(pair) for pair in told["connections_without_pairs"])
        lines.append(f"  joins no two cells on this lattice: {names}")
    lines.append(f"checksum            {told['checksum'][:16]}")
    return "\n".join(lines)


def describe_inputs(connectome: Connectome, target_type: str, n_inputs: int) -> str:
    """Return the strongest inputs of a cell type as a table."""
    table = connectome.inputs(target_type)
    shown = table.head(n_inputs).copy()
    shown["sign"] = shown["sign"].map({1: "+", -1: "-"})
    shown["synapse_count"] = shown["synapse_count"].map("{:.1f}".format)
    head = f"{len(shown)} strongest of {len(table)} inputs of {target_type}"
    return f"{head} (synapses on one cell)\n{shown.to_string()}"
