"""What a run keeps of each step, so that it can be gone through backwards."""

from __future__ import annotations

import numpy as np
from brian2.core.variables import Variables

from neuroflysim.dynamics import cell_states
from neuroflysim.simulation.engine_contract import Setup


def kept_states(setup: Setup) -> list[str]:
    """Return the state variables by their names in generated code, in the order of the tables."""
    return sorted(cell_states(setup.dynamics))


def add_kept(variables: Variables, setup: Setup) -> list[str]:
    """Add the arrays in which steps are kept, and return their names.

    `_kept_...` of a state variable has the shape (step + 1, vector, neuron, lane): the state before
    each step, and room for that after the last. `_kept_sum_...` have what was summed up in each
    step, `_kept_light` what was seen, shape (step, vector, column, lane). `_keeps` tells whether a
    run keeps anything.

    Parameters
    ----------
    variables : Variables
        Of the neurons.
    setup : Setup
    """
    n_lanes, n_steps = setup.lanes.n_lanes, setup.kept_steps
    n_cells, n_columns = setup.network.n_neurons, setup.network.lattice.n_columns
    sizes = {f"_kept_{name}": (n_steps + 1) * n_cells for name in kept_states(setup)}
    sizes |= {f"_kept_sum_{k}": n_steps * n_cells for k in range(len(setup.sums))}
    sizes["_kept_light"] = n_steps * n_columns
    for name, size in sizes.items():
        variables.add_array(name, size=size * n_lanes, dtype=setup.dtype)
    variables.add_array("_keeps", size=1, dtype=np.int32, scalar=True)
    return [*sizes, "_keeps"]


def step_bytes(setup: Setup) -> tuple[int, int]:
    """Return the bytes of a kept step, and those of the state alone.

    Parameters
    ----------
    setup : Setup
    """
    real, n_cells = np.dtype(setup.dtype).itemsize, setup.network.n_neurons
    state = len(kept_states(setup)) * n_cells * setup.lanes.n_lanes * real
    more = len(setup.sums) * n_cells + setup.network.lattice.n_columns
    return state + more * setup.lanes.n_lanes * real, state
