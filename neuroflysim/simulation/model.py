"""The network as Brian2 objects: one NeuronGroup, one Synapses, one StateMonitor."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from brian2 import (
    Clock,
    Equations,
    NeuronGroup,
    Quantity,
    StateMonitor,
    Synapses,
    TimedArray,
    second,
)
from brian2 import Network as BrianNetwork

from neuroflysim.connectome import Network
from neuroflysim.dynamics import Dynamics
from neuroflysim.parameters import Parameters

#: A voltage beyond this, or NaN, is runaway activity: stable networks stay within about 10.
RUNAWAY_VOLTAGE = 1e6

PER_NEURON = Equations("""
    luminance = photoreceptor*shown(t, column) : 1
    photoreceptor : 1 (constant)
    column : integer (constant)
    synaptic_input : 1
    time_constant : second (constant)
    resting_potential : 1 (constant)
    runaway_time : second
""")

PER_PAIR = """
    weight : 1 (constant)
    synaptic_input_post = weight*output_pre : 1 (summed)
"""

# Notes when a voltage leaves all bounds for the first time; 0 s means that it never did.
NOTE_RUNAWAY = """
    runaway_time += (t + dt)*int(runaway_time == 0*second and not (abs(voltage) <= bound))
"""


@frozen
class Model:
    """The Brian2 objects of one simulation."""

    neurons: NeuronGroup
    synapses: Synapses
    recorder: StateMonitor
    shown: TimedArray
    brian_network: BrianNetwork
    state_variables: tuple[str, ...]


def build_model(
    network: Network,
    photoreceptors: np.ndarray,
    dynamics: Dynamics,
    method: str,
    time_step: float,
    n_frames: int,
    recorded: np.ndarray,
) -> Model:
    """Build the network with plain Brian2 `Synapses`; parameters and stimulus are set later.

    Parameters
    ----------
    network : Network
    photoreceptors : ndarray of bool, shape (cell_type,)
    dynamics : Dynamics
    method : str
        Brian2's name of an integration method.
    time_step : float
        In seconds.
    n_frames : int
        Frames of luminance in one run.
    recorded : ndarray of int
        Neurons to record.
    """
    step = time_step * second
    clock = Clock(dt=step, name="simulation_clock")
    n_columns = len(network.columns)
    shown = TimedArray(np.zeros((n_frames, n_columns)), dt=step, name="shown")
    neurons = NeuronGroup(
        network.n_neurons,
        Equations(dynamics.equations) + PER_NEURON,
        method=method,
        clock=clock,
        namespace={"shown": shown, "bound": RUNAWAY_VOLTAGE, **dynamics.constants},
        name="neurons",
    )
    neurons.photoreceptor = photoreceptors[network.neuron_type].astype(float)
    neurons.column = network.neuron_column
    watch = neurons.run_regularly(NOTE_RUNAWAY, clock=clock, when="end", name="neurons_watch")
    synapses = Synapses(neurons, neurons, PER_PAIR, clock=clock, namespace={}, name="synapses")
    synapses.connect(i=network.pair_source, j=network.pair_target)
    # At the end of a step, so that sample k is the state after the step that frame k drove.
    recorder = StateMonitor(
        neurons, "voltage", record=recorded, clock=clock, when="end", name="recorder"
    )
    return Model(
        neurons=neurons,
        synapses=synapses,
        recorder=recorder,
        shown=shown,
        brian_network=BrianNetwork(neurons, watch, synapses, recorder),
        state_variables=tuple(sorted(dynamics.state_variables)),
    )


def parameter_arrays(
    network: Network, parameters: Parameters, method: str, time_step: float
) -> dict[str, np.ndarray]:
    """Return the value of each parameter for each neuron and pair.

    Euler's method overshoots where the time constant is shorter than the step. As in the
    published model, such time constants are raised to the step, and only for this method.
    """
    time_constant = parameters.time_constant.to_numpy()
    if method == "euler":
        time_constant = np.maximum(time_constant, time_step)
    return {
        "time_constant": time_constant[network.neuron_type],
        "resting_potential": parameters.resting_potential.to_numpy()[network.neuron_type],
        "weight": offset_weights(parameters)[network.pair_offset],
    }


def offset_weights(parameters: Parameters) -> np.ndarray:
    """Return sign * synapse_count * synapse_strength of each row of the table of offsets."""
    connectome = parameters.connectome
    signed = parameters.synapse_strength * connectome.connections["sign"]
    offsets = connectome.offsets
    pair = list(zip(offsets["source_type"], offsets["target_type"], strict=True))
    return signed.loc[pair].to_numpy() * offsets["synapse_count"].to_numpy()


def as_quantity(name: str, value: np.ndarray) -> np.ndarray | Quantity:
    """Give a parameter array the unit that Brian2 wants to see when it is set."""
    return value * second if name == "time_constant" else value
