"""The Brian2 object that takes the lattice engine one step backwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from attrs import frozen
from brian2 import NeuronGroup
from brian2.groups.group import CodeRunner

from neuroflysim.dynamics import by_type_names, cell_constants
from neuroflysim.simulation.adjoint.statements import ADJOINT, RETURNED, AdjointStep, adjoint_step
from neuroflysim.simulation.counter_noise import counter_noise_code
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.lattice_engine.code_objects import code_class, kernel
from neuroflysim.simulation.lattice_engine.hoisting import hoisted
from neuroflysim.simulation.lattice_engine.kept import kept_states
from neuroflysim.simulation.lattice_engine.layout import MOST_COLUMNS, VECTOR_BYTES
from neuroflysim.simulation.lattice_engine.returned_taps import returned_taps, strengths_of
from neuroflysim.simulation.lattice_engine.transposed import transposed_layout
from neuroflysim.simulation.noise import DATA

#: What a name of a value by cell type begins with.
PREFIX = "_by_type_"

#: Pairs of connected cells from which on a network has several parts, and how many.
WORTH_PARTS, PARTS = 100_000, 8

#: Variables of the neurons that the forward step has put there.
_SHARED = (
    "_n_lanes", "_n_vectors", "_n_neurons", "_n_types", "_n_columns", "_n_segments", "_n_threads",
    "_segment_neuron", "_segment_size", "_segment_type", "_segment_column", "_type_sees",
)  # fmt: skip


@frozen
class Steering:
    """Names of what a call is told: variables of the neurons."""

    slot = "_slot_now"  #: which kept state
    returns = "_returns"  #: whether its targets sent something back: not after the last step
    goes_back = "_goes_back"  #: whether there is a step before it
    turn = "_turn"  #: number of the call, for the two halves of what is sent
    loss = "_of_loss"  #: derivatives by the recorded voltages, shape (vector, recorded, lane)


class LatticeAdjoint(CodeRunner):
    """Takes the neurons one step backwards, after a run that kept its steps.

    Parameters
    ----------
    neurons : NeuronGroup
        With the `LatticeStep` of a setup that keeps steps.
    setup : Setup
    by_type : NeuronGroup
        As the forward step has it.
    one_weight : bool
        Whether the lanes of a vector share each weight.
    """

    def __init__(self, neurons: NeuronGroup, setup: Setup, by_type: NeuronGroup, one_weight: bool):
        self._variables, self._setup, self._by_type = neurons.variables, setup, by_type
        self._added: list[str] = []
        self._states = kept_states(setup)
        self._constants = set(cell_constants(setup.dynamics))
        self._types = list(by_type_names(setup.dynamics).values())
        self._add_tables(one_weight)
        n_noises = len(setup.dynamics.noises)
        noises = [f"_noise_{k}" for k in range(n_noises)]
        sums = [one.name for one in setup.sums]
        CodeRunner.__init__(
            self,
            neurons,
            "lattice_adjoint",
            code="",
            clock=neurons.clock,
            when="groups",
            order=neurons.order + 1,
            name="lattice_adjoint",
            check_units=False,
            codeobj_class=code_class(),
            needed_variables=[
                "t", "dt", "t_in_timesteps", "luminance", *self._states, *sums, *_SHARED,
                *(f"_kept_{name}" for name in self._states), "_kept_light",
                *(f"_kept_sum_{k}" for k in range(len(sums))), *self._added,
                *([*noises, *DATA, "_noise_lanes"] if n_noises else []),
            ],
            template_kwds={
                "kernel": kernel("adjoint_kernel.h"),
                "noise": counter_noise_code() if n_noises else "",
                "n_noises": n_noises,
                "real": "double" if setup.dtype == np.float64 else "float",
                "one_weight": "true" if one_weight else "false",
                "most_columns": MOST_COLUMNS,
                "states": self._states,
                "sums": sums,
                "n_sums": len(sums),
                "n_sources": len(setup.sources),
                "sources_of_sums": [setup.sources.index(one.source) for one in setup.sums],
            },
        )  # fmt: skip

    def update_abstract_code(self, run_namespace: Mapping[str, Any] | None) -> None:
        """Derive the adjoint of the step that Brian2 writes for the method."""
        adjoint = self._derived(run_namespace)
        blocks, by_type = {}, {}
        for name, code in (("back", adjoint.back), ("onto", adjoint.onto)):
            blocks[name], found = hoisted(
                code, set(self._types), self._constants, f"{PREFIX}{name}_"
            )
            by_type |= found
        for name in by_type:
            size = self._by_type.variables["time_constant"].size
            self._by_type.variables.add_array(name, size=size, dtype=self._setup.dtype)
            self._variables.add_reference(name, self._by_type, index="_own")
        self.abstract_code = {
            "by_type_back": "\n".join(f"{name} = {value}" for name, value in by_type.items()),
            "output": "\n".join(
                f"_output{'' if number == 0 else f'_{number}'} = {name}"
                for number, (name, _) in enumerate(self._setup.sources)
            ),
            **blocks,
        }
        self.user_code = dict.fromkeys(self.abstract_code, "")
        self.template_kwds |= {
            "types": self._types,
            "back_types": adjoint.back_types,
            "onto_types": adjoint.onto_types,
            "back_sums": adjoint.back_sums,
            "sees": adjoint.sees,
        }

    def _derived(self, run_namespace: Mapping[str, Any] | None) -> AdjointStep:
        updater = self.group.state_updater
        substituted = dict(
            self.group.equations.get_substituted_expressions(include_subexpressions=True)
        )
        passed_on = {
            name: name if name in self._states else substituted[name].code
            for name, _ in self._setup.sources
        }
        return adjoint_step(
            updater.step_of_method(run_namespace),
            passed_on,
            self._states,
            [(one.name, one.of) for one in self._setup.sums],
            self._types,
        )

    def _add_tables(self, one_weight: bool) -> None:
        setup, network, lanes = self._setup, self._setup.network, self._setup.lanes
        width = VECTOR_BYTES // np.dtype(setup.dtype).itemsize
        layout, n_sums = transposed_layout(network, setup.offsets), len(setup.sums)
        parts = n_parts(setup)
        strengths = strengths_of(network, setup.offsets, setup.sums)
        n_strengths = max(1, len(strengths.connection))  # Brian2 has no empty arrays
        n_types, n_columns = len(network.cell_types), len(network.columns)
        seeing = np.cumsum(setup.photoreceptors) - 1
        taps = returned_taps(layout, setup.sums, strengths)
        for name, value in (
            ("_n_positions_back", layout.n_positions),
            ("_n_strengths", n_strengths),
            ("_n_parts", parts),
            ("_n_records", len(setup.recorded)),
        ):
            self._add(name, value, scalar=True, constant=True, read_only=True)
        for name, values in (
            ("_segment_position_back", layout.segment_position),
            ("_segment_first_copy_back", layout.segment_first_copy),
            ("_copy_from_back", np.append(layout.copy_from, 0)),
            ("_copy_position_back", np.append(layout.copy_position, 0)),
            ("_first_group_back", taps.first_group),
            ("_first_tap_back", taps.first_tap),
            ("_strength_of_group", np.append(taps.strength, 0)),
            ("_tap_position_back", np.append(taps.position, 0)),
            ("_first_of_part", layout.shares(1, parts)),
            ("_record_neuron", setup.recorded),
            ("_eye_of_type", seeing),
        ):
            self._add(name, values, constant=True, read_only=True)
        for name in (Steering.slot, Steering.returns, Steering.goes_back, Steering.turn):
            self._add(name, 0, scalar=True)
        n_sent = 2 * max(n_sums, 1) * (layout.n_positions * lanes.n_lanes + 64) + 64
        n_shares = lanes.n_vectors * parts
        for name, size, dtype in (
            ("_sent", n_sent, setup.dtype),
            ("_light_back", max(1, setup.photoreceptors.sum()) * n_columns * lanes.n_lanes,
             setup.dtype),
            ("_strength_sums", n_shares * n_strengths * width, setup.dtype),
            ("_strength", lanes.n_vectors * n_strengths * (1 if one_weight else width),
             setup.dtype),
            ("_tap_count", len(taps.count) + 1, setup.dtype),
            ("_type_sums", n_shares * n_types * len(self._types) * width, np.float64),
            (Steering.loss, len(setup.recorded) * lanes.n_lanes, setup.dtype),
            *((ADJOINT + name, network.n_neurons * lanes.n_lanes, setup.dtype)
              for name in self._states),
        ):  # fmt: skip
            self._variables.add_array(name, size=size, dtype=dtype)
            self._added.append(name)
        self._variables["_tap_count"].get_value()[:-1] = taps.count
        for k in range(n_sums):  # the template puts each segment's own in their place
            name = f"{RETURNED}{k}"
            self._variables.add_array(
                name, size=MOST_COLUMNS * width, dtype=setup.dtype, index="_k"
            )
            self._added.append(name)

    def _add(self, name: str, values: npt.ArrayLike, **options: Any) -> None:
        values = np.asarray(values, dtype=np.int32)
        self._variables.add_array(name, size=values.size, values=values, dtype=np.int32, **options)
        self._added.append(name)


def n_parts(setup: Setup) -> int:
    """Return into how many parts the neurons of a vector are split.

    It depends on the network alone, and so do the bits of all derivatives.
    """
    return PARTS if setup.network.n_pairs >= WORTH_PARTS else 1
