"""What an ensemble agrees on, on made-up models whose answers are known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim.plotting import plot_predictions, plot_score_and_match
from neuroflysim.validation.correlating import score_and_match
from neuroflysim.validation.headline import known_labels
from neuroflysim.validation.measures import START
from neuroflysim.validation.predicting import PREDICTED, prediction_table, studies_by_type

ANGLES = np.arange(0, 360, 30)
SPEEDS = [10.0, 20.0, 40.0, 80.0]
TYPES = ["T4a", "Mi1", "TmY18"]


def measures_of(flash, directions, best):
    """Four models and a start: the flash index, the direction of T4a, and the speed of Mi1."""
    angle = np.deg2rad(ANGLES)
    peak = np.ones((5, 3, 12, 2, 4))
    for k, direction in enumerate(directions):
        if direction is not None:
            toward = np.cos(angle - np.deg2rad(direction))
            peak[k, 0, :, 1] = np.maximum(0, toward)[:, None]
            peak[k, 0, :, 0] = 0.0
        peak[k, 1] = 0.1
        peak[k, 1, :, :, best[k]] = 1.0
    peak[:, 2] = 0.0
    names = ["a", "b", "c", "d", START]
    return xr.Dataset(
        {
            "flash_response_index": (
                ("candidate", "cell_type"),
                np.array([[value, 0.5, value] for value in flash]),
            ),
            "peak_response": (("candidate", "cell_type", "angle", "intensity", "speed"), peak),
        },
        coords={
            "candidate": names,
            "cell_type": TYPES,
            "angle": ANGLES,
            "intensity": [0.0, 1.0],
            "speed": SPEEDS,
        },
    )


@pytest.fixture(scope="module")
def table():
    measures = measures_of(
        flash=[0.4, 0.2, 0.1, -0.3, 0.9],
        directions=[340.0, 20.0, 150.0, None, 90.0],
        best=[0, 1, 1, 3, 2],
    )
    return prediction_table(measures, {"T4a": ["one", "two"], "Mi1": ["one"]})


def test_agreement_on_the_flash_response_is_the_share_with_the_sign_of_most(table):
    row = table.loc["flash_response_index", "TmY18"]
    assert row["agreement"] == 0.75
    assert row["median"] == pytest.approx(0.15)
    assert (row["lowest"], row["highest"], row["untrained"]) == (-0.3, 0.4, 0.9)
    assert table.loc["flash_response_index", "Mi1"]["agreement"] == 1


def test_directions_are_averaged_on_the_circle_over_selective_models_only(table):
    row = table.loc["preferred_direction_on", "T4a"]
    mean = np.rad2deg(np.angle(np.exp(1j * np.deg2rad([340, 20, 150])).sum())) % 360
    assert row["median"] == pytest.approx(mean)
    assert row["n_models"] == 3
    away = (np.array([340, 20, 150]) - mean + 180) % 360 - 180
    # A model that is not selective does not agree, nor does one that is more than 45 degrees off.
    assert row["agreement"] == (np.abs(away) <= 45).sum() / 4 == 0.25
    assert row["highest"] - row["median"] == pytest.approx(away.max())
    assert table.loc["preferred_direction_off", "T4a"]["n_models"] == 0
    assert table.loc["preferred_direction_off", "T4a"]["agreement"] == 0


def test_agreement_on_selectivity_is_the_share_on_the_side_of_most(table):
    assert table.loc["dsi_on", "T4a"]["agreement"] == 0.75
    assert table.loc["dsi_off", "Mi1"]["agreement"] == 1


def test_agreement_on_speed_allows_one_of_the_shown_speeds(table):
    row = table.loc["best_speed_on", "Mi1"]
    assert (row["median"], row["lowest"], row["highest"]) == (20, 10, 80)
    assert row["agreement"] == 0.75
    assert np.isnan(table.loc["best_speed_on", "TmY18"]["median"])
    assert table.loc["best_speed_on", "TmY18"]["agreement"] == 0


def test_what_is_known_stands_beside_and_most_agreed_comes_first(table):
    labels = known_labels()
    assert table.loc["flash_response_index", "Mi1"]["known"] == 1
    known = float(labels.preferred_direction.sel(cell_type="T4a"))
    assert table.loc["preferred_direction_on", "T4a"]["known"] == known
    assert np.isnan(table.loc["preferred_direction_off", "T4a"]["known"])
    assert table.loc["dsi_on", "Mi1"]["known"] == 0
    assert np.isnan(table.loc["dsi_on", "TmY18"]["known"])
    assert table.loc["flash_response_index", "T4a"]["studies"] == "one, two"
    for name in PREDICTED:
        assert (np.diff(table.loc[name]["agreement"]) <= 0).all()


@pytest.mark.slow
def test_types_without_a_row_in_the_database_have_no_study():
    found = studies_by_type()
    rows = [
        (key, name)
        for key in nfs.studies().index
        for text in nfs.load_study(key).table["cell_type"].dropna()
        for name in str(text).split(",")
    ]
    for name in nfs.load_connectome().cell_types.index:
        assert set(found.get(name, ())) == {key for key, other in rows if other.strip() == name}


def test_one_model_cannot_agree():
    measures = measures_of([0.1] * 5, [None] * 5, [0] * 5).isel(candidate=[0, 4])
    with pytest.raises(nfs.InvalidValueError, match="two or more"):
        prediction_table(measures, {})


def test_the_picture_has_a_filled_dot_where_nine_of_ten_agree(table):
    axes = plot_predictions(table, measured=True)
    assert [text.get_text() for text in axes[0].get_yticklabels()] == ["T4a", "Mi1"]
    dots = {line.get_label(): line for line in axes[0].get_lines() if line.get_marker() == "o"}
    assert dots["median, 9 of 10 models agree"].get_xdata().tolist() == [0.5]
    assert dots["median, they do not"].get_xdata() == pytest.approx([0.15])
    with pytest.raises(nfs.InvalidValueError, match="measured=True"):
        plot_predictions(table[table["studies"] != ""])
    plt.close("all")


@pytest.fixture
def scored():
    """The correlation of (1, 2, 3, 4, 9) with (2, 1, 4, 3, 9) is 0.95 by hand."""
    return pd.DataFrame(
        {
            "stable": [True] * 5 + [False],
            "task_r2": [1, 2, 3, 4, 9, 50],
            "dsi_r": [2, 1, 4, 3, 9, -50],
            "preferred_direction_error_deg": [-2, -1, -4, -3, -9, 50],
            "polarity_correct": [31, 31, 31, 31, 31, 0],
        }
    )


def test_score_and_match_is_pearsons_r_of_stable_models_where_better_goes_with_better(scored):
    found = score_and_match(scored)
    one, other = np.array([1, 2, 3, 4, 9.0]), np.array([2, 1, 4, 3, 9.0])
    one, other = one - one.mean(), other - other.mean()
    r = (one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum())
    for name in ("dsi_r", "preferred_direction_error_deg"):
        row = found.loc[name]
        assert row["n"] == 5
        assert row["pearson_r"] == pytest.approx(r)
        # 1 - 6 * (1 + 1 + 1 + 1) / (5 * 24)
        assert row["spearman_r"] == pytest.approx(0.8)
        reach = 1.96 / np.sqrt(2)
        assert np.arctanh(row["high"]) - np.arctanh(r) == pytest.approx(reach, abs=1e-4)
        assert np.arctanh(r) - np.arctanh(row["low"]) == pytest.approx(reach, abs=1e-4)
    assert np.isnan(found.loc["polarity_correct", "pearson_r"])
    with pytest.raises(nfs.InvalidValueError, match="'r2'"):
        score_and_match(scored, "r2")


def test_the_picture_of_scores_shows_stable_models_and_the_start(scored):
    axes = plot_score_and_match(scored, untrained=scored.iloc[0])
    dots, square = axes[1].get_lines()
    assert dots.get_ydata().tolist() == [2, 1, 4, 3, 9]
    assert square.get_xydata().tolist() == [[1, 2]]
    assert "r = 0.9" in axes[1].get_title()
    plt.close("all")
