"""What a notebook shows of a set of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroflysim.notebook import bars, card, figure, table
from neuroflysim.parameters.seen import told_seen

if TYPE_CHECKING:
    from neuroflysim.parameters.parameters import Parameters


def parameters_card(parameters: Parameters) -> str:
    """Return HTML: how many values there are, and how they are spread.

    Parameters
    ----------
    parameters : Parameters
    """
    declaration = parameters.declaration
    shown = {
        "time constant": (parameters.time_constant.to_numpy() * 1000, "ms"),
        "resting potential": (parameters.resting_potential.to_numpy(), ""),
        "synapse strength": (parameters.synapse_strength.to_numpy(), ""),
    }
    for name in declaration.parameters:
        shown[name] = (parameters.by_type(name).to_numpy(), "in SI units")
    facts = {
        "values": len(parameters.to_vector()),
        "dynamics": "" if declaration.is_published else declaration.dynamics,
        "cell types": parameters.connectome.n_cell_types,
        "connections": parameters.connectome.n_connections,
        "fitted to": told_seen(parameters.seen),
        "checksum": f"{parameters.checksum[:12]}…",
    }
    rows = [
        (name, len(values), *(float(q) for q in np.quantile(values, (0, 0.5, 1))), unit)
        for name, (values, unit) in shown.items()
        if len(values)
    ]
    pictures = [
        figure(bars(values, f"histogram of {name}", unit), name)
        for name, (values, unit) in list(shown.items())[:3]
        if len(values)
    ]
    heads = ["parameter", "values", "least", "median", "most", "unit"]
    return card("Parameters", facts, [table(heads, rows), *pictures])
