"""Agreement, scores and ceiling, by hand arithmetic; and the way from responses to a table."""

import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import ms
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import pearsonr, spearmanr
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import app
from neuroflysim.experiments.comparison import compared
from neuroflysim.experiments.judging.agreement import (
    agreement_of_flies,
    agreement_of_group,
    agreement_of_value,
    value_of_copy,
)
from neuroflysim.experiments.judging.ceiling import between_studies
from neuroflysim.experiments.judging.of_study import groups, judge, values_of_copy
from neuroflysim.experiments.row_syntax import parse_fly_value
from neuroflysim.experiments.row_values import value_at
from neuroflysim.experiments.study import Agreement, Measurement

EXAMPLES = Path(__file__).parent / "data" / "studies"
DATABASE = Path(str(files("neuroflysim.experiments_db")))
KEYS = sorted(folder.name for folder in DATABASE.iterdir() if (folder / "study.yaml").exists())
THRESHOLD = Agreement("threshold", at=0.357, above="yes", below="no")
RANGE = Agreement("range", ranges={"lost": "<0.25", "left": "0.25..1", "intact": ">0.75"})


@pytest.fixture(scope="module")
def edges():
    return [nfs.load_study(EXAMPLES / key) for key in ("edges2001", "edges2002")]


@pytest.mark.parametrize(
    ("agreement", "fly", "model", "expected"),
    [
        (Agreement("sign"), "ON", 0.2, 1),
        (Agreement("sign"), "OFF", 0.2, -1),
        (Agreement("sign"), "-3", -0.1, 1),
        (Agreement("sign"), "ON", 0, 0),
        (Agreement("sign"), "ON", np.nan, 0),
        (Agreement("circular"), "350", 10, np.cos(np.pi / 9)),
        (Agreement("circular"), "0", 90, 0),
        (Agreement("circular"), "270", 90, -1),
        (Agreement("circular"), "0", np.nan, 0),
        (Agreement("ratio"), "2", 2, 1),
        (Agreement("ratio"), "2", 4, 0),  # off by a factor of two
        (Agreement("ratio"), "2", 1, 0),
        (Agreement("ratio"), "2", 2 * 2**0.25, 0.75),
        (Agreement("ratio"), "2", 20, -1),
        (Agreement("ratio"), "2", -2, -1),
        (Agreement("ratio"), "-2", -2, 1),
        (Agreement("ratio"), "2", 0, -1),
        (Agreement("ratio"), "2", np.nan, -1),
        (Agreement("ratio"), "<30", 29, 1),
        (Agreement("ratio"), "<30", 31, -1),
        (Agreement("ratio"), ">0", 0, -1),  # and 0 is not <0, either
        (Agreement("ratio"), "<0", 0, -1),
        (Agreement("ratio"), "20..30", 30, 1),
        (Agreement("ratio"), ">30", 31, 1),
        (Agreement("ratio"), "20..40", 40.1, -1),
        (Agreement("ratio"), "20..40", 20, 1),
        (Agreement("ratio"), ">30", np.nan, -1),
        (THRESHOLD, "yes", 0.4, 1),
        (THRESHOLD, "yes", 0.3, -1),
        (THRESHOLD, "no", 0.3, 1),
        (THRESHOLD, "0.8", 0.4, 1),
        (THRESHOLD, "0.1", 0.4, -1),
        (THRESHOLD, "no", np.nan, -1),
        (RANGE, "lost", 0.2, 1),
        (RANGE, "lost", -0.2, 1),  # the other way round is lost, too
        (RANGE, "lost", 0.25, -1),
        (RANGE, "left", 0.25, 1),
        (RANGE, "left", 1.1, -1),
        (RANGE, "intact", 0.8, 1),
        (RANGE, "intact", 0.7, -1),
        (RANGE, "<1", 0.9, 1),
        (RANGE, "lost", np.nan, -1),
    ],
)
def test_the_agreement_of_one_value_is_what_its_formula_says(agreement, fly, model, expected):
    assert agreement_of_value(agreement, parse_fly_value(fly), model) == pytest.approx(expected)


NUMBERS = st.integers(-999, 999).map(lambda x: x / 10)


@given(st.lists(st.tuples(NUMBERS, NUMBERS), min_size=3, max_size=12))
def test_correlation_and_rank_are_those_of_scipy(pairs):
    measured, model = np.array(pairs).T
    assume(np.ptp(measured) > 0 and np.ptp(model) > 0)
    fly = [parse_fly_value(repr(float(value))) for value in measured]
    for kind, reference in (("correlation", pearsonr), ("rank", spearmanr)):
        ours = agreement_of_group(Agreement(kind, over="condition"), fly, model)
        assert ours == pytest.approx(reference(measured, model).statistic, abs=1e-6)


@pytest.mark.parametrize("kind", ["correlation", "rank"])
@pytest.mark.parametrize("model", [[0.1, 0.1, 0.1], [1, np.nan, 3], [1, np.inf, 3]])
def test_a_model_without_a_course_does_not_agree_with_one(kind, model):
    fly = [parse_fly_value(text) for text in "123"]
    assert agreement_of_group(Agreement(kind, over="condition"), fly, np.array(model)) == 0


@given(
    st.sampled_from([Agreement("sign"), Agreement("circular"), Agreement("ratio"), THRESHOLD]),
    st.floats(0.001, 1000) | st.floats(-1000, -0.001),
    st.floats(-1000, 1000),
)
def test_no_agreement_leaves_its_range_and_a_copy_gives_1(agreement, number, model):
    fly = parse_fly_value(f"{number:.6f}")
    assert -1 <= agreement_of_value(agreement, fly, model) <= 1
    assert agreement_of_value(agreement, fly, value_of_copy(agreement, fly)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("word", "other", "expected"),
    [
        ("lost", "lost", 1),
        ("lost", "intact", -1),
        ("left", "intact", 1),  # 0.75 to 1 is both
        ("lost", "0.1", 1),
        ("lost", ">0.3", -1),
        ("lost", "gone", None),
    ],
)
def test_flies_agree_if_what_their_words_mean_overlaps(word, other, expected):
    fly, theirs = parse_fly_value(word), parse_fly_value(other)
    assert agreement_of_flies(RANGE, fly, theirs) == expected


@pytest.mark.parametrize("key", KEYS)
def test_a_perfect_copy_of_the_recordings_scores_1(key):
    study = nfs.load_study(key)
    table = compared(study, values_of_copy(study)[None])
    asked = sum(row.measure in study.measures for row in study.measurements)
    assert table["agreement"].notna().sum() == asked
    for score in nfs.scores(table)["score_all"]:
        assert score == pytest.approx(1) if asked else np.isnan(score)


def test_a_copy_of_the_examples_scores_1_and_its_opposite_scores_low(edges):
    for study in edges:
        copy = values_of_copy(study)
        assert np.nanmin(judge(study, copy)) == pytest.approx(1)
        assert np.nanmean(judge(study, -copy)) < 0


@pytest.mark.slow
def test_shuffled_cell_types_score_near_chance():
    """Polarities, preferred directions and labels, each exchanged among cell types at random."""
    study = nfs.load_study("lappalainen2024")
    copy, rng = values_of_copy(study), np.random.default_rng(0)
    measured = np.array([row.measure for row in study.measurements])
    # By chance agree as many as the mean of the signs, or of the directions, squared.
    cases = {
        "polarity": (30, 0.1),
        "direction_selective": (18, 0.3),
        "preferred_direction": (8, 0.1),
    }
    for measure, (least, most) in cases.items():
        rows = np.flatnonzero(measured == measure)
        assert len(rows) >= least
        fly = copy[rows]
        if measure == "preferred_direction":
            chance = np.abs(np.exp(1j * np.deg2rad(fly)).mean()) ** 2
        else:
            at = study.measures[measure].agreement.at or 0.0
            chance = np.sign(fly - at).mean() ** 2
        means = []
        for _ in range(100):
            shuffled = copy.copy()
            shuffled[rows] = rng.permutation(fly)
            means.append(judge(study, shuffled)[rows].mean())
        assert abs(np.mean(means) - chance) < 0.1
        assert abs(np.mean(means)) < most


def test_rows_are_judged_together_or_alone_as_their_agreement_says(edges):
    found = groups(edges[0])
    assert found["tuning_curve of T4a over condition"] == [2, 3, 4, 5]
    assert found["flash_size at intensity=1 over cell_type"] == [10, 11, 12]
    assert sum(map(len, found.values())) == 14  # all but the one that is not replayed
    assert len(found) == 14 - 3 - 2


def test_the_agreement_of_an_ensemble_is_the_median_of_its_candidates(edges):
    study = edges[0]
    values = np.tile(values_of_copy(study), (3, 1))
    values[1:, 0] += [60, 90]  # a direction: cos 0, cos 60, cos 90
    values[1:, 6] *= [2, 8]  # a ratio: 1, 0, -1
    result = judge(study, values)
    assert result[[0, 6]] == pytest.approx([0.5, 0])
    assert np.isnan(result[14])
    with pytest.raises(nfs.InvalidValueError, match="15 measurements"):
        judge(study, values[:, 1:])


def test_the_ceiling_is_what_other_studies_would_score(edges):
    one, other = edges
    first, second = between_studies(one, edges), between_studies(other, edges)
    # T4a: 180 against 240 deg; T4b is secondary in the other study; 50 % against 0.25; <0.6 and 0.5
    assert first[[0, 6, 7]] == pytest.approx([0.5, 0, 1])
    assert np.isnan(first[[1, 2, 8, 14]]).all()
    assert second[[0, 2, 3]] == pytest.approx([0.5, 0, 1])
    assert np.isnan(second[1])


def test_scores_are_means_over_groups_of_strict_rows(edges):
    """A hand-made table: a correlation of three rows counts once, secondary rows not."""
    nan = np.nan
    table = pd.DataFrame(
        {
            "study": ["a"] * 6 + ["b"],
            "group": ["curve"] * 3 + ["x", "y", "", ""],
            "agreement": [0.9, 0.9, 0.9, 0.1, -1, nan, nan],
            "strict": [True, True, True, True, False, True, True],
            "fitted": False,
            "beside": "",
            "between_studies": [0.8, 0.8, 0.8, nan, 1, nan, nan],
        }
    )
    first, second = nfs.scores(table).to_dict("records")
    assert (first["n_rows"], first["n_compared"], first["n_strict"]) == (6, 5, 4)
    assert first["score"] == pytest.approx(0.5)
    assert first["score_all"] == pytest.approx(0)
    assert (first["ceiling"], first["n_ceiling"]) == (0.8, 1)
    assert second["n_compared"] == 0
    assert np.isnan(second["score"])
    assert np.isnan(second["ceiling"])
    assert len(nfs.scores(table.iloc[:0])) == 0
    with pytest.raises(nfs.InvalidValueError, match="agreement"):
        nfs.scores(table.drop(columns="agreement"))


def result(units="s"):
    """What an analysis function returns: candidates x types x directions x speeds."""
    values = np.arange(24.0).reshape(2, 3, 4)
    return xr.DataArray(
        values,
        dims=("candidate", "cell_type", "angle"),
        coords={"cell_type": ["T4a", "T4b", "Mi1"], "angle": [0, 30, 60, 90], "speed": 28.0},
        attrs={"units": units},
    )


def row(cell_type="T4a", condition="angle=30", unit="ms"):
    return Measurement("m", cell_type, condition, "1", unit, "", None, "x", "primary", "", 2)


def test_the_value_of_a_row_is_that_of_its_type_condition_and_unit():
    assert value_at(result(), row()).tolist() == [1000, 13000]
    assert value_at(result(), row(unit="s", condition="angle=30.001; speed=28")).tolist() == [1, 13]
    assert value_at(result(), row("T4", unit="s")).tolist() == [3, 15]  # mean of T4a and T4b
    assert value_at(result(), row("Mi1 - T4a", unit="s")).tolist() == [8, 8]
    assert value_at(result("1"), row(unit="%")).tolist() == [100, 1300]
    assert value_at(result("s^-1"), row(unit="deg/s")).tolist() == [1, 13]
    assert value_at(result("deg"), row(unit="deg")).tolist() == [1, 13]
    assert value_at(result("1"), row(unit="mV")).tolist() == [1, 13]


def test_conditions_that_vary_together_are_told_by_any_of_their_labels():
    labelled = result().rename(angle="condition").drop_vars("condition")
    labelled = labelled.assign_coords(
        center_u=("condition", [0, 1, 0, 1]),
        center_v=("condition", [0, 0, 1, 1]),
        shown=("condition", ["both", "both", "first", "second"]),
    )
    chosen = row(condition="center_u=1; center_v=0", unit="s")
    assert value_at(labelled, chosen).tolist() == [1, 13]
    assert value_at(labelled, row(condition="shown=first", unit="s")).tolist() == [2, 14]
    with pytest.raises(
        nfs.InvalidValueError, match=r"open which condition.*center_v=0 or 1; shown=both or"
    ):
        value_at(labelled, row(condition="center_u=1"))


@pytest.mark.parametrize(
    ("chosen", "words"),
    [
        (row(condition=""), "leaves open which angle is meant; .*angle=0 or 30 or 60 or 90"),
        (row(condition="angle=45"), "says angle=45, but the experiment has angle=0 or 30"),
        (row(condition="angle=left"), "says angle=left"),
        (row(condition="angle=30; speed=56"), "says speed=56, but the experiment has speed=28"),
        (row(condition="angle=30; width=2"), "names 'width'.*angle, speed; name one of these"),
        (row(unit="deg"), "unit is 'deg', but the function gives 's'"),
        (row("T5a"), "cell_type is 'T5a'"),
    ],
)
def test_a_row_that_does_not_say_which_value_is_meant_is_refused(chosen, words):
    with pytest.raises(nfs.InvalidValueError, match=words):
        value_at(result(), chosen)


def test_a_result_that_is_not_by_cell_type_is_refused():
    with pytest.raises(nfs.InvalidValueError, match="needs 'cell_type'"):
        value_at(result().isel(cell_type=0), row())


@pytest.fixture(scope="module")
def ensemble(connectome):
    return [nfs.Parameters.uniform(connectome, total_input) for total_input in (1.0, 2.0)]


@pytest.fixture(scope="module")
def comparison(edges, ensemble):
    shown = []
    table = nfs.compare(
        ensemble, edges, extent=1, progress=False, watch=lambda *what: shown.append(what)
    )
    return table, shown


@pytest.mark.compile
def test_the_table_holds_what_replaying_and_analysing_by_hand_gives(comparison, edges, ensemble):
    table, _ = comparison
    by_hand = nfs.replay(edges[0], ensemble, extent=1, dtype="float32", progress=False)
    directions = nfs.analysis.preferred_direction(nfs.analysis.recorded(by_hand))
    expected = directions.sel(cell_type="T4b", intensity=1).to_numpy()
    found = table.iloc[1]
    assert found["model_max"] - found["model_min"] < 180
    for end in ("model_min", "model_max"):
        away = (expected - found[end] + 180) % 360 - 180
        assert np.abs(away).min() == pytest.approx(0, abs=1e-3)
    agreement = np.median(np.cos(np.deg2rad(expected - 10)))
    assert found["agreement"] == pytest.approx(agreement, abs=1e-5)
    assert found[["study", "fly", "unit", "n", "row"]].tolist() == [
        *("edges2001", "10", "deg", 12),
        "edges2001/measurements.csv:3",
    ]


@pytest.mark.compile
def test_what_is_not_replayed_says_why_and_has_no_agreement(comparison):
    table, _ = comparison
    assert len(table) == 19
    silent = table[table["agreement"].isna()]
    assert silent["why_not"].tolist() == ["the model has one signal for each cell"]
    assert (table["why_not"] != "").sum() == 1
    assert table["agreement"].between(-1, 1).sum() == 18


@pytest.mark.compile
def test_studies_that_show_the_same_share_a_simulation(comparison, edges):
    _, shown = comparison
    users = [[(study.key, experiment.name) for study, experiment in what[0]] for what in shown]
    assert users == [[("edges2001", "edges"), ("edges2002", "edges")], [("edges2001", "steps")]]
    luminance, responses = shown[0][1:]
    assert luminance.sizes["condition"] == responses.voltage.sizes["condition"] == 8
    assert responses.voltage.sizes["candidate"] == 2


@pytest.mark.compile
def test_a_row_that_the_result_does_not_fit_is_told_with_its_place(tmp_path, start):
    folder = tmp_path / "edges2002"
    shutil.copytree(EXAMPLES / "edges2002", folder)
    table = folder / "measurements.csv"
    text = table.read_text().replace("T5a,intensity=0,0.5,1", "T5a,intensity=0.5,0.5,1")
    table.write_text(text.replace("T4a,intensity=1,0.25", "T4a,,0.25"))
    with pytest.raises(nfs.StudyError) as caught:
        nfs.compare(start, folder, extent=1, progress=False)
    first, second = caught.value.problems
    assert first.startswith("measurements.csv, row 4: the condition leaves open which intensity")
    assert second.startswith("measurements.csv, row 5: the condition says intensity=0.5")


def test_experiments_are_chosen_by_name(edges, start):
    with pytest.raises(nfs.InvalidValueError, match="no experiment 'step'; it has edges, steps"):
        nfs.replay(edges[0], start, "step")
    with pytest.raises(nfs.InvalidTypeError, match="parameters"):
        nfs.replay(edges[0], "start.json", "steps", extent=1)
    with pytest.raises(nfs.InvalidValueError, match="empty list"):
        nfs.compare([], edges)
    with pytest.raises(nfs.InvalidTypeError, match="studies must be 'all'"):
        nfs.compare(start, 2019)
    with pytest.raises(nfs.InvalidValueError, match="'edges2001' twice"):
        nfs.compare(start, [edges[0], EXAMPLES / "edges2001"])


@pytest.mark.compile
def test_the_time_step_of_a_replay_is_that_of_the_experiment(edges, start):
    replayed = nfs.replay(edges[0], start, "steps", extent=1, dtype="float32", progress=False)
    assert np.diff(replayed.voltage["time"])[0] == pytest.approx(10e-3)
    coarse = nfs.replay(
        edges[0], start, "steps", extent=1, time_step=20 * ms, dtype="float32", progress=False
    )
    assert np.diff(coarse.voltage["time"])[0] == pytest.approx(20e-3)


def invoked(*words):
    outcome = CliRunner().invoke(app, [str(word) for word in words], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output
    return outcome.output


@pytest.mark.compile
def test_the_command_line_lists_replays_and_compares(tmp_path, ensemble, comparison):
    page = invoked("studies")
    assert all(key in page for key in KEYS)
    names = []
    for index, candidate in enumerate(ensemble):
        names.append(tmp_path / f"{index}.json")
        candidate.save(names[-1])
    both = f"{EXAMPLES / 'edges2001'},{EXAMPLES / 'edges2002'}"
    output = tmp_path / "table.csv"
    page = invoked("compare", *names, "--studies", both, "--extent", 1, "-o", output)
    assert "edges2002" in page
    assert "ceiling" in page
    written = pd.read_csv(output)
    assert written["agreement"].tolist() == pytest.approx(
        comparison[0]["agreement"].tolist(), nan_ok=True
    )
    file = tmp_path / "steps.nc"
    invoked(*("replay", EXAMPLES / "edges2001", "-o", file, "--experiment", "steps", "--extent", 1))
    assert nfs.load_responses(file).voltage.sizes["condition"] == 2
