"""Engine "synapses": plain Brian2 `Synapses`, one object for each sum over inputs, one lane."""

from __future__ import annotations

import numpy as np
from attrs import evolve
from brian2 import Clock, Equations, NeuronGroup, Synapses
from brian2.equations.codestrings import Expression
from brian2.equations.equations import PARAMETER, SUBEXPRESSION, SingleEquation
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension

from neuroflysim.connectome import Network
from neuroflysim.dynamics import cell_constants, cell_equations
from neuroflysim.dynamics.dynamics import GIVEN
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.engine_contract import (
    BOOKKEEPING,
    RUNAWAY_VOLTAGE,
    Cells,
    Setup,
    Sum,
    network_weights,
    type_parameters,
)
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.manipulation import HOLD, add_manipulation

#: What Brian2 does with numpy alone it does for this engine, too.
NEEDS_COMPILER = False

REDUCES = False

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
    owners = {}
    for number, one in enumerate(setup.sums):
        weight, pairs = _weight(number), _pairs(setup, one)
        name = "synapses" if number == 0 else f"synapses_{number}"
        if not len(pairs):  # Brian2 has no Synapses without synapses
            owners[weight] = NeuronGroup(1, f"{weight} : 1", clock=clock, name=name, namespace={})
            continue
        synapses = owners[weight] = Synapses(
            cells.neurons,
            cells.neurons,
            _per_pair(weight, one, cells.neurons.variables[one.of].dim, setup.n_courses > 0),
            clock=clock,
            namespace=cell_constants(setup.dynamics),
            name=name,
        )
        synapses.connect(i=setup.network.pair_source[pairs], j=setup.network.pair_target[pairs])
    return evolve(
        cells, objects=[*owners.values(), *cells.objects], owners={**owners, **cells.owners}
    )


def _per_pair(weight: str, one: Sum, dim: Dimension, perturbed: bool) -> Equations:
    """Return the equations of a pair of cells, for a variable of any unit.

    weight : 1 (constant)
    synaptic_input_post = weight*output_pre : 1 (summed)
    """
    source = f"transmission_pre*{one.of}_pre" if perturbed else f"{one.of}_pre"
    summed = Expression(f"{weight}*{source}")
    return Equations(
        [
            SingleEquation(PARAMETER, weight, DIMENSIONLESS, flags=["constant"]),
            SingleEquation(SUBEXPRESSION, f"{one.name}_post", dim, expr=summed, flags=["summed"]),
        ]
    )


def _weight(number: int) -> str:
    """Return the name of the weights of a sum."""
    return "weight" if number == 0 else f"weight_{number}"


def _pairs(setup: Setup, one: Sum) -> np.ndarray:
    """Return the pairs of cells that a sum goes over."""
    return np.flatnonzero(np.isin(setup.network.pair_offset, one.rows))


def cells_without_synapses(
    setup: Setup, clock: Clock, display: NeuronGroup, n_frames: int
) -> Cells:
    """Return all Brian2 objects of one lane but those that set sums over inputs, which stay 0.

    For engines of one lane that sum up inputs in another way: docs/adding.md shows one.

    Parameters
    ----------
    setup, clock, display, n_frames
        See `Engine.build`.
    """
    perturbed = setup.n_courses > 0
    equations = cell_equations(setup.dynamics, perturbed)
    sums = [SingleEquation(PARAMETER, one.name, equations[one.of].dim) for one in setup.sums]
    neurons = NeuronGroup(
        setup.network.n_neurons,
        equations + Equations(sums) + Equations(GIVEN) + Equations(BOOKKEEPING),
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
    weight = network_weights(candidates[0], setup.network)[setup.network.pair_offset]
    weights = [weight[_pairs(setup, one)] for one in setup.sums]
    return {
        **{name: value[0, setup.network.neuron_type] for name, value in by_type.items()},
        **{_weight(number): own if len(own) else np.zeros(1) for number, own in enumerate(weights)},
    }


def run_bytes(setup: Setup) -> int:
    """Return about how many bytes the arrays of `build` take, beside those of the neurons."""
    # Weight, source and target of each pair, their copies while they are made, and their indices.
    n_pairs = sum(len(_pairs(setup, one)) for one in setup.sums)
    return n_pairs * (np.dtype(setup.dtype).itemsize + 60)
