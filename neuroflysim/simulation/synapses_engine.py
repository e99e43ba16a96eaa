"""Engine "synapses": plain Brian2 `Synapses`, one object for the whole lattice, one lane."""

from __future__ import annotations

import numpy as np
from brian2 import Clock, NeuronGroup, Synapses

from neuroflysim.parameters import Parameters
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.model import Setup, offset_weights

PER_PAIR = """
    weight : 1 (constant)
    synaptic_input_post = weight*output_pre : 1 (summed)
"""

# Notes when a voltage leaves all bounds for the first time; 0 s means that it never did.
NOTE_RUNAWAY = """
    runaway_time += (t + dt)*int(runaway_time == 0*second and not (abs(voltage) <= bound))
"""


def lanes(n_candidates: int, n_conditions: int, dtype: np.dtype) -> Lanes:
    """Return the lanes of one run: always one candidate and one condition."""
    return Lanes(1, 1, 1)


def connect(setup: Setup, neurons: NeuronGroup, clock: Clock) -> list:
    """Return the Brian2 objects that compute `synaptic_input`, the owner of `weight` first."""
    if setup.network.n_pairs == 0:  # Brian2 has no Synapses without synapses
        return [NeuronGroup(1, "weight : 1", clock=clock, name="synapses", namespace={})]
    synapses = Synapses(
        neurons,
        neurons,
        PER_PAIR,
        clock=clock,
        namespace=dict(setup.dynamics.constants),
        name="synapses",
    )
    synapses.connect(i=setup.network.pair_source, j=setup.network.pair_target)
    watch = neurons.run_regularly(NOTE_RUNAWAY, clock=clock, when="end", name="neurons_watch")
    return [synapses, watch]


def weights(setup: Setup, candidates: list[Parameters]) -> np.ndarray:
    """Return the weight of each pair of neurons."""
    if setup.network.n_pairs == 0:
        return np.zeros(1)
    return offset_weights(candidates[0])[setup.network.pair_offset]
