"""The Brian2 objects of the lattice engine."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from attrs import evolve
from brian2 import Clock, Equations, NeuronGroup
from brian2.groups.neurongroup import StateUpdater
from brian2.units.fundamentalunits import DIMENSIONLESS

from neuroflysim.connectome import Network
from neuroflysim.dynamics import (
    by_type_equations,
    by_type_names,
    cell_constants,
    noise_variable,
)
from neuroflysim.dynamics.white_noise import NOISE_DIMENSION
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.counter_noise import counter_noise_code
from neuroflysim.simulation.engine_contract import (
    BOOKKEEPING,
    RUNAWAY_VOLTAGE,
    Cells,
    Levels,
    Setup,
    equations_of,
    network_weights,
    type_parameters,
)
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.lattice_engine.adjoint import LatticeAdjoint
from neuroflysim.simulation.lattice_engine.code_objects import code_class, kernel
from neuroflysim.simulation.lattice_engine.hoisting import hoisted
from neuroflysim.simulation.lattice_engine.kept import add_kept, kept_states
from neuroflysim.simulation.lattice_engine.layout import (
    MOST_COLUMNS,
    VECTOR_BYTES,
    Layout,
    count_positions,
    make_layout,
)
from neuroflysim.simulation.lattice_engine.products import build_sums
from neuroflysim.simulation.lattice_engine.returned_taps import strengths_of
from neuroflysim.simulation.lattice_engine.scaled_pairs import add_scaled_pairs, scaled_pairs
from neuroflysim.simulation.lattice_engine.taps import taps_of
from neuroflysim.simulation.manipulation import HOLD, add_manipulation
from neuroflysim.simulation.noise import DATA, add_noise_data
from neuroflysim.simulation.timing import build_timetable, follow_switches

#: The kernel is C++.
NEEDS_COMPILER = True

#: Products are summed up in the loop over rows of cells.
REDUCES = True

#: Parameters of each epoch lie one after the other, and a step picks its own.
FOLLOWS = True

#: By network: it has the offsets of one connectome.
_LAYOUTS: WeakKeyDictionary[Network, Layout] = WeakKeyDictionary()

#: Threads do not survive a fork: a forked process uses one and leaves the cores to its brothers.
_PROCESS = os.getpid()

#: Multiplications of a step, some 50 microseconds, from which on other threads are worth waking.
WORTH_A_THREAD = 1e6

#: Shares of a step for each thread: small ones, so that nobody waits long for the last.
SHARES_PER_THREAD = 8

#: Words of noise that the kernel computes together; those of few lanes are repeated.
NOISE_WIDTH = 16

#: Vectors of lanes in one run: as many as keep the arrays of the neurons below this many bytes.
#: More in one run saves calls; but what leaves the cache between two steps costs more.
RUN_BYTES = 1.2e6
#: Where memory alone counts, as on a GPU: all of a run takes some five times as much, beside frames
#: and what is recorded.
LARGE_RUN_BYTES = 256e6


def lanes(
    n_candidates: int,
    n_conditions: int,
    network: Network,
    dtype: np.dtype,
    large_runs: bool,
    most: int | None = None,
) -> Lanes:
    """Return the lanes of one run, at most `most`.

    They are as many vectors as the cache, or a GPU's memory, has room for.

    Conditions lie beside each other. Where they fill whole vectors, each vector has one candidate,
    and one number is the weight of all its lanes. Where there is room for one vector only, it is
    filled as well as candidates and conditions together can.
    """
    width = _width(dtype)
    run_bytes = LARGE_RUN_BYTES if large_runs else RUN_BYTES
    has_room = _vectors_with_room(network, run_bytes) * width
    most = has_room if most is None else min(has_room, most)
    if has_room == width:
        n_candidates, n_conditions = _fullest(n_candidates, n_conditions, most)
    else:
        n_conditions = _evenly(n_conditions, most)
        n_candidates = _evenly(n_candidates, most // n_conditions)
    n_pairs = n_candidates * n_conditions
    if n_pairs < width:  # a divisor of the width
        return Lanes(n_candidates, n_conditions, 1, 1 << (n_pairs - 1).bit_length())
    return Lanes(n_candidates, n_conditions, -(-n_pairs // width), width)


class LatticeStep(StateUpdater):
    """Updates the neurons as Brian2's own state updater does, after summing up their input.

    The generated code of the equations is Brian2's. The template (`templates/lattice_step.h`)
    calls it row by row, each row as soon as its synaptic input is known.

    Parameters
    ----------
    neurons : NeuronGroup
        In the order of `Lanes`: (vector, neuron, lane).
    setup : Setup
    layout : Layout
    by_type : NeuronGroup
        Time constants, resting potentials and what else the dynamics has by cell type, each of
        shape (vector, cell type, width), flat.
    weights : NeuronGroup
        Its `weight` has the shape (vector, row) or (vector, row, width), flat: the rows of all
        sums over inputs, one sum after the other.
    display : NeuronGroup
        Its `luminance` has the shape (column, condition), flat.
    timetable : NeuronGroup or None
        Tells the epoch; with epochs, parameters have one more dimension, the first.
    """

    def __init__(
        self,
        neurons: NeuronGroup,
        setup: Setup,
        layout: Layout,
        by_type: NeuronGroup,
        weights: NeuronGroup,
        display: NeuronGroup,
        timetable: NeuronGroup | None,
    ):
        StateUpdater.__init__(self, neurons, setup.method)
        self._variables, self._added = neurons.variables, []
        self._by_type, self._dtype = by_type, setup.dtype
        self._constants = set(cell_constants(setup.dynamics))
        self._by_type_names = list(by_type_names(setup.dynamics).values())
        self._perturbed, self._sources = setup.perturbed, setup.sources
        lanes, width = setup.lanes, _width(setup.dtype)
        self._name_what_the_template_provides(by_type, width, setup)
        self._add_tables(layout, setup)
        n_noises = len(setup.dynamics.noises)
        if n_noises:
            self._add_noise(setup)
        n_sources = len(setup.sources)
        n_packed = layout.n_positions * lanes.n_lanes + 64
        n_outputs = 2 * n_sources * n_packed + 64  # see on_line in the kernel
        self._variables.add_array("_outputs", size=n_outputs, dtype=setup.dtype)
        n_lights = len(setup.network.columns) * lanes.n_lanes
        self._variables.add_array("_lights", size=n_lights, dtype=setup.dtype)
        self._variables.add_array("_n_threads", size=1, dtype=np.int32, scalar=True)
        self._variables.add_reference("_weight", weights, "weight", index="_own")
        self._variables.add_reference("_display", display, "luminance", index="_k")
        if timetable is not None:
            self._follow(timetable, setup)
        if setup.room.n_scaled:
            self._added += add_scaled_pairs(self._variables, layout, setup)
        if setup.kept_steps:
            self._added += add_kept(self._variables, setup)
        self.template = "lattice_step"
        self.codeobj_class = code_class()
        self.needed_variables = [
            "voltage", "runaway_time", "luminance", "t", "dt", "t_in_timesteps",
            *(one.name for one in setup.sums),
            "_outputs", "_lights", "_weight", "_display", "_n_threads", *self._added,
        ]  # fmt: skip
        self.template_kwds = {
            "kernel": kernel("keep.h") if setup.kept_steps else kernel(),
            "noise": counter_noise_code() if n_noises else "",
            "n_noises": n_noises,
            "real": "double" if setup.dtype == np.float64 else "float",
            "one_weight": "true" if one_weight(setup) else "false",
            "bound": RUNAWAY_VOLTAGE,
            "most_columns": MOST_COLUMNS,
            "width": width,
            "epochs": timetable is not None,
            "switches": setup.room.n_switched > 0,
            "repacks": timetable is not None and setup.dynamics.passes_on_by_type,
            "scaled": setup.room.n_scaled > 0,
            "keeps": setup.kept_steps > 0,
            "states": kept_states(setup),
            "n_sources": n_sources,
            "sums": [(one.name, setup.sources.index(one.source)) for one in setup.sums],
        }

    def update_abstract_code(self, run_namespace: Mapping[str, Any] | None) -> None:
        """Let Brian2 write the step of its method, and evaluate what cells pass on after it."""
        code = self.step_of_method(run_namespace)
        step, by_type = hoisted(code, set(self._by_type_names), self._constants)
        for name in by_type:
            size = self._by_type.variables["time_constant"].size
            self._by_type.variables.add_array(name, size=size, dtype=self._dtype)
            self._variables.add_reference(name, self._by_type, index="_own")
        output = "\n".join(
            f"_output{'' if number == 0 else f'_{number}'} ="
            f" {f'{through}*' if self._perturbed else ''}{name}"
            for number, (name, through) in enumerate(self._sources)
        )
        step = f"{step}\n{HOLD}" if self._perturbed else step
        self.abstract_code = {
            "by_type": "\n".join(f"{name} = {value}" for name, value in by_type.items()),
            "output": output,
            "step": f"{step}\n{output}",
        }
        self.user_code = {"by_type": "", "output": "", "step": self.user_code}

    def step_of_method(self, run_namespace: Mapping[str, Any] | None) -> str:
        """Return the statements that Brian2 writes for a step, one a line."""
        before = self.abstract_code
        super().update_abstract_code(run_namespace)
        written, self.abstract_code = str(self.abstract_code), before
        return written

    def _name_what_the_template_provides(self, by_type, width: int, setup: Setup) -> None:
        variables = self._variables
        for index in ("_own", "_k"):
            variables.add_auxiliary_variable(index, dtype=np.int32)
            variables[index].unique = True  # Brian2 asks whether a value is written more than once
        for name in self._by_type_names:
            variables.add_reference(name, by_type, index="_own")
        # The template puts each segment's own in their place; before the first step all are zero.
        dimensions = {one.name: self._variables[one.of].dim for one in setup.sums}
        for name, dim in {"luminance": DIMENSIONLESS, **dimensions}.items():
            variables.add_array(
                name, size=MOST_COLUMNS * width, dimensions=dim, dtype=setup.dtype, index="_k"
            )

    def _add_noise(self, setup: Setup) -> None:
        """Let the template provide the noise of a segment, as it does its synaptic input."""
        add_noise_data(self.group, setup.lanes.n_lanes)
        names = [noise_variable(k) for k in range(len(setup.dynamics.noises))]
        size = MOST_COLUMNS * _width(setup.dtype)
        for name in names:
            self._variables.add_array(
                name, size=size, dtype=setup.dtype, index="_k", dimensions=NOISE_DIMENSION
            )
        n_words = 3 * NOISE_WIDTH * setup.lanes.n_vectors
        self._variables.add_array("_noise_lanes", size=n_words, dtype=np.int32)
        self._added += [*names, *DATA, "_noise_lanes"]

    def _add_tables(self, layout: Layout, setup: Setup) -> None:
        # Sizes are data, not code: so one compilation serves every lattice and every batch.
        network, lanes, width = setup.network, setup.lanes, _width(setup.dtype)
        for name, value in (
            ("n_lanes", lanes.width),
            ("n_vectors", lanes.n_vectors),
            ("n_neurons", network.n_neurons),
            ("n_types", len(network.cell_types)),
            ("n_columns", len(network.columns)),
            ("n_conditions", lanes.n_conditions),
            ("n_positions", layout.n_positions),
            ("n_segments", layout.n_segments),
            ("n_shares", _n_shares(setup)),
            ("n_weights", _n_rows(setup) * (1 if one_weight(setup) else width)),
        ):
            self._add(name, 1, value, scalar=True)
        for name in (
            "segment_neuron", "segment_size", "segment_type", "segment_column", "segment_position",
            "segment_first_copy",
        ):  # fmt: skip
            self._add(name, len(getattr(layout, name)), getattr(layout, name))
        taps = taps_of(layout, setup.sums)
        self._add("first_tap", len(taps.first), taps.first)
        for name, values in (("tap_position", taps.position), ("tap_weight", taps.weight)):
            self._add(name, len(values) + 1, np.append(values, 0))
        for name in ("copy_from", "copy_position"):  # Brian2 has no empty arrays
            self._add(name, len(getattr(layout, name)) + 1, np.append(getattr(layout, name), 0))
        shares = layout.shares(lanes.n_vectors, _n_shares(setup))
        self._add("first_of_share", len(shares), shares)
        self._add("type_sees", len(setup.photoreceptors), setup.photoreceptors.astype(np.int32))
        self._add("lane_condition", lanes.n_lanes, lanes.condition)

    def _follow(self, timetable: NeuronGroup, setup: Setup) -> None:
        """Let the template know the epoch, and which cells are switched at a step."""
        self._add("n_epochs", 1, setup.room.n_epochs, scalar=True)
        for name in ("epoch", "begins"):
            self._variables.add_reference(f"_{name}", timetable, name, index="_own")
        self._added += ["_epoch", "_begins"] + ["switches_now"] * (setup.room.n_switched > 0)

    def _add(self, name: str, size: int, values, **options) -> None:
        self._variables.add_array(
            f"_{name}", size=size, values=values, dtype=np.int32, constant=True, read_only=True,
            **options,
        )  # fmt: skip
        self._added.append(f"_{name}")


def build(setup: Setup, clock: Clock, display: NeuronGroup, n_frames: int) -> Cells:
    """Return the Brian2 objects of the neurons, and of a reduction if there is one."""
    lanes, width = setup.lanes, _width(setup.dtype)
    neurons = NeuronGroup(
        setup.network.n_neurons * lanes.n_lanes,
        equations_of(setup) + Equations(BOOKKEEPING),
        method=setup.method,
        clock=clock,
        namespace=cell_constants(setup.dynamics),
        name="neurons",
    )
    n_epochs = setup.room.n_epochs
    by_type = NeuronGroup(
        n_epochs * lanes.n_vectors * len(setup.network.cell_types) * width,
        Equations("time_constant : second\nresting_potential : 1")
        + by_type_equations(setup.dynamics),
        clock=clock,
        namespace={},
        name="by_type",
    )
    shared = 1 if one_weight(setup) else width
    weights = NeuronGroup(
        n_epochs * lanes.n_vectors * _n_rows(setup) * shared,
        "weight : 1",
        clock=clock,
        name="weights",
    )
    layout = _layout(setup)
    timetable = build_timetable(setup, clock, display, n_frames)
    step = LatticeStep(neurons, setup, layout, by_type, weights, display, timetable)
    neurons.contained_objects.remove(neurons.state_updater)
    neurons.state_updater = step
    neurons.contained_objects.append(step)
    owned_by_type = dict.fromkeys(by_type_names(setup.dynamics).values(), by_type)
    objects, owners = [by_type, weights], {**owned_by_type, "weight": weights}
    if setup.perturbed:
        electrodes = add_manipulation(setup, neurons, display, n_frames)
        objects, owners = objects + electrodes.objects, {**owners, **electrodes.owners}
    if timetable is not None:
        objects, owners = [*objects, timetable], {**owners, "_epoch_of_row": timetable}
        if setup.room.n_switched:
            switches = follow_switches(setup, timetable, neurons)
            objects, owners = objects + switches.objects, {**owners, **switches.owners}
    if setup.reduction is not None:
        objects.append(build_sums(setup, neurons, layout, display, n_frames))
    backward = None
    if setup.kept_steps:
        backward = LatticeAdjoint(neurons, setup, by_type, one_weight(setup))
        objects.append(backward)
    return Cells(neurons=neurons, objects=objects, owners=owners, backward=backward)


def _n_rows(setup: Setup) -> int:
    """Return how many weights a candidate has, those of all sums; Brian2 has no empty arrays."""
    return max(1, sum(len(one.rows) for one in setup.sums))


def _layout(setup: Setup) -> Layout:
    """Return the layout of a network: made once, and kept as long as the network is."""
    if setup.network not in _LAYOUTS:
        _LAYOUTS[setup.network] = make_layout(setup.network, setup.offsets)
    return _LAYOUTS[setup.network]


def values(
    setup: Setup, candidates: list[Parameters], levels: Levels = None
) -> dict[str, np.ndarray]:
    """Return the parameters as the groups of `build` hold them."""
    lanes, width = setup.lanes, _width(setup.dtype)
    by_type = type_parameters(setup, candidates, levels)
    rows = np.concatenate([one.rows for one in setup.sums])
    weight = np.zeros((len(candidates), _n_rows(setup)))
    for own, candidate in zip(weight, candidates, strict=True):
        own[: len(rows)] = network_weights(candidate, setup.network)[rows]
    by_vector = lanes.candidate.reshape(lanes.n_vectors, lanes.width)
    filled = np.tile(by_vector, (1, width // lanes.width))  # few lanes are repeated

    def arranged(by_candidate: np.ndarray, candidate: np.ndarray) -> np.ndarray:
        return by_candidate[candidate].swapaxes(1, 2).reshape(-1)

    lanes_with_weights = filled[:, :1] if one_weight(setup) else filled
    backwards = {}
    if setup.kept_steps:
        strengths = strengths_of(setup.network, setup.offsets, setup.sums)
        by_candidate = np.stack([strengths.values(candidate) for candidate in candidates])
        backwards["_strength"] = arranged(by_candidate, lanes_with_weights)
    return {
        **{name: arranged(value, filled) for name, value in by_type.items()},
        "weight": arranged(weight, lanes_with_weights),
        **backwards,
        "_n_threads": np.array([_n_threads(setup)]),
    }


def scaled(setup: Setup, pairs: np.ndarray, factors: np.ndarray) -> dict[str, np.ndarray]:
    """Return which inputs of which cells are corrected, and by how much: see `Engine.scaled`."""
    return scaled_pairs(_layout(setup), setup, pairs, factors)


def run_bytes(setup: Setup) -> int:
    """Return about how many bytes the arrays of `build` take."""
    lanes, size = setup.lanes, np.dtype(setup.dtype).itemsize
    n_positions = count_positions(setup.network, setup.offsets)
    n_weights = _n_rows(setup) * _width(setup.dtype)
    n_packed = n_positions * len(setup.sources)
    n_corrected = setup.room.n_scaled * len(setup.sums) * lanes.width
    by_epoch = lanes.n_vectors * (n_weights + n_corrected)
    return (lanes.n_lanes * n_packed * 2 + by_epoch * setup.room.n_epochs) * size


def lanes_of_beginning(setup: Setup) -> Lanes:
    """Return lanes of the same program that hold as many candidates as they can, in one condition.

    Where a vector has one weight for all of its lanes, it cannot hold several candidates.
    """
    if one_weight(setup):
        return setup.lanes
    return evolve(setup.lanes, n_candidates=setup.lanes.n_used, n_conditions=1)


def one_weight(setup: Setup) -> bool:
    """Return whether the lanes of a vector share a weight, as each vector holds one candidate.

    It saves a tenth of the time of a small network. With the only vector of a large one it saves
    nothing, and keeps its candidates from beginning together.
    """
    lanes = setup.lanes
    if lanes.n_vectors == 1 and _vectors_with_room(setup.network, RUN_BYTES) == 1:
        return False
    by_vector = lanes.candidate.reshape(lanes.n_vectors, lanes.width)
    return bool((by_vector == by_vector[:, :1]).all())


def _vectors_with_room(network: Network, run_bytes: float) -> int:
    return max(1, int(run_bytes / (network.n_neurons * VECTOR_BYTES)))


def _evenly(number: int, most: int) -> int:
    """Return how many are taken at a time, at most so many, if every run takes as many."""
    return -(-number // -(-number // most))


def _fullest(n_candidates: int, n_conditions: int, most: int) -> tuple[int, int]:
    """Return how many candidates and conditions of each are taken at a time: for the fewest runs.

    Of several ways, the one with the fewest candidates.

    Examples
    --------
    >>> _fullest(2, 24, most=16)  # three runs of 16 lanes, in place of four of 12
    (2, 8)
    """
    ways = [(k, min(n_conditions, most // k)) for k in range(1, min(n_candidates, most) + 1)]
    best = min(ways, key=lambda way: -(-n_candidates // way[0]) * -(-n_conditions // way[1]))
    return _evenly(n_candidates, best[0]), _evenly(n_conditions, best[1])


def _n_threads(setup: Setup) -> int:
    large = setup.network.n_pairs * setup.lanes.n_lanes >= WORTH_A_THREAD
    return setup.threads if large and os.getpid() == _PROCESS else 1


def _n_shares(setup: Setup) -> int:
    return 1 if setup.threads == 1 else SHARES_PER_THREAD * setup.threads


def _width(dtype: np.dtype) -> int:
    return VECTOR_BYTES // np.dtype(dtype).itemsize
