"""The network as Brian2 objects, whichever way the synaptic input is computed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from attrs import frozen
from brian2 import Clock, NeuronGroup, StateMonitor, second
from brian2 import Network as BrianNetwork

from neuroflysim.connectome import Network
from neuroflysim.dynamics import Dynamics, cell_states
from neuroflysim.parameters import Parameters
from neuroflysim.simulation.display import build_screen
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.reduction import SumsOfProducts
from neuroflysim.stimulus.equations import LuminanceEquations

#: A voltage beyond this, or NaN, is runaway activity: stable networks stay within about 10.
RUNAWAY_VOLTAGE = 1e6

#: What the simulation needs of each neuron for itself: when it ran away, 0 s if it never did.
BOOKKEEPING = "runaway_time : second"


@frozen
class Setup:
    """All that the Brian2 objects of a program depend on; parameters and stimuli come later.

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
    lanes : Lanes or None
        None until it is known how many fit into memory.
    threads : int
    recorded : ndarray of int
        Neurons to record.
    reduction : SumsOfProducts or None
    n_courses : int
        Currents over time that a lane has room for; 0: cells are not perturbed.
    """

    network: Network
    offsets: Any
    photoreceptors: np.ndarray
    dynamics: Dynamics
    method: str
    time_step: float
    dtype: np.dtype
    lanes: Lanes | None
    threads: int
    recorded: np.ndarray
    reduction: SumsOfProducts | None
    n_courses: int = 0


@frozen
class Cells:
    """The Brian2 objects of an engine.

    Attributes
    ----------
    neurons : NeuronGroup
        All neurons and lanes, in the order of `Lanes`.
    objects : list
        Other Brian2 objects that must be in the network.
    owners : mapping of str to Group
        Where parameters lie that are not variables of the neurons.
    """

    neurons: NeuronGroup
    objects: list
    owners: Mapping[str, Any]


@frozen
class Model:
    """The Brian2 objects of one program."""

    brian_network: BrianNetwork
    clock: Clock
    cells: Cells
    screen: NeuronGroup
    recorder: StateMonitor
    state_variables: tuple[str, ...]

    def recorded_voltage(self) -> np.ndarray:
        """Return the voltages now of the neurons that are recorded."""
        return self.cells.neurons.variables["voltage"].get_value()[self.recorder.record]

    def owner(self, name: str):
        """Return the Brian2 group that holds a parameter, a state variable or a stimulus."""
        if name in self.cells.owners:
            return self.cells.owners[name]
        in_neurons = name in self.state_variables or name not in self.screen.variables
        return self.cells.neurons if in_neurons else self.screen


def build_model(
    setup: Setup, equations: LuminanceEquations | None, n_rows: int, n_frames: int, engine
) -> Model:
    """Build the Brian2 objects; parameters and stimulus are set later.

    Parameters
    ----------
    setup : Setup
    equations : LuminanceEquations or None
        What the screen shows; None: frames.
    n_rows : int
        Rows of the screen, see `build_screen`.
    n_frames : int
        Of a stimulus.
    engine : module
        `build` makes its cells.
    """
    network, lanes = setup.network, setup.lanes
    clock = Clock(dt=setup.time_step * second, name="simulation_clock")
    n_pixels = lanes.n_conditions * len(network.columns)
    screen, update = build_screen(equations, n_pixels, n_rows, setup.dtype, clock)
    cells = engine.build(setup, clock, screen, n_frames)
    # At the end of a step, so that sample k is the state after the step that frame k drove.
    recorder = StateMonitor(
        cells.neurons,
        "voltage",
        record=lanes.indices(setup.recorded, network.n_neurons),
        clock=clock,
        when="end",
        name="recorder",
    )
    return Model(
        brian_network=BrianNetwork(screen, update, cells.neurons, *cells.objects, recorder),
        clock=clock,
        cells=cells,
        screen=screen,
        recorder=recorder,
        state_variables=tuple(sorted(cell_states(setup.dynamics))),
    )


def type_parameters(setup: Setup, candidates: list[Parameters]) -> dict[str, np.ndarray]:
    """Return time constants and resting potentials, shape (candidate, cell type).

    Euler's method overshoots where the time constant is shorter than the step. As in the
    published model, such time constants are raised to the step, and only for this method.
    """
    n_types = len(setup.network.cell_types)
    vectors = np.stack([candidate.to_vector() for candidate in candidates])
    time_constant = vectors[:, :n_types]
    shortest = setup.time_step
    if setup.method != "euler":  # what is a thousandth of a step decays to 0.0 within it, exactly;
        shortest /= 1000  # and a number that is 0 or nearly so in float32 would be divided by
    time_constant = np.maximum(time_constant, shortest)
    return {
        "time_constant": time_constant,
        "resting_potential": vectors[:, n_types : 2 * n_types],
    }


def resting_voltage(setup: Setup, candidates: list[Parameters]) -> np.ndarray:
    """Return the resting potential of each neuron, shape (candidate, neuron)."""
    by_type = type_parameters(setup, candidates)["resting_potential"]
    return by_type[:, setup.network.neuron_type]


def offset_weights(parameters: Parameters) -> np.ndarray:
    """Return sign * synapse_count * synapse_strength of each row of the table of offsets."""
    connectome = parameters.connectome
    strength = parameters.to_vector()[-connectome.n_connections :]
    return strength[connectome.offset_connection] * connectome.signed_counts
