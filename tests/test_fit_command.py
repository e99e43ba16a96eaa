"""`neuroflysim fit`: what it writes, and what it says when it cannot."""

import json
import re
import shlex
import sys
from importlib.metadata import version
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from brian2 import Hz, second

import neuroflysim as nfs
from neuroflysim.cli import fit_words, main
from neuroflysim.ensembles import rounded, write_ensemble
from neuroflysim.fit import run
from neuroflysim.fit.recipe import RECIPES

RECIPE = nfs.Recipe(
    readout="all",
    pooling=1,
    textures=2,
    stages=(
        nfs.Stage(evaluations=8, population=4, step_size=0.3),
        nfs.Stage(evaluations=4, population=4, step_size=0.2),
    ),
)

pytestmark = pytest.mark.usefixtures("judged_on_few_worlds")

#: Without them as many processes and threads as there are cores.
HERE = ("--connectome", "connectome", "--processes", "1")


@pytest.fixture(scope="module")
def folder(few_types, tmp_path_factory):
    """A folder with a recipe, a connectome, and what commands write there."""
    folder = tmp_path_factory.mktemp("commands")
    nfs.save_connectome(few_types, folder / "connectome")
    (folder / "tiny.json").write_text(json.dumps(RECIPE.to_dict()))
    return folder


@pytest.fixture
def run_here(folder, monkeypatch, run_command):
    """Runs a command in the folder; returns exit code, output and errors."""
    monkeypatch.chdir(folder)
    return run_command


@pytest.fixture(scope="module")
def finished(folder):
    """The folder of a fit with seed 7, and what the command printed."""
    words = ["neuroflysim", "fit", "tiny.json", "--seed", "7", "--out", "seven", *HERE, "--json"]
    with pytest.MonkeyPatch.context() as patch:
        out = StringIO()
        patch.chdir(folder)
        patch.setattr(sys, "argv", words)
        patch.setattr(sys, "stdout", out)
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
    return folder / "seven", out.getvalue()


@pytest.mark.fit
def test_a_fit_writes_its_result_its_record_and_its_learning_curve(
    finished, few_types, strict_json
):
    folder, printed = finished
    names = {"fit.json", "learning_curve.csv", "learning_curve.png", "parameters.json"}
    assert {file.name for file in folder.iterdir()} == names
    own = nfs.fit(RECIPE, 7, connectome=few_types, processes=1, threads=1, progress=False)
    record = strict_json((folder / "fit.json").read_text())
    assert strict_json(printed) == record
    parameters = nfs.load_parameters(folder / "parameters.json", few_types)
    assert parameters == own.parameters and record["parameters_sha256"] == parameters.checksum
    assert record["r2"] == own.r2 == np.mean(record["r2_repeats"])
    curve = pd.read_csv(folder / "learning_curve.csv")
    assert list(curve["evaluations"]) == [4, 8, 12] and record["evaluations"] == 12
    assert list(curve["generation"]) == [1, 2, 1] and list(curve["stage"]) == [1, 1, 2]
    assert (folder / "learning_curve.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.fit
def test_a_model_of_an_ensemble_comes_out_again(finished, few_types, folder, run_here, strict_json):
    path, _ = finished
    record = strict_json((path / "fit.json").read_text())
    model = nfs.load_parameters(path / "parameters.json", few_types)

    def ensemble(name, model, versions):
        table = pd.DataFrame({"seed": [7], "stable": True, "failure": ""}, index=["007"])
        write_ensemble(
            folder / name,
            {"007": rounded(model)},
            table,
            start=rounded(model),
            recipe=record["recipe"],
            readout=nfs.flow.Readout(cell_types=["T4a", "T5a"], pooling=1),
            prior_knowledge="none",
            selection="none",
            versions=versions,
        )
        return run_here("fit", "--reproduce", f"{name}/007", *HERE)

    code, said, warned = ensemble("own", model, record["versions"])
    assert code == 0 and "The parameters are the same as those in the box." in said
    assert "was fitted with" not in warned
    other = model.replace(time_constant={"T4a": 1.5 * model.time_constant["T4a"] * second})
    code, said, warned = ensemble("other", other, {**record["versions"], "cma": "0.1"})
    assert code == 1 and "differ from those in the box, by up to 0.33 of a value" in said
    assert f"other/007 was fitted with cma 0.1; here is cma {version('cma')}" in warned


@pytest.mark.fit
def test_the_record_is_enough_to_make_the_fit_anew(
    finished, folder, few_types, run_here, strict_json
):
    record = strict_json((finished[0] / "fit.json").read_text())
    assert record["seed"] == 7
    assert record["connectome"] == dict(few_types.table_checksums)
    assert {name: version(name) for name in record["versions"]} == record["versions"]
    assert {"neuroflysim", "cma", "numpy"} <= record["versions"].keys()
    assert nfs.Recipe.from_dict(record["recipe"]) == RECIPE
    words = shlex.split(record["command"])[1:]
    words[words.index("--out") + 1] = "again"
    code, *_ = run_here(*words)
    again = strict_json((folder / "again" / "fit.json").read_text())
    assert code == 0 and again["parameters_sha256"] == record["parameters_sha256"]


@pytest.mark.fit
def test_a_record_is_a_recipe_and_budgets_can_be_given(finished, folder, run_here, strict_json):
    words = ["--evaluations", "6", "--population", "5", "--out", "budget", "--seed", "1"]
    code, page, _ = run_here("fit", "seven/fit.json", *HERE, *words)
    assert code == 0 and "R2 of flow on fresh worlds" in page and "budget" in page
    record = strict_json((folder / "budget" / "fit.json").read_text())
    stages = record["recipe"]["stages"]
    assert [stage["evaluations"] for stage in stages] == [4, 2]  # dealt out as 8 and 4 were
    assert [stage["population"] for stage in stages] == [5, 5]
    assert record["evaluations"] == 10  # whole generations
    assert record["recipe"]["textures"] == RECIPE.textures


@pytest.mark.fit
def test_a_finished_fit_is_resumed_by_telling_it_again(finished, run_here):
    again = ("fit", "tiny.json", "--seed", "7", "--out", "seven", *HERE, "--resume", "--json")
    code, page, _ = run_here(*again)
    assert code == 0 and page == finished[1]


def test_without_a_folder_results_lie_where_recipe_and_seed_say(folder, run_here, monkeypatch):
    monkeypatch.setattr(run, "fit", lambda recipe, seed, out, **_: sys.exit(f"{seed} {out}"))
    code, *_ = run_here("fit", "tiny.json", "--seed", "12", *HERE)
    assert code == "12 results/fit/tiny/012"


@pytest.mark.fit
def test_a_model_that_runs_away_is_recorded_as_failed_without_a_word_of_nan(
    folder, few_types, run_here, strict_json
):
    wild = {**RECIPE.to_dict(), "stages": [{"evaluations": 4, "population": 4, "step_size": 20}]}
    (folder / "wild.json").write_text(json.dumps(wild))
    code, page, _ = run_here("fit", "wild.json", "--out", "wild", "--seed", "1", *HERE)
    assert code == 1 and "This model failed" in page and "runs away at grey" in page
    record = strict_json((folder / "wild" / "fit.json").read_text())
    assert record["r2"] is None and set(record["r2_repeats"]) == {None}
    stability = record["stability"]
    assert not stability["stable"] and "runs away at grey" in stability["reason"]
    assert stability["unrest"] is None and stability["largest_voltage"] is None
    again = ("fit", "wild.json", "--out", "wild", "--seed", "1", *HERE, "--resume", "--json")
    code, page, _ = run_here(*again)
    assert code == 1 and strict_json(page) == record
    options = {"connectome": few_types, "processes": 1, "resume": True, "progress": False}
    read = nfs.fit(nfs.Recipe.from_dict(wild), 1, folder / "wild", **options)
    assert np.isnan(read.r2) and not read.stable and "failed: it runs away" in repr(read)


@pytest.mark.fit
def test_several_seeds_are_several_fits_and_a_table(
    finished, folder, few_types, run_here, seeds_fitted_here, strict_json
):
    words = ("--seeds", "6:8", "--out", "several")
    code, page, _ = run_here("fit", "tiny.json", *words, *HERE)
    assert code == 0 and "several" in page
    table = pd.read_csv(folder / "several" / "fits.csv")
    assert list(table["seed"]) == [6, 7] and table["stable"].all()
    for row in table.itertuples():
        own = folder / "several" / f"{row.seed:03d}"
        record = strict_json((own / "fit.json").read_text())
        assert record["seed"] == row.seed and record["r2"] == pytest.approx(row.r2)
        assert "--seeds 6:8" in record["command"]
        assert (own / "learning_curve.png").exists()
    assert (folder / "several" / "learning_curve.png").exists()
    alone = nfs.load_parameters(finished[0] / "parameters.json", few_types)
    assert nfs.load_parameters(folder / "several/007/parameters.json", few_types) == alone
    code, again, _ = run_here("fit", "tiny.json", *words, *HERE, "--resume", "--json")
    records = strict_json(again)
    assert code == 0 and [record["seed"] for record in records] == [6, 7]


@pytest.mark.fit
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["tiny.json", "--seeds", "0-3"], "must be like 0:20 or 0,3,5"),
        (["tiny.json", "--seeds", "3:1"], "must be like 0:20 or 0,3,5"),
        (["tiny.json", "--seeds", ""], "must be like 0:20 or 0,3,5"),
        (["tiny.json", "--seeds", "1,1"], "each once"),
        (["tiny.json", "--seeds", "0:2", "--seed", "1"], "leave one out"),
        (["--seed", "7", "--reproduce", "flow/000"], "leave RECIPE, --seed"),
        (["tiny.json", "--seed", "-1"], "seed is -1, but must be at least 0"),
        (["tiny.json", "--evaluations", "0"], "must be at least 1"),
        (["tiny.json", "--population", "3"], "must be at least 4"),
        (["tiny.json", "--processes", "0"], "processes is 0, but must be at least 1"),
        (["tiny.json", "--seed", "7", "--out", "seven"], "go on with it by resume (--resume)"),
        (["tiny.json", "--seed", "8", "--out", "seven", "--resume"], "its seed is 7, not 8"),
        (["flow", "--seed", "7", "--out", "seven", "--resume"], "fit into another folder"),
        (["tiny.json", "--out", "tiny.json"], "is a file; name a folder"),
        (["flw"], "Did you mean 'flow'"),
        (["none.json"], "none.json: no such file"),
        (["broken.json"], "broken.json: lacks the key 'pooling'"),
        (["tiny.json", "--reproduce", "flow/000"], "leave RECIPE, --seed"),
        (["--seeds", "0:2", "--reproduce", "flow/000"], "leave RECIPE, --seed, --seeds"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_with_a_cure(
    finished, folder, run_here, monkeypatch, words, said
):
    (folder / "broken.json").write_text('{"readout": "all"}')
    monkeypatch.setattr(run, "_Run", None)  # nothing of this may begin to fit
    out = () if "--out" in words else ("--out", "nowhere")
    here = HERE[:2] if "--processes" in words else HERE
    code, page, message = run_here("fit", *words, *out, *here)
    assert code == 2 and not page
    assert message.startswith("neuroflysim: ") and said in message
    assert message.count("\n") == 1 and message.endswith((".\n", "?\n"))


WRONG_RECIPES = [
    (lambda recipe: recipe.update(pooling=True), "pooling is true, but must be a whole number"),
    (lambda recipe: recipe.update(pooling="1"), 'pooling is "1", but must be a whole number'),
    (lambda recipe: recipe.update(pooling=1.0), "pooling is 1.0, but must be a whole number"),
    (lambda recipe: recipe.update(pooling=-1), "pooling is -1, but must be at least 0"),
    (lambda recipe: recipe.update(size=10**9), "size is 1000000000, but must be at most 100"),
    (lambda recipe: recipe.update(textures=10**9), "textures is 1000000000, but must be at most"),
    (lambda recipe: recipe.update(speeds=3), "speeds is 3, but must be a list"),
    (lambda recipe: recipe.update(speeds=[1, True]), "speeds is true, but must be a number"),
    (lambda recipe: recipe.update(speeds=[1, 2, 3]), "two numbers"),
    (lambda recipe: recipe.update(speeds=[2, 1]), "two numbers"),
    (lambda recipe: recipe.update(speeds=[]), "speeds"),
    (lambda recipe: recipe.update(motion_voltage=True), "motion_voltage is true"),
    (lambda recipe: recipe.update(other_voltage=None), "other_voltage is null"),
    (lambda recipe: recipe.update(other_voltage=1e300), "other_voltage is 1e+300"),
    (lambda recipe: recipe.update(prior_weight=-1), "prior_weight is -1"),
    (lambda recipe: recipe.update(readout="T4"), "readout is 'T4'"),
    (lambda recipe: recipe.update(task=["flow"]), 'task is ["flow"], but must be text'),
    (lambda recipe: recipe.update(txture="bars"), "a key is 'txture', but must be one of"),
    (lambda recipe: recipe.update(stages=[]), "one Stage or more"),
    (lambda recipe: recipe.update(stages={}), "stages is {}, but must be a list"),
    (lambda recipe: recipe.update(stages=[1]), "stage 1 is 1, but must be a block of keys"),
    (lambda recipe: recipe["stages"][1].pop("step_size"), "stage 2: lacks the key 'step_size'"),
    (lambda recipe: recipe["stages"][0].update(sigma=1), "stage 1: a key is 'sigma'"),
    (lambda recipe: recipe["stages"][0].update(step_size=0), "stage 1: step_size is 0"),
    (lambda recipe: recipe["stages"][0].update(population=10**7), "stage 1: population is"),
    (lambda recipe: recipe["stages"][0].update(evaluations=10**18), "stage 1: evaluations is"),
    (lambda recipe: recipe["stages"][0].update(contrast=[0.1, "x"]), 'contrast is "x"'),
    (lambda recipe: recipe["stages"][0].update(brightness=[0, 2]), "stage 1: brightness"),
    (lambda recipe: recipe["stages"][0].update(covariance="none"), "stage 1: covariance"),
]


@pytest.mark.parametrize(("change", "said"), WRONG_RECIPES)
@pytest.mark.parametrize("within", [False, True], ids=["a recipe", "in a record"])
def test_what_is_wrong_in_the_file_of_a_recipe_is_told_with_file_and_key(
    tmp_path, change, said, within
):
    recipe = json.loads(json.dumps(RECIPE.to_dict()))
    change(recipe)
    (tmp_path / "own.json").write_text(json.dumps({"recipe": recipe} if within else recipe))
    with pytest.raises(nfs.InvalidValueError, match=re.escape(said)) as error:
        fit_words.recipe_named(str(tmp_path / "own.json"))
    assert "own.json" in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"a":' * 100_000 + "1" + "}" * 100_000, "nested beyond reason"),
        ("[1]", "must hold a block of keys"),
        ('{"readout": "all", "readout": "all"}', "the key 'readout' stands twice"),
        ('{"readout_noise": NaN}', "NaN is no finite number"),
        ('{"recipe": 3}', "recipe is 3, but must be a block of keys"),
        ("readout: all", "is not JSON"),
    ],
)
def test_what_is_no_recipe_is_told_with_its_file(tmp_path, text, said):
    (tmp_path / "own.json").write_text(text)
    with pytest.raises(nfs.InvalidValueError, match=f"own.json.*{said}"):
        fit_words.recipe_named(str(tmp_path / "own.json"))


@pytest.mark.fit
def test_a_record_whose_recipe_was_changed_is_no_recipe_any_more(finished, tmp_path):
    text = (finished[0] / "fit.json").read_text()
    (tmp_path / "fit.json").write_text(text.replace('"textures": 2', '"textures": 3'))
    with pytest.raises(nfs.InvalidValueError, match='write what stands under "recipe" to a file'):
        fit_words.recipe_named(str(tmp_path / "fit.json"))


def test_help_names_the_recipes_and_shows_an_example(run_here):
    code, page, _ = run_here("fit", "--help")
    plain = " ".join(page.split())
    assert code == 0
    assert all(name in plain for name in RECIPES)
    assert "neuroflysim fit flow --seed 0" in plain


@pytest.mark.fit
@pytest.mark.usefixtures("no_stability_check")
def test_equations_parts_and_a_search_are_chosen_as_in_python(folder, few_types, run_here):
    words = ["--dynamics", "adapting", "--free", "adaptation_strength:*", "--free", "*:Mi1"]
    words += ["--search", "open-es", "--evaluations", "8", "--step-size", "0.5", "--seed", "3"]
    code, _, told = run_here("fit", "tiny.json", "--out", "equations", *words, *HERE)
    assert code == 0, told
    chosen = {
        "dynamics": "adapting",
        "free": ["adaptation_strength:*", "*:Mi1"],
        "search": "open-es",
        "evaluations": 8,
        "step_size": 0.5,
    }
    own = nfs.fit(RECIPE, 3, connectome=few_types, processes=1, progress=False, **chosen)
    found = nfs.load_parameters(folder / "equations" / "parameters.json", few_types)
    assert found == own.parameters and "adapting" in repr(found)
    assert (found.synapse_strength == nfs.Parameters.uniform(few_types).synapse_strength).all()


@pytest.mark.fit
@pytest.mark.usefixtures("no_stability_check")
def test_the_file_of_a_recording_is_fitted_to(folder, few_types, run_here):
    flash = nfs.protocols.flash(intensity=1)
    truth = nfs.Parameters.uniform(few_types)
    shown = nfs.simulate(flash, parameters=truth, lattice=nfs.Lattice(size=(3, 2)), record="Mi1")
    trace = shown.voltage.to_numpy()[0, :, ::5, 0]
    recording = nfs.Recording.from_array(
        trace, rate=100 * Hz, unit="mV", cell_type="Mi1", onsets=1 * second,
        conditions={"intensity": 1},
    )  # fmt: skip
    recording.save(folder / "mi1.nc")
    words = ["--protocol", "flash", "--set", "intensity=1", "--free", "time_constant:Mi1"]
    words += ["--evaluations", "8", "--population", "4", "--out", "recorded"]
    code, said, told = run_here("fit", "mi1.nc", *words, *HERE)
    assert code == 0, told
    assert "explained variance" in said
    code, _, told = run_here("fit", "mi1.nc", "--out", "never", *HERE)
    assert code == 2 and "--protocol" in told
    code, _, told = run_here("fit", "tiny.json", "--protocol", "flash", "--out", "never", *HERE)
    assert code == 2 and "for a recording" in told
