"""What docs/fitting.md shows runs, with tiny fits; what it says of recipes and numbers is so."""

import inspect
import re
import sys
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock

import attrs
import pytest

import neuroflysim as nfs
from neuroflysim.cli.fit_words import recipe_named
from neuroflysim.fit import movement, run
from neuroflysim.fit.objectives import flow_task
from neuroflysim.fit.terms import activity
from neuroflysim.flow.readout import HALF_SPEED
from neuroflysim.workers import cluster

PAGE = (Path(__file__).parents[1] / "docs" / "fitting.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
pytestmark = [pytest.mark.usefixtures("judged_on_few_worlds"), pytest.mark.docs]


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
    monkeypatch.setattr(
        run, "check_stability", partial(run.check_stability, lattice=nfs.Lattice(extent=1))
    )
    names = {"TINY": TINY}
    exec(block_with("fit.record").replace('"flow"', "TINY"), names)
    assert nfs.load_parameters("fitted.json") == names["fit"].parameters
    assert len(names["fit"].learning_curve) == 1
    changed = block_with("textures=12")
    changed = changed.replace('RECIPES["flow"], textures=12', "TINY, textures=3")
    exec(changed.replace("6_400", "8"), names)
    assert names["fit"].record["recipe"]["textures"] == 3
    assert (tmp_path / "results" / "fit" / "more_textures" / "fit.json").is_file()
    assert recipe_named("my_recipe.json") == names["recipe"]
    assert recipe_named("results/fit/more_textures/fit.json").textures == 3


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


@pytest.mark.fit
def test_other_equations_parts_and_scenes_are_fitted_as_the_page_does(monkeypatch):
    monkeypatch.setattr(run, "available_cores", lambda: 1)
    monkeypatch.setattr(
        run, "check_stability", partial(run.check_stability, lattice=nfs.Lattice(extent=1))
    )
    names = {"nfs": nfs, "TINY": TINY}
    fewer = {
        '"flow_short"': "TINY",
        "evaluations=64": "evaluations=8",
        "population=16": "population=4",
        "extent=4": "extent=2",
    }
    for part in ('dynamics="adapting"', "nfs.FlowTask("):
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
