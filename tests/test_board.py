"""The board: all rows by one judge, whose numbers are those of `compare` and `validate`."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import app
from neuroflysim.ensembles import write_ensemble
from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.loading.checksum import checksum_of
from neuroflysim.names import study_keys
from neuroflysim.scoreboard import asking, making, row_files
from neuroflysim.scoreboard.agreements import agreements_of, columns_of, score_of
from neuroflysim.scoreboard.box import (
    chosen_entries,
    entries,
    published_board,
    published_file,
    unpublished,
)
from neuroflysim.scoreboard.checking import check
from neuroflysim.scoreboard.entry import KINDS, Models
from neuroflysim.scoreboard.families import BESIDE, FAMILIES, family_of
from neuroflysim.scoreboard.intervals import over_models, over_studies
from neuroflysim.scoreboard.judging import troubled
from neuroflysim.scoreboard.of_controls import models_of
from neuroflysim.scoreboard.trivial import no_response, renamed
from neuroflysim.validation.measures import validation_measures
from neuroflysim.validation.summary import KEYS, validation_summary

DATABASE = Path(__file__).parents[1] / "experiments_db"
STUDIES = ["behnia2014", "gruntman2019"]
OPTIONS = {"extent": 3, "studies": STUDIES, "progress": False}


@pytest.fixture(scope="module")
def mine(tmp_path_factory, connectome):
    """A folder of three models of one's own, and what a fit has seen."""
    folder = tmp_path_factory.mktemp("models") / "mine"
    folder.mkdir()
    for k, total in enumerate((1.0, 1.5, 2.0)):
        nfs.Parameters.uniform(connectome, total_input=total).save(folder / f"{k}.json")
    (folder / "seen.txt").write_text("nothing:\nweights by counts\n")
    return folder


@pytest.fixture(scope="module")
def kept_at(tmp_path_factory):
    return tmp_path_factory.mktemp("board")


@pytest.fixture(scope="module")
def board(mine, kept_at):
    """Two rows, judged once."""
    return nfs.board([str(mine), "no_response"], folder=kept_at, **OPTIONS)


def models_in(folder):
    return [nfs.load_parameters(path) for path in sorted(folder.glob("*.json"))]


def table_of(*rows):
    """Return agreements of models with four groups of two studies."""
    names = [("a", "x"), ("a", "y"), ("a", "z"), ("b", "x")]
    columns = pd.MultiIndex.from_tuples(names, names=["study", "group"])
    return pd.DataFrame(list(rows), columns=columns, dtype=float)


# ---- what numbers mean ----


@pytest.mark.compile
def test_the_score_of_a_row_is_the_mean_of_the_study_scores_of_compare(board, mine):
    table = nfs.compare(models_in(mine), STUDIES, extent=3, progress=False)
    expected = nfs.scores(table)["score"].mean()
    assert board.table.loc["mine", "score"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.compile
def test_the_score_of_one_model_is_its_own_score_in_compare(board, mine):
    table = nfs.compare(models_in(mine)[1], STUDIES, extent=3, progress=False)
    found = board.models.set_index(["row", "model"]).loc[("mine", "1"), "score"]
    assert found == pytest.approx(nfs.scores(table)["score"].mean(), abs=1e-4)


@pytest.mark.compile
def test_the_numbers_of_a_row_are_the_medians_of_validate(board, mine):
    measures = validation_measures(
        models_in(mine), lattice=nfs.Lattice(extent=3), task=True, progress=False
    )
    expected = pd.Series(validation_summary(measures)["median"], dtype=float)
    found = board.table.loc["mine", list(KEYS)].astype(float)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.compile
def test_every_group_of_strict_measurements_stands_in_compare_with_the_same_agreement(board, mine):
    table = nfs.compare(models_in(mine), STUDIES, extent=3, progress=False)
    strict = table[table["strict"] & table["agreement"].notna()]
    expected = strict.groupby(["study", "group"])["agreement"].first()
    found = board.agreements[board.agreements["row"] == "mine"].set_index(["study", "group"])
    assert set(found.index) == set(expected.index)
    aligned = found["agreement"].astype(float).reindex(expected.index)
    np.testing.assert_allclose(aligned, expected, atol=1e-4)


@pytest.mark.slow
def test_a_copy_of_the_flies_has_the_score_1_in_the_whole_and_in_every_family():
    from neuroflysim.experiments.judging.of_study import values_of_copy

    studies = chosen_studies("all")
    agreements = agreements_of(studies, {s.key: values_of_copy(s)[None] for s in studies})
    assert score_of(agreements) == pytest.approx(1)
    families = columns_of(studies).loc[agreements.columns, "family"]
    assert {name for name in families} == set(FAMILIES)


@pytest.mark.slow
def test_every_measurement_that_is_replayed_is_in_a_family():
    for key in study_keys():
        study = nfs.load_study(key)
        for row in study.measurements:
            if row.measure in study.measures:
                assert family_of(study, row) in FAMILIES, (key, row.measure)


@pytest.mark.parametrize(
    ("study", "measure", "family"),
    [
        ("joesch2010", "tangential_input_left", "tangential_cells"),
        ("joesch2010", "tangential_response_left", "hs_and_vs"),
        ("chiappe2010", "temporal_frequency_optimum", "hs_and_vs"),
        ("chiappe2010", "temporal_frequency_optimum_of_inputs", "temporal_filters"),
        ("borst2025", "surround_ratio", "spatial_fields"),
        ("borst2025", "filter_class", "temporal_filters"),
        ("gruntman2019", "null_direction_suppression", "enhancement_and_suppression"),
    ],
)
def test_a_measure_is_in_the_family_that_its_name_says(study, measure, family):
    study = nfs.load_study(study)
    assert {family_of(study, r) for r in study.measurements if r.measure == measure} == {family}


@pytest.mark.compile
def test_a_study_without_strict_facts_leaves_a_row_without_a_score_but_with_its_numbers(mine):
    found = nfs.board(str(mine), studies="hardie1989", extent=3, progress=False)
    line = found.table.loc["mine"]
    assert line["trouble"] == ""
    assert line["polarity_correct"] > 24
    assert pd.isna(line[["score", "score_models_low", "score_studies_high", "direction"]]).all()
    assert len(found.agreements) == 0


# ---- intervals ----


def test_models_that_are_all_the_same_leave_no_doubt_over_models():
    same = table_of(*[[1, 0, 0.5, -1]] * 5)
    assert over_models(same) == pytest.approx((score_of(same),) * 2)


def test_the_interval_over_models_is_that_of_the_median_of_a_binomial_draw():
    # One group, models with 0 or 1: the median of n draws is 1 if more than half of them are.
    one = table_of(*([[1, 1, 1, 1]] * 6 + [[0, 0, 0, 0]] * 1))
    low, high = over_models(one)
    # P(at most 3 of 7 draws are 1 | p = 6/7) = 0.8 %, so 95 % of the samples are at 1.
    assert (low, high) == (1, 1)
    even = table_of([1, 1, 1, 1], [0, 0, 0, 0])
    assert over_models(even) == (0, 1)


def test_the_interval_over_studies_is_that_of_the_mean_of_two_draws():
    # Studies of score 0 and 1: means of two draws are 0, 0.5 and 1 with 1/4, 1/2, 1/4.
    assert over_studies(table_of([0, 0, 0, 1])) == (0, 1)
    assert over_studies(table_of([1, 1, 1, 1])) == (1, 1)


def test_nothing_is_said_of_the_doubt_of_a_single_model():
    assert np.isnan(over_models(table_of([1, 0, 0.5, -1]))).all()


@pytest.mark.compile
def test_the_score_lies_in_its_intervals(board):
    line = board.table.loc["mine"]
    for over in ("models", "studies"):
        assert line[f"score_{over}_low"] <= line["score"] + 1e-9
        assert line[f"score_{over}_high"] >= line["score"] - 1e-9


# ---- trivial rows ----


@pytest.mark.compile
def test_no_cell_of_the_silent_network_says_anything():
    models = no_response()
    (silent,) = models.parameters.values()
    flashes = nfs.protocols.flash(intensity=[0, 1])
    responses = nfs.simulate(
        flashes, connectome=silent.connectome, parameters=silent, extent=1, progress=False
    )
    assert (responses.voltage.drop_sel(cell_type="Lawf1") == 0).all()
    assert responses.voltage.sel(cell_type="Lawf1").max() > 0.1  # light does fall


@pytest.mark.compile
def test_a_network_with_other_names_gives_the_same_answers_under_other_names(connectome):
    start = nfs.Parameters.uniform(connectome)
    other = renamed(start, seed=3)
    flashes = nfs.protocols.flash(intensity=[0, 1])
    before, after = (
        nfs.simulate(
            flashes, connectome=one.connectome, parameters=one, extent=1, progress=False
        ).voltage
        for one in (start, other)
    )
    np.testing.assert_array_equal(before.to_numpy(), after.to_numpy())
    assert list(before["cell_type"].to_numpy()) != list(after["cell_type"].to_numpy())
    assert set(before["cell_type"].to_numpy()) == set(after["cell_type"].to_numpy())


# ---- rows and their order ----


def test_rows_stand_by_kind_and_then_by_the_alphabet():
    listed = [(list(KINDS).index(entry.kind), entry.name) for entry in entries()]
    assert listed == sorted(listed)
    assert len({name for _, name in listed}) == len(listed)


def test_the_rows_of_the_box_are_those_that_the_issue_of_a_board_is():
    names = {entry.name for entry in entries()}
    assert {"flow", "flow_short", "flow_t4t5", "flow_without_prior", "flyvis"} <= names
    assert {"flyvis_first_ten", "random_parameters", "untrained"} <= names
    assert {"no_response", "shuffled_cell_types", "signs_of_types", "luminance"} <= names


@pytest.mark.parametrize("name", ["signs of types", "counts all even", "speed"])
def test_fitted_controls_are_in_the_box_each_for_its_own_connectome(name, connectome):
    models = models_of(name).parameters
    assert list(models) == ["000", "001", "002"]
    changed = [one.connectome != connectome for one in models.values()]
    assert all(changed) if name != "speed" else not any(changed)


@pytest.mark.compile
def test_a_row_tells_what_its_fit_has_seen_and_the_command_that_computes_it(board, mine):
    line = board.table.loc["mine"]
    assert line["seen"] == "nothing: weights by counts"
    assert line["command"] == f"neuroflysim board {mine}"
    assert board.table.loc["no_response", "command"] == "neuroflysim board no_response"


# ---- files ----


@pytest.mark.compile
def test_a_judgement_in_a_file_is_all_of_it(board, kept_at, tmp_path):
    first = row_files.read(kept_at / "rows" / "mine.json")
    row_files.write(tmp_path / "again.json", first)
    again = row_files.read(tmp_path / "again.json")
    pd.testing.assert_frame_equal(first.agreements, again.agreements)
    pd.testing.assert_frame_equal(first.models, again.models)
    assert (kept_at / "rows" / "mine.json").read_text() == (tmp_path / "again.json").read_text()


def test_a_judgement_that_could_not_be_made_is_kept_with_its_reason(tmp_path):
    models = Models({"000": None}, failed={"001": "it runs away"})
    judgement = troubled("mine", "the connectome has no T4a", models)
    row_files.write(tmp_path / "mine.json", judgement)
    again = row_files.read(tmp_path / "mine.json")
    assert again.trouble == judgement.trouble and not len(again.agreements)
    assert again.models["failure"].to_dict() == {"001": "it runs away"}


@pytest.mark.compile
def test_what_is_kept_is_not_computed_again_and_gives_the_same_board(
    board, mine, kept_at, monkeypatch
):
    monkeypatch.setattr(making, "judge", None)
    again = nfs.board([str(mine), "no_response"], folder=kept_at, **OPTIONS)
    for name in ("table", "models", "agreements"):
        pd.testing.assert_frame_equal(getattr(board, name), getattr(again, name))


@pytest.mark.compile
def test_after_a_change_of_one_study_only_this_one_is_asked_and_the_row_says_so(
    mine, kept_at, board, tmp_path, monkeypatch
):
    """One more study, and another one whose text was changed: all else is taken from the file."""
    changed = tmp_path / "gruntman2019"
    shutil.copytree(DATABASE / "gruntman2019", changed)
    text = (changed / "measurements.csv").read_text()
    (changed / "measurements.csv").write_text(text.replace("polarity,T5,,OFF", "polarity,T5,,ON"))
    asked, whole = [], asking.model_values
    folder = tmp_path / "kept"
    shutil.copytree(kept_at, folder)

    def noted(studies, *given, **options):
        asked.extend(study.key for study in studies)
        return whole(studies, *given, **options)

    options = {**OPTIONS, "studies": ["behnia2014", changed, "hardie1989", "joesch2010"]}
    fresh = nfs.board(str(mine), **options)
    monkeypatch.setattr(asking, "model_values", noted)
    monkeypatch.setattr(making, "judge", None)
    again = nfs.board(str(mine), folder=folder, **options)
    assert asked == ["gruntman2019", "hardie1989", "joesch2010"]
    for name in ("table", "models", "agreements"):
        pd.testing.assert_frame_equal(getattr(fresh, name), getattr(again, name))
    assert fresh.table.loc["mine", "polarity"] != board.table.loc["mine", "polarity"]
    later = again.record["mine"]["later"]
    assert later.endswith(": gruntman2019, hardie1989, joesch2010")
    assert "later" not in fresh.record["mine"]
    asked.clear()
    kept = nfs.board(str(mine), folder=folder, **options)
    assert asked == [] and kept.record == again.record
    fewer = nfs.board(str(mine), folder=folder, **{**options, "studies": ["behnia2014"]})
    assert asked == [] and fewer.record["mine"] == fresh.record["mine"]
    assert set(fewer.agreements["study"]) == {"behnia2014"}


@pytest.mark.compile
def test_hs_and_vs_stand_on_the_board_beside_the_proxy_and_in_no_number_of_it(mine):
    found = nfs.board(str(mine), studies=["behnia2014", "joesch2010"], extent=2, progress=False)
    line, lines = found.table.loc["mine"], found.agreements
    beside = lines[lines["family"] == BESIDE]
    assert set(beside["cell_types"]) == {"HS", "VS"}
    assert line[BESIDE] == pytest.approx(beside["agreement"].mean())
    counting = lines[lines["family"] != BESIDE].groupby("study")["agreement"].mean()
    assert line["score"] == pytest.approx(counting.mean()) and line["studies"] == 2
    table = nfs.compare(models_in(mine)[1], ["behnia2014", "joesch2010"], extent=2, progress=False)
    one = found.models.set_index("model").loc["1", "score"]
    assert one == pytest.approx(nfs.scores(table)["score"].mean(), abs=1e-4)


@pytest.mark.compile
def test_what_is_kept_of_other_models_is_computed_again(
    mine, kept_at, board, tmp_path, monkeypatch
):
    other = tmp_path / "mine"
    shutil.copytree(mine, other)
    (other / "1.json").unlink()
    asked = []
    monkeypatch.setattr(making, "judge", lambda entry, *_, **__: asked.append(entry) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        nfs.board(str(other), folder=kept_at, **OPTIONS)
    assert [entry.name for entry in asked] == ["mine"]


@pytest.mark.compile
def test_a_number_that_was_changed_in_a_kept_row_is_refused(board, kept_at, tmp_path):
    text = (kept_at / "rows" / "mine.json").read_text()
    path = tmp_path / "mine.json"
    path.write_text(text.replace('"polarity_correct": ', '"polarity_correct": 1'))
    with pytest.raises(InvalidValueError, match="was changed since it was written"):
        row_files.read(path)


@pytest.mark.compile
def test_models_that_stand_in_another_row_are_judged_once(
    mine, kept_at, board, monkeypatch, tmp_path
):
    """As the first ten of flyvis stand in flyvis."""
    part = tmp_path / "part"
    shutil.copytree(mine, part)
    (part / "0.json").unlink()
    alone = nfs.board(str(part), **OPTIONS)
    monkeypatch.setattr(making, "judge", None)
    beside = nfs.board([str(mine), str(part)], folder=kept_at, **OPTIONS)
    pd.testing.assert_frame_equal(alone.table, beside.table.loc[["part"]], check_dtype=False)
    chosen = beside.models[beside.models["row"] == "part"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone.models, chosen, check_dtype=False)


# ---- rows that cannot be judged ----


@pytest.fixture
def broken(tmp_path, connectome):
    """Folders that cannot be judged, by name."""
    start = nfs.Parameters.uniform(connectome)
    renamed_type = tmp_path / "renamed_type"
    renamed_type.mkdir()
    start.save(renamed_type / "a.json")
    text = (renamed_type / "a.json").read_text().replace('"T4a"', '"T4x"')
    (renamed_type / "a.json").write_text(text)
    one_broken = tmp_path / "one_broken"
    one_broken.mkdir()
    start.save(one_broken / "a.json")
    (one_broken / "b.json").write_text("{")
    (tmp_path / "empty").mkdir()
    write_ensemble(
        tmp_path / "all_failed",
        {},
        pd.DataFrame(
            {"seed": [0, 1], "stable": False, "failure": "it runs away"}, index=["000", "001"]
        ),
        start=start,
        recipe={},
        readout=nfs.flow.Readout(cell_types=["T4a"], pooling=1),
    )
    return tmp_path


@pytest.mark.compile
def test_rows_that_cannot_be_judged_say_why_and_the_others_stand(broken, mine, board):
    rows = [broken / name for name in ("renamed_type", "one_broken", "empty", "all_failed")]
    found = nfs.board([*rows, str(mine)], **OPTIONS)
    why = found.table["trouble"]
    assert "T4x" in why["renamed_type"]
    assert "b.json" in why["one_broken"]
    assert "no parameter file" in why["empty"]
    assert "all 2 failed (it runs away)" in why["all_failed"]
    pd.testing.assert_series_equal(found.table.loc["mine"], board.table.loc["mine"])
    assert found.table.loc[why != "", "score"].isna().all()


def test_names_that_are_no_rows_are_refused_with_those_that_there_are(mine, tmp_path):
    with pytest.raises(InvalidValueError, match=r"neither a folder nor a row.*flow_short"):
        chosen_entries(["flaw"])
    other = tmp_path / "mine"
    shutil.copytree(mine, other)
    with pytest.raises(InvalidValueError, match="two rows are called 'mine'"):
        chosen_entries([mine, other])


# ---- the published board ----


@pytest.fixture(scope="module")
def published():
    return published_board()


@pytest.mark.slow
def test_the_published_board_and_what_it_lacks_are_the_rows_of_the_box(published):
    names = [entry.name for entry in entries()]
    lacking = unpublished()
    assert list(published.table.index) == [name for name in names if name not in lacking]
    assert {"flow", *lacking} <= set(names)
    assert (published.table["trouble"] == "").all()


@pytest.mark.compile
def test_the_published_judgements_are_of_the_models_in_the_box():
    studies = {study.key: checksum_of(study) for study in chosen_studies("all")}
    for entry in entries():
        if published_file(entry.name).is_file():
            known = row_files.read(published_file(entry.name))
            models = entry.load()
            assert list(known.agreements.index) == list(models.parameters), entry.name
            assert known.studies == studies, entry.name
            if entry.kind != "no fit":  # computed, so the last bits are the processor's
                expected = row_files.identity_of(entry, models, nfs.Lattice(extent=15))
                assert known.identity == expected, entry.name


@pytest.mark.slow
def test_a_check_names_what_is_not_so_any_more(published):
    same = check(published, published)
    assert same["same"].all()
    table = published.table.copy()
    table.loc["flow", "score"] += 0.5
    wrong = check(type(published)(table, *_rest(published)), published)
    assert wrong[~wrong["same"]][["row", "number"]].values.tolist() == [["flow", "score"]]


def _rest(board):
    return board.models, board.agreements, board.record


# ---- the command ----


@pytest.mark.compile
def test_the_command_writes_page_picture_and_tables(mine, kept_at, board, tmp_path):
    folder = tmp_path / "out"
    shutil.copytree(kept_at, folder)
    told = CliRunner().invoke(
        app,
        [
            *("board", str(mine), "no_response", "-o", str(folder), "--extent", "3"),
            *("--studies", ",".join(STUDIES), "--processes", "1"),
        ],
    )
    assert told.exit_code == 0, told.output
    names = {path.name for path in folder.iterdir()}
    assert names >= {"board.html", "board.png", "board.csv", "models.csv", "agreements.csv"}
    written = pd.read_csv(folder / "board.csv", index_col="row")
    np.testing.assert_allclose(written["score"], board.table["score"].astype(float), atol=1e-9)


def test_the_command_ends_with_1_where_a_row_has_trouble(broken):
    told = CliRunner().invoke(app, ["board", str(broken / "empty"), "--json"])
    assert told.exit_code == 1
    (row,) = json.loads(told.stdout)
    assert "no parameter file" in row["trouble"]
    assert row["score"] is None


@pytest.mark.slow
def test_the_command_shows_what_was_published(published):
    told = CliRunner().invoke(app, ["board", "--published", "--json"])
    assert [row["row"] for row in json.loads(told.stdout)] == list(published.table.index)


@pytest.mark.slow
def test_a_folder_of_ones_own_cannot_be_checked(mine):
    told = CliRunner().invoke(app, ["board", "--check", str(mine)])
    assert told.exit_code == 2
    assert "is not on the published board" in told.output
