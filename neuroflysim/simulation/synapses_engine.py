"""Engine "synapses": plain Brian2 `Synapses`, one object for each sum over inputs, one lane."""

from __future__ import annotations

import numpy as np
from attrs import evolve, frozen
from brian2 import Clock, Equations, NeuronGroup, Synapses
from brian2.equations.codestrings import Expression
from brian2.equations.equations import PARAMETER, SUBEXPRESSION, SingleEquation
from brian2.groups.group import Group
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension

from neuroflysim.connectome import Network
from neuroflysim.dynamics import by_type_equations, by_type_names, cell_constants
from neuroflysim.dynamics.given import GIVEN
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.engine_contract import (
    BOOKKEEPING,
    RUNAWAY_VOLTAGE,
    Cells,
    Levels,
    Setup,
    Sum,
    equations_of,
    network_weights,
    type_parameters,
)
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.manipulation import HOLD, add_manipulation
from neuroflysim.simulation.noise import noise_by_neuron
from neuroflysim.simulation.timing import build_timetable, follow, follow_switches

#: What Brian2 does with numpy alone it does for this engine, too.
NEEDS_COMPILER = False

REDUCES = False

FOLLOWS = True

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
    timetable = build_timetable(setup, clock, display, n_frames)
    cells = cells_without_synapses(setup, clock, display, n_frames, timetable)
    objects, owners = [], {}
    for number, one in enumerate(setup.sums):
        by_pair, pairs = _by_pair(setup, number), pairs_of(setup, one)
        synapses = _synapses(setup, clock, cells.neurons, one, number, by_pair, pairs)
        objects, owners = [*objects, synapses], {**owners, **dict.fromkeys(by_pair, synapses)}
        if timetable is not None:
            followers = follow(setup, timetable, synapses, by_pair, max(1, len(pairs)))
            objects, owners = objects + followers.objects, {**owners, **followers.owners}
    return evolve(cells, objects=[*objects, *cells.objects], owners={**owners, **cells.owners})


def _synapses(setup, clock, neurons, one: Sum, number: int, by_pair: list[str], pairs) -> Group:
    """Return the Brian2 object of a sum over inputs."""
    name = "synapses" if number == 0 else f"synapses_{number}"
    if not len(pairs):  # Brian2 has no Synapses without synapses
        equations = "\n".join(f"{each} : 1" for each in by_pair)
        return NeuronGroup(1, equations, clock=clock, name=name, namespace={})
    synapses = Synapses(
        neurons,
        neurons,
        per_pair(by_pair, one, neurons.variables[one.of].dim, setup.perturbed),
        clock=clock,
        namespace=cell_constants(setup.dynamics),
        name=name,
    )
    synapses.connect(i=pairs.source, j=pairs.target)
    return synapses


def per_pair(by_pair: list[str], one: Sum, dim: Dimension, perturbed: bool) -> Equations:
    """Return the equations of a pair of cells, for a variable of any unit.

    weight : 1 (constant)
    synaptic_input_post = weight*output_pre : 1 (summed)

    Parameters
    ----------
    by_pair : list of str
        Names of what a pair has; their product is what the variable is multiplied with.
    one : Sum
    dim : Dimension
        Of the variable.
    perturbed : bool
        Whether something may be done to single cells.
    """
    source = f"{one.through}_pre*{one.of}_pre" if perturbed else f"{one.of}_pre"
    summed = Expression("*".join([*by_pair, source]))
    return Equations(
        [
            *(SingleEquation(PARAMETER, x, DIMENSIONLESS, flags=["constant"]) for x in by_pair),
            SingleEquation(SUBEXPRESSION, f"{one.name}_post", dim, expr=summed, flags=["summed"]),
        ]
    )


def _weight(number: int) -> str:
    """Return the name of the weights of a sum."""
    return "weight" if number == 0 else f"weight_{number}"


def _factor(number: int) -> str:
    """Return the name of what multiplies the weights of single pairs."""
    return "factor" if number == 0 else f"factor_{number}"


def _by_pair(setup: Setup, number: int) -> list[str]:
    """Return the names of what the pairs of a sum have."""
    return [_weight(number), *([_factor(number)] if setup.room.n_scaled else [])]


@frozen(eq=False)
class Pairs:
    """The pairs of cells that a sum goes over.

    Attributes
    ----------
    source, target : ndarray of int
        Neurons.
    row : ndarray of int
        Of `Setup.offsets`.
    number : ndarray of int
        Of the pair in the network; gap junctions are counted after all others.
    """

    source: np.ndarray
    target: np.ndarray
    row: np.ndarray
    number: np.ndarray

    def __len__(self) -> int:
        return len(self.row)


def pairs_of(setup: Setup, one: Sum) -> Pairs:
    """Return the pairs of cells that a sum goes over.

    Parameters
    ----------
    setup : Setup
    one : Sum
        One of `Setup.sums`.
    """
    network = setup.network
    row = np.concatenate(
        [network.pair_offset, len(network.offset_connection) + network.electrical_row]
    )
    source = np.concatenate([network.pair_source, network.electrical_source])
    target = np.concatenate([network.pair_target, network.electrical_target])
    number = np.flatnonzero(np.isin(row, one.rows))
    return Pairs(source[number], target[number], row[number], number)


def cells_without_synapses(
    setup: Setup,
    clock: Clock,
    display: NeuronGroup,
    n_frames: int,
    timetable: NeuronGroup | None = None,
) -> Cells:
    """Return all Brian2 objects of one lane but those that set sums over inputs, which stay 0.

    For engines of one lane that sum up inputs in another way: docs/adding.md shows one.

    Parameters
    ----------
    setup, clock, display, n_frames
        See `Engine.build`.
    timetable : NeuronGroup or None
        See `build_timetable`.
    """
    perturbed = setup.perturbed
    equations = equations_of(setup)
    sums = [SingleEquation(PARAMETER, one.name, equations[one.of].dim) for one in setup.sums]
    given = Equations(GIVEN) + by_type_equations(setup.dynamics, flags=("constant",))
    neurons = NeuronGroup(
        setup.network.n_neurons,
        equations + Equations(sums) + given + Equations(BOOKKEEPING),
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
    if timetable is not None:
        objects, owners = [*objects, timetable], {**owners, "_epoch_of_row": timetable}
        by_type = list(by_type_names(setup.dynamics).values())
        followers = [follow(setup, timetable, neurons, by_type, len(neurons))]
        if setup.room.n_switched:
            followers.append(follow_switches(setup, timetable, neurons))
        for each in followers:
            objects, owners = [*objects, *each.objects], {**owners, **each.owners}
    objects = [*objects, *noise_by_neuron(setup, neurons, clock)]
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


def values(
    setup: Setup, candidates: list[Parameters], levels: Levels = None
) -> dict[str, np.ndarray]:
    """Return the parameters of the neurons, and the weight of each pair."""
    by_type = type_parameters(setup, candidates, levels)
    weight = network_weights(candidates[0], setup.network)
    weights = [weight[pairs_of(setup, one).row] for one in setup.sums]
    values = {
        **{name: value[0, setup.network.neuron_type] for name, value in by_type.items()},
        **{_weight(number): own if len(own) else np.zeros(1) for number, own in enumerate(weights)},
    }
    if setup.room.n_epochs == 1:
        return values
    return {f"{name}_by_epoch": value for name, value in values.items()}


def scaled(setup: Setup, pairs: np.ndarray, factors: np.ndarray) -> dict[str, np.ndarray]:
    """Return by what the strength of each pair is multiplied, in each epoch."""
    n_pairs = setup.network.n_pairs + len(setup.network.electrical_row)
    every = np.ones((len(factors), n_pairs))
    every[:, pairs] = factors[:, 0]
    ending = "" if setup.room.n_epochs == 1 else "_by_epoch"
    own = {number: every[:, pairs_of(setup, one).number] for number, one in enumerate(setup.sums)}
    return {
        _factor(number) + ending: (one if one.size else np.ones((len(factors), 1))).reshape(-1)
        for number, one in own.items()
    }


def run_bytes(setup: Setup) -> int:
    """Return about how many bytes the arrays of `build` take, beside those of the neurons."""
    # Weight, source and target of each pair, their copies while they are made, and their indices.
    n_pairs = sum(len(pairs_of(setup, one)) for one in setup.sums)
    size, room = np.dtype(setup.dtype).itemsize, setup.room
    by_epoch = (1 + (room.n_scaled > 0)) * (size + 8) * room.n_epochs * (room.n_epochs > 1)
    return n_pairs * (size + 60 + by_epoch)
