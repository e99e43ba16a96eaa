"""Any dynamics in compare, validate, predictions, the board and the check of stability."""

import json

import h5py
import numpy as np
import pandas as pd
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.ensembles.readout import Readout
from neuroflysim.experiments.database import load_study
from neuroflysim.fit.stability import check_stability
from neuroflysim.flow.scoring import task_score
from neuroflysim.report.board_text import describe_board

pytestmark = pytest.mark.compile

QUIET = {"extent": 1, "progress": False}
SHOWN = {"time_step": 50 * ms, **QUIET}

#: The published equations beside a state variable that nobody asks.
IDLE = nfs.Dynamics(
    name="idle", equations=GRADED.equations + "dmemory/dt = (voltage - memory) / time_constant : 1"
)
LOUD = nfs.Dynamics(name="loud", equations=GRADED.equations.replace("+ syn", "+ 9*syn"))


def same_numbers(one: pd.DataFrame, other: pd.DataFrame, **tolerance):
    pd.testing.assert_frame_equal(
        one.select_dtypes("number"), other.select_dtypes("number"), check_exact=not tolerance,
        **tolerance,
    )  # fmt: skip


def test_compare_shows_the_stimuli_of_studies_to_these_equations(start):
    seen = {}
    for dynamics in (None, "graded", "conductance"):
        options = {} if dynamics is None else {"dynamics": dynamics}
        table = nfs.compare(
            start, "hardie1989", **QUIET, **options,
            watch=lambda asked, luminance, responses, of=dynamics: seen.update({of: responses}),
        )  # fmt: skip
        assert set(table["dynamics"]) == {dynamics or "graded"}
    assert seen[None].voltage.identical(seen["graded"].voltage)
    (name,) = {m.experiment for m in load_study("hardie1989").measures.values()}
    replayed = nfs.replay(
        "hardie1989", start, name, extent=1, dynamics="conductance", dtype="float32", progress=False
    )
    np.testing.assert_array_equal(
        seen["conductance"].voltage.astype("float32"), replayed.voltage.to_numpy()
    )
    assert not np.allclose(seen["conductance"].voltage, seen["graded"].voltage, atol=1e-3)


def test_a_state_variable_that_nobody_asks_changes_no_headline_number(start):
    """With it, grey is part of each stimulus; without, networks begin with the voltages of grey."""
    same = {"rtol": 1e-4, "atol": 1e-5}
    published, idle = nfs.validate(start, **SHOWN), nfs.validate(start, **SHOWN, dynamics=IDLE)
    same_numbers(idle, published, **same)
    assert (published.attrs["dynamics"], idle.attrs["dynamics"]) == ("graded", "idle")
    same_numbers(nfs.validate(start, **SHOWN, dynamics="graded"), published)
    clips = nfs.flow.layered_worlds(2, extent=3, seed=0)
    read = Readout(cell_types=["T4a", "T4b"])
    scores = [task_score(start, clips, read, dynamics=each) for each in (GRADED, IDLE)]
    same_numbers(scores[1], scores[0], **same)


def test_stability_is_asked_with_these_equations(start):
    small = {"lattice": nfs.Lattice(extent=1), "threads": 1}
    found = [check_stability(start, dynamics=each, **small) for each in ("graded", IDLE)]
    assert [each.stable for each in found] == [True, True]
    np.testing.assert_allclose(found[1].largest_voltage, found[0].largest_voltage, rtol=1e-4)
    loud = check_stability(start, dynamics=LOUD, **small)
    assert not loud.stable and loud.reason.startswith("it runs away at grey")


def test_the_board_tells_with_which_equations_its_models_were_asked(start, tmp_path):
    mine, own = tmp_path / "mine", tmp_path / "own"
    for folder in (mine, own):
        folder.mkdir()
    start.save(mine / "000.json")
    start.with_dynamics("adapting").save(own / "000.json")
    options = {"extent": 3, "studies": "hardie1989", "progress": False, "folder": tmp_path / "kept"}
    found = nfs.board([mine, own], dynamics="conductance", **options)
    assert list(found.table["dynamics"]) == ["conductance"] * 2
    assert found.table.loc["mine", "command"] == f"neuroflysim board {mine} --dynamics conductance"
    assert not found.table.loc["mine", "trouble"]
    assert "model 000 has parameters for the dynamics 'adapting'" in found.table["trouble"]["own"]
    assert "All models were asked with dynamics conductance." in describe_board(found)
    table = nfs.compare(start, "hardie1989", extent=3, progress=False, dynamics="conductance")
    score = nfs.scores(table)["score"].mean()
    np.testing.assert_allclose(found.table.loc["mine", "score"], score, atol=1e-4)
    kept = tmp_path / "kept" / "rows" / "mine.json"
    before = kept.read_bytes()
    again = nfs.board(mine, dynamics="conductance", **options)
    pd.testing.assert_frame_equal(again.table, found.table.loc[["mine"]], check_dtype=False)
    assert kept.read_bytes() == before  # it was not computed anew
    published = nfs.board(mine, **options)
    assert published.table.loc["mine", "dynamics"] == "graded" and kept.read_bytes() != before
    assert "dynamics" not in json.loads(kept.read_text())


def test_commands_take_the_name_of_a_dynamics(start, tmp_path, run_command):
    file = tmp_path / "table.csv"
    run_command("compare", "--studies", "hardie1989", "--extent", "1", "--processes", "1",
                "--dynamics", "adapting", "-o", file)  # fmt: skip
    assert set(pd.read_csv(file)["dynamics"]) == {"adapting"}


DOORS = {
    "compare": lambda models, **options: nfs.compare(models, "hardie1989", **options),
    "validate": nfs.validate,
    "predictions": lambda models, **options: nfs.predictions([models] * 2, **options),
    "replay": lambda models, **options: nfs.replay("hardie1989", models, **options),
}


@pytest.mark.parametrize("door", DOORS)
def test_parameters_for_other_equations_are_an_error_that_names_both(start, door):
    ask = DOORS[door]
    with pytest.raises(nfs.InvalidValueError, match=r"'adapting'.*used with 'graded'"):
        ask(start.with_dynamics("adapting"), **QUIET)
    with pytest.raises(nfs.InvalidValueError, match=r"with_dynamics\(dynamics\)"):
        ask(start, **QUIET, dynamics="adapting")
    with pytest.raises(nfs.InvalidValueError, match=r"'adaptng'.*Did you mean"):
        ask(start, **QUIET, dynamics="adaptng")
    with pytest.raises(nfs.InvalidTypeError, match="must be a Dynamics, the name"):
        ask(start, **QUIET, dynamics=nfs.Dynamics)


#: What cells pass on comes 30 ms later, through three low-passes.
LATE = nfs.Dynamics(
    name="late",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + luminance) / time_constant : 1
    rectified = voltage*int(voltage > 0) : 1
    dlate_1/dt = (rectified - late_1) / (latency/3) : 1
    dlate_2/dt = (late_1 - late_2) / (latency/3) : 1
    dlate_3/dt = (late_2 - late_3) / (latency/3) : 1
    output = late_3 : 1
    """,
    constants={"latency": 30 * ms},
)
EVERYTHING = ("late_1", "late_2", "late_3", "output", "rectified")


def flashed(parameters, dynamics, **options):
    flash = nfs.protocols.flash(pre_time=100 * ms, stim_time=1000 * ms, tail_time=0 * ms)
    options = {"record": "all", "time_step": 5 * ms, **QUIET, **options}
    return nfs.simulate(
        flash, connectome=parameters.connectome, parameters=parameters, dynamics=dynamics, **options
    )


@pytest.fixture(scope="module")
def late(start):
    return flashed(start, LATE, variables=EVERYTHING)


def test_variables_are_recorded_as_their_equations_say(late):
    """Euler's method makes each state variable a sum that the others tell."""
    rectified, late_1 = late["rectified"].to_numpy(), late["late_1"].to_numpy()
    np.testing.assert_array_equal(rectified, np.maximum(late.voltage.to_numpy(), 0))
    expected = late_1[:, :, :-1] + 0.5 * (rectified[:, :, :-1] - late_1[:, :, :-1])
    np.testing.assert_allclose(late_1[:, :, 1:], expected, rtol=0, atol=1e-14)
    assert late["output"].equals(late["late_3"])


def test_a_chain_of_low_passes_delays_what_is_passed_on_by_the_latency(late):
    """What its output lacks, summed over time, is how far its input went, times the latency."""
    rectified, late_3 = late["rectified"].to_numpy(), late["late_3"].to_numpy()
    lacking = 0.005 * (rectified - late_3)[:, :, 19:-1].sum(axis=2)  # from the onset on
    went = rectified[:, :, -1] - rectified[:, :, 19]
    assert np.abs(went).max() > 0.1
    np.testing.assert_allclose(lacking, 0.03 * went, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "where",
    [
        {"engine": "synapses"},
        {"device": "cpp_standalone"},
        {"dtype": "float32"},
    ],
    ids=lambda where: "-".join(map(str, where.values())),
)
def test_engines_and_devices_record_the_same_variables(start, late, where):
    other = flashed(start, LATE, variables=EVERYTHING, **where)
    tolerance = 1e-5 if "dtype" in where else 1e-12
    for name in ("voltage", *EVERYTHING):
        assert other[name].dims == late[name].dims and other[name].name == name
        np.testing.assert_allclose(other[name], late[name], rtol=0, atol=tolerance)


def test_recording_variables_changes_no_voltage(start, late):
    assert flashed(start, LATE).voltage.identical(late.voltage)


def test_variables_go_with_flies_central_cells_and_lost_cells(start):
    flies = [None, nfs.Ablate("L1")]
    shown = flashed(start, LATE, variables=["late_1"], perturbations=flies)
    ablated = shown.under(nfs.Ablate("L1"))
    of_type = ablated["late_1"].groupby("cell_type")
    assert of_type["L1"].isnull().all() and not of_type["L2"].isnull().any()
    central = ablated.central()
    alone = flashed(start, LATE, variables=["late_1"], perturbations=flies, record="central")
    assert central["late_1"].dims == ("candidate", "condition", "time", "cell_type")
    np.testing.assert_array_equal(central["late_1"], alone.under(nfs.Ablate("L1"))["late_1"])


def test_variables_are_kept_in_files(start, late, tmp_path):
    shown = late.central()
    shown.save(tmp_path / "late.nc")
    read = nfs.load_responses(tmp_path / "late.nc")
    assert read.variables.keys() == set(EVERYTHING)
    assert all(read[name].identical(shown[name]) for name in ("voltage", *EVERYTHING))
    shown.save(tmp_path / "late.csv")
    table = pd.read_csv(tmp_path / "late.csv", comment="#")
    np.testing.assert_allclose(table["late_1"], shown["late_1"].to_numpy().ravel(), rtol=1e-12)
    shown.save(tmp_path / "late.nwb")
    series = "simulation_late_1/L1_condition_1_candidate_0"
    recording = nfs.load_recording(tmp_path / "late.nwb", series=[series])
    values = shown["late_1"].sel(cell_type="L1").isel(candidate=0, condition=1)
    np.testing.assert_array_equal(recording.signal.to_numpy().ravel(), values)


def test_a_variable_that_was_changed_in_a_file_is_told(late, tmp_path):
    late.central().save(tmp_path / "late.nc")
    with h5py.File(tmp_path / "late.nc", "r+") as file:
        file["late_1"][0, 0, 0, 0] += 1
    with pytest.raises(nfs.InvalidValueError, match="is not what was written"):
        nfs.load_responses(tmp_path / "late.nc")


@pytest.mark.parametrize(
    ("dynamics", "variables", "told"),
    [
        ("adapting", ["adaption"], "'voltage', 'adaptation', 'output'.* Did you mean 'adaptation'"),
        ("graded", ["adaptation"], "must be one of 'voltage', 'output'"),
        ("light_adapting", ["seen"], "depends on inputs, light"),
        ("graded", ["synaptic_input"], "a variable of the dynamics 'graded' is 'synaptic_input'"),
        ("graded", ["output", "output"], "names 'output' twice"),
        ("graded", "output", "list of words"),
        ("graded", [3], "words"),
    ],
)
def test_what_cannot_be_recorded_is_an_error_that_lists_what_can(start, dynamics, variables, told):
    parameters = start.with_dynamics(dynamics)
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=told):
        flashed(parameters, dynamics, variables=variables)


def test_what_was_not_recorded_is_an_error_that_lists_what_was(late):
    with pytest.raises(nfs.InvalidValueError, match=r"'voltage', 'late_1'.*variables=\["):
        late["adaptation"]


PUBLISHED = GRADED.equations

#: What a user of Brian2 may write, and a word of what to write in its place.
OF_BRIAN2 = {
    "threshold": (lambda: nfs.Dynamics("x", PUBLISHED, threshold="voltage > 1"), "rate"),
    "reset": (lambda: nfs.Dynamics("x", PUBLISHED, reset="voltage = 0"), "rate"),
    "refractory": (lambda: nfs.Dynamics("x", PUBLISHED, refractory=2 * ms), "rate"),
    "delay": (lambda: nfs.Dynamics("x", PUBLISHED, delay=2 * ms), "chain of low-passes"),
    "delay of a sum": (lambda: nfs.SynapticSum(sign=1, delay=2 * ms), "chain of low-passes"),
    "a flag": (lambda: changed(": 1\n", ": 1 (unless refractory)\n"), "rate"),
    "not_refractory": (lambda: changed("lum", "int(not_refractory)*lum"), "rate"),
    "lastspike": (lambda: changed("lum", "int(t - lastspike > 2*ms)*lum"), "rate"),
    "the past": (lambda: changed("synaptic_input", "synaptic_input(t - 5*ms)"), "low-passes"),
    "a statement": (lambda: nfs.Dynamics("x", PUBLISHED + "voltage -= 1"), "rate"),
    "method": (lambda: nfs.Dynamics("x", PUBLISHED, method="rk4"), "nfs.simulate"),
    "no word of Brian2": (lambda: nfs.Dynamics("x", PUBLISHED, constant={}), "'constants'"),
}


def changed(part, other):
    return nfs.Dynamics("x", PUBLISHED.replace(part, other, 1))


@pytest.mark.parametrize("word", OF_BRIAN2)
def test_what_equations_cannot_say_is_an_error_that_tells_what_to_write(word):
    make, cure = OF_BRIAN2[word]
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=cure):
        make()


def test_comments_and_names_of_ones_own_are_no_words_of_brian2():
    equations = PUBLISHED + "late = delay*voltage : second  # the voltage (of a cell) after a spike"
    assert nfs.Dynamics("x", equations, constants={"delay": 5 * ms}).unit_text("late") == "s"
