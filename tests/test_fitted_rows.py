"""What a model was fitted to judges it in no score, whichever way it is asked: tries to cheat."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import neuroflysim as nfs
from neuroflysim.ensembles import write_ensemble
from neuroflysim.ensembles.readout import Readout
from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.comparison import compared
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.judging.fitted import fitted_groups, fitted_rows
from neuroflysim.experiments.judging.of_study import groups, values_of_copy
from neuroflysim.fit import run
from neuroflysim.parameters.seen import recording_entry, study_entry
from neuroflysim.report.board import board_page
from neuroflysim.report.board_text import describe_board
from neuroflysim.scoreboard import judging
from neuroflysim.scoreboard.agreements import agreements_of
from neuroflysim.scoreboard.boards import board_of
from neuroflysim.scoreboard.entry import Entry, Models
from neuroflysim.scoreboard.judging import Judgement
from neuroflysim.scoreboard.row_files import identity_of
from neuroflysim.validation.fitted import fitted_quantities
from neuroflysim.validation.headline import QUANTITIES
from neuroflysim.validation.summary import KEYS

KEY = "behnia2014"
CURVES = study_entry("maisak2013", "tuning_curve", "T4a")


@pytest.fixture(scope="module")
def bare():
    return nfs.Parameters.uniform(nfs.load_connectome())


def fitted_table(study, seen):
    """A perfect copy of the flies that was fitted to some rows."""
    return compared(study, values_of_copy(study)[None], seen=seen)


def test_a_row_is_fitted_if_one_of_its_measure_and_family_was_shown():
    study = nfs.load_study("maisak2013")
    table = fitted_table(study, [CURVES])
    like = (table["measure"] == "tuning_curve") & table["cell_type"].str.startswith("T4")
    assert table["fitted"].tolist() == like.tolist()
    assert like.any() and not like.all()
    assert not table["strict"][table["fitted"]].any()
    assert not fitted_rows(nfs.load_study(KEY), [CURVES]).any()
    assert fitted_rows(study, [study_entry("maisak2013")]).all()


def test_fitted_rows_are_in_no_score():
    study = nfs.load_study("maisak2013")
    table = fitted_table(study, [CURVES])
    wrong = table.assign(agreement=np.where(table["fitted"], -1.0, table["agreement"]))
    (score,) = nfs.scores(wrong).to_dict("records")
    assert score["score"] == score["score_all"] == pytest.approx(1)
    assert score["n_compared"] == (table["agreement"].notna() & ~table["fitted"]).sum()
    everything = nfs.scores(fitted_table(study, [study_entry("maisak2013")]))
    assert everything[["n_compared", "n_strict"]].to_numpy().tolist() == [[0, 0]]
    assert everything[["score", "score_all"]].isna().all(axis=None)


def test_rows_of_one_rank_are_fitted_together():
    several = 0
    for study in chosen_studies("all"):
        for members in groups(study).values():
            row = study.measurements[members[-1]]
            seen = [study_entry(study.key, row.measure, row.cell_type)]
            assert fitted_rows(study, seen)[members].all()
            several += len({study.measurements[k].cell_type for k in members}) > 1
    assert several


def test_a_finding_that_is_asked_of_another_cell_is_fitted_with_it():
    study = nfs.load_study("schnell2012")
    beside = [row for row in study.measurements if study.beside(row)]
    proxy = study.beside(beside[0])
    for measure in (proxy, beside[0].measure):
        table = fitted_table(study, [study_entry(study.key, measure, "T4")])
        pair = table["measure"].isin([proxy, beside[0].measure])
        assert table["fitted"][pair & (table["measure"] != measure)].all()


def test_recordings_of_ones_own_are_of_no_study_unless_they_say_so():
    study = nfs.load_study(KEY)
    assert not fitted_rows(study, [recording_entry([1.0, 2.0], "Mi1")]).any()
    told = fitted_rows(study, [study_entry(KEY, cell_type="Mi1")])
    assert told.tolist() == ["Mi1" in row.cell_type for row in study.measurements]


def test_headline_numbers_say_by_what_they_are_judged():
    names = list(QUANTITIES)
    assert fitted_quantities(names, []) == []
    assert fitted_quantities(names, [CURVES]) == ["tuning_r_T4", "tuning_r_T4_at_one_speed"]
    shown = fitted_quantities(names, [study_entry(KEY, "polarity", "Mi1")])
    assert shown == ["polarity_count", "polarity_r"]
    assert fitted_quantities(names, [study_entry("lappalainen2024")]) == names


@pytest.fixture(scope="module")
def short_fit():
    """A fit of two generations to a study, from Python."""
    objective = nfs.StudyObjective(
        KEY,
        held_out="ketkar2022",
        lattice=1,
        at_once=4,
        stages=[nfs.Stage(evaluations=8, population=4, step_size=0.1)],
    )
    return nfs.fit(objective, processes=1, progress=False)


@pytest.mark.fit
def test_a_fit_to_a_study_tells_what_it_has_seen(short_fit):
    entries = nfs.StudyObjective(KEY).seen()
    assert short_fit.record["seen"] == list(short_fit.parameters.seen) == entries
    assert short_fit.record["held_out"]
    assert "rows of behnia2014" in repr(short_fit.parameters)


@pytest.mark.fit
def test_who_hides_what_a_fit_has_seen_is_found_or_stays_marked(short_fit, bare, tmp_path):
    """Each way to hide it, but for numbers that are typed anew, which carry nothing."""
    found = short_fit.parameters
    found.save(tmp_path / "a.json")
    found.save(tmp_path / "a.csv")
    table = pd.DataFrame({"stable": [True, True], "failure": ""}, index=["000", "001"])
    ensemble = write_ensemble(
        tmp_path / "ensemble",
        {"000": bare, "001": found},
        table,
        start=bare,
        recipe=None,
        readout=Readout(),
    )
    ways = {
        "itself": found,
        "csv": nfs.load_parameters(tmp_path / "a.csv"),
        "a little other": found.replace(time_constant={"T4a": 0.07}),
        "same vector": found.with_vector(found.to_vector()),
        "among others": [bare, nfs.load_parameters(tmp_path / "a.json")],
        "ensemble": nfs.load_ensemble(ensemble),
    }
    for name, models in ways.items():
        compared_rows = nfs.compare(models, KEY, lattice=1, progress=False)
        asked = compared_rows["agreement"].notna()
        assert compared_rows["fitted"][asked & compared_rows["strict"]].sum() == 0, name
        assert nfs.scores(compared_rows)["n_strict"].item() == 0, name
    assert not nfs.compare(bare, KEY, lattice=1, progress=False)["fitted"].any()
    content = json.loads((tmp_path / "a.json").read_text())
    del content["seen"]
    (tmp_path / "a.json").write_text(json.dumps(content))
    with pytest.raises(NeuroFlySimError, match="has seen was changed"):
        nfs.load_parameters(tmp_path / "a.json")
    typed = nfs.Parameters.from_vector(found.connectome, found.to_vector())
    assert typed.seen == ()  # docs/fitting.md says so


@pytest.mark.fit
def test_the_folder_of_a_fit_finds_what_was_taken_out(short_fit, tmp_path):
    folder = tmp_path / "fit"
    folder.mkdir()
    run.files.write(folder, short_fit.parameters, short_fit.record, short_fit.learning_curve)
    assert nfs.load_fit(folder).parameters == short_fit.parameters
    content = json.loads((folder / "parameters.json").read_text())
    del content["seen"], content["seen_sha256"]
    (folder / "parameters.json").write_text(json.dumps(content))
    with pytest.raises(NeuroFlySimError, match="does not fit the sha256"):
        nfs.load_fit(folder)
    record = {name: value for name, value in short_fit.record.items() if name != "seen"}
    run.files.write(folder, short_fit.parameters, record, short_fit.learning_curve)
    with pytest.raises(NeuroFlySimError, match="was changed since it was written"):
        nfs.load_fit(folder)


@pytest.mark.compile
def test_the_board_leaves_out_what_its_models_were_fitted_to(bare, tmp_path, monkeypatch):
    def numbers(models, options):
        return pd.DataFrame(1.0, list(models.parameters), list(KEYS))

    monkeypatch.setattr(judging, "numbers_of", numbers)  # no study, and they take their time
    shown = [study_entry(KEY)]
    for k, one in enumerate([bare, bare.replace(time_constant={"Mi1": 0.06}).with_seen(shown)]):
        one.save(tmp_path / f"{k}.json")
    options = {"extent": 1, "studies": [KEY, "ketkar2022"], "progress": False}
    board, again = (nfs.board(tmp_path, folder=tmp_path / "kept", **options) for _ in range(2))
    pd.testing.assert_frame_equal(board.table, again.table)
    pd.testing.assert_frame_equal(board.agreements, again.agreements)
    row, agreements = board.table.iloc[0], board.agreements
    assert (row["trouble"], row["studies"]) == ("", 1)
    assert agreements["fitted"].tolist() == (agreements["study"] == KEY).tolist()
    assert row["fitted"] == agreements["fitted"].sum() > 0
    own = agreements[~agreements["fitted"]]
    assert row["score"] == pytest.approx(own["agreement"].mean(), abs=1e-4)
    assert "fitted to rows of behnia2014" in describe_board(board)
    assert "fitted, in no score" in board_page(board)


def test_a_row_of_the_board_that_is_fitted_to_everything_has_no_score():
    studies, copy = [nfs.load_study(KEY)], nfs.load_study(KEY)
    found = agreements_of(studies, {KEY: values_of_copy(copy)[None]}).set_axis(["0"])
    models = pd.DataFrame({"stable": True, "failure": ""} | dict.fromkeys(KEYS, 1.0), ["0"])
    entry = Entry("mine", "yours", "flow", load=dict)
    for seen, expected in (((), 1), ((study_entry(KEY),), np.nan)):
        board = board_of([entry], [Judgement("mine", models, found, seen=seen)], studies)
        (row,) = board.table.to_dict("records")
        assert row["score"] == pytest.approx(expected, nan_ok=True)
        assert row["polarity"] == pytest.approx(expected, nan_ok=True)
        assert row["studies"] == len(studies) - bool(seen)


def test_a_row_of_the_board_is_another_one_if_its_models_have_seen_more(bare):
    entry = Entry("mine", "yours", "flow", load=dict)
    lattice = nfs.Lattice(extent=3)
    one, other = (
        identity_of(entry, Models({"0": each}), lattice)
        for each in (bare, bare.with_seen([CURVES]))
    )
    assert one != other


def test_models_that_have_seen_nothing_have_no_fitted_groups():
    assert fitted_groups(chosen_studies("all"), []) == set()
    table = compared(nfs.load_study(KEY), values_of_copy(nfs.load_study(KEY))[None])
    assert not table["fitted"].any()
