"""Runaway activity: a voltage that left all bounds, told with the cell, the time and the cure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neuroflysim.errors import RunawayActivityError
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.work import Work


def runaway_error(
    times: np.ndarray,
    candidates: Sequence[int] | np.ndarray,
    conditions: Sequence[int] | np.ndarray,
    work: Work,
    setup: Setup,
    n_lead: int,
) -> RunawayActivityError:
    """Return an error that names the voltage that left all bounds first.

    Parameters
    ----------
    times : ndarray, shape (lane, neuron)
        Seconds since the run began, the lead included; 0: never.
    candidates, conditions : sequence of int, shape (lane,)
    work : Work
    setup : Setup
    n_lead : int
        Steps of grey before the stimulus.
    """
    network = setup.network
    times = np.where(times > 0, times, np.inf)
    lane, neuron = map(int, np.unravel_index(times.argmin(), times.shape))
    u, v = network.columns[network.neuron_column[neuron]]
    onset = n_lead * setup.time_step - work.stimulus.times[0]
    return RunawayActivityError(
        f"the voltage of {network.cell_types[network.neuron_type[neuron]]} at column ({u}, {v}) ran"
        f" away at {times[lane, neuron] - onset:g} s (0 s is stimulus onset;"
        f" {work.name(candidates[lane])}, condition {conditions[lane]})."
        " Parameters with strong recurrent excitation do this: lower their synapse strengths, or"
        f" use a shorter time step.{_of_gap_junctions(setup)}"
    )


def _of_gap_junctions(setup: Setup) -> str:
    """Return what is to be said of a connectome with gap junctions."""
    if not len(setup.network.electrical_row):
        return ""
    return (
        " So do gap junctions with a time step that is too long for their conductance, which"
        " method='euler' takes no longer than 2 * time_constant / (1 + 2 * conductance) between two"
        " cells: use a time step well below that, or method='exponential_euler'."
    )
