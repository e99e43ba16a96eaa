"""Engine "synapses": plain Brian2 `Synapses`, one object for the whole lattice, one lane."""

from __future__ import annotations

import numpy as np
from attrs import evolve
from brian2 import Clock, Equations, NeuronGroup, Synapses

from neuroflysim.connectome import Network
from neuroflysim.dynamics import cell_constants, cell_equations
from neuroflysim.dynamics.dynamics import GIVEN
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.engine_contract import (
    BOOKKEEPING,
    RUNAWAY_VOLTAGE,
    Cells,
    Setup,
    offset_weights,
    type_parameters,
)
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.manipulation import HOLD, add_manipulation
from neuroflysim.simulation.noise import noise_by_neuron

#: What Brian2 does with numpy alone it does for this engine, too.
NEEDS_COMPILER = False

REDUCES = False

PER_PAIR = """
    weight : 1 (constant)
    synaptic_input_post = weight*{output} : 1 (summed)
"""

# Notes when a voltage leaves all bounds for the first time.
NOTE_RUNAWAY = """
    runaway_time += (t + dt)*int(runaway_time == 0*second and not (abs(voltage) <= bound))
"""


def lanes(
    n_candidates: int,
    n_conditions: int,
    network: Network,
    dtype: np.dtype,
    large_runs: bool,
    most: int | None = None,
) -> Lanes:
    """Return the lanes of one run: always one candidate and one condition."""
    return Lanes(n_candidates=1, n_conditions=1, n_vectors=1, width=1)


def lanes_of_beginning(setup: Setup) -> Lanes:
    """Return the lanes in which candidates begin: one of them."""
    return setup.lanes


def build(setup: Setup, clock: Clock, display: NeuronGroup, n_frames: int) -> Cells:
    """Return the Brian2 objects of neurons and synapses."""
    cells = cells_without_synapses(setup, clock, display, n_frames)
    output = "transmission_pre*output_pre" if setup.n_courses else "output_pre"
    if setup.network.n_pairs:
        synapses = Synapses(
            cells.neurons,
            cells.neurons,
            PER_PAIR.format(output=output),
            clock=clock,
            namespace=cell_constants(setup.dynamics),
            name="synapses",
        )
        synapses.connect(i=setup.network.pair_source, j=setup.network.pair_target)
    else:  # Brian2 has no Synapses without synapses
        synapses = NeuronGroup(1, "weight : 1", clock=clock, name="synapses", namespace={})
    return evolve(
        cells, objects=[synapses, *cells.objects], owners={"weight": synapses, **cells.owners}
    )


def cells_without_synapses(
    setup: Setup, clock: Clock, display: NeuronGroup, n_frames: int
) -> Cells:
    """Return all Brian2 objects of one lane but those that set `synaptic_input`, which stays 0.

    For engines of one lane that sum up inputs in another way: docs/adding.md shows one.

    Parameters
    ----------
    setup, clock, display, n_frames
        See `Engine.build`.
    """
    perturbed = setup.n_courses > 0
    neurons = NeuronGroup(
        setup.network.n_neurons,
        cell_equations(setup.dynamics, perturbed) + Equations(GIVEN) + Equations(BOOKKEEPING),
        method=setup.method,
        clock=clock,
        namespace={**cell_constants(setup.dynamics), "bound": RUNAWAY_VOLTAGE},
        name="neurons",
    )
    objects, owners = [], {}
    if perturbed:
        electrodes = add_manipulation(setup, neurons, display, n_frames)
        hold = neurons.run_regularly(HOLD, clock=clock, when="groups", order=1, name="clamps")
        objects, owners = [*electrodes.objects, hold], electrodes.owners
    objects += noise_by_neuron(setup, neurons, clock)
    watch = neurons.run_regularly(NOTE_RUNAWAY, clock=clock, when="end", name="neurons_watch")
    return Cells(
        neurons=neurons,
        objects=[watch, _look_at_display(setup, neurons, clock, display), *objects],
        owners=owners,
    )


def _look_at_display(setup: Setup, neurons: NeuronGroup, clock: Clock, display: NeuronGroup):
    """Let photoreceptors see their column of the display, and all others darkness."""
    for name, by_neuron in (
        ("_pixel", setup.network.neuron_column),
        ("_sees", setup.photoreceptors[setup.network.neuron_type]),
    ):
        neurons.variables.add_array(
            name, size=len(by_neuron), values=by_neuron, dtype=np.int32, constant=True,
            read_only=True,
        )  # fmt: skip
    neurons.variables.add_reference("_seen", display, "luminance", index="_pixel")
    return neurons.run_regularly("luminance = _sees*_seen", clock=clock, when="start", name="light")


def values(setup: Setup, candidates: list[Parameters]) -> dict[str, np.ndarray]:
    """Return the parameters of the neurons, and the weight of each pair."""
    by_type = type_parameters(setup, candidates)
    weight = offset_weights(candidates[0])[setup.network.pair_offset]
    return {
        **{name: value[0, setup.network.neuron_type] for name, value in by_type.items()},
        "weight": weight if len(weight) else np.zeros(1),
    }


def run_bytes(setup: Setup) -> int:
    """Return about how many bytes the arrays of `build` take, beside those of the neurons."""
    # Weight, source and target of each pair, their copies while they are made, and their indices.
    return setup.network.n_pairs * (np.dtype(setup.dtype).itemsize + 60)
