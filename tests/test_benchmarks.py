"""The benchmarks run, on tiny work; no time is tested."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import attrs
import numpy as np
import pandas as pd
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.fit.objectives import flow_task
from neuroflysim.fit.recipe import RECIPES, Recipe, Stage
from neuroflysim.validation.measures import validation_measures

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted(file.stem for file in (ROOT / "benchmarks").glob("*.py"))
TINY_CACHES = {"L1": 1 << 12, "L2": 1 << 13, "L3": 1 << 14}


pytestmark = pytest.mark.usefixtures("judged_on_few_worlds")

RECIPE = Recipe(
    readout="all",
    pooling=1,
    textures=2,
    stages=(Stage(evaluations=8, population=4, step_size=0.3),),
)


@pytest.fixture
def scripts(monkeypatch):
    """Makes the benchmarks importable as when they are run, for one test."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    monkeypatch.setattr("judge.JUDGED_SEEDS", flow_task.JUDGED_SEEDS[:1])
    yield
    for name in SCRIPTS:
        sys.modules.pop(name, None)


@pytest.mark.compile
def test_scipy_and_the_package_are_given_the_same_work(scripts, start):
    import step_time

    step_time.check_same_work(start, extent=1)


def test_steps_are_the_slope_and_the_rest_is_beside(scripts):
    import timing

    found = timing.interleaved({"way": lambda n_steps: 5 + 2 * n_steps}, (10, 60), rounds=3)
    assert found == {"way": timing.Timing(step=2, beside=5, spread=0)}


@pytest.mark.compile
@pytest.mark.slow
def test_each_dynamics_is_timed_beside_the_published_model_and_that_of_another_checkout(
    scripts, tmp_path
):
    import dynamics

    rows = dynamics.measure(["coupled", "adapting"], 1, rounds=1, before=str(ROOT), extent=1)
    names = [row["dynamics"] for row in rows]
    assert names == [dynamics.BEFORE, dynamics.PUBLISHED, "coupled", "adapting"]
    assert rows[1]["times_published"] == 1
    dynamics.write(rows, tmp_path)
    assert "times graded" in (tmp_path / "dynamics.txt").read_text()


@pytest.mark.compile
def test_tables_and_figure_are_written(scripts, start, tmp_path, monkeypatch):
    import bars
    import growth
    import limits
    import plot
    import step_time

    monkeypatch.setattr(step_time, "DEVICES", ("runtime",))
    bounds = limits.measure(milliseconds=0.01, caches=TINY_CACHES)
    assert bounds.operations > 0
    assert set(bounds.read) == {"L1", "L2", "L3", "memory"}
    limits.write(bounds, 100, tmp_path)
    rows = step_time.measure(start, {1: 1}, extent=1)
    assert {row["way"] for row in rows} == {"scipy CSR", "lattice", "synapses"}
    step_time.write(rows, bounds, 8174, tmp_path)
    rates = bars.rate_rows(start, 1, extent=1, n_lanes=1)
    bars.write(rates + bars.beside_rows(start, 1, extent=1, batches=(1,)), tmp_path)
    case = {"extent": 1, "candidates": 2, "conditions": 2, "peer": True}
    apart = growth.in_an_interpreter_of_its_own
    # What only compiles is left out: what is timed is compiled, if need be.
    monkeypatch.setattr(
        growth, "in_an_interpreter_of_its_own", lambda case: "rounds" in case and apart(case)
    )
    growth.write([growth.measure("extent", case, rounds=1)], tmp_path)
    plot.draw(tmp_path, tmp_path / "step_time.png")
    assert (tmp_path / "step_time.png").stat().st_size > 10_000
    for name in ("limits", "step_time", "bars", "growth"):
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) > 0
        assert (tmp_path / f"{name}.txt").read_text().count("\n") > 1


@pytest.mark.slow
def test_rendering_is_timed_in_fresh_processes(scripts, tmp_path):
    import rendering

    rows = rendering.measure(1, extent=1, speeds=(25,))
    assert [(row["dtype"], row["conditions"]) for row in rows] == [("float64", 24), ("float32", 24)]
    rendering.write(rows, tmp_path)
    assert len(pd.read_csv(tmp_path / "rendering.csv")) == 2


@pytest.mark.slow
def test_commands_are_timed_in_fresh_processes(scripts, tmp_path):
    import studies

    row = studies.measure("protocols")
    assert row["processor_seconds"] > 0 and row["seconds"] > 0
    studies.write([row], tmp_path)
    assert len(pd.read_csv(tmp_path / "studies.csv")) == 1


@pytest.mark.compile
def test_shared_work_is_timed_and_has_the_same_numbers(scripts, start, tmp_path, monkeypatch):
    import studies

    shorter = partial(validation_measures, time_step=50 * ms)
    monkeypatch.setattr(studies, "validation_measures", shorter)
    monkeypatch.setattr(studies, "SHARED_BY", {"one worker": (1,), "no worker, all threads": (0,)})
    rows = studies.share([start], ["hardie1989", "behnia2014"], extent=2, rounds=1)
    assert len(rows) == 2 * len(studies.SHARED_BY)
    assert all(0 < row["longest"] <= row["processor_seconds"] for row in rows)
    studies.write_shared(rows, "a try", tmp_path)
    table = pd.read_csv(tmp_path / "studies_shared.csv")
    assert table["times"][0] == 1 and table["evenly"][0] == 1


@pytest.mark.compile
def test_a_program_of_one_lane_is_shown_more(scripts, start):
    import work

    with ExitStack() as stack:
        run = work.own_way(stack, start, 1, (2,), extent=1, engine="synapses")
        assert run(2, other_lanes=3) > 0
    assert work.frames(3, 2, 1).shape == (3, 2, 7)
    assert np.array_equal(work.frames(3, 2, 1), work.frames(3, 2, 1))


@pytest.mark.compile
def test_the_machine_is_described(scripts):
    import machine

    assert machine.cores() >= 1
    assert set(machine.caches()) == {"L1", "L2", "L3"}
    assert "compiler" in machine.describe()


@pytest.mark.compile
def test_programs_are_checked_and_timed_as_on_a_gpu(scripts, start, tmp_path, monkeypatch):
    import gpu
    import gpu_checks
    import gpu_times

    options = gpu.parsed(["--device", "cpp_standalone", "--quick"])
    assert (options.rounds, options.extent) == (1, 15)
    assert len(gpu_checks.cases(15)) == 20
    # What is timed is apart; what is compared need not be.
    monkeypatch.setattr(gpu_checks, "ProcessPoolExecutor", lambda *_: ThreadPoolExecutor(1))
    rows = gpu_checks.compare(gpu_checks.cases(15, quick=True)[:1], options.device)
    gpu_checks.write(rows, gpu.gpu_lines(), tmp_path)
    lanes = {"lattice": (2,), "synapses": (), "torch scatter": (2,), "torch CSR": (2,)}
    rows = gpu_times.measure(options.device, 1, options.rounds, lanes, lengths=(2, 20))
    assert (rows[0]["way"], rows[0]["lanes_of_a_run"]) == ("lattice", 2)
    gpu_times.write(rows, "tiny", tmp_path)
    for name in ("gpu_checks", "gpu"):
        assert len(pd.read_csv(tmp_path / f"{name}.csv")) > 0
        assert (tmp_path / f"{name}.txt").read_text().count("\n") > 1


def test_voltages_that_differ_are_named(scripts, tmp_path):
    import gpu_checks

    row = {"case": "frames", "candidates": 1, "conditions": 1, "allowed": 1e-5}
    for wrong in (1e-4, float("nan")):
        with pytest.raises(SystemExit, match="frames"):
            gpu_checks.write([{**row, "difference": wrong}], "wrong", tmp_path)


@pytest.mark.compile
def test_programs_that_do_not_build_say_why(scripts):
    from gpu_programs import Apart, Way

    failed = pytest.raises(SystemExit, match=r"no such device.*must be")
    with failed, Apart(Way("lattice", "no such device", 1), 1, (2,)) as program:
        program.lanes_of_a_run()


@pytest.mark.slow
def test_flyvis_that_does_not_start_is_told(scripts, tmp_path):
    import peers

    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho no module named flyvis >&2\n")
    python.chmod(0o755)
    with pytest.raises(SystemExit, match="no module named flyvis"):
        peers.Flyvis(str(python))


@pytest.mark.compile
def test_candidates_of_a_fit_are_timed_beside_an_iteration_of_flyvis(
    scripts, tmp_path, monkeypatch
):
    import fit_speed

    asked = []

    def seconds(*work, **options):
        asked.append((*work, options))
        return 2.0

    monkeypatch.setattr("machine.cores", lambda: 1)
    rows = fit_speed.measure({"tiny": RECIPE}, 1, SimpleNamespace(seconds=seconds))
    own, theirs = rows
    assert (own["what"], own["cores"]) == ("a candidate of tiny", 1)
    assert own["column_frames"] == 8 * 36 * 36
    assert own["per_second"] == pytest.approx(1 / own["seconds"])
    assert theirs["per_second"] == 0.5
    assert theirs["column_frames"] == 4 * 36 * 721
    assert asked == 2 * [(36, {"n_lanes": 4, "threads": 1})]
    fit_speed.write(rows, tmp_path)
    assert "left out" not in (tmp_path / "fit_speed.txt").read_text()
    fit_speed.write(rows[:1], tmp_path)
    assert "flyvis was left out" in (tmp_path / "fit_speed.txt").read_text()
    assert len(pd.read_csv(tmp_path / "fit_speed.csv")) == 1


@pytest.mark.compile
def test_controls_go_on_where_they_were_stopped_and_never_mix_budgets(scripts, tmp_path):
    import controls
    from many_fits import Job, file_of, finished

    names = ("untrained", "signs of types", "luminance")
    jobs = [Job(name, 0, RECIPE, 1, file_of(tmp_path, name, 0)) for name in names]
    for job in jobs[:2]:
        assert not finished(job.path, RECIPE, 1)
        controls.run(job)
        assert finished(job.path, RECIPE, 1)
    path = jobs[1].path
    for other, extent in ((attrs.evolve(RECIPE, textures=4), 1), (RECIPE, 2)):
        with pytest.raises(SystemExit, match="another recipe, budget or extent"):
            finished(path, other, extent)
    with pytest.raises(SystemExit, match="another recipe, budget or extent"):
        controls.collect([attrs.evolve(job, extent=2) for job in jobs], tmp_path / "figures")
    controls.collect(jobs, tmp_path / "figures")
    table = pd.read_csv(tmp_path / "figures" / "controls.csv", index_col="control")
    assert table["evaluations"].to_dict() == {"untrained": 0, "signs of types": 8}
    own = nfs.load_connectome().checksum
    assert (table["connectome"] == own).to_dict() == {
        "untrained": True,
        "signs of types": False,
    }
    assert "8 evaluations" in (tmp_path / "figures" / "controls.txt").read_text()
    assert (tmp_path / "figures" / "controls.png").stat().st_size > 10_000
    start = nfs.load_parameters(tmp_path / "untrained_0" / "parameters.json")
    assert start.checksum == table.loc["untrained", "parameters"]


@pytest.mark.compile
def test_killed_fits_end_as_if_they_had_not_been(scripts, few_types, tmp_path):
    import kill_and_resume

    case = kill_and_resume.Case(nfs.FlowTask(RECIPE), "open-es", None, few_types)
    found = kill_and_resume.measure(2, case, every=2)
    assert [row["same"] for row in found] == [True] * 2
    assert found[1]["when"] == "in checkpoint 1" and found[1]["half_written"] == 1
    assert found[1]["generations"] == 0
    rows = [{"objective": "flow", "search": "open-es", **row} for row in found]
    kill_and_resume.write([*rows, {**rows[0], "search": "cma", "same": False}], tmp_path)
    text = (tmp_path / "kill_and_resume.txt").read_text()
    assert "2 of 3 ended in the same parameters" in text
    lines = {line.split()[1]: line.split() for line in text.splitlines()[2:4]}
    assert lines["open-es"][2:4] == ["2", "1"]  # kills, and those in a checkpoint
    assert lines["open-es"][-1] == "2" and lines["cma"][-1] == "0"


def test_controls_are_seeded_where_a_seed_changes_anything(scripts, tmp_path):
    import controls

    names = ["untrained", "flow"]
    options = controls.parsed(["--folder", str(tmp_path), "--seeds", "2", "--controls", *names])
    found = [(job.name, job.seed) for job in controls.jobs(options)]
    assert found == [("untrained", 0), ("flow", 0), ("flow", 1)]
    assert controls.jobs(options)[2].path == tmp_path / "flow_1.json"


def test_variants_differ_from_the_recipe_in_one_thing_and_have_its_budget(scripts):
    import variants

    for name, changes in variants.VARIANTS.items():
        recipe = variants.recipe_of(name)
        differing = [
            field.name
            for field in attrs.fields(Recipe)
            if getattr(recipe, field.name) != getattr(variants.FLOW, field.name)
        ]
        assert differing == list(changes), name
        assert abs(recipe.evaluations - variants.FLOW.evaluations) < 200, name
        page = (ROOT / "docs" / "fit_notebook.md").read_text()
        assert f"| {name} |" in page


@pytest.mark.compile
def test_variants_are_run_side_by_side_and_collected(scripts, tmp_path, monkeypatch):
    import many_fits
    import variants

    names = ["flow_short", "pooling 1"]
    words = ["--folder", str(tmp_path), "--extent", "1", "--seeds", "1", "--variants", *names]
    jobs = variants.jobs(variants.parsed([*words, "--evaluations", "8"]))
    line = variants.run(jobs[1])
    assert line.startswith("pooling 1, seed 0: ")
    recipes = [json.loads(job.path.read_text())["recipe"] for job in jobs[1:]]
    assert [recipe["pooling"] for recipe in recipes] == [1]
    many_fits.collect("variant", jobs, tmp_path / "figures")
    text = (tmp_path / "figures" / "variants.txt").read_text()
    assert "64 evaluations" in text and "pooling 1" in text
    assert len(pd.read_csv(tmp_path / "figures" / "variants.csv")) == 1


@pytest.mark.compile
def test_searches_are_run_side_by_side_and_collected(scripts, tmp_path, monkeypatch):
    import searches

    monkeypatch.setattr(searches, "FLOW", RECIPE)
    words = ["--folder", str(tmp_path), "--seeds", "1", "--evaluations", "8"]
    options = searches.parsed([*words, "--figures", str(tmp_path), "--searches", "cma", "open-es"])
    assert searches.parsed([]).evaluations == 25_600
    jobs = searches.jobs(options)
    assert [job.recipe.stages[0].search for job in jobs] == ["cma", "open-es"]
    assert searches.run(jobs[1]).startswith("open-es, seed 0: R2 ")
    searches.collect(jobs, options)
    assert "8 evaluations" in (tmp_path / "searches.txt").read_text()
    table = pd.read_csv(tmp_path / "searches.csv")
    assert table["evaluations"].tolist() == [4, 8] and table["core_seconds"].is_monotonic_increasing
    assert table["r2"].notna().tolist() == [False, True]
    assert (tmp_path / "searches.png").stat().st_size > 10_000


def test_finalists_are_in_the_notebook_with_their_costs(scripts):
    import finalists

    options = finalists.parsed(["--seeds", "1"])
    jobs = finalists.jobs(options)
    table = pd.read_csv(ROOT / "docs" / "figures" / "finalists" / "variants.csv")
    assert set(table["variant"]) == {job.name for job in jobs}
    for job in jobs:
        assert (table["evaluations"][table["variant"] == job.name] == job.recipe.evaluations).all()
    assert jobs[0].recipe == RECIPES["flow_short"]


@pytest.mark.compile
def test_a_screen_is_timed_beside_calls_fly_by_fly(scripts, tmp_path):
    import screening

    rows = screening.measure(extent=1, n_alone=1, cell_types=["Mi1", "Mi9"])
    assert [row["flies"] for row in rows] == [2, 1]
    screening.write(rows, tmp_path)
    assert len(pd.read_csv(tmp_path / "screening.csv")) == 2


@pytest.mark.compile
def test_what_a_step_costs_is_less_with_a_shorter_one(scripts, tmp_path):
    import time_step

    model = nfs.load_parameters("flow/001")
    rows = time_step.measure("flow/001", model, extent=1, steps=(5, 10, 20))
    assert [row["step_ms"] for row in rows] == [10, 20]
    assert rows[0]["least_r"] > rows[1]["least_r"]
    time_step.write(rows, 1, "euler", tmp_path)
    assert "flow" in (tmp_path / "time_step.txt").read_text()


@pytest.fixture
def few_are_recorded(scripts, monkeypatch, few_types):
    """The script on recovery, with three recorded cell types of a small connectome."""
    import recovery

    monkeypatch.setattr(nfs, "load_connectome", lambda: few_types)
    monkeypatch.setattr(recovery, "CELL_TYPES", ("L1", "Mi1", "Tm3"))
    monkeypatch.setattr(
        recovery, "TIME_CONSTANTS", [f"time_constant[{name}]" for name in recovery.CELL_TYPES]
    )
    monkeypatch.setattr(recovery, "OTHERS", {"graded": ["synapse_strength[L1 -> Tm3]"]})
    monkeypatch.setattr(recovery, "LATTICE", nfs.Lattice(size=3))
    monkeypatch.setattr(recovery, "SECONDS", 0.6)
    return recovery


@pytest.mark.fit
def test_a_search_comes_closer_to_the_parameters_of_the_model_that_was_recorded(
    few_are_recorded, tmp_path
):
    recovery = few_are_recorded
    rows = recovery.recovered("graded", "known", 0, tmp_path / "fit", evaluations=320)
    start = np.array([100 * abs(row["start"] / row["true"] - 1) for row in rows])
    assert start == pytest.approx(np.full(4, 30))
    assert np.median([abs(row["error_percent"]) for row in rows]) < 10
    # What was fitted is read again, and the script goes on with what is missing.
    again = recovery.recovered("graded", "known", 0, tmp_path / "fit", evaluations=320)
    assert again == rows
    recovery.write(rows + [{**row, "seed": 1} for row in rows], tmp_path)
    text = (tmp_path / "recovery.txt").read_text()
    assert "time_constant[Mi1]" in text and "95 % interval" in text
    assert len(pd.read_csv(tmp_path / "recovery.csv")) == 8


@pytest.mark.fit
def test_without_noise_no_model_near_the_true_one_has_a_smaller_loss(few_are_recorded, monkeypatch):
    recovery = few_are_recorded
    monkeypatch.setattr(recovery, "NOISE", 0.0)
    true, names = recovery.truth("graded"), recovery.free_names("graded")
    factors = np.exp(0.2 * np.random.default_rng(0).standard_normal((9, len(names))))
    values = recovery.values_of(true, names)
    near = [
        recovery.with_values(true, dict(zip(names, values * each, strict=True))) for each in factors
    ]
    listed = [true, *near]
    scorer = recovery.objective("graded", "fitted", 0).scorer(
        Model(true.connectome, GRADED, grey_is_known=False), 1
    )
    loss = scorer.scores(Candidates(np.zeros((10, 4)), listed, None), None).loss
    scorer.close()
    assert loss[0] == pytest.approx(0, abs=1e-5)  # voltages of float32
    assert loss[1:].min() > 100 * loss[0]


def test_counts_of_another_connectome_are_put_into_the_embedded_one(scripts, tmp_path):
    import flywire_counts

    counts, pairs = tmp_path / "counts.csv", tmp_path / "pairs.csv"
    counts.write_text("src,tar,flywire\nMi1,T4a,20\nC2,Lawf2,0.1\n")
    pairs.write_text("src,tar,per_target\nMi1,TmY4,4\nC2,Mi15,2\n")
    made = {
        name: flywire_counts.connectome_of(name, counts, pairs) for name in flywire_counts.VARIANTS
    }
    embedded = nfs.load_connectome()
    assert made["embedded"] == embedded
    assert made["counts"].inputs("Lawf2").loc["C2", "synapse_count"] == pytest.approx(0.1)
    assert made["counts"].n_connections == embedded.n_connections
    both = made["counts and pairs"]
    assert ("C2", "Lawf2") not in both.connections.index
    assert both.connections.loc[("C2", "Mi15"), "sign"] == -1
    words = ["--counts", str(counts), "--pairs", str(pairs), "--seeds", "2"]
    jobs = flywire_counts.jobs(flywire_counts.parsed([*words, "--variants", "untrained", "counts"]))
    assert [(job.name, job.seed) for job in jobs] == [
        ("untrained", 0), ("counts", 0), ("counts", 1),
    ]  # fmt: skip


def test_a_table_of_a_lobe_that_is_written_in_pieces_is_imported_whole(scripts, tmp_path):
    import import_size

    import_size.write_tables(tmp_path, 60_000, extent=4)
    row = import_size.imported(tmp_path)
    assert row["rows"] == 60_000 and row["neurons"] == 65 * 61
    import_size.write([{"format": "feather", **row}], tmp_path)
    assert "60,000" in (tmp_path / "import_size.txt").read_text()
