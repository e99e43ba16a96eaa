"""The headline numbers, on tables whose numbers are known, and against flyvis' own."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import ms
from matplotlib import pyplot as plt
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import app
from neuroflysim.plotting import plot_validation
from neuroflysim.validation import flashes_and_edges
from neuroflysim.validation.flashes_and_edges import Shown, rest_at_grey
from neuroflysim.validation.headline import (
    FIXED_SPEED,
    QUANTITIES,
    headline_numbers,
    known_labels,
)
from neuroflysim.validation.measures import (
    START,
    cell_type_table,
    published_numbers,
    validation_table,
)

SPEEDS = [27.84, FIXED_SPEED]
ANGLES = np.arange(0, 360, 30)


@pytest.fixture(scope="module")
def labels():
    return known_labels()


@pytest.fixture(scope="module")
def flash_index(labels):
    return (0.3 * labels.polarity).expand_dims(candidate=1)


def peaks_of(curves, labels):
    """The same curve at both contrasts and speeds; types without one respond alike to all."""
    names = labels.polarity["cell_type"]
    curves = curves.reindex(cell_type=names, fill_value=1.0)
    return curves.expand_dims(candidate=1, intensity=[0.0, 1.0], speed=SPEEDS)


def toward(directions):
    """Cosine tuning around a direction of each type."""
    angle = xr.DataArray(ANGLES, coords={"angle": ANGLES})
    return 1 + np.cos(np.deg2rad(angle - directions))


def test_a_copy_of_the_data_agrees_wholly(labels, flash_index):
    numbers = headline_numbers(flash_index, peaks_of(labels.tuning_curve, labels), labels)
    assert numbers["polarity_count"].item() == 32
    for name in ("polarity_r", "tuning_r_T4", "tuning_r_T5", "tuning_r_T4_at_one_speed"):
        assert numbers[name].item() == pytest.approx(1), name


def test_types_that_answer_to_their_preferred_direction_alone_are_wholly_selective(
    labels, flash_index
):
    peak = peaks_of((toward(labels.preferred_direction) > 1.99).astype(float), labels)
    numbers = headline_numbers(flash_index, peak, labels)
    for name in ("dsi_r", "dsi_T4", "dsi_T5"):
        assert numbers[name].item() == pytest.approx(1), name
    assert numbers["preferred_direction_error"].item() == pytest.approx(0, abs=1e-6)


def test_turned_polarity_has_no_type_right_and_a_correlation_of_minus_one(labels, flash_index):
    peak = peaks_of(labels.tuning_curve, labels)
    numbers = headline_numbers(-flash_index, peak, labels)
    assert numbers["polarity_count"].item() == 0
    assert numbers["polarity_r"].item() == pytest.approx(-1)


def test_correlations_do_not_see_how_small_a_modulation_is_but_the_index_does(labels, flash_index):
    curves = labels.tuning_curve
    weak = headline_numbers(flash_index, peaks_of(1 + 0.01 * curves, labels), labels)
    full = headline_numbers(flash_index, peaks_of(curves, labels), labels)
    assert weak["tuning_r_T4"].item() == pytest.approx(full["tuning_r_T4"].item())
    assert weak["dsi_T4"].item() < 0.01 < 0.3 < full["dsi_T4"].item()


def test_the_best_speed_is_chosen_for_each_type_and_the_fixed_one_is_not(labels, flash_index):
    peak = peaks_of(labels.tuning_curve, labels)
    turned = xr.where(peak["speed"] == FIXED_SPEED, 2 - peak, peak).transpose(*peak.dims)
    numbers = headline_numbers(flash_index, turned, labels)
    for kind in ("T4", "T5"):
        assert numbers[f"tuning_r_{kind}"].item() == pytest.approx(1)
        assert numbers[f"tuning_r_{kind}_at_one_speed"].item() == pytest.approx(-1)


def test_only_edges_of_the_preferred_contrast_count_for_tuning(labels, flash_index):
    peak = peaks_of(labels.tuning_curve, labels)
    on = labels.polarity > 0
    wrong = (peak["intensity"] == 1) != on
    numbers = headline_numbers(flash_index, xr.where(wrong, 0.5, peak), labels)
    assert numbers["tuning_r_T4"].item() == pytest.approx(1)
    assert numbers["tuning_r_T5"].item() == pytest.approx(1)


@pytest.mark.parametrize("turn", [-170, -40, 25, 180])
def test_the_error_of_the_preferred_direction_is_the_angle_by_which_curves_are_turned(
    turn, labels, flash_index
):
    peak = peaks_of(toward(labels.preferred_direction + turn), labels)
    numbers = headline_numbers(flash_index, peak, labels)
    assert numbers["preferred_direction_error"].item() == pytest.approx(abs(turn))


def test_selective_types_are_those_of_a_loop_over_the_definition(labels, flash_index):
    rng = np.random.default_rng(3)
    names = labels.polarity["cell_type"].to_numpy()
    peak = peaks_of(labels.tuning_curve, labels).isel(candidate=0, drop=True)
    noise = rng.uniform(0, 0.6, (40, len(names), 12, 2, 2))
    dims = ("candidate", "cell_type", "angle", "intensity", "speed")
    mixture = np.abs(
        peak.transpose(*dims[1:]).to_numpy() * rng.uniform(0, 3, (40, 1, 1, 2, 1)) + noise
    )
    peak = xr.DataArray(mixture, dims=dims, coords={**peak.coords})
    counted = headline_numbers(flash_index.squeeze("candidate", drop=True), peak, labels)
    around = np.exp(1j * np.deg2rad(ANGLES))
    expected = np.zeros(40, dtype=int)
    indices = np.zeros((40, 8))
    for candidate in range(40):
        for number, name in enumerate(f"T{k}{letter}" for k in (4, 5) for letter in "abcd"):
            # by contrast and speed
            responses = mixture[candidate, list(names).index(name)].transpose(1, 2, 0)
            most = responses.sum(axis=2).max(axis=0)
            index = np.abs((responses * around).sum(axis=2)) / most
            right = 1 if name.startswith("T4") else 0
            index = index.mean(axis=1)
            found = np.angle((responses[right] * around).sum(), deg=True)
            known = float(labels.preferred_direction.sel(cell_type=name))
            off = abs((found - known + 180) % 360 - 180)
            indices[candidate, number] = index[right]
            expected[candidate] += (
                index[right] >= 0.2 and index[right] > index[1 - right] and off <= 45
            )
    assert counted["direction_selective"].to_numpy().tolist() == expected.tolist()
    assert len(set(expected)) > 4  # the example tells models apart
    assert counted["dsi_median"].to_numpy() == pytest.approx(np.median(indices, axis=1))


def test_without_any_response_correlations_are_zero_and_the_direction_is_unknown(
    labels, flash_index
):
    numbers = headline_numbers(flash_index, 0 * peaks_of(labels.tuning_curve, labels), labels)
    assert numbers["tuning_r_T4"].item() == 0
    assert np.isnan(numbers["preferred_direction_error"].item())


def test_a_connectome_without_a_type_that_is_needed_is_named(labels, flash_index):
    peak = peaks_of(labels.tuning_curve, labels)
    with pytest.raises(nfs.InvalidValueError, match="'T4c'"):
        headline_numbers(
            flash_index.drop_sel(cell_type="T4c"), peak.drop_sel(cell_type="T4c"), labels
        )


@pytest.fixture(scope="module")
def measures(labels, flash_index):
    """Three models, of which the first is perfect, and a start that is not selective."""
    peak = peaks_of(labels.tuning_curve, labels)
    sizes = xr.Variable("candidate", [1.0, 0.5, 0.1, 0.0])
    return xr.Dataset(
        {
            "flash_response_index": xr.concat(
                [flash_index, flash_index, -flash_index, flash_index], "candidate"
            ),
            "peak_response": (peak.isel(candidate=0) * sizes + (1 - sizes)).transpose(*peak.dims),
        },
        attrs={"edges": "true"},
    ).assign_coords(candidate=["a", "b", "c", START])


def test_the_table_has_median_and_range_of_the_models_without_the_start(measures):
    table = validation_table(measures)
    assert table.index.tolist() == list(QUANTITIES)
    count = table.loc["polarity_count"]
    assert count[["model", "model_min", "model_max"]].tolist() == [32, 0, 32]
    assert count["untrained_start"] == 32
    assert table.loc["dsi_T4", "untrained_start"] == pytest.approx(0, abs=1e-12)
    assert table.loc["dsi_T4", "model_min"] > 0


def test_every_published_number_belongs_to_a_quantity_and_has_a_source():
    published = published_numbers()
    assert set(published.index) <= set(QUANTITIES)
    assert published["flyvis_source"].str.len().min() > 10
    assert published["support"].isin(["primary", "derived", "secondary"]).all()
    within = published.dropna(subset="flyvis_min")
    assert (within["flyvis_min"] <= within["flyvis"]).all()
    assert (within["flyvis"] <= within["flyvis_max"]).all()


def test_the_numbers_of_the_cell_types_give_the_headline_ones(measures, labels):
    table = cell_type_table(measures, labels).loc["a"]
    numbers = headline_numbers(
        measures["flash_response_index"], measures["peak_response"], labels
    ).sel(candidate="a")
    right = np.sign(table["flash_response_index"]) == table["known_polarity"]
    assert right.sum() == numbers["polarity_count"].item()
    t4 = table.loc[["T4a", "T4b", "T4c", "T4d"]]
    assert t4["dsi_on"].median() == pytest.approx(numbers["dsi_T4"].item())
    assert t4["tuning_r_best_speed"].median() == pytest.approx(numbers["tuning_r_T4"].item())
    error = table["preferred_direction_error"].mean()
    assert error == pytest.approx(numbers["preferred_direction_error"].item())


def test_the_picture_shows_each_number_where_the_table_has_it(measures):
    table = validation_table(measures)
    axes = plot_validation(table)
    drawn = {line.get_label(): line.get_xdata() for line in axes[0].get_lines()}
    assert drawn["untrained start"][0] == table.loc["polarity_r", "untrained_start"]
    assert drawn["flyvis, published: median and range"][1] == table.loc["tuning_r_T4", "flyvis"]
    plt.close("all")
    with pytest.raises(nfs.InvalidValueError, match="dsi_r"):
        plot_validation(table.drop(index="dsi_r"))


def test_wrong_arguments_are_named():
    with pytest.raises(nfs.InvalidValueError, match="'true', 'flyvis'"):
        nfs.validate(edges="real")
    with pytest.raises(nfs.InvalidTypeError, match="load_parameters"):
        nfs.validate("fitted.json")


@pytest.mark.compile
def test_the_command_writes_what_it_prints(tmp_path, start):
    start.save(tmp_path / "start.json")
    numbers, types, picture = (tmp_path / name for name in ("n.csv", "t.csv", "p.png"))
    words = ["validate", tmp_path / "start.json", "--extent", 1, "--time-step", 50]
    words += ["-o", numbers, "--cell-types", types, "--plot", picture]
    page = CliRunner().invoke(app, list(map(str, words)), catch_exceptions=False).output
    table = pd.read_csv(numbers, index_col="quantity")
    # The model is the untrained start itself here.
    assert table["model"].to_numpy() == pytest.approx(table["untrained_start"].to_numpy())
    for name in QUANTITIES:
        assert name in page
    assert f"{table.loc['polarity_r', 'model']:.2f}" in page
    assert len(pd.read_csv(types)) == 2 * 65
    assert picture.read_bytes().startswith(b"\x89PNG")
    plt.close("all")


@pytest.mark.compile
def test_a_fitted_network_measures_as_in_flyvis(shared, monkeypatch, request):
    """To the last digit of the table that flyvis' own code made, on the same frames."""
    folder = shared / "prototype"
    if not folder.is_dir():
        pytest.skip("../shared/prototype is not here")
    monkeypatch.syspath_prepend(request.config.rootpath / "benchmarks")
    import prototype_parity

    parameters, flyvis = prototype_parity.parameters_of(folder), prototype_parity.metrics_of(folder)
    rows = prototype_parity.flash_rows(parameters, flyvis)
    rows += prototype_parity.edge_rows(parameters, flyvis, "flyvis' edges")
    largest = {row["measure"]: row["largest"] for row in rows}
    assert largest["flash response index"] < 1e-4
    assert largest["direction selectivity index"] < 1e-4
    assert largest["direction, deg"] < 0.01


def test_validation_and_the_study_of_the_paper_show_the_same():
    """The speeds, the path and the disc stand in both: as code, and as the study's methods."""
    shown = nfs.load_study("lappalainen2024").experiments
    edges = shown["moving_edges"].build().conditions
    assert sorted(edges["speed"].unique()) == pytest.approx(
        [speed * nfs.Eye(1).column_angle for speed in flashes_and_edges.SPEEDS]
    )
    path = edges[["start", "stop"]].drop_duplicates().to_numpy()
    assert path.tolist() == [[flashes_and_edges.START_AT, flashes_and_edges.STOP_AT]]
    assert sorted(edges["angle"].unique()) == ANGLES.tolist()
    radius = shown["flash"].build().conditions["radius"].unique()
    assert radius == pytest.approx(flashes_and_edges.FLASH_RADIUS * nfs.Eye(1).column_angle)


@pytest.mark.compile
def test_stimuli_meet_a_network_that_has_rested_at_grey_for_two_seconds(start):
    """Longer than fitted models need, but others move on; the pages promise it."""
    slow = start.replace(time_constant=dict.fromkeys(start.time_constant.index, 1.0))
    shown = Shown([slow], lattice=nfs.Lattice(extent=1), edges="true", time_step=20 * ms)
    grey = np.full((100, 7), 0.5)
    options = {"connectome": slow.connectome, "extent": 1, "time_step": 20 * ms}
    rested = nfs.simulate(
        grey, parameters=slow, initial="rest", record="all", dtype="float32", progress=False,
        **options,
    )  # fmt: skip
    np.testing.assert_allclose(rest_at_grey(shown, 0), rested.voltage[0, 0, -1], atol=1e-5)
