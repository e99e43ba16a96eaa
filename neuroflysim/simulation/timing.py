"""The Brian2 objects by which parameters and manipulations change while a network runs.

What is done changes from one epoch to the next. Values of all epochs lie one after the other in one
array, and a timetable tells at each step which epoch it is: so other times are other values, and
compile nothing. A network without epochs has none of this.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from attrs import frozen
from brian2 import Clock, NeuronGroup
from brian2.groups.group import Group

from neuroflysim.simulation.engine_contract import Setup

# Row 0 is before the stimulus, row 1 its first step.
FIND_ROW = "_row = int(t_in_timesteps >= _n_before)*(t_in_timesteps - _n_before + 1)"

FIND_EPOCH = """
begins = int(_epoch_of_row != epoch)
epoch = _epoch_of_row
"""

#: What is done to single cells, beside their currents.
OF_CELLS = ("transmission", "not_clamped", "clamp_voltage")

#: Lets a clamp act from the beginning of its first step on.
HOLD_NOW = "_now_voltage = _now_not_clamped*_now_voltage + _now_clamp_voltage"


@frozen
class Followers:
    """Brian2 objects that follow the timetable.

    Attributes
    ----------
    objects : list
        Brian2 objects that must be in the network.
    owners : dict of str to Group
        Where values by epoch lie.
    """

    objects: list
    owners: dict


def build_timetable(
    setup: Setup, clock: Clock, display: NeuronGroup, n_frames: int
) -> NeuronGroup | None:
    """Return what knows the epoch of each step; None if there is one only.

    Its `epoch` is that of the step, and `begins` tells if the step is the first of it.

    Parameters
    ----------
    setup : Setup
    clock : Clock
    display : NeuronGroup
        Knows when the stimulus begins.
    n_frames : int
    """
    if setup.room.n_epochs == 1:
        return None
    timetable = NeuronGroup(1, "", clock=clock, name="timetable")
    add = timetable.variables.add_array
    add("_row", size=1, dtype=np.int64)
    add("_epoch_of_row", size=1 + n_frames, dtype=np.int32, index="_row")
    add("epoch", size=1, dtype=np.int32)
    add("begins", size=1, dtype=np.int32)
    timetable.variables.add_reference("_n_before", display, "_n_before")
    for code, order, name in ((FIND_ROW, -4, "row"), (FIND_EPOCH, -3, "epoch")):
        timetable.run_regularly(code, when="start", order=order, name=f"timetable_{name}")
    return timetable


def follow(
    setup: Setup, timetable: NeuronGroup, target: Group, names: Sequence[str], n_items: int
) -> Followers:
    """Let all values of some variables follow the timetable.

    Parameters
    ----------
    setup : Setup
    timetable : NeuronGroup
    target : Group
    names : sequence of str
        Its variables, each of `n_items` values.
    n_items : int
    """
    group = _by_epoch(setup, timetable, target, names, n_items, f"{target.name}_by_epoch", None)
    code = "\n".join(f"_now_{name} = {name}_by_epoch" for name in names)
    return _followers(group, names, code)


def follow_switches(setup: Setup, timetable: NeuronGroup, neurons: NeuronGroup) -> Followers:
    """Let what is done to single cells follow the timetable, for those where it changes.

    The variable `switches_now` of the neurons tells where the epoch differs from the one before.

    Parameters
    ----------
    setup : Setup
    timetable : NeuronGroup
    neurons : NeuronGroup
        With the variables of `OF_CELLS`.
    """
    n_items, names = setup.room.n_switched * setup.lanes.n_lanes, (*OF_CELLS, "switches_now")
    neurons.variables.add_array("switches_now", size=len(neurons), dtype=np.int32)
    group = _by_epoch(setup, timetable, neurons, names, n_items, "switched_cells", "_switched")
    group.variables.add_reference("_now_voltage", neurons, "voltage", index="_switched")
    code = [*(f"_now_{name} = {name}_by_epoch" for name in names), HOLD_NOW]
    followers = _followers(group, names, "\n".join(code))
    return Followers(followers.objects, {**followers.owners, "_switched": group})


def epoch_of_rows(rows: list[int], n_frames: int) -> np.ndarray:
    """Return the epoch of each row: before the stimulus, and in each of its steps.

    Parameters
    ----------
    rows : list of int
        The first of each epoch.
    n_frames : int
    """
    return np.searchsorted(rows, np.arange(1 + n_frames), side="right") - 1


def _by_epoch(setup, timetable, target, names, n_items, name, index) -> NeuronGroup:
    """Return a group with values by epoch, shape (epoch, item), and references to those of now."""
    group = NeuronGroup(n_items, "", clock=timetable.clock, name=name)
    variables = group.variables
    variables.add_array("_at", size=n_items, dtype=np.int64)
    variables.add_array("_first", size=n_items, dtype=np.int32)
    variables.add_reference("_epoch", timetable, "epoch", index="_first")
    if index is not None:
        variables.add_array(index, size=n_items, dtype=np.int64)
        variables[index].unique = True  # Brian2 asks whether a value is written more than once
    variables["_at"].unique = True
    for each in names:
        variable = target.variables[each]
        variables.add_array(
            f"{each}_by_epoch", size=setup.room.n_epochs * n_items, dtype=variable.dtype,
            dimensions=variable.dim, index="_at",
        )  # fmt: skip
        variables.add_reference(f"_now_{each}", target, each, index=index)
    return group


def _followers(group: NeuronGroup, names: Sequence[str], code: str) -> Followers:
    for text, order, name in (("_at = i + N*_epoch", -2, "at"), (code, -1, "now")):
        group.run_regularly(text, when="start", order=order, name=f"{group.name}_{name}")
    return Followers([group], {f"{name}_by_epoch": group for name in names})
