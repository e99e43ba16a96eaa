"""The network as plain Brian2 objects has the voltages of the engines, and takes other objects."""

import re
from pathlib import Path

import brian2
import numpy as np
import pandas as pd
import pytest
from brian2 import StateMonitor, ms, second

import neuroflysim as nfs
from neuroflysim.errors import InvalidTypeError, InvalidValueError

pytestmark = pytest.mark.compile

PAGE = Path(__file__).parents[1] / "docs" / "from_brian2.md"
FLASH = nfs.protocols.flash(
    intensity=[0, 1], pre_time=40 * ms, stim_time=100 * ms, tail_time=60 * ms
)
SETTINGS = {"extent": 1, "time_step": 20 * ms}


@pytest.fixture(autouse=True)
def no_compiler(monkeypatch):
    """Networks of this size need none."""
    monkeypatch.setitem(brian2.prefs, "codegen.target", "numpy")


@pytest.fixture(scope="module")
def flow(connectome):
    return nfs.load_parameters("flow/000")


def run(network, duration):
    """Return the voltage at the end of each step, shape (time, neuron)."""
    monitor = StateMonitor(network["neurons"], "voltage", record=True, when="end")
    network.add(monitor)
    network.run(duration)
    return monitor.voltage.T


def simulated(parameters, stimulus=FLASH, **more):
    responses = nfs.simulate(
        stimulus, connectome=parameters.connectome, parameters=parameters, engine="synapses",
        record="all", progress=False, **{**SETTINGS, **more},
    )  # fmt: skip
    return responses.voltage.to_numpy()[0]


def gap_junctions(connectome, conductance=0.2):
    row = {"source_type": ["L1"], "target_type": ["L2"], "du": 0, "dv": 0, "reference": "ours"}
    return connectome.with_gap_junctions(pd.DataFrame({**row, "conductance": conductance}))


@pytest.mark.parametrize(
    ("dynamics", "names"),
    [
        ("graded", {"synapses"}),
        ("adapting", {"synapses"}),
        ("conductance", {"synapses_excitation", "synapses_inhibition"}),
        ("octopamine", {"synapses"}),
        ("light_adapting", {"synapses"}),
        ("coupled", {"synapses"}),
    ],
)
def test_the_voltages_are_those_of_the_engine_of_synapses(flow, dynamics, names):
    parameters = flow.with_dynamics(dynamics)
    network = nfs.brian2_network(
        parameters.connectome, parameters, FLASH, condition=1, dynamics=dynamics, **SETTINGS
    )
    assert {one.name for one in network.objects} == {"neurons"} | names
    found = run(network, 1.2 * second)[50:]
    expected = simulated(parameters, dynamics=dynamics)[1]
    assert found.shape == expected.shape and np.ptp(expected) > 0.1
    assert np.abs(found - expected).max() < 1e-12


def test_gap_junctions_of_the_connectome_are_synapses_of_their_own(flow):
    connectome = gap_junctions(flow.connectome)
    parameters = nfs.Parameters.from_vector(connectome, flow.to_vector())
    network = nfs.brian2_network(
        parameters.connectome, parameters, FLASH, condition=1, dynamics="coupled", **SETTINGS
    )
    assert len(network["gap_junctions"]) == 2 * 7  # both ways in each column
    found = run(network, 1.2 * second)[50:]
    assert np.abs(found - simulated(parameters, dynamics="coupled")[1]).max() < 1e-12


def test_frames_from_rest_by_the_exponential_method_on_a_periodic_lattice(flow):
    lattice = nfs.Lattice(size=6)
    frames = np.random.default_rng(0).uniform(size=(8, 36))
    how = {"method": "exponential_euler", "initial": "rest", "time_step": 20 * ms}
    network = nfs.brian2_network(None, flow, frames, lattice=lattice, **how)
    found = run(network, 160 * ms)
    expected = simulated(flow, frames, lattice=lattice, extent=None, **how)[0]
    assert np.abs(found - expected).max() < 1e-12


def test_names_of_the_caller_are_found_where_run_is_called(flow):
    network = nfs.brian2_network(flow.connectome, flow, FLASH, condition=0, **SETTINGS)
    my_current = 0.25  # noqa: F841
    operation = network["neurons"].run_regularly("voltage = my_current", dt=20 * ms, when="end")
    network.add(operation)
    network.run(40 * ms)
    assert set(network["neurons"].voltage) == {0.25}


@pytest.mark.parametrize(
    ("wrong", "error", "told"),
    [
        ({}, InvalidValueError, "has 2 conditions, and a network shows one .* condition=0 to 1"),
        ({"condition": 2}, InvalidValueError, "condition is 2, but the stimulus has 2"),
        ({"condition": 0, "equations": 3}, InvalidTypeError, "must be a string"),
        ({"condition": 0, "initial": "dark"}, InvalidValueError, "initial"),
        ({"condition": 0, "method": "rk4"}, InvalidValueError, "method"),
    ],
)
def test_what_cannot_be_is_told(flow, wrong, error, told):
    with pytest.raises(error, match=told):
        nfs.brian2_network(flow.connectome, flow, FLASH, **{**SETTINGS, **wrong})


def test_two_models_are_one_too_many(flow):
    with pytest.raises(InvalidValueError, match="2 models, but one network shows one"):
        nfs.brian2_network(flow.connectome, [flow, flow], FLASH, condition=0, **SETTINGS)


@pytest.fixture(scope="module")
def page():
    """The names of the page after its script, and a function that runs its next example."""
    blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(), re.M | re.S)
    examples = {
        title: re.search(rf"\*\*{title}.*?```python\n(.*?)```", PAGE.read_text(), re.S)[1]
        for title in ("A monitor", "Gap junctions", "Noise", "Spikes", "A second stimulus")
    }
    names: dict = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(brian2.prefs, "codegen.target", "numpy")
        exec(compile(blocks[0], "from_brian2.md", "exec"), names)
        exec(compile(examples["A monitor"], "from_brian2.md", "exec"), names)

    def example(title):
        exec(compile(examples[title], "from_brian2.md", "exec"), names)
        return names

    return names, example


@pytest.mark.docs
def test_a_monitor_of_synaptic_input_tells_what_moves_the_voltage(page):
    names, _ = page
    monitor, step = names["input_monitor"], 0.02
    rest = names["parameters"].resting_potential["T4a"]
    tau = max(names["parameters"].time_constant["T4a"], step)
    voltage, synaptic = monitor.voltage, monitor.synaptic_input
    # The input that a step used is seen at the beginning of the next.
    moved = step / tau * (-voltage[:, :-1] + rest + synaptic[:, 1:])
    assert np.ptp(voltage) > 0.1
    assert np.abs(np.diff(voltage, axis=1) - moved).max() < 1e-12


@pytest.mark.docs
def test_gap_junctions_of_ones_own_are_those_of_the_connectome(page):
    names = page[1]("Gap junctions")
    connectome = gap_junctions(names["connectome"])
    parameters = nfs.Parameters.from_vector(connectome, names["parameters"].to_vector())
    expected = simulated(parameters, names["flash"], dynamics="coupled", extent=2)[0]
    without = simulated(names["parameters"], names["flash"], extent=2)[0]
    found = names["coupled_monitor"].voltage.T[50:]
    assert np.abs(found - expected).max() < 1e-12
    assert np.abs(without - expected).max() > 0.01


@pytest.mark.docs
def test_noise_of_ones_own_is_what_the_equation_does_not_say(page):
    names = page[1]("Noise")
    network, voltage = names["network"], names["noise_monitor"].voltage
    neurons, synapses = network["neurons"], network["synapses"]
    tau, step = np.asarray(neurons.time_constant)[:, None], 0.02
    weights = np.zeros((len(neurons),) * 2)
    weights[synapses.j, synapses.i] = synapses.weight
    drive = np.asarray(neurons.resting_potential + 0.5 * neurons.sees)[:, None]
    drive = drive + weights @ np.maximum(voltage, 0)
    left = np.diff(voltage) - step / tau * (drive - voltage)[:, :-1]
    normal = left / (names["sigma"] * np.sqrt(2 * step / tau))
    assert normal.size > 100_000
    assert normal.mean() == pytest.approx(0, abs=5 / np.sqrt(normal.size))
    assert normal.var() == pytest.approx(1, abs=5 * np.sqrt(2 / normal.size))


@pytest.mark.docs
def test_spikes_of_one_type_come_with_the_flash_and_not_at_grey_and_reset_its_voltage(page):
    names = page[1]("Spikes")
    spikes, voltage, flash = names["spike_monitor"], names["reset_monitor"].voltage, names["flash"]
    neuron, times = spikes.i[:], np.asarray(spikes.t)
    fires = np.flatnonzero(names["cells"]["cell_type"] == "Mi1")
    onset = 1 + float(flash.pre_time)
    shown = (times >= onset) & (times < onset + float(flash.stim_time))
    assert set(neuron[shown]) == set(fires) == set(neuron[times >= 1])
    assert not ((times >= 1) & (times < onset)).any()
    for each in fires:
        assert np.diff(times[neuron == each]).min() >= 0.04 - 1e-9
    assert (voltage[neuron, np.round(times / 0.02).astype(int)] == 0.3).all()
    grey = simulated(names["parameters"], flash, extent=2)
    central = (
        names["connectome"]
        .network(2)
        .central_neurons[names["connectome"].network(2).cell_types.index("Mi1")]
    )
    at_grey, brightest = grey[0, 0, central], grey[0, :, central].max()
    assert at_grey == pytest.approx(0.95, abs=0.005) and brightest == pytest.approx(2, abs=0.1)
    assert names["parameters"].resting_potential["Mi1"] == pytest.approx(2.4, abs=0.05)


@pytest.mark.docs
def test_a_second_stimulus_is_a_current_into_the_cells_that_see_it(page):
    names = page[1]("A second stimulus")
    parameters = names["parameters"]
    expected = nfs.simulate(
        names["flash"], connectome=parameters.connectome, parameters=parameters, extent=2,
        time_step=20 * ms, record="all", engine="synapses", progress=False,
        perturbations=nfs.Activate("Mi1", 0.5, start=0 * ms),
    )  # fmt: skip
    found = names["second_monitor"].voltage.T[50:]
    assert np.abs(found - expected.voltage.to_numpy()[0, 0]).max() < 1e-12
