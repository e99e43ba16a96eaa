"""The network as Brian2 objects, whichever way the synaptic input is computed."""

from __future__ import annotations

from typing import Any

import numpy as np
from attrs import frozen
from brian2 import (
    Clock,
    Equations,
    NeuronGroup,
    StateMonitor,
    TimedArray,
    second,
)
from brian2 import Network as BrianNetwork

from neuroflysim.connectome import Network
from neuroflysim.dynamics import Dynamics
from neuroflysim.dynamics.dynamics import GIVEN
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.lanes import Lanes

#: A voltage beyond this, or NaN, is runaway activity: stable networks stay within about 10.
RUNAWAY_VOLTAGE = 1e6

#: What the simulation needs of each neuron for itself.
BOOKKEEPING = """
    pixel : integer (constant)
    runaway_time : second
"""


@frozen
class Setup:
    """All that the Brian2 objects of a program depend on; parameters and frames come later.

    Attributes
    ----------
    network : Network
    offsets : DataFrame
        The connectome's table of offsets.
    photoreceptors : ndarray of bool, shape (cell_type,)
    dynamics : Dynamics
    method : str
        Brian2's name of an integration method.
    time_step : float
        In seconds.
    dtype : dtype
    lanes : Lanes
    recorded : ndarray of int
        Neurons to record.
    """

    network: Network
    offsets: Any
    photoreceptors: np.ndarray
    dynamics: Dynamics
    method: str
    time_step: float
    dtype: np.dtype
    lanes: Lanes
    recorded: np.ndarray


@frozen
class Model:
    """The Brian2 objects of one program."""

    brian_network: BrianNetwork
    clock: Clock
    neurons: NeuronGroup
    recorder: StateMonitor
    shown: TimedArray
    weight_owner: Any  #: the Brian2 group whose `weight` holds the weights
    state_variables: tuple[str, ...]

    def owner(self, name: str):
        """Return the Brian2 group that holds a parameter or a state variable."""
        return self.weight_owner if name == "weight" else self.neurons


def build_model(setup: Setup, n_frames: int, connect) -> Model:
    """Build the Brian2 objects; parameters and stimulus are set later.

    Parameters
    ----------
    setup : Setup
    n_frames : int
        Frames of luminance in one run.
    connect : callable
        Takes (setup, neurons, clock) and returns the Brian2 objects that compute
        `synaptic_input`, the one that owns `weight` first.
    """
    network, lanes, step = setup.network, setup.lanes, setup.time_step * second
    clock = Clock(dt=step, name="simulation_clock")
    n_columns = len(network.columns)
    shown = TimedArray(np.zeros((n_frames, lanes.n_conditions * n_columns)), dt=step, name="shown")
    neurons = NeuronGroup(
        network.n_neurons * lanes.n_lanes,
        Equations(setup.dynamics.equations) + Equations(GIVEN) + Equations(BOOKKEEPING),
        method=setup.method,
        clock=clock,
        namespace={**setup.dynamics.constants, "shown": shown, "bound": RUNAWAY_VOLTAGE},
        name="neurons",
    )
    neurons.pixel = lanes.arrange(
        lanes.condition[:, None] * n_columns + network.neuron_column[None, :]
    )
    light = _light(setup, neurons, clock)
    inputs = connect(setup, neurons, clock)
    # At the end of a step, so that sample k is the state after the step that frame k drove.
    recorder = StateMonitor(
        neurons,
        "voltage",
        record=lanes.indices(setup.recorded, network.n_neurons),
        clock=clock,
        when="end",
        name="recorder",
    )
    return Model(
        brian_network=BrianNetwork(neurons, *light, *inputs, recorder),
        clock=clock,
        neurons=neurons,
        recorder=recorder,
        shown=shown,
        weight_owner=inputs[0],
        state_variables=tuple(sorted(setup.dynamics.state_variables)),
    )


def _light(setup: Setup, neurons: NeuronGroup, clock: Clock) -> list:
    """Show the frames to the photoreceptors: one operation for each stretch of them.

    Looking up a frame costs more than the rest of a neuron's step, so it is left to the neurons
    that see.
    """
    sees = setup.photoreceptors[setup.network.neuron_type]
    flat = np.repeat(sees, setup.lanes.n_lanes)
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(int), [0]])))
    return [
        neurons[start:stop].run_regularly(
            "luminance = shown(t, pixel)", clock=clock, when="start", name=f"light_{index}"
        )
        for index, (start, stop) in enumerate(edges.reshape(-1, 2))
    ]


def neuron_parameters(setup: Setup, candidates: list[Parameters]) -> dict[str, np.ndarray]:
    """Return time constants and resting potentials of all neurons and lanes.

    Euler's method overshoots where the time constant is shorter than the step. As in the
    published model, such time constants are raised to the step, and only for this method.
    """
    time_constant = np.stack([c.time_constant.to_numpy() for c in candidates])
    if setup.method == "euler":
        time_constant = np.maximum(time_constant, setup.time_step)
    resting_potential = np.stack([c.resting_potential.to_numpy() for c in candidates])
    place = np.ix_(setup.lanes.candidate, setup.network.neuron_type)
    return {
        "time_constant": setup.lanes.arrange(time_constant[place]),
        "resting_potential": setup.lanes.arrange(resting_potential[place]),
    }


def offset_weights(parameters: Parameters) -> np.ndarray:
    """Return sign * synapse_count * synapse_strength of each row of the table of offsets."""
    connectome = parameters.connectome
    strength = parameters.to_vector()[-connectome.n_connections :]
    return strength[connectome.offset_connection] * connectome.signed_counts
