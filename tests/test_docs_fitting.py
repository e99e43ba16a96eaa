"""What docs/fitting.md shows runs, with tiny fits; what it says of recipes and numbers is so."""

import inspect
import re
import sys
from pathlib import Path
from unittest.mock import MagicMock

import attrs
import numpy as np
import pytest
from brian2 import Hz, second

import neuroflysim as nfs
from neuroflysim.cli.fit_words import recipe_named
from neuroflysim.fit import movement, run
from neuroflysim.fit.contract import Objective, Scorer
from neuroflysim.fit.coordinates import Coordinates
from neuroflysim.fit.objectives import flow_task
from neuroflysim.fit.terms import activity
from neuroflysim.flow.readout import HALF_SPEED
from neuroflysim.workers import cluster

PAGE = (Path(__file__).parents[1] / "docs" / "fitting.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
pytestmark = [
    pytest.mark.usefixtures("judged_on_few_worlds", "no_stability_check"),
    pytest.mark.docs,
]


def block_with(part):
    """The one example of the page that has a part."""
    (found,) = [block for block in BLOCKS if part in block]
    return found


TINY = nfs.Recipe(
    readout="all",
    pooling=1,
    textures=2,
    stages=(nfs.Stage(evaluations=4, population=4, step_size=0.3),),
)


@pytest.mark.fit
def test_the_examples_of_fits_run_and_their_recipe_is_one_for_the_command(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(run, "available_cores", lambda: 1)
    names = {"TINY": TINY}
    exec(block_with("fit.learning_curve").replace('"flow"', "TINY"), names)
    assert nfs.load_parameters("fitted.json") == names["fit"].parameters
    assert len(names["fit"].learning_curve) == 1
    changed = block_with("textures=12")
    changed = changed.replace('RECIPES["flow"], textures=12', "TINY, textures=3")
    exec(changed.replace("6_400", "8"), names)
    assert names["fit"].record["recipe"]["textures"] == 3
    assert (tmp_path / "results" / "fit" / "more_textures" / "fit.json").is_file()
    assert recipe_named("my_recipe.json") == names["recipe"]
    assert recipe_named("results/fit/more_textures/fit.json").textures == 3


@pytest.mark.fit
def test_the_example_of_a_fit_to_a_study_runs_and_its_rows_are_marked(monkeypatch, capsys):
    names = {"nfs": nfs}
    exec(block_with("StudyObjective").replace("lattice=3", "lattice=1"), names)
    seen = names["fit"].parameters.seen
    assert (
        seen[0] == "study:behnia2014/polarity/Mi1" and str(seen[:1])[:-2] in capsys.readouterr()[0]
    )
    assert names["table"]["fitted"].tolist() == [
        "Mi1" in name or "Tm3" in name for name in names["table"]["cell_type"]
    ]


def test_the_script_for_a_queue_calls_what_there_is(monkeypatch):
    jobs, bound = MagicMock(), {}
    jobs.SLURMCluster().scheduler_address = "tcp://10.0.0.1:8786"
    signature = inspect.signature(nfs.fit)
    monkeypatch.setitem(sys.modules, "dask_jobqueue", jobs)
    monkeypatch.setattr("dask.distributed.Client", MagicMock())
    monkeypatch.setattr(nfs, "fit", lambda *a, **k: bound.update(signature.bind(*a, **k).arguments))
    for block in BLOCKS[BLOCKS.index(block_with("SLURMCluster")) :]:
        exec(block, {"__name__": "__main__"})
    assert bound["cluster"] == "tcp://10.0.0.1:8786"
    given = {name: cluster.call_args.kwargs for name, cluster in
             (("slurm", jobs.SLURMCluster), ("lsf", jobs.LSFCluster))}  # fmt: skip
    assert all(one["processes"] == one["cores"] for one in given.values())  # of one thread each


@pytest.mark.parametrize("kind", [nfs.Recipe, nfs.Stage])
def test_every_field_of_a_recipe_is_told(kind):
    assert [f.name for f in attrs.fields(kind) if f"`{f.name}`" not in PAGE] == []


def test_what_the_page_frees_moves_as_it_says(start):
    names = {"nfs": nfs}
    exec(block_with("nfs.Free("), names)
    start = start.replace(time_constant={"T4a": 0.04})
    coordinates = Coordinates(start, names["free"])
    pairs = start.synapse_strength.index
    strengths = [pair for pair in pairs if pair[0][:2] == "Mi" and pair[1][:2] == "T4"]
    assert coordinates.n == (65 - 4 + 1) + 4 + len(strengths)
    z = np.full(coordinates.n, 100.0)
    far = coordinates.parameters(z)
    assert far.time_constant["T4b"] == 0.2 and far.time_constant["T4a"] == pytest.approx(0.16)
    assert far.time_constant["Mi1"] == 0.6
    moved = far.resting_potential != start.resting_potential
    assert set(moved[moved].index) == {"Tm1", "Tm2", "Tm4", "Tm9"}
    assert coordinates.voltage_at_grey(z) is None
    factor = np.exp(movement.STRENGTH_SCALE * movement.FARTHEST)
    assert f"strengths within a factor of about {round(factor, -1):g};" in PAGE


@pytest.mark.parametrize("name", [each.name for each in attrs.fields(nfs.Free)][1:])
def test_every_field_of_what_is_free_is_told(name):
    assert f"`{name}`" in PAGE.split("## What is free")[1].split("\n## ")[0]


@pytest.mark.fit
def test_other_equations_parts_and_scenes_are_fitted_as_the_page_does(monkeypatch):
    monkeypatch.setattr(run, "available_cores", lambda: 1)
    names = {"nfs": nfs, "TINY": TINY}
    fewer = {
        '"flow_short"': "TINY",
        "evaluations=64": "evaluations=8",
        "population=16": "population=4",
        "extent=4": "extent=2",
    }
    for part in ('dynamics="adapting"', "clips=clips"):
        block = block_with(part)
        for old, new in fewer.items():
            block = block.replace(old, new)
        exec(block, names)
    found, start = names["fit"].parameters, nfs.load_parameters("flow/000")
    assert (found.synapse_strength == start.synapse_strength).all()
    assert (found.time_constant != start.time_constant).mean() > 0.8  # some stay at their bounds
    moved = found.by_type("adaptation_strength") > 0
    assert set(moved.index[moved]) <= {"T4a", "T4b", "T4c", "T4d"}
    model = names["fit"].record["model"]
    assert "adapting" in model["dynamics"] and model["free"] and model["start"]


@pytest.mark.fit
def test_recordings_functions_and_sums_are_fitted_as_the_page_does(monkeypatch):
    monkeypatch.setattr(run, "available_cores", lambda: 1)
    values = np.random.default_rng(0).standard_normal((4, 40)).cumsum(axis=1)
    trials = nfs.Recording.from_array(
        values, rate=40 * Hz, unit="mV", cell_type="Mi1", onsets=0.25 * second,
        conditions={"intensity": [0, 1, 0, 1]},
    )  # fmt: skip
    names = {"nfs": nfs, "trials": trials}
    for part in ("nfs.RecordingObjective(", "def too_slow", "nfs.WeightedSum("):
        block = block_with(part).replace("evaluations=320", "evaluations=8, population=4")
        exec(block.replace("evaluations=64, population=8", "evaluations=8, population=4"), names)
        if part == "nfs.RecordingObjective(":
            fit = names["fit"]
    assert fit.score_name == "explained_variance" and fit.record["held_out"]
    assert "held out 2 trials of condition 0 1" in fit.record["seen"][0]
    assert names["both"].score_name == "mean_of_explained_variance_and_r2"


@pytest.mark.fit
def test_the_objective_of_ones_own_is_fitted_and_has_what_the_contract_asks():
    names = {"nfs": nfs}
    exec(block_with("class Slow"), names)
    start = nfs.Parameters.uniform(names["slower"].parameters.connectome)
    assert names["slower"].score > 1000 * start.time_constant.mean() + 2
    asked = {name for part in (Objective, Scorer) for name in vars(part) if name[0] != "_"}
    assert asked <= set(dir(names["Slow"]))


@pytest.mark.parametrize("kind", [nfs.RecordingObjective])
def test_every_argument_of_a_fit_to_recordings_is_told(kind):
    beside = {"recordings", "stimulus", "stages", "connectome"}
    told = [f.name for f in attrs.fields(kind) if f.name not in beside]
    assert [name for name in told if f"`{name}`" not in PAGE] == []


def test_the_numbers_in_the_equations_are_those_of_the_code(start):
    told = {
        rf"\tau_i = {start.time_constant.iloc[0]}\,",
        rf"\exp({movement.TIME_CONSTANT_SCALE}\,z^\tau",
        rf"\exp({movement.STRENGTH_SCALE}\,z^\alpha",
        f"+ {movement.GREY_VOLTAGE_SCALE}\\,z^v",
        f"within {movement.SHORTEST} and {movement.LONGEST} s",
        f"within ±{movement.FARTHEST:g}",
        f"{activity.LOWEST_VOLTAGE} - v_i",
        f"a_o - {activity.LARGEST_OUTPUT:g}",
        f"a loss of {flow_task.LOSS_OF_FAILURE:g}.",
        f"for {flow_task.N_FRAMES} frames of {float(flow_task.TIME_STEP) * 1000:.0f} ms",
        f"f / (|f| + {HALF_SPEED})",
    }
    assert [text for text in told if text not in PAGE] == []


def test_the_page_says_how_long_a_cluster_without_workers_is_waited_for():
    page = " ".join(PAGE.split())
    assert f"after {cluster.UNTIL_TOLD} seconds it is said so" in page
    assert f"an hour ({cluster.UNTIL_GIVEN_UP / 60:g} minutes) without any" in page
