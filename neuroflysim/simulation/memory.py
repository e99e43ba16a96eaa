"""How much memory a run takes, told before it is made; and lanes that stay within a limit."""

from __future__ import annotations

import numpy as np
from attrs import evolve

from neuroflysim.errors import SimulationError
from neuroflysim.machine.free_memory import bytes_in_words as in_words
from neuroflysim.simulation.engine_contract import Engine, Setup

#: Part of the free memory that a run may take if no limit is given.
DEFAULT_PART = 0.5

#: Values of all neurons and lanes in float64 that are copied while a run is prepared and read.
COPIES = 4


def run_bytes(setup: Setup, engine: Engine, n_steps: int) -> int:
    """Return about how many bytes one run of all lanes takes.

    Parameters
    ----------
    setup : Setup
    engine : Engine
    n_steps : int
        Of one run, those before the stimulus included.
    """
    size, lanes = np.dtype(setup.dtype).itemsize, setup.lanes
    n_states = len(setup.dynamics.state_variables)
    # State, time of running away, and Brian2's index of each neuron.
    neuron = n_states * size + size + 4 + COPIES * 8
    neuron += 2 * (size + 8) * setup.has_gap_junctions
    # What they transmit, clamps and electrodes, and a copy in float64 while they are made.
    neuron += (3 * (size + 8) + 2 * 4) * setup.perturbed
    # Of those that are switched: where they are, and what is done to them in each epoch.
    switched = setup.room.n_switched * (2 * 8 + 3 * setup.room.n_epochs * (size + 8))
    # Traces are copied when they are read.
    trace = 2 * n_steps * len(setup.recorded) * size * (1 + len(setup.variables))
    frames = 2 * n_steps * setup.network.lattice.n_columns * lanes.n_conditions * 8
    neurons = lanes.n_lanes * (setup.network.n_neurons * neuron + trace + switched)
    return int(engine.run_bytes(setup) + neurons + frames + _reduction_bytes(setup, n_steps))


def _reduction_bytes(setup: Setup, n_steps: int) -> int:
    """Return about how many bytes targets and sums take, with the copies that are made of them."""
    if setup.reduction is None:
        return 0
    lanes, n_columns = setup.lanes, setup.network.lattice.n_columns
    targets = n_steps * n_columns * setup.reduction.n_targets * lanes.n_conditions
    return 8 * (3 * targets + 2 * lanes.n_lanes * setup.reduction.n_products)


def within_limit(
    setup: Setup,
    engine: Engine,
    large_runs: bool,
    n_candidates: int,
    n_conditions: int,
    n_steps: int,
    limit: float,
) -> tuple[Setup, int]:
    """Return a setup with as many lanes as the limit allows, and the bytes that a run takes.

    Fewer lanes mean more runs, one after the other, with the same numbers.
    """
    most = None
    while True:
        lanes = engine.lanes(
            n_candidates, n_conditions, setup.network, setup.dtype, large_runs, most
        )
        setup = evolve(setup, lanes=lanes)
        needed = run_bytes(setup, engine, n_steps)
        if needed <= limit:
            return setup, needed
        if lanes.n_used == 1:
            raise SimulationError(
                f"one candidate in one condition takes {in_words(needed)}, but the limit leaves"
                f" {in_words(limit)}: record less (record='central' or a list of cell types), use"
                " dtype='float32', a smaller extent, or raise memory_limit."
            )
        most = lanes.n_used // 2


def voltage_bytes(n_values: float, dtype: np.dtype, limit: float) -> int:
    """Return the bytes of the voltages that a run returns; raise if they exceed the limit."""
    needed = n_values * np.dtype(dtype).itemsize
    if needed > limit:
        raise SimulationError(
            f"the voltages take {in_words(needed)}, {n_values:.3g} of them, but the limit is"
            f" {in_words(limit)}: record less (record='central' or a list of cell types), show"
            " fewer conditions at once, use dtype='float32', or raise memory_limit."
        )
    return int(needed)
