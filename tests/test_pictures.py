"""What pictures show: as many hexagons as columns, in the right places, with the right values."""

import re
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import ms, second
from matplotlib import pyplot as plt
from PIL import Image

import neuroflysim as nfs
from neuroflysim import lattice, plotting
from neuroflysim.analysis import direction_selectivity_index, peak_response
from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.study import Agreement
from neuroflysim.gradients.result import labelled_gradient
from neuroflysim.plotting import animation
from neuroflysim.recordings import align
from neuroflysim.validation.headline import QUANTITIES

DOCS = Path(__file__).parents[1] / "docs" / "figures"


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def responses(connectome, start):
    return nfs.simulate(
        nfs.protocols.moving_edge(pre_time=100 * ms, tail_time=100 * ms),
        connectome=connectome,
        parameters=start,
        extent=2,
        time_step=20 * ms,
        record="all",
        progress=False,
    )


@pytest.fixture(scope="module")
def ensemble_table(connectome):
    return nfs.load_ensemble("flow", connectome).table


def flashed():
    """Responses of one cell to flashes of two columns: 2 up, and 1 down."""
    return nfs.Responses(
        xr.DataArray(
            [[[[0.0], [2.0]], [[0.0], [-1.0]]]],
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": [0.0, 0.1],
                "cell_type": ["Mi1"],
                "center_u": ("condition", [0, 1]),
                "center_v": ("condition", [0, 0]),
            },
        )
    )


def recorded_trials(responses):
    """Trials of T4a as it answers to one of the edges, in mV."""
    trace = responses.central().voltage.sel(cell_type="T4a")[0, 3]
    labels = {name: ("trial", [trace[name].item()] * 2) for name in ("angle", "intensity")}
    signal = xr.DataArray(
        [20 * trace - 60, 30 * trace - 60],
        dims=("trial", "time"),
        coords={"time": trace["time"].to_numpy(), "cell_type": ("trial", ["T4a"] * 2), **labels},
        attrs={"units": "mV"},
    )
    return align(nfs.Recording(signal), 0 * ms, before=60 * ms, after=400 * ms)


def curve_rows():
    """Rows of a comparison that are a tuning curve."""
    model = [0.1, 0.25, 0.5, 0.2]
    return pd.DataFrame(
        {
            "measure": "tuning_curve",
            "function": "tuning_curve",
            "unit": "1",
            "cell_type": "T4a",
            "condition": [f"angle={angle}" for angle in (0, 90, 180, 270)],
            "fly": ["0.2", "0.5", "1", "0.4"],
            **dict.fromkeys(("model", "model_min", "model_max"), model),
        }
    )


def made_up_sensitivity(responses, connectome):
    """Effects of parameters as a sensitivity has them, of chance."""
    models = [nfs.Parameters.uniform(connectome, total_input=total) for total in (1.0, 2.0)]
    random, voltage = np.random.default_rng(0), responses.central().voltage
    pulled = SimpleNamespace(
        to_vector=lambda: random.normal(size=(2, 735)), stimulus=np.zeros((1, 1, 19))
    )
    voltage = xr.concat([voltage, voltage], "candidate")[:, :1, :1]
    measure = nfs.gradients.DirectionSelectivityIndex("T4a")
    found = labelled_gradient({measure.name: np.ones(2)}, {measure.name: pulled}, voltage, models)
    return nfs.gradients.Sensitivity(found, ["0", "1"], measure)


def made_up_optimum(responses, luminance):
    """A stimulus that counts as the optimal one, beside two others."""
    table = pd.DataFrame({"stimulus": ["flash", "moving edge"], "value": [0.3, 0.2]})
    return nfs.gradients.OptimalStimulus(
        measure="voltage_at of T4a",
        cell_type="T4a",
        stimuli=luminance[:1].rename(condition="start").drop_vars("start", errors="ignore"),
        value=xr.DataArray([0.5], dims="start"),
        history=xr.DataArray([[0.5]], dims=("step", "start")),
        value_at_grey=0.1,
        voltage=responses.central().voltage[:, :1],
        best_known=None,
        common=table,
    )


def test_hexagons_cover_the_lattice_without_gaps_or_overlaps():
    u, v = nfs.Lattice(extent=3).columns.T
    (border, hexagons) = plotting.plot_columns(u, v, np.arange(37)).collections
    cells = [path.vertices for path in hexagons.get_paths()]
    assert len(cells) == 37
    corners = np.concatenate([cell[:6] for cell in cells]).round(6)
    # Three hexagons meet at each inner corner: 2 (3 E + 1)... corners of a patch of extent E are
    # 6 (E + 1)^2 in number.
    assert len(np.unique(corners, axis=0)) == 6 * 4**2
    assert hexagons.get_array().tolist() == list(range(37))
    # Each of the 6 (2 E + 1) edges of the border belongs to one hexagon.
    assert len(border.get_segments()) == 6 * (2 * 3 + 1)


@pytest.fixture(scope="module")
def drawn(responses, connectome, ensemble_table, boards):
    """How each picture is drawn: a function of axes, how many there are, and of which kind."""
    luminance = nfs.protocols.moving_edge(pre_time=100 * ms, tail_time=100 * ms).luminance(
        2, 20 * ms
    )
    peak = peak_response(responses.central())
    field = nfs.analysis.receptive_field(flashed())
    rows, recorded = curve_rows(), recorded_trials(responses)
    curve = pd.DataFrame(
        {"evaluations": [8, 16], "r2_median": 0.1, "r2_best": 0.2, "step_size": 0.3}
    )
    sensitive = made_up_sensitivity(responses, connectome)
    optimal = made_up_optimum(responses, luminance)
    screened = pd.DataFrame(
        {
            "candidate": 0,
            "perturbation": ["a", "b"],
            "cell_type": "T4a",
            "intact": 0.4,
            "perturbed": [0.1, 0.5],
            "change": [-0.3, 0.1],
        }
    )
    numbers = [f"{who}{end}" for who in ("model", "flyvis") for end in ("", "_min", "_max")]
    validated = pd.DataFrame(0.5, list(QUANTITIES), [*numbers, "untrained_start"])
    predicted = pd.read_csv(DOCS / "predictions_flow.csv", index_col=[0, 1])
    predicted["studies"] = predicted["studies"].fillna("")
    controls = pd.read_csv(DOCS / "controls.csv")
    few = connectome.restricted_to(["R1", "L1", "L2", "Mi1"])
    compared = nfs.compare_connectomes(connectome, few)
    p = plotting
    return {
        "plot_columns": (lambda axes: p.plot_columns([0, 1], [0, 0], [1, 2], axes), 1, ""),
        "plot_luminance": (lambda axes: p.plot_luminance(luminance[0, 0], axes), 1, ""),
        "plot_activity": (
            lambda axes: p.plot_activity(responses, ["L1"], 60 * ms, luminance, axes=axes), 2, "",
        ),
        "plot_connectivity": (lambda axes: p.plot_connectivity(connectome, axes), 1, ""),
        "plot_compared_connectomes": (
            lambda axes: p.plot_compared_connectomes(compared, axes=axes), 2, "",
        ),
        "plot_eye": (lambda axes: p.plot_eye(nfs.Eye(2), axes), 2, ""),
        "plot_inputs": (lambda axes: p.plot_inputs(connectome, "T4a", 3, axes), 3, ""),
        "plot_receptive_field": (
            lambda axes: p.plot_receptive_field(field, ["Mi1"], axes=axes), 1, "",
        ),
        "plot_traces": (lambda axes: p.plot_traces(responses, ["L1", "T4a"], axes=axes), 2, ""),
        "plot_direction_tuning": (
            lambda axes: p.plot_direction_tuning(peak, ["T4a", "T5a"], axes=axes), 2, "polar",
        ),
        "plot_curves": (lambda axes: p.plot_curves(rows, axes=axes), 1, "polar"),
        "plot_overlay": (
            lambda axes: p.plot_overlay(responses, recorded, axes=axes), 1, "",
        ),
        "plot_values": (lambda axes: p.plot_values(rows, Agreement("ratio"), axes), 1, ""),
        "plot_validation": (lambda axes: p.plot_validation(validated, axes), 5, ""),
        "plot_predictions": (lambda axes: p.plot_predictions(predicted, axes=axes), 3, ""),
        "plot_score_and_match": (
            lambda axes: p.plot_score_and_match(ensemble_table, axes=axes), 8, "",
        ),
        "plot_board": (lambda axes: p.plot_board(boards.made_up_board(), axes), 2, ""),
        "plot_controls": (lambda axes: p.plot_controls(controls, axes), 10, ""),
        "plot_screen": (lambda axes: p.plot_screen(screened, axes=axes), 1, ""),
        "plot_sensitivity": (lambda axes: p.plot_sensitivity(sensitive, axes=axes), 2, ""),
        "plot_optimal_stimulus": (
            lambda axes: p.plot_optimal_stimulus(optimal, n_times=3, axes=axes), 6, "",
        ),
        "plot_space_time": (lambda axes: p.plot_space_time(luminance[0], 90, axes), 1, ""),
        "plot_learning_curve": (lambda axes: p.plot_learning_curve(curve, axes), 2, ""),
    }  # fmt: skip


#: A thumbnail takes a figure, for it has as many panels as its stimulus has phases; a movie and a
#: file are told by their own tests.
NO_AXES = {"plot_thumbnail", "animate_activity", "animate_stimulus", "save_figure"}
PICTURES = sorted(set(plotting.__all__) - NO_AXES)


@pytest.mark.compile
@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_drawn_into_the_axes_that_are_given_and_into_no_other_figure(name, drawn):
    draw, n_panels, projection = drawn[name]
    figure, axes = plt.subplots(1, n_panels, subplot_kw={"projection": projection or None})
    title = figure.suptitle("mine")
    returned = draw(axes)
    assert np.atleast_1d(returned).tolist() == np.atleast_1d(axes).tolist()
    assert plt.get_fignums() == [figure.number]
    assert title.get_text() == "mine" and not figure.legends
    for ax in np.atleast_1d(axes):
        assert ax.has_data()
    own = np.atleast_1d(draw(None))
    assert len(plt.get_fignums()) == 2
    assert all(ax.figure is own.flat[0].figure is not figure for ax in own.flat)


@pytest.mark.compile
@pytest.mark.parametrize("name", PICTURES)
def test_axes_that_do_not_fit_are_refused_before_anything_is_drawn(name, drawn):
    draw, n_panels, projection = drawn[name]
    with pytest.raises(nfs.InvalidTypeError, match="axes"):
        draw("axes")
    _, axes = plt.subplots(1, max(1, n_panels - 1))
    if n_panels > 1 or projection:
        with pytest.raises(nfs.InvalidValueError, match=r"leave axes out|must be polar"):
            draw(axes)
        assert not any(ax.has_data() for ax in np.atleast_1d(axes))


def test_letters_stay_letters_in_pdf_and_svg(tmp_path):
    _, ax = plt.subplots()
    ax.set_xlabel("time (s)")
    ax.figure.savefig(tmp_path / "plain.pdf")
    plotting.save_figure(ax, tmp_path / "ours.pdf")
    plain, ours = ((tmp_path / f"{name}.pdf").read_bytes() for name in ("plain", "ours"))
    # Type 3 fonts draw letters as shapes; type 42 embeds TrueType, of the descendants CIDFontType2.
    assert b"/Type3" in plain and b"/CIDFontType2" not in plain
    assert b"/Type3" not in ours and b"/CIDFontType2" in ours
    plotting.save_figure(np.array([ax]), tmp_path / "ours.svg")
    assert ">time (s)</text>" in (tmp_path / "ours.svg").read_text()


def test_a_picture_of_another_kind_is_refused_and_leaves_no_file(tmp_path):
    with pytest.raises(nfs.InvalidValueError, match=r"'\.pdf'"):
        plotting.save_figure(plt.subplots()[1], tmp_path / "picture.jpg")
    assert not list(tmp_path.iterdir())


@pytest.mark.compile
def test_a_map_of_activity_shows_the_change_from_rest_of_each_column(responses):
    axes = plotting.plot_activity(responses, ["L1", "T4a"], 200 * ms, condition=3)
    voltage = responses.voltage[0, 3].sel(neuron=responses.voltage["cell_type"] == "T4a")
    rest = voltage.isel(time=voltage["time"] <= 0).mean("time")
    change = voltage.sel(time=0.2, method="nearest") - rest
    hexagons = axes.flat[1].collections[-1]
    assert np.asarray(hexagons.get_array()) == pytest.approx(change.to_numpy())
    assert hexagons.get_clim()[1] == pytest.approx(abs(change).max().item())
    assert hexagons.get_clim()[0] == -hexagons.get_clim()[1]


@pytest.mark.compile
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"time": 5 * second}, "last from"),
        ({"time": 0.1}, "100\\*ms"),
        ({"cell_types": "L1"}, "must be a list"),
        ({"cell_types": ["L9"]}, "'L9'"),
        ({"cell_types": []}, "empty"),
        ({"condition": 24}, "0 to 23"),
        ({"candidate": 1}, "the only one is 0"),
    ],
)
def test_a_map_of_what_is_not_there_is_refused(responses, wrong, message):
    asked = {"cell_types": ["L1"], "time": 100 * ms} | wrong
    with pytest.raises(nfs.NeuroFlySimError, match=message):
        plotting.plot_activity(responses, **asked)


@pytest.mark.compile
def test_a_stimulus_of_another_length_is_no_stimulus_of_these_responses(responses):
    luminance = nfs.protocols.moving_edge().luminance(2)
    with pytest.raises(nfs.InvalidValueError, match="frames"):
        plotting.plot_activity(responses, ["L1"], 100 * ms, luminance)


def test_a_receptive_field_has_a_hexagon_where_each_flash_was():
    field = nfs.analysis.receptive_field(flashed())
    (ax,) = plotting.plot_receptive_field(field, ["Mi1"]).flat
    hexagons = ax.collections[-1]
    assert hexagons.get_array().tolist() == [2.0, -1.0]
    centers = [path.vertices[:6].mean(axis=0) for path in hexagons.get_paths()]
    assert np.array(centers) == pytest.approx(np.transpose(lattice.position([0, 1], [0, 0])))
    with pytest.raises(nfs.InvalidTypeError, match="plot_inputs"):
        plotting.plot_receptive_field(nfs.load_connectome(), ["Mi1"])


@pytest.mark.compile
def test_lines_are_medians_over_candidates_and_bands_their_range(responses):
    voltage = responses.central().voltage[:, :4]
    several = nfs.Responses(xr.concat([voltage, 2 * voltage, 4 * voltage], "candidate"))
    expected = voltage.sel(cell_type="L1")[0, 0].to_numpy()
    (ax,) = plotting.plot_traces(several, ["L1"]).flat
    assert ax.get_lines()[0].get_ydata() == pytest.approx(2 * expected)
    corners = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert corners.max() == pytest.approx(max(expected.max(), 4 * expected.max()))
    (alone,) = plotting.plot_traces(several, ["L1"], candidate=2).flat
    assert alone.get_lines()[0].get_ydata() == pytest.approx(4 * expected)
    assert not alone.collections


@pytest.mark.compile
def test_a_parameter_with_more_values_has_colours_and_the_other_one_line_styles(responses):
    (ax,) = plotting.plot_traces(responses, ["T4a"]).flat
    table = pd.DataFrame(
        {
            "angle": responses.voltage["angle"],
            "intensity": responses.voltage["intensity"],
            "color": [str(line.get_color()) for line in ax.get_lines()[:24]],
            "style": [line.get_linestyle() for line in ax.get_lines()[:24]],
        }
    )
    assert (table.groupby("angle")["color"].nunique() == 1).all()
    assert (table.groupby("intensity")["style"].nunique() == 1).all()
    assert table["color"].nunique() == 12 and table["style"].nunique() == 2


@pytest.mark.compile
def test_conditions_that_differ_in_too_much_for_line_styles_have_a_colour_each(responses):
    voltage = responses.central().voltage.drop_vars(["angle", "intensity"])
    values = np.meshgrid([1, 2], [3, 4, 5], [6, 7, 8, 9], indexing="ij")
    labels = dict(zip(("speed", "width", "height"), values, strict=True))
    labelled = voltage.assign_coords({name: ("condition", v.ravel()) for name, v in labels.items()})
    (ax,) = plotting.plot_traces(nfs.Responses(labelled), ["T4a"]).flat
    assert len({str(line.get_color()) for line in ax.get_lines()[:24]}) == 24
    told = [text.get_text() for text in ax.figure.legends[0].get_texts()]
    assert told[:2] == ["height, width, speed", "6, 3, 1"] and told[-1] == "9, 5, 2"
    (ax,) = plotting.plot_traces(nfs.Responses(voltage), ["T4a"]).flat  # as frames have none
    assert len({str(line.get_color()) for line in ax.get_lines()[:24]}) == 24


@pytest.mark.compile
def test_an_mp4_is_written_where_there_is_ffmpeg_and_refused_with_a_cure_where_not(
    responses, tmp_path, monkeypatch
):
    file = tmp_path / "movie.mp4"
    show = partial(plotting.animate_activity, responses, None, ["L1"], file, end=20 * ms)
    if animation._ffmpeg() is not None:
        show()
        assert b"ftyp" in file.read_bytes()[:12]
        file.unlink()
    monkeypatch.setattr(animation, "_ffmpeg", lambda: None)
    with pytest.raises(nfs.InvalidValueError, match=r"neuroflysim\[video\]"):
        show()
    assert not list(tmp_path.iterdir()) and not plt.get_fignums()


@pytest.mark.compile
def test_a_movie_without_a_file_is_an_animation_that_tells_the_time(responses):
    movie = plotting.animate_activity(responses, None, ["L1"], begin=0 * ms, end=60 * ms)
    movie._draw_was_started = True  # it is not to play
    figure = plt.figure(plt.get_fignums()[0])
    seen = []
    for frame in range(4):
        movie._func(frame)
        seen.append(figure.axes[0].get_title())
    assert seen == ["L1, 0 ms", "L1, 20 ms", "L1, 40 ms", "L1, 60 ms"]


@pytest.mark.compile
def test_the_tuning_plot_shows_peaks_and_indices(responses):
    peak = peak_response(responses.central())
    axes = plotting.plot_direction_tuning(peak, ["T4a", "T5c"])
    on, off = axes.flat[0].get_lines()
    assert on.get_ydata()[:12] == pytest.approx(
        peak.sel(cell_type="T4a", intensity=1)[0].to_numpy()
    )
    index = direction_selectivity_index(peak)[0].sel(cell_type="T4a", intensity=0)
    assert off.get_label() == f"OFF {float(index):.2f}"


@pytest.mark.compile
def test_traces_show_the_voltage_of_the_central_cell(responses):
    axes = plotting.plot_traces(responses, ["L1", "T4a", "Mi1"])
    line = axes.flat[1].get_lines()[3]
    expected = responses.central().voltage.sel(cell_type="T4a")[0, 3]
    assert line.get_ydata() == pytest.approx(expected.to_numpy())


def test_traces_of_chosen_columns_are_drawn_each_with_its_column():
    """And of more than can be drawn the central one, which its title says."""
    u, v = nfs.Lattice(extent=2).columns.T  # 19 columns
    voltage = xr.DataArray(
        np.outer([0, 1], np.arange(19))[None, None],
        dims=("candidate", "condition", "time", "neuron"),
        coords={
            "time": [0.0, 0.1], "cell_type": ("neuron", ["T4a"] * 19), "u": ("neuron", u),
            "v": ("neuron", v),
        },
    )  # fmt: skip
    everywhere = nfs.Responses(voltage)
    for columns in ([(2, -1)], [(0, 0), (2, -1)], list(zip(u.tolist(), v.tolist(), strict=True))):
        drawn = plotting.plot_traces(everywhere.sel(columns=columns), ["T4a"])
        used = [ax for ax in drawn.flat if ax.get_title()]
        shown = columns if len(columns) < 19 else [(0, 0)]
        assert sorted(ax.get_title() for ax in used) == [f"T4a at {one}" for one in sorted(shown)]
        for ax in used:
            column = tuple(map(int, re.findall(r"-?\d+", ax.get_title().split("at")[1])))
            expected = everywhere.sel(columns=column).voltage.to_numpy().ravel()
            assert ax.get_lines()[0].get_ydata().tolist() == expected.tolist()
        plt.close("all")
    away = nfs.Responses(voltage.isel(neuron=((u != 0) | (v != 0))))
    with pytest.raises(InvalidValueError, match=r"18 columns .* at most 12 .*sel\(columns=\["):
        plotting.plot_traces(away, ["T4a"])


def test_inputs_lie_on_the_other_side_of_their_offset(connectome):
    axes = plotting.plot_inputs(connectome, "T4a", n_inputs=2)
    offsets = connectome.offsets.query("source_type == 'Mi1' and target_type == 'T4a'")
    hexagons = axes.flat[0].collections[0]
    assert np.asarray(hexagons.get_array()) == pytest.approx(offsets["synapse_count"].to_numpy())
    center = hexagons.get_paths()[1].vertices[:6].mean(axis=0)
    row = offsets.iloc[1]
    assert center == pytest.approx(np.array(lattice.position(-row["du"], -row["dv"])))


def test_a_protocol_is_drawn_condition_by_condition_and_time_by_time():
    protocol = nfs.protocols.moving_edge(angle=[0, 90], intensity=1)
    axes = protocol.plot(extent=3, n_times=4)
    assert axes.shape == (2, 4)
    luminance = protocol.luminance(3)
    onset = int((luminance["time"] >= -1e-9).argmax("time"))
    shown = axes[1, 0].collections[-1].get_array()
    assert (shown == luminance[1, onset].to_numpy()).all()


@pytest.mark.compile
def test_animations_have_a_frame_for_each_step(responses, tmp_path):
    protocol = nfs.protocols.flash(pre_time=40 * ms, stim_time=60 * ms, tail_time=40 * ms)
    protocol.animate(tmp_path / "flash.gif", condition=1, extent=2)
    assert Image.open(tmp_path / "flash.gif").n_frames > 2
    edge = nfs.protocols.moving_edge(pre_time=100 * ms, tail_time=100 * ms)
    plotting.animate_activity(
        responses,
        edge.luminance(2, 20 * ms),
        ["L1", "T4a"],
        tmp_path / "activity.gif",
        begin=10 * ms,
        end=200 * ms,
    )
    assert Image.open(tmp_path / "activity.gif").n_frames == 10
    assert not plt.get_fignums()


@pytest.mark.compile
def test_an_animation_of_central_cells_is_refused(responses, tmp_path):
    with pytest.raises(nfs.InvalidValueError, match="record='all'"):
        plotting.animate_activity(
            responses.central(),
            nfs.protocols.moving_edge().luminance(2),
            ["L1"],
            tmp_path / "a.gif",
        )


def test_a_thumbnail_shows_each_picture_of_a_stimulus_once_between_grey_ones():
    protocol = nfs.protocols.apparent_motion_columns(columns=((1, 0), (0, 0)), intensity=1)
    *pictures, trace = plotting.plot_thumbnail(protocol, extent=2)
    shown = [ax.collections[-1].get_array() for ax in pictures]
    bright = [np.flatnonzero(picture == 1).tolist() for picture in shown]
    columns = nfs.Eye(2).columns.tolist()
    assert bright == [[], [columns.index([1, 0])], [columns.index([0, 0])], []]
    times, values = trace.get_lines()[1].get_data()
    assert values.tolist() == [0.5, 0.5, 1, 0.5]  # of the central column
    assert (np.searchsorted([0, 0.472, 0.944], times, side="right") == [0, 1, 2, 3]).all()


def test_a_thumbnail_draws_the_condition_with_most_to_see():
    protocol = nfs.protocols.flash(intensity=[0.5, 0.6, 1], radius=[0, 6, np.inf])
    (before, during, after), _ = np.split(plotting.plot_thumbnail(protocol, extent=2), [3])
    picture = during.collections[0].get_array()
    assert sorted(picture.tolist()) == [0.5] * 12 + [1] * 7
    for grey in (before, after):
        assert (grey.collections[0].get_array() == 0.5).all()
