"""The network as Brian2 objects, whichever way the synaptic input is computed."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from brian2 import Clock, NeuronGroup, StateMonitor, second
from brian2 import Network as BrianNetwork
from brian2.groups.group import Group

from neuroflysim.dynamics import cell_states, inside_name
from neuroflysim.simulation.display import build_display
from neuroflysim.simulation.engine_contract import Cells, Engine, Setup
from neuroflysim.stimulus.equations import LuminanceEquations


@frozen
class Model:
    """The Brian2 objects of one program."""

    brian_network: BrianNetwork
    clock: Clock
    cells: Cells
    display: NeuronGroup
    recorder: StateMonitor
    recorded: dict[str, str]  #: variables of the recorder, by the names that users have for them
    state_variables: tuple[str, ...]

    def recorded_voltage(self) -> np.ndarray:
        """Return the voltages now of the neurons that are recorded."""
        return self.cells.neurons.variables["voltage"].get_value()[self.recorder.record]

    def owner(self, name: str) -> Group:
        """Return the Brian2 group that holds a parameter, a state variable or a stimulus."""
        if name in self.cells.owners:
            return self.cells.owners[name]
        in_neurons = name in self.state_variables or name not in self.display.variables
        return self.cells.neurons if in_neurons else self.display


def build_model(
    setup: Setup, equations: LuminanceEquations | None, n_rows: int, n_frames: int, engine: Engine
) -> Model:
    """Build the Brian2 objects; parameters and stimulus are set later.

    Parameters
    ----------
    setup : Setup
    equations : LuminanceEquations or None
        What the display shows; None: frames.
    n_rows : int
        Rows of the display, see `build_display`.
    n_frames : int
        Of a stimulus.
    engine : Engine
        Makes the cells.
    """
    network, lanes = setup.network, setup.lanes
    clock = Clock(dt=setup.time_step * second, name="simulation_clock")
    n_pixels = lanes.n_conditions * len(network.columns)
    display, update = build_display(equations, n_pixels, n_rows, setup.dtype, clock)
    cells = engine.build(setup, clock, display, n_frames)
    names = ("voltage", *setup.variables)
    recorded = {name: inside_name(setup.dynamics, name) for name in names}
    # At the end of a step, so that sample k is the state after the step that frame k drove.
    recorder = StateMonitor(
        cells.neurons,
        list(recorded.values()),
        record=lanes.indices(setup.recorded, network.n_neurons),
        clock=clock,
        when="end",
        name="recorder",
    )
    return Model(
        brian_network=BrianNetwork(display, update, cells.neurons, *cells.objects, recorder),
        clock=clock,
        cells=cells,
        display=display,
        recorder=recorder,
        recorded=recorded,
        state_variables=tuple(sorted(cell_states(setup.dynamics))),
    )
