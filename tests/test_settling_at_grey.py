"""After the second of grey the network must be at rest, or the user is told."""

import inspect
import warnings

import numpy as np
import pandas as pd
import pytest
from attrs import evolve
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.cli import running
from neuroflysim.simulation import settling, unsettled

SHOWN = nfs.protocols.flash(intensity=1, stim_time=40 * ms, pre_time=0 * ms, tail_time=0 * ms)


@pytest.fixture(scope="module")
def options(connectome):
    # A fitted model whose Mi1 and CT1 swing when steps last 33 ms, and rest when they last 16.
    return {
        "connectome": connectome,
        "parameters": nfs.load_parameters("flow/001"),
        "extent": 3,
        "progress": False,
    }


@pytest.mark.compile
@pytest.mark.parametrize(
    ("engine", "device"),
    [("lattice", "runtime"), ("synapses", "runtime"), ("lattice", "cpp_standalone")],
)
def test_a_step_that_makes_the_network_swing_is_an_error_that_names_one_that_does_not(
    options, engine, device
):
    with pytest.raises(nfs.UnsettledError) as told:
        nfs.simulate(SHOWN, time_step=33.3 * ms, engine=engine, device=device, **options)
    assert "the voltage of CT1(M10) at column (0, 0) swings by" in str(told.value)
    step = float(str(told.value).split("Use time_step=")[1].split("*ms")[0])
    assert 4 < step < 33
    with warnings.catch_warnings():
        warnings.simplefilter("error", nfs.UnsettledWarning)
        nfs.simulate(SHOWN, time_step=step * ms, **options)


@pytest.mark.compile
def test_all_that_stands_on_simulate_tells(options):
    long = {"time_step": 33.3 * ms, "extent": 3}
    parameters = options["parameters"]
    with pytest.raises(nfs.UnsettledError):
        nfs.screen(SHOWN, parameters=parameters, perturbations=[nfs.Silence("Mi9")], **long)
    with pytest.raises(nfs.UnsettledError):
        nfs.replay("gruntman2019", parameters, "flash", **long)
    with (
        nfs.compile(SHOWN, connectome=options["connectome"], **long) as program,
        pytest.raises(nfs.UnsettledError),
    ):
        program.run(parameters)


def test_a_small_swing_is_a_warning_and_many_candidates_are_told_in_one():
    found = [
        unsettled.Unsettled(k, f"candidate {k}", "Mi13 at column (0, 0)", amount, True)
        for k, amount in enumerate([0.06, 0.2, 0.1])
    ]
    with pytest.warns(nfs.UnsettledWarning) as told:
        unsettled.tell(found, 0.01, lambda step, candidates: np.zeros(len(candidates)), True)
    (only,) = told
    assert "swings by 0.2" in str(only.message)
    assert "candidate 1 and 2 more" in str(only.message)
    large = [evolve(found[0], amount=0.3)]
    with pytest.raises(nfs.UnsettledError, match=r"time_step=5\*ms"):
        unsettled.tell(large, 0.01, lambda step, candidates: np.zeros(len(candidates)), True)


@pytest.mark.compile
def test_the_search_of_a_fit_goes_on_and_warns(options):
    with (
        nfs.compile(
            SHOWN, connectome=options["connectome"], extent=3, time_step=33.3 * ms
        ) as program,
        pytest.warns(nfs.UnsettledWarning, match="time step"),
    ):
        program.run(options["parameters"], runaway="nan", progress=False)


@pytest.mark.compile
def test_only_the_candidate_that_swings_is_named_and_with_its_fly(options, start):
    listed = {**options, "parameters": [start, options["parameters"]]}
    with pytest.raises(nfs.UnsettledError, match=r"candidate 1\)"):
        nfs.simulate(SHOWN, time_step=33.3 * ms, **listed)
    with pytest.raises(nfs.UnsettledError, match="candidate 0, silence R8"):
        nfs.simulate(SHOWN, time_step=33.3 * ms, perturbations=nfs.Silence("R8"), **options)


@pytest.mark.compile
def test_a_network_that_relaxes_slowly_is_a_warning_with_any_step(few_types):
    start = nfs.Parameters.uniform(few_types)
    slow = nfs.Parameters.from_tables(
        few_types,
        time_constant=pd.Series(3.0, few_types.cell_types.index),
        resting_potential=start.resting_potential + 1,
        synapse_strength=start.synapse_strength,
    )
    for step in (20, 5):
        with pytest.warns(nfs.UnsettledWarning, match="moves by .* goes one way"):
            nfs.simulate(
                SHOWN, connectome=few_types, parameters=slow, extent=1, time_step=step * ms
            )


@pytest.mark.compile
def test_an_oscillation_of_the_network_itself_is_a_warning(few_types):
    swinging = nfs.Dynamics(
        name="swinging",
        equations="""
        dvoltage/dt = (-other*50 + 0*(synaptic_input + luminance))/second : 1
        dother/dt = (voltage - 0.5)*50/second : 1
        output = voltage : 1
        """,
    )
    with pytest.warns(nfs.UnsettledWarning, match="itself does not come to rest"):
        nfs.simulate(
            SHOWN,
            connectome=few_types,
            parameters=nfs.Parameters.uniform(few_types),
            extent=0,
            time_step=1 * ms,
            method="exponential_euler",
            dynamics=swinging,
        )


@pytest.mark.compile
def test_nothing_is_said_of_initial_voltages_and_of_networks_at_rest(options, start):
    with warnings.catch_warnings():
        warnings.simplefilter("error", nfs.UnsettledWarning)
        nfs.simulate(SHOWN, time_step=33.3 * ms, initial="rest", **options)
        nfs.simulate(SHOWN, time_step=40 * ms, **{**options, "parameters": start})


def test_a_watch_sees_the_range_and_what_of_it_is_a_swing():
    watch = settling.Watch()
    for row in ([0.0, 0.0, 1.0], [2.0, 1.0, -1.0], [1.0, 3.0, 1.0]):
        watch.see(np.array(row))
    assert watch.movement.range.tolist() == [2, 3, 2]
    assert watch.movement.swing.tolist() == [1, 0, 2]
    for n in (12, 13):  # with each step up and down, wherever it is in the end
        assert settling.watched(np.array([[(-1.0) ** k] for k in range(n)])).swing.tolist() == [2]


def test_the_default_step_is_the_same_everywhere():
    for function in (nfs.simulate, nfs.compile, nfs.Protocol.luminance):
        assert inspect.signature(function).parameters["time_step"].default == 2 * ms
    assert inspect.signature(running.simulate).parameters["time_step"].default == 2.0


@pytest.mark.compile
def test_models_at_the_default_step_are_those_at_1_ms_within_1_percent(connectome):
    edges = nfs.protocols.moving_edge(
        angle=[0, 90, 180, 270], intensity=1, pre_time=100 * ms, tail_time=0 * ms
    )
    shown = {}
    for step in ({}, {"time_step": 1 * ms}):
        responses = nfs.simulate(
            edges, connectome=connectome, parameters=nfs.load_parameters("flow/001"), extent=3,
            dtype="float32", progress=False, **step,
        )  # fmt: skip
        shown[bool(step)] = responses
    every = [shown[key].voltage[0].sel(cell_type=["T4a", "T5a"]) for key in (False, True)]
    coarse, fine = every[0].to_numpy()[:, 4::5], every[1].to_numpy()[:, 9:408:10]
    n = min(coarse.shape[1], fine.shape[1])
    for k in range(2):
        r = np.corrcoef(coarse[:, :n, k].ravel(), fine[:, :n, k].ravel())[0, 1]
        assert r > 0.99
    index = [
        nfs.analysis.direction_selectivity_index(shown[key]).sel(cell_type="T4a").item()
        for key in (False, True)
    ]
    assert index[0] == pytest.approx(index[1], abs=0.01)


@pytest.mark.compile
def test_the_command_line_tells_in_one_sentence(tmp_path, run_command):
    words = ["simulate", "flash", "--parameters", "flow/001", "--extent", "3"]
    words += ["--time-step", "33.3", "-o", str(tmp_path / "flash.nc")]
    code, _, told = run_command(*words)
    assert code == 1
    assert told.startswith("neuroflysim: the network has not settled")
