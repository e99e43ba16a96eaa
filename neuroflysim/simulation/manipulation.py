"""The Brian2 variables by which single cells are perturbed: what they transmit, clamps, currents.

A network without them has other code, so that perturbations cost nothing where there are none.
With them, sizes and values are data: other perturbations compile nothing.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen
from brian2 import NeuronGroup

from neuroflysim.dynamics import Dynamics
from neuroflysim.errors import InvalidValueError
from neuroflysim.perturbations import Effects, Fly
from neuroflysim.simulation.engine_contract import Setup

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
    n_sites = setup.n_courses * setup.lanes.n_lanes
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
    for name in ("transmission", "not_clamped", "clamp_voltage"):
        neurons.variables.add_array(name, size=len(neurons), dtype=setup.dtype)
    neurons.variables.add_array("_electrode", size=len(neurons), dtype=np.int32)
    neurons.variables.add_reference("injected_current", electrodes, "current", index="_electrode")
    return Electrodes([electrodes, *updates], {"_courses": electrodes})


def manipulation_values(setup: Setup, flies: list[Effects]) -> dict[str, np.ndarray]:
    """Return the values of those variables for the flies of one run.

    Parameters
    ----------
    setup : Setup
    flies : list of Effects
        One for each candidate of the run.
    """
    lanes, n_courses = setup.lanes, setup.n_courses
    held = np.stack([effects.held for effects in flies])
    courses = np.zeros((1 + len(flies[0].times), n_courses, len(flies)))
    course = np.zeros((len(flies), setup.network.n_neurons), dtype=int)
    for k, effects in enumerate(flies):
        own, course[k] = effects.courses()
        courses[:, : len(own), k] = own.T
    lane = np.arange(lanes.n_lanes)[:, None]
    by_lane = {
        "transmission": np.stack([effects.transmission for effects in flies])[lanes.candidate],
        "not_clamped": np.isnan(held)[lanes.candidate].astype(float),
        "clamp_voltage": np.nan_to_num(held)[lanes.candidate],
        "_electrode": course[lanes.candidate] * lanes.n_lanes + lane,
    }
    return {
        **{name: lanes.arrange(values) for name, values in by_lane.items()},
        "_courses": courses[:, :, lanes.candidate].reshape(-1),
    }


def count_courses(flies: list[Fly], effects: list[Effects], dynamics: Dynamics) -> int:
    """Return how many currents a lane must have room for; 0 if nothing is done to cells.

    Raises
    ------
    InvalidValueError
        If there is a current, but no place for it in the equations of the cells.
    """
    if not any(fly.on_cells for fly in flies):
        return 0
    for fly, each in zip(flies, effects, strict=True):
        if each.currents and not dynamics.takes_current:
            raise InvalidValueError(
                f"{fly.label}: the dynamics {dynamics.name!r} has neither synaptic_input nor"
                " injected_current in its equations, so the current has no effect; add"
                " injected_current where the current of an electrode goes."
            )
    return max(len(each.courses()[0]) for each in effects)
