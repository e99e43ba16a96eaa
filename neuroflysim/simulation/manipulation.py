"""The Brian2 variables by which single cells are perturbed: what they transmit, clamps, currents.

A network without them has other code, so that perturbations cost nothing where there are none.
With them, sizes and values are data: other perturbations compile nothing.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen
from brian2 import NeuronGroup

from neuroflysim.perturbations import Effects, Manipulation
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.timing import OF_CELLS

#: Makes a clamped voltage what it is held at, and leaves others as they are, bit for bit.
HOLD = "voltage = not_clamped*voltage + clamp_voltage"

#: Row 0 is before the stimulus, row 1 its first step.
FIND_ROW = "_at = i + N*int(t_in_timesteps >= _n_before)*(t_in_timesteps - _n_before + 1)"


@frozen
class Electrodes:
    """What brings currents to cells.

    Attributes
    ----------
    objects : list
        Brian2 objects that must be in the network.
    owners : dict of str to Group
        Where variables lie that are not in the neurons.
    """

    objects: list
    owners: dict


def add_manipulation(
    setup: Setup, neurons: NeuronGroup, display: NeuronGroup, n_frames: int
) -> Electrodes:
    """Give neurons the variables transmission, not_clamped, clamp_voltage and injected_current.

    Parameters
    ----------
    setup : Setup
    neurons : NeuronGroup
        In the order of `Lanes`.
    display : NeuronGroup
        Knows when the stimulus begins.
    n_frames : int
    """
    n_sites = setup.room.n_courses * setup.lanes.n_lanes
    electrodes = NeuronGroup(
        n_sites, "current : 1", clock=neurons.clock, dtype=setup.dtype, name="electrodes"
    )
    add = electrodes.variables.add_array
    add("_at", size=n_sites, dtype=np.int64)
    add("_courses", size=(1 + n_frames) * n_sites, dtype=setup.dtype, index="_at")
    electrodes.variables.add_reference("_n_before", display, "_n_before")
    updates = [
        electrodes.run_regularly(code, when="start", order=order, name=name)
        for code, order, name in (
            (FIND_ROW, -2, "electrodes_row"),
            ("current = _courses", -1, "electrodes_update"),
        )
    ]
    presence = ["presence"] if setup.has_gap_junctions else []
    for name in ("transmission", "not_clamped", "clamp_voltage", *presence):
        neurons.variables.add_array(name, size=len(neurons), dtype=setup.dtype)
    neurons.variables.add_array("_electrode", size=len(neurons), dtype=np.int32)
    neurons.variables.add_reference("injected_current", electrodes, "current", index="_electrode")
    return Electrodes([electrodes, *updates], {"_courses": electrodes})


def manipulation_values(
    setup: Setup, flies: list[Effects], rows: list[int]
) -> dict[str, np.ndarray]:
    """Return the values of those variables for the flies of one run.

    Parameters
    ----------
    setup : Setup
    flies : list of Effects
        One for each candidate of the run.
    rows : list of int
        The first of each epoch that there is room for.
    """
    lanes, n_courses = setup.lanes, setup.room.n_courses
    done = _of_cells([effects.at(0) for effects in flies])
    courses = np.zeros((1 + len(flies[0].times), n_courses, len(flies)))
    course = np.zeros((len(flies), setup.network.n_neurons), dtype=int)
    for k, effects in enumerate(flies):
        own, course[k] = effects.courses()
        courses[:, : len(own), k] = own.T
    lane = np.arange(lanes.n_lanes)[:, None]
    by_lane = {
        **{name: values[lanes.candidate] for name, values in done.items()},
        "_electrode": course[lanes.candidate] * lanes.n_lanes + lane,
    }
    if setup.has_gap_junctions:  # silenced cells keep them, ablated ones do not
        presence = np.stack([~effects.at(0).ablated for effects in flies]).astype(float)
        by_lane["presence"] = presence[lanes.candidate]
    return {
        **{name: lanes.arrange(values) for name, values in by_lane.items()},
        "_courses": courses[:, :, lanes.candidate].reshape(-1),
        **(_switched_values(setup, flies, rows) if setup.room.n_switched else {}),
    }


def _switched_values(setup: Setup, flies: list[Effects], rows: list[int]) -> dict[str, np.ndarray]:
    """Return which cells are switched, and what is done to them in each epoch."""
    lanes, n_switched, n_neurons = setup.lanes, setup.room.n_switched, setup.network.n_neurons
    # Where a lane has fewer, its last one stands several times: the same is written to it.
    cells = np.zeros((len(flies), n_switched), dtype=int)
    for k, effects in enumerate(flies):
        own = effects.switched()
        cells[k] = np.append(own, np.full(n_switched - len(own), own[-1] if len(own) else 0))
    lane = np.arange(lanes.n_lanes)[:, None]
    vector, place = lane // lanes.width, lane % lanes.width
    where = (vector * n_neurons + cells[lanes.candidate]) * lanes.width + place
    done = [_of_cells([effects.at(row) for effects in flies], cells) for row in rows]
    by_epoch = {name: np.stack([one[name] for one in done]) for name in OF_CELLS}
    switches = np.zeros(by_epoch["transmission"].shape, dtype=np.int32)
    for values in by_epoch.values():
        switches[1:] |= values[1:] != values[:-1]
    by_epoch["switches_now"] = switches
    return {
        "_switched": where.reshape(-1),
        **{f"{name}_by_epoch": v[:, lanes.candidate].ravel() for name, v in by_epoch.items()},
    }


def _of_cells(flies: list[Manipulation], cells: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Return the values of `OF_CELLS`, shape (candidate, neuron); of some cells of each, or all."""
    chosen = [slice(None)] * len(flies) if cells is None else cells
    held = np.stack([fly.held[own] for fly, own in zip(flies, chosen, strict=True)])
    return {
        "transmission": np.stack(
            [fly.transmission[own] for fly, own in zip(flies, chosen, strict=True)]
        ),
        "not_clamped": np.isnan(held).astype(float),
        "clamp_voltage": np.nan_to_num(held),
    }
