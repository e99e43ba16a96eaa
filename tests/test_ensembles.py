"""Ensembles in a folder, whoever wrote it, and the validation of one as JSON."""

import json
import os
import re

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import app
from neuroflysim.ensembles import rounded, write_ensemble
from neuroflysim.ensembles.reading import models_table
from neuroflysim.files.sealed import sealed
from neuroflysim.fit.folder import write
from neuroflysim.fit.learning_curve import columns
from neuroflysim.fit.problem import coordinates_of
from neuroflysim.fit.recipe import RECIPES, Recipe
from neuroflysim.fit.record import sealed_record

KEYS = {
    "polarity_correct",
    "polarity_r",
    "direction_selective",
    "dsi_median",
    "preferred_direction_error_deg",
    "dsi_r",
    "t4_tuning_r",
    "t5_tuning_r",
    "t4_tuning_r_best",
    "t5_tuning_r_best",
    "task_r2",
}


@pytest.fixture(scope="module")
def models(connectome):
    """Two models that have nothing to do with fits."""
    return {
        "000": nfs.Parameters.uniform(connectome, total_input=1.7),
        "002": nfs.Parameters.uniform(connectome, total_input=1.3),
    }


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "seed": [0, 1, 2],
            "stable": [True, False, True],
            "failure": ["", "ran away, at once", ""],
            "r2": [0.5, np.nan, 0.123456789],
        },
        index=["000", "001", "002"],
    )


@pytest.fixture
def written(tmp_path, models, table, start):
    """Writes an ensemble with something else about it."""

    def write(name="mine", **other):
        return write_ensemble(
            tmp_path / name,
            other.get("models", models),
            other.get("table", table),
            start=start,
            recipe=other.get("recipe", RECIPES["flow"].to_dict()),
            digits=other.get("digits", 6),
            readout=nfs.flow.Readout(cell_types=["T4a", "T4b", "T4c", "T5a"], pooling=1),
            prior_knowledge="none",
        )

    return write


def test_what_is_read_is_what_was_written_to_six_digits(written, models, start):
    ensemble = nfs.load_ensemble(written())
    assert ensemble.names == ["000", "002"] and len(ensemble) == 2
    for name, model in zip(ensemble.names, ensemble, strict=True):
        original = models[name].to_vector()
        assert np.allclose(model.to_vector(), original, rtol=5.001e-6, atol=0)
        assert not np.array_equal(model.to_vector(), original)
        assert model == rounded(models[name]) == rounded(model) == ensemble[name]
    assert ensemble[-1] == ensemble.models[1]
    assert ensemble.start == rounded(start)
    assert Recipe.from_dict(ensemble.recipe) == RECIPES["flow"]
    assert ensemble.record["prior_knowledge"] == "none"


def test_a_failed_model_stays_in_the_table_with_its_reason_and_has_no_parameters(written):
    ensemble = nfs.load_ensemble(written())
    assert ensemble.table.loc["001", "failure"] == "ran away, at once"
    assert ensemble.table["stable"].tolist() == [True, False, True]
    assert "1 more failed" in repr(ensemble)
    with pytest.raises(nfs.InvalidValueError, match="001 of mine failed"):
        ensemble["001"]
    with pytest.raises(nfs.InvalidValueError, match="'000', '001', '002'"):
        ensemble["7"]


@pytest.fixture
def published(written, models, table):
    """Writes an ensemble of others, of which a model is not stable and has parameters."""
    everyone = {**models, "001": models["000"].replace(time_constant={"T4a": 0.123456789})}
    row = table.rename(columns={"seed": "place"})
    return lambda **other: written(models=everyone, table=row, recipe=None, digits=None, **other)


def test_a_model_that_is_not_stable_may_have_parameters_and_is_told(published):
    ensemble = nfs.load_ensemble(published())
    assert ensemble.names == ["000", "001", "002"]  # in the order of the table
    assert ensemble["001"].time_constant["T4a"] == 0.123456789  # no digit is lost
    assert ensemble.stable.names == ["000", "002"] and len(ensemble.stable) == 2
    assert ensemble.stable.table.index.tolist() == ["000", "002"]
    assert "3 models, 1 of them not stable" in repr(ensemble)
    assert ensemble.table["place"].tolist() == [0, 1, 2]


def test_models_that_no_recipe_fitted_have_none(published):
    ensemble = nfs.load_ensemble(published())
    with pytest.raises(nfs.InvalidValueError, match="not fitted by a recipe of this package"):
        _ = ensemble.recipe


@pytest.mark.parametrize("word", ["--reproduce", "recipe"])
def test_a_fit_of_what_no_recipe_fitted_is_an_error_of_one_sentence(published, word, tmp_path):
    folder = published()
    words = (
        ["--reproduce", f"{folder}/000"] if word == "--reproduce" else [f"{folder}/ensemble.json"]
    )
    result = CliRunner().invoke(app, ["fit", *words, "--out", str(tmp_path / "out")])
    assert result.exit_code == 2 and "not fitted by" in " ".join(result.stderr.split())
    assert not (tmp_path / "out").exists()


def test_models_that_a_recipe_fitted_have_seeds(published, written, table):
    with pytest.raises(nfs.InvalidValueError, match="no column 'seed'"):
        written("other", table=table.drop(columns="seed"))
    with pytest.raises(nfs.InvalidValueError, match="no column 'seed'"):
        models_table("models.csv", "model,place,stable,failure\n000,0,True,\n")
    assert "seed" not in models_table(
        "models.csv", "model,place,stable,failure\n000,0,True,\n", seeds=False
    )


def test_a_row_that_is_stable_must_have_a_file_and_a_file_a_row(written, models, table):
    with pytest.raises(nfs.InvalidValueError, match="no row for '009'"):
        written("other", models={**models, "009": models["000"]})
    folder = written()
    _reseal(folder, lambda parts: {name: parts[name] for name in parts if name != "002"})
    with pytest.raises(nfs.InvalidValueError, match=r"no model '002', but .* as a stable one"):
        nfs.load_ensemble(folder)
    _reseal(folder, lambda parts: {**parts, "002": "0", "007": "0"})
    with pytest.raises(nfs.InvalidValueError, match=r"a model '007', but .* no row for it"):
        nfs.load_ensemble(folder)


def _reseal(folder, change):
    """Writes the record with other parts, as somebody would who deceives."""
    record = json.loads((folder / "ensemble.json").read_text())
    parts = {name: value for name, value in record["sha256"].items() if name != "record"}
    (folder / "ensemble.json").write_text(json.dumps(sealed(record, change(parts))))


def test_a_model_of_a_folder_is_loaded_by_its_name(written):
    folder = written()
    assert nfs.load_parameters(folder / "002") == nfs.load_ensemble(folder)["002"]
    with pytest.raises(nfs.InvalidValueError, match=r"suffix"):
        nfs.load_parameters(folder / "001")
    whole = re.escape(f"is an ensemble: nfs.load_ensemble({str(folder)!r}), or one of its models:")
    with pytest.raises(nfs.InvalidValueError, match=f"{whole} {re.escape(repr(f'{folder}/000'))}"):
        nfs.load_parameters(folder)


def test_in_the_box_errors_say_what_there_is(written, monkeypatch):
    folder = written()
    monkeypatch.setattr("neuroflysim.names.ENSEMBLES", folder.parent / "ensembles")
    (folder.parent / "ensembles").mkdir()
    folder.rename(folder.parent / "ensembles" / "mine")
    assert nfs.load_ensemble("mine").name == "mine"
    assert nfs.load_parameters("mine/002") == nfs.load_ensemble("mine")["002"]
    with pytest.raises(nfs.InvalidValueError, match="in the box there are 'mine'"):
        nfs.load_ensemble("flow")
    with pytest.raises(nfs.InvalidValueError, match=r"load_ensemble\('mine'\).* 'mine/000'"):
        nfs.load_parameters("mine")
    with pytest.raises(nfs.InvalidValueError, match="ensembles 'mine'"):
        nfs.load_parameters("flow/000")
    with pytest.raises(nfs.InvalidValueError, match=r"no model '001' .* 000, 002"):
        nfs.load_parameters("mine/001")
    page = CliRunner().invoke(app, ["ensembles"], catch_exceptions=False).output
    assert page.splitlines()[1].split()[:5] == ["mine", "2", "2", "1", "0.312"]


def _replaced(name, old, new):
    """Returns a change of a file of the folder."""

    def change(folder):
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return change


def _exchanged(folder):
    (folder / "000.json").rename(folder / "x")
    (folder / "002.json").rename(folder / "000.json")
    (folder / "x").rename(folder / "002.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "002.json").unlink(), r"002\.json"),
        (lambda folder: (folder / "models.csv").unlink(), r"models\.csv"),
        (lambda folder: (folder / "ensemble.json").write_text("[]"), r"ensemble\.json: must hold"),
        (lambda folder: (folder / "ensemble.json").write_text('{"format": "x"}'), "its format"),
        (_replaced("models.csv", "002,2,True,,0.12346\n", ""), r"models\.csv is not what was"),
        (_replaced("models.csv", "0.12346", "0.22346"), r"models\.csv is not what was"),
        (_replaced("002.json", '"T4a": 0.05', '"T4a": 0.06'), r"002\.json is not what was"),
        (_replaced("start.json", '"T4a": 0.05', '"T4a": 0.06'), r"start\.json is not what was"),
        (_exchanged, r"000\.json is not what was written"),
        (_replaced("ensemble.json", '"pooling": 1', '"pooling": 2'), r"json was changed since"),
        (_replaced("ensemble.json", '"pooling": 1', '"pooling": true'), "pooling is true"),
        (_replaced("ensemble.json", '"noise": 0.02', '"noise": "low"'), 'noise is "low"'),
        (_replaced("ensemble.json", '"T4a"', "4"), "a cell type is 4"),
        (_replaced("ensemble.json", '"sha256"', '"sums"'), "lacks the key 'sha256'"),
        (_replaced("ensemble.json", "ensemble 2", "ensemble 1"), "its format is"),
    ],
)
def test_a_damaged_folder_is_refused_with_the_file_and_the_fault(written, change, message):
    folder = written()
    change(folder)
    with pytest.raises(nfs.InvalidValueError, match=message):
        nfs.load_ensemble(folder)


def test_a_model_that_was_exchanged_is_not_loaded_by_its_name_either(written, models):
    folder = written()
    _exchanged(folder)
    with pytest.raises(nfs.InvalidValueError, match=r"002\.json is not what was written"):
        nfs.load_parameters(folder / "002")
    assert nfs.load_parameters(folder / "002.json") == rounded(models["000"])  # a file as others


def test_line_ends_of_the_table_may_change(written):
    folder = written()
    before = nfs.load_ensemble(folder).table
    text = (folder / "models.csv").read_text()
    (folder / "models.csv").write_text("\ufeff" + text, encoding="utf-8", newline="\r\n")
    pd.testing.assert_frame_equal(nfs.load_ensemble(folder).table, before)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("/somewhere/else,3,True,,1", "must be a name"),
        ("../other/000,3,True,,1", "must be a name"),
        (",3,True,,1", "must be a name"),
        ("start,3,True,,1", "no model"),
        ("ensemble,3,True,,1", "no model"),
        ("000,3,True,,1", "the model 000 stands there already"),
        ("003,0,True,,1", "the seed 0 stands there already"),
        *((f"003,{seed},True,,1", "seed is") for seed in ("", "nan", "inf", "1.5", "-1", "1e3")),
        ("003,3,maybe,,1", "stable is 'maybe'"),
        ("003,3,true,,1", "stable is 'true'"),
        ("003,3,,,1", "stable is ''"),
        ("003,3,True,ran away,1", "is stable, and has a failure"),
        *((f"003,3,True,,{r2}", "r2 is") for r2 in ("nan", "inf", "1e400", "good", "1_0")),
        ("003,3,True,", "has 4 cells"),
    ],
)
def test_a_wrong_row_of_the_table_is_told_with_its_line(row, said):
    text = f"model,seed,stable,failure,r2\n000,0,True,,0.5\n{row}\n"
    with pytest.raises(nfs.InvalidValueError, match=said) as error:
        models_table("models.csv", text)
    assert "models.csv, line 3" in str(error.value)


def test_the_table_needs_its_columns():
    with pytest.raises(nfs.InvalidValueError, match="no column 'failure'"):
        models_table("models.csv", "model,seed,stable\n000,0,True\n")


@pytest.mark.parametrize("name", ["a" * 5_000, "a\0b", "/dev/zero", "/dev/null"])
def test_what_can_be_no_folder_is_no_ensemble(name):
    with pytest.raises(nfs.InvalidValueError, match="is no ensemble"):
        nfs.load_ensemble(name)


def test_a_pipe_in_a_folder_is_not_waited_for(written):
    folder = written()
    for name in ("ensemble.json", "models.csv", "000.json"):
        content = (folder / name).read_bytes()
        (folder / name).unlink()
        os.mkfifo(folder / name)
        with pytest.raises(nfs.InvalidValueError):
            nfs.load_ensemble(folder)
        (folder / name).unlink()
        (folder / name).write_bytes(content)


def test_nothing_is_written_over_or_half(written, models, table, tmp_path):
    written()
    with pytest.raises(nfs.InvalidValueError, match="exists already"):
        written()
    with pytest.raises(nfs.InvalidValueError, match="'002' of the table are stable, but have no"):
        written("other", models={"000": models["000"]})
    with pytest.raises(nfs.InvalidValueError, match=r"'\.\./a'"):
        written("other", table=table.rename(index={"001": "../a"}))
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.compile
def test_json_has_the_keys_of_the_median_of_each_model_and_of_the_start(written, tmp_path):
    numbers = tmp_path / "numbers.csv"
    words = ["validate", str(written()), "--json", "--extent", "3", "--time-step", "50"]
    result = CliRunner().invoke(app, [*words, "-o", str(numbers)], catch_exceptions=False)
    assert result.exit_code == 0

    def refuse(word):
        raise AssertionError(f"{word} is not JSON")

    found = json.loads(result.stdout, parse_constant=refuse)
    assert set(found) == {"median", "models", "untrained"}
    assert set(found["median"]) == set(found["untrained"]) == KEYS
    assert [set(model) for model in found["models"]] == [KEYS | {"model"}] * 2
    folder = tmp_path / "mine"
    assert [model["model"] for model in found["models"]] == [f"{folder}/000", f"{folder}/002"]
    for key in KEYS:
        values = [model[key] for model in found["models"]]
        assert found["median"][key] == pytest.approx(sum(values) / 2, abs=2e-6), key
    table = pd.read_csv(numbers, index_col="quantity")
    assert table.loc["task_r2", "untrained_start"] == pytest.approx(
        found["untrained"]["task_r2"], abs=1e-6
    )
    assert table.loc["task_error", "model"] < 1.1 * table.loc["task_error_blind", "model"]


def test_two_ensembles_at_once_are_refused(written):
    words = ["validate", str(written("one")), str(written("two") / "000")]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 2 and "one at a time" in result.stderr


@pytest.mark.compile
def test_fits_become_an_ensemble_with_all_of_them(
    models, table, tmp_path, monkeypatch, request, connectome
):
    monkeypatch.syspath_prepend(request.config.rootpath / "benchmarks")
    import collect_ensemble

    recipe = RECIPES["flow_t4t5"]
    curve = pd.DataFrame({name: [1] for name in columns()})
    for name, row in table.iterrows():
        folder = tmp_path / "fits" / name
        folder.mkdir(parents=True)
        record = {
            "recipe": recipe.to_dict(),
            "connectome": connectome.table_checksums,
            "versions": {"cma": "4"},
            "processors": ["one"],
            "command": "none",
            "seed": row["seed"],
            "r2": 0.5,
            "r2_repeats": [0.5],
            "evaluations": 100,
            "seconds": 1.5,
            "core_seconds": 1.5,
            "parameters_sha256": "none",
            "stability": {
                "stable": row["stable"],
                "reason": row["failure"] or "stable",
                "unrest": None,
                "largest_voltage": None,
            },
        }
        model = models.get(name, models["000"])
        write(folder, model, sealed_record(record, model, curve), curve)
    folder = collect_ensemble.collect(tmp_path / "fits", tmp_path / "all", extent=3)
    with pytest.raises(nfs.InvalidValueError, match="the fits 002 are not finished"):
        (tmp_path / "fits" / "002" / "fit.json").rename(tmp_path / "record")
        collect_ensemble.records_of(tmp_path / "fits")
    (tmp_path / "fits" / "001").rename(tmp_path / "001")
    (tmp_path / "record").rename(tmp_path / "fits" / "002" / "fit.json")
    with pytest.raises(nfs.InvalidValueError, match=r"has the seeds \[0, 2\]"):
        collect_ensemble.records_of(tmp_path / "fits")
    ensemble = nfs.load_ensemble(folder)
    assert ensemble.names == ["000", "002"]
    assert set(KEYS) < set(ensemble.table) and set(KEYS) < set(ensemble.record["untrained"])
    assert ensemble.table.loc["001", sorted(KEYS)].isna().all()
    assert ensemble.table["seed"].tolist() == [0, 1, 2]
    assert ensemble.readout.cell_types == tuple(f"T{k}{a}" for k in (4, 5) for a in "abcd")
    # at grey T4 sits at 0.1 before the fit, as the recipe says
    at_grey = nfs.rest_state(ensemble.start)
    assert at_grey["T4a"] == pytest.approx(recipe.motion_voltage, abs=1e-4)
    assert at_grey["Mi1"] == pytest.approx(recipe.other_voltage, abs=1e-4)
    assert "set by hand" in ensemble.record["prior_knowledge"]


@pytest.mark.parametrize(
    ("name", "models", "r2"),
    [
        ("flow", 20, 0.55),
        ("flow_short", 20, 0.55),
        ("flow_t4t5", 20, 0.55),
        ("flow_without_prior", 6, 0),
    ],
)
def test_ensembles_in_the_box_are_all_seeds_from_the_start_of_their_recipe(
    name, models, r2, connectome
):
    ensemble = nfs.load_ensemble(name)
    assert ensemble.table["seed"].tolist() == list(range(len(ensemble.table)))
    assert len(ensemble.table) == models
    coordinates = coordinates_of(Recipe.from_dict(ensemble.recipe), connectome)
    start = coordinates.parameters(np.zeros(coordinates.n))
    assert np.allclose(ensemble.start.to_vector(), start.to_vector(), rtol=1e-5, atol=1e-6)
    assert (ensemble.table["r2"] > r2).all()
    assert Recipe.from_dict(ensemble.recipe) == RECIPES[name]
