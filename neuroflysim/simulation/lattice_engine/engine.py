"""The Brian2 objects of the lattice engine."""

from __future__ import annotations

from importlib import resources

import numpy as np
from brian2 import Clock, NeuronGroup, get_device
from brian2.codegen.runtime.cython_rt import CythonCodeObject
from brian2.core.variables import Variables
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.groups.group import CodeRunner

from neuroflysim.errors import SimulationError
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.lattice_engine.layout import VECTOR_BYTES, make_layout
from neuroflysim.simulation.model import RUNAWAY_VOLTAGE, Setup, offset_weights

_PACKAGE = "neuroflysim.simulation.lattice_engine"
_TABLES = (
    "segment_neuron",
    "segment_size",
    "segment_position",
    "segment_first_tap",
    "tap_position",
    "tap_offset",
)


def lanes(n_candidates: int, n_conditions: int, dtype: np.dtype) -> Lanes:
    """Return the lanes of one run: all conditions of as many candidates as fill a vector.

    More lanes at once would not make a lane cheaper: their arrays leave the cache.
    """
    n_conditions = min(n_conditions, _width(dtype))
    n_candidates = min(n_candidates, _width(dtype) // n_conditions)
    n_lanes = 1 << (n_candidates * n_conditions - 1).bit_length()  # a divisor of the width
    return Lanes(n_candidates, n_conditions, n_lanes)


class _CythonCode(CythonCodeObject):
    templater = CythonCodeObject.templater.derive(_PACKAGE)


class _StandaloneCode(CPPStandaloneCodeObject):
    templater = CPPStandaloneCodeObject.templater.derive(_PACKAGE)


class LatticeInput(CodeRunner):
    """Computes `synaptic_input` before the neurons are updated, as summed variables are.

    Parameters
    ----------
    setup : Setup
    neurons : NeuronGroup
        In the order of `Lanes`: (neuron, lane).
    shared_weights : NeuronGroup
        Its `weight` has the shape (offset, vector), flat.
    """

    def __init__(self, setup: Setup, neurons: NeuronGroup, shared_weights: NeuronGroup):
        layout = make_layout(setup.network, setup.offsets)
        variables, lanes = neurons.variables, setup.lanes
        for name in _TABLES:
            self._add_table(variables, f"_{name}", getattr(layout, name))
        # Sizes are data, not code: so one compilation serves every extent and every batch.
        self._add_table(variables, "_sizes", [lanes.n_lanes, len(layout.segment_neuron)])
        n_sum = int(layout.segment_size.max()) * lanes.n_lanes + _width(setup.dtype)
        variables.add_array("_sum", size=n_sum, dtype=setup.dtype)
        n_packed = layout.n_positions * lanes.n_lanes
        variables.add_array("_packed", size=n_packed, dtype=setup.dtype)
        variables.add_reference("_weight", shared_weights, "weight")
        CodeRunner.__init__(
            self,
            group=neurons,
            template="lattice_input",
            code="_output = output",
            needed_variables=[
                "synaptic_input",
                "runaway_time",
                "t",
                "dt",
                "_packed",
                "_sum",
                "_sizes",
                "_weight",
                *(f"_{name}" for name in _TABLES),
            ],
            clock=neurons.clock,
            when="groups",
            order=neurons.order - 1,
            name="lattice_input",
            codeobj_class=_code_class(),
            template_kwds={
                "kernel": resources.files(_PACKAGE).joinpath("lattice_kernel.h").read_text(),
                "real": "double" if setup.dtype == np.float64 else "float",
                "bound": RUNAWAY_VOLTAGE,
            },
        )

    @staticmethod
    def _add_table(variables: Variables, name: str, values) -> None:
        variables.add_array(
            name, size=len(values), values=values, dtype=np.int32, constant=True, read_only=True
        )


def connect(setup: Setup, neurons: NeuronGroup, clock: Clock) -> list:
    """Return the Brian2 objects that compute `synaptic_input`, the owner of `weight` first."""
    size = len(setup.offsets) * _width(setup.dtype)
    shared = NeuronGroup(size, "weight : 1", clock=clock, name="shared_weights", namespace={})
    return [shared, LatticeInput(setup, neurons, shared)]


def weights(setup: Setup, candidates: list[Parameters]) -> np.ndarray:
    """Return the weights of the offsets, shape (offset, vector), flat.

    The lanes are repeated until they fill a vector.
    """
    lanes, width = setup.lanes, _width(setup.dtype)
    by_candidate = np.stack([offset_weights(candidate) for candidate in candidates])
    by_lane = by_candidate[lanes.candidate]
    return np.tile(by_lane.T, (1, width // lanes.n_lanes)).reshape(-1)


def _width(dtype: np.dtype) -> int:
    return VECTOR_BYTES // np.dtype(dtype).itemsize


def _code_class() -> type:
    target = get_device().code_object_class()
    if issubclass(target, CythonCodeObject):
        return _CythonCode
    if target is CPPStandaloneCodeObject:
        return _StandaloneCode
    if issubclass(target, CPPStandaloneCodeObject):  # that of brian2cuda
        raise SimulationError(
            "engine 'lattice' cannot be compiled for a GPU yet: use engine='synapses'."
        )
    raise SimulationError(
        f"engine 'lattice' needs a C++ compiler, but Brian2 would use {target.class_name}:"
        " `neuroflysim doctor` tells what is missing; engine='synapses' does without."
    )
