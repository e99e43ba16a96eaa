"""What pictures show: as many hexagons as columns, in the right places, with the right values."""

import numpy as np
import pytest
from brian2 import ms
from matplotlib import pyplot as plt
from PIL import Image

import neuroflysim as nfs
from neuroflysim import lattice, plotting
from neuroflysim.analysis import direction_selectivity_index, peak_response


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
        record="all",
        progress=False,
    )


def test_hexagons_cover_the_lattice_without_gaps_or_overlaps():
    u, v = nfs.Lattice(extent=3).columns.T
    _, hexagons = plotting.plot_columns(u, v, np.arange(37))
    cells = [path.vertices for path in hexagons.get_paths()]
    assert len(cells) == 37
    corners = np.concatenate([cell[:6] for cell in cells]).round(6)
    # Three hexagons meet at each inner corner: 2 (3 E + 1)... corners of a patch of extent E are
    # 6 (E + 1)^2 in number.
    assert len(np.unique(corners, axis=0)) == 6 * 4**2
    assert hexagons.get_array().tolist() == list(range(37))


def test_functions_draw_into_the_axes_that_they_are_given():
    _, ax = plt.subplots()
    returned, _ = plotting.plot_columns([0], [0], [1.0], ax)
    assert returned is ax
    assert plotting.plot_connectivity(nfs.load_connectome(), ax) is ax


def test_the_tuning_plot_shows_peaks_and_indices(responses):
    peak = peak_response(responses.central())
    axes = plotting.plot_direction_tuning(peak, ["T4a", "T5c"])
    on, off = axes.flat[0].get_lines()
    assert on.get_ydata()[:12] == pytest.approx(
        peak.sel(cell_type="T4a", intensity=1)[0].to_numpy()
    )
    index = direction_selectivity_index(peak)[0].sel(cell_type="T4a", intensity=0)
    assert off.get_label() == f"OFF {float(index):.2f}"


def test_traces_show_the_voltage_of_the_central_cell(responses):
    axes = plotting.plot_traces(responses, ["L1", "T4a", "Mi1"])
    line = axes.flat[1].get_lines()[3]
    expected = responses.central().voltage.sel(cell_type="T4a")[0, 3]
    assert line.get_ydata() == pytest.approx(expected.to_numpy())


def test_a_receptive_field_shows_sources_on_the_other_side_of_their_offset(connectome):
    axes = plotting.plot_receptive_field(connectome, "T4a", n_inputs=2)
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
    shown = axes[1, 0].collections[0].get_array()
    assert (shown == luminance[1, onset].to_numpy()).all()


def test_animations_have_a_frame_for_each_step(responses, tmp_path):
    protocol = nfs.protocols.flash(pre_time=40 * ms, stim_time=60 * ms, tail_time=40 * ms)
    protocol.animate(tmp_path / "flash.gif", condition=1, extent=2)
    assert Image.open(tmp_path / "flash.gif").n_frames > 2
    edge = nfs.protocols.moving_edge(pre_time=100 * ms, tail_time=100 * ms)
    plotting.animate_activity(
        responses, edge.luminance(2), ["L1", "T4a"], tmp_path / "activity.gif", begin=0.01, end=0.2
    )
    assert Image.open(tmp_path / "activity.gif").n_frames == 10


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
    *pictures, trace = plotting.plot_thumbnail(protocol, extent=2).axes
    shown = [ax.collections[0].get_array() for ax in pictures]
    bright = [np.flatnonzero(picture == 1).tolist() for picture in shown]
    columns = nfs.Eye(2).columns.tolist()
    assert bright == [[], [columns.index([1, 0])], [columns.index([0, 0])], []]
    times, values = trace.get_lines()[1].get_data()
    assert values.tolist() == [0.5, 0.5, 1, 0.5]  # of the central column
    assert (np.searchsorted([0, 0.472, 0.944], times, side="right") == [0, 1, 2, 3]).all()


def test_a_thumbnail_draws_the_condition_with_most_to_see():
    protocol = nfs.protocols.flash(intensity=[0.5, 0.6, 1], radius=[0, 6, np.inf])
    (before, during, after), _ = np.split(plotting.plot_thumbnail(protocol, extent=2).axes, [3])
    picture = during.collections[0].get_array()
    assert sorted(picture.tolist()) == [0.5] * 12 + [1] * 7
    for grey in (before, after):
        assert (grey.collections[0].get_array() == 0.5).all()
