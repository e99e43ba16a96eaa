"""Many models, asked by one process, by two or by a cluster: the same numbers, to the last bit."""

import os
import signal
import subprocess
import sys
import time
import warnings
from contextlib import nullcontext
from pathlib import Path

import attrs
import numpy as np
import pandas as pd
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.errors import RunawayActivityError, UnsettledError, UnsettledWarning
from neuroflysim.experiments import pieces as cut
from neuroflysim.experiments.model_values import model_values
from neuroflysim.experiments.replaying import counted_from
from neuroflysim.lattice import Lattice
from neuroflysim.scoreboard.trivial import renamed
from neuroflysim.validation.headline import headline_numbers
from neuroflysim.validation.measures import validation_measures
from neuroflysim.workers import open_workers

#: Studies of this folder: one perturbs flies, and shows them the same as another one.
EXAMPLES = Path(__file__).parent / "data" / "studies"
STUDIES = [EXAMPLES / "silenced2003", EXAMPLES / "edges2001", "hardie1989"]
ASKED = {"lattice": Lattice(extent=1), "progress": False}


@pytest.fixture(scope="module")
def models(connectome):
    return [nfs.Parameters.uniform(connectome, total_input) for total_input in (1.0, 1.5, 2.0)]


@pytest.fixture(scope="module")
def wild(models):
    """A model whose activity runs away under any stimulus."""
    return models[0].replace(synapse_strength=100 * models[0].synapse_strength)


@pytest.fixture(scope="module")
def workers():
    with open_workers(2) as workers:
        yield workers


@pytest.fixture(scope="module")
def cluster():
    pytest.importorskip("distributed", reason='pip install "neuroflysim[cluster]"')
    with open_workers(2, "local") as workers:
        yield workers


@pytest.fixture
def lent(workers, request, monkeypatch):
    """Has a call take the workers that are there, and tells what it asked for."""

    def lent(module):
        asked = []

        def open_workers(processes, cluster):
            asked.append((processes, cluster))
            return nullcontext(request.getfixturevalue("cluster") if cluster else workers)

        monkeypatch.setattr(f"neuroflysim.{module}.open_workers", open_workers)
        return asked

    return lent


@pytest.fixture(scope="module")
def chosen():
    return [nfs.load_study(study) for study in STUDIES]


@pytest.fixture(scope="module")
def alone(models, chosen):
    return model_values(chosen, models, **ASKED)


def same_bits(found, expected):
    assert found.keys() == expected.keys()
    for name in expected:
        assert found[name].tobytes() == expected[name].tobytes(), name
    assert any(np.isfinite(values).any() for values in expected.values())


# ---- studies ----


@pytest.mark.compile
@pytest.mark.parametrize("who", ["workers", "cluster"])
def test_studies_shared_by_others_have_the_same_values(models, chosen, alone, who, request):
    found = model_values(chosen, models, **ASKED, workers=request.getfixturevalue(who))
    same_bits(found, alone)


@pytest.mark.compile
@pytest.mark.parametrize("lanes", [1, 10_000])
def test_values_do_not_depend_on_how_many_models_are_computed_together(
    models, chosen, alone, monkeypatch, lanes
):
    monkeypatch.setattr(cut, "LANES", lanes)
    pieces = cut.Question(chosen, models, Lattice(extent=1)).pieces
    groups = {piece.group for piece in pieces}
    assert len(pieces) == len(groups) * (len(models) if lanes == 1 else 1)
    same_bits(model_values(chosen, models, **ASKED), alone)


def test_all_work_is_dealt_out_once_and_the_longest_first(models, chosen):
    question = cut.Question(chosen, models * 20, Lattice(extent=1))
    shown = [
        (piece.group, number)
        for piece in question.pieces
        for number in range(piece.first, piece.end)
    ]
    assert len(shown) == len(set(shown)) == len(question.shown_alike) * len(models) * 20
    first = question.shown_alike[question.pieces[0].group]
    assert {study.key for study, _ in first} == {"silenced2003", "edges2001"}


@pytest.mark.compile
def test_the_table_of_two_processes_is_that_of_one(models, lent):
    options = {"studies": STUDIES[1:], **ASKED}
    alone = nfs.compare(models, **options)
    asked = lent("experiments.comparison")
    shared = nfs.compare(models, **options, processes=2)
    assert asked == [(2, None)]
    pd.testing.assert_frame_equal(shared, alone, check_exact=True)


@pytest.mark.compile
def test_whoever_watches_sees_all_models_in_this_process(models, workers, monkeypatch):
    monkeypatch.setattr(cut, "LANES", 1)  # each model is a piece of its own
    chosen = [nfs.load_study(study) for study in STUDIES[:2]]
    seen = {}
    for name, who in (("alone", None), ("others", workers)):
        seen[name] = []
        watch = seen[name].append
        model_values(chosen, models, **ASKED, watch=lambda *what: watch(what), workers=who)  # noqa: B023
    assert len(seen["alone"]) == len(seen["others"]) > 0
    for one, other in zip(seen["alone"], seen["others"], strict=True):
        assert [(s.key, e.name) for s, e in one[0]] == [(s.key, e.name) for s, e in other[0]]
        assert one[1].identical(other[1]) and "time" in one[1].coords
        assert one[2].voltage.identical(other[2].voltage)
        assert one[2].voltage.sizes["candidate"] % len(models) == 0


@pytest.mark.compile
def test_a_model_that_runs_away_has_no_values_and_the_others_keep_theirs(
    models, wild, chosen, alone, workers
):
    several = [models[0], wild, *models[1:]]
    with pytest.raises(RunawayActivityError, match="candidate 1,"):
        model_values(chosen, several, **ASKED, workers=workers)
    for who in (None, workers):
        found = model_values(chosen, several, **ASKED, runaway="nan", workers=who)
        assert all(np.isnan(values[1]).all() for values in found.values())
        same_bits({key: np.delete(values, 1, axis=0) for key, values in found.items()}, alone)
    found = model_values(chosen, [wild], **ASKED, runaway="nan")
    assert all(np.isnan(values).all() for values in found.values())
    with pytest.raises(nfs.InvalidValueError, match="runaway"):
        model_values(chosen, several, **ASKED, runaway="drop")


@pytest.mark.compile
def test_a_network_that_swings_at_grey_is_told_of_where_runaway_activity_is_no_error(connectome):
    study = nfs.load_study(STUDIES[1])
    rough = attrs.evolve(study.experiments["edges"], time_step=33.3 * ms)
    asked = {name: one for name, one in study.measures.items() if one.experiment == "edges"}
    chosen = [attrs.evolve(study, experiments={"edges": rough}, measures=asked)]
    # It swings when steps last 33 ms, and rests when they last 16.
    fitted = [nfs.load_parameters("flow/001", connectome)]
    options = {**ASKED, "lattice": Lattice(extent=3)}
    with pytest.raises(UnsettledError, match="candidate 0"):
        model_values(chosen, fitted, **options)
    with pytest.warns(UnsettledWarning, match="That comes from the time step"):
        found = model_values(chosen, fitted, **options, runaway="nan")
    assert np.isfinite(found["edges2001"]).any()


def test_what_is_told_of_a_candidate_counts_those_before_it():
    with pytest.raises(RunawayActivityError, match="candidate 7, condition 1"), counted_from(5):
        raise RunawayActivityError("candidate 2, condition 1")
    with pytest.warns(UserWarning, match=r"candidate 6 and 3 more"), counted_from(5):
        warnings.warn("(candidate 1 and 3 more)", stacklevel=1)


@pytest.mark.compile
def test_what_is_wrong_with_a_study_is_told_once_for_all_models(models, workers, monkeypatch):
    monkeypatch.setattr(cut, "LANES", 1)
    study = nfs.load_study(STUDIES[1])
    name, measure = next(iter(study.measures.items()))
    broken = attrs.evolve(measure, function="contrast_response", arguments={})
    wrong = attrs.evolve(study, measures={**study.measures, name: broken})
    told = []
    for who in (None, workers):
        with pytest.raises(nfs.StudyError) as error:
            model_values([wrong], models, **ASKED, workers=who)
        told.append(error.value.problems)
    assert told[0] == told[1] and len(told[0]) == len(set(told[0]))


# ---- headline numbers, predictions, screens ----

SHOWN = {"lattice": Lattice(extent=2), "time_step": 50 * ms, "progress": False}


@pytest.fixture(scope="module")
def measures(models):
    return validation_measures(models, **SHOWN, task=True)


@pytest.mark.compile
@pytest.mark.parametrize("who", ["workers", "cluster"])
def test_headline_numbers_shared_by_others_are_the_same(models, measures, who, request):
    found = validation_measures(models, **SHOWN, task=True, workers=request.getfixturevalue(who))
    same_bits(
        {name: found[name].to_numpy() for name in found},
        {name: measures[name].to_numpy() for name in measures},
    )
    assert found.identical(measures)


@pytest.mark.compile
def test_a_model_that_runs_away_has_no_headline_numbers_and_the_others_keep_theirs(
    models, wild, measures, workers
):
    several = [models[0], wild, *models[1:]]
    with pytest.raises(RunawayActivityError, match="candidate 1,"):
        validation_measures(several, **SHOWN)
    found = validation_measures(several, **SHOWN, runaway="nan", workers=workers)
    names = ["flash_response_index", "peak_response"]
    kept = found.isel(candidate=[0, 2, 3, 4])
    same_bits(
        {name: kept[name].to_numpy() for name in names},
        {name: measures[name].to_numpy() for name in names},
    )
    numbers = headline_numbers(*(found[name] for name in names)).to_dataframe()
    assert numbers.loc["model 1"].isna().all()
    expected = headline_numbers(*(measures[name] for name in names)).to_dataframe()
    np.testing.assert_array_equal(numbers.drop(index="model 1"), expected)


@pytest.mark.compile
def test_models_that_all_run_away_have_no_headline_numbers(wild):
    found = validation_measures([wild], **SHOWN, start=wild, runaway="nan")
    assert dict(found["peak_response"].sizes) == {
        "candidate": 2, "cell_type": 65, "angle": 12, "intensity": 2, "speed": 6,
    }  # fmt: skip
    numbers = headline_numbers(found["flash_response_index"], found["peak_response"])
    assert numbers.to_dataframe().isna().all(axis=None)


@pytest.mark.compile
def test_a_model_that_runs_away_at_one_speed_has_no_headline_numbers(measures):
    names = ["flash_response_index", "peak_response"]
    flash_index, peak = (measures[name].copy() for name in names)
    peak[1, ..., 3] = np.nan
    numbers = headline_numbers(flash_index, peak).to_dataframe()
    assert numbers.iloc[1].isna().all() and numbers.iloc[[0, 2]].notna().any(axis=None)


@pytest.mark.compile
@pytest.mark.parametrize("where", [None, "local"])
def test_a_screen_shared_by_others_is_the_same(models, where, lent):
    asked = {
        "parameters": models[:2],
        "perturbations": [nfs.Silence(name) for name in ("Mi1", "Tm3", "Mi9", "L1", "L2")],
        **ASKED,
    }
    frames = np.random.default_rng(0).uniform(size=(30, 20, 7))  # one fly at a time
    table = nfs.screen(frames, **asked)
    wanted = lent("screening")
    shared = nfs.screen(frames, **asked, processes=2, cluster=where)
    assert wanted == [(2, where)]
    pd.testing.assert_frame_equal(shared, table, check_exact=True)


@pytest.mark.compile
def test_a_measure_that_other_processes_cannot_have_is_refused(models):
    asked = {"parameters": models[:1], "perturbations": [nfs.Silence("Mi1")], **ASKED}
    frames = np.full((2, 20, 7), 0.5)

    def measure(responses):
        return nfs.analysis.voltage_range(responses)

    assert len(nfs.screen(frames, measure, **asked)) == 65
    with pytest.raises(nfs.InvalidValueError, match=r"measure cannot be sent .*processes=1"):
        nfs.screen(frames, measure, **asked, processes=2)
    with pytest.raises(nfs.InvalidValueError, match=r"device is 'cpp_standalone'.*processes=1"):
        nfs.screen(frames, **asked, processes=2, device="cpp_standalone")


# ---- commands ----


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "--studies", "hardie1989"),
        ("validate",),
        ("predictions", "flow"),
        ("screen", "flash", "-o", "table.csv"),
        ("report", "-o", "report.html"),
    ],
    ids=lambda words: words[0],
)
def test_commands_take_a_number_of_processes(words, run_command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, _, told = run_command(*words, "--processes", "0")
    assert code == 2 and "--processes is 0, but must be at least 1" in told
    code, _, told = run_command(*words, "--extent", "1", "--cluster", "no address")
    assert code == 2 and "no Dask scheduler answers at 'no address'" in told


def children_of(process):
    psutil = pytest.importorskip("psutil", reason="comes with dask[distributed]")
    return psutil.Process(process.pid).children(recursive=True)


@pytest.mark.compile
@pytest.mark.parametrize("cluster", [(), ("--cluster", "local")], ids=["processes", "cluster"])
def test_ctrl_c_leaves_no_process_behind(tmp_path, cluster):
    command = [
        *(sys.executable, "-c", "from neuroflysim.cli import main; main()"),
        *("compare", "--extent", "4", "--processes", "2", *cluster),
    ]
    process = subprocess.Popen(
        command, cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        start_new_session=True,
    )  # fmt: skip
    with process:
        until = time.monotonic() + 120
        while sum(child.cpu_times().user > 1 for child in children_of(process)) < 2:
            assert process.poll() is None and time.monotonic() < until
            time.sleep(0.1)
        children = children_of(process)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does on Ctrl-C
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in told
    until = time.monotonic() + 30
    while any(child.is_running() and child.status() != "zombie" for child in children):
        assert time.monotonic() < until
        time.sleep(0.1)


@pytest.mark.compile
def test_a_fly_that_a_connectome_cannot_have_is_nan_where_models_are_judged_alike(connectome):
    # Named anew, its T4 have no input from a type of the name Mi9 that could be cut.
    model = renamed(nfs.load_parameters("flow/001", connectome), 1)
    asked = [nfs.load_study("groschner2022")]
    with pytest.raises(nfs.InvalidValueError, match="has no such connection"):
        model_values(asked, [model], **ASKED)
    found = model_values(asked, [model], **ASKED, runaway="nan")["groschner2022"][0]
    cut = np.array(["cut" in row.condition for row in asked[0].measurements])
    replayed = np.array([row.measure in asked[0].measures for row in asked[0].measurements])
    assert cut.any() and np.isnan(found[cut]).all()
    assert np.isfinite(found[replayed & ~cut]).any()
