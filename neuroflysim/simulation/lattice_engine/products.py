"""The Brian2 object that adds up products of outputs while the lattice engine runs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from brian2 import NeuronGroup
from brian2.groups.group import CodeRunner

from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.lattice_engine.code_objects import code_class, kernel
from neuroflysim.simulation.lattice_engine.layout import Layout

#: Variables that the lattice engine's step has put into the group already.
_SHARED = (
    "_outputs", "_n_threads", "_n_lanes", "_n_vectors", "_n_positions", "_n_columns",
    "_n_conditions", "_lane_condition",
)  # fmt: skip


def build_sums(
    setup: Setup, neurons: NeuronGroup, layout: Layout, display: NeuronGroup, n_frames: int
) -> CodeRunner:
    """Return what adds up the products of `setup.reduction` after each step.

    Its variables `_sums` (vector, product, lane), `_targets` (time, site, target, condition) and
    `_frame_weight` (time) belong to the neurons.
    """
    reduction, network, lanes = setup.reduction, setup.network, setup.lanes
    if reduction is None:
        raise ValueError("this setup adds up no products")
    sites = reduction.sites(network)
    types = [network.cell_types.index(name) for name in reduction.cell_types]
    variables, added = neurons.variables, []

    def add(name: str, values: npt.ArrayLike, dtype: npt.DTypeLike = np.int32, **options: Any):
        values = np.asarray(values)
        variables.add_array(
            name, size=max(values.size, 1), dtype=dtype, values=values if values.size else None,
            **options,
        )  # fmt: skip
        added.append(name)

    table: dict[str, Any] = {"constant": True, "read_only": True}
    for name, value in (
        ("_n_frames", n_frames),
        ("_n_outputs", len(types)),
        ("_n_targets", reduction.n_targets),
        ("_n_sites", len(sites)),
        ("_n_pooled", sites.shape[1]),
    ):
        add(name, value, scalar=True, **table)
    add("_site_column", sites.reshape(-1), **table)
    add("_output_position", layout.neuron_positions(network)[types].reshape(-1), **table)
    n_targets = n_frames * len(sites) * reduction.n_targets * lanes.n_conditions
    add("_targets", np.zeros(n_targets), dtype=setup.dtype)
    add("_frame_weight", np.zeros(n_frames), dtype=np.float64)
    add("_sums", np.zeros(reduction.n_products * lanes.n_lanes), dtype=np.float64)
    variables.add_reference("_n_before", display, "_n_before")
    return CodeRunner(
        neurons,
        "sums_of_products",
        code="",
        clock=neurons.clock,
        when="groups",
        order=neurons.order + 1,
        name="sums_of_products",
        needed_variables=["t", "dt", "t_in_timesteps", "_n_before", *_SHARED, *added],
        codeobj_class=code_class(),
        template_kwds={
            "kernel": kernel("products_kernel.h"),
            "noise": "",
            "real": "double" if setup.dtype == np.float64 else "float",
            "n_sources": len(setup.sources),
        },
    )
