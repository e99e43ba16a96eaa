"""Edges drawn as flyvis draws them: against its frames, and its geometry."""

import numpy as np
import pytest
from brian2 import ms, second

import neuroflysim as nfs
from neuroflysim.protocols import flyvis_moving_edge
from neuroflysim.protocols.flyvis_moving_edge import _line, _pixels, drawn_positions

LED_STEP = 9.62  # pixels, measured on the frames of flyvis
SPEEDS = (2.4, 4.8, 9.7, 13, 19, 25)


@pytest.fixture(scope="module")
def flyvis(reference):
    return reference("moving_edges.npz")


def test_the_pixels_of_the_hexagons_are_as_many_as_in_flyvis(flyvis):
    n_pixels = _pixels()[3]
    assert (n_pixels == flyvis["pixels"]).all()
    assert (n_pixels.min(), n_pixels.max()) == (513, 545)


@pytest.mark.slow
def test_the_frames_are_those_of_flyvis(flyvis):
    drawn = np.array(
        [
            [drawn_positions(float(angle), float(intensity)) for intensity in (0, 1)]
            for angle in range(0, 360, 30)
        ]
    )
    assert np.abs(drawn.sum(axis=-1) - flyvis["sums"]).max() < 1e-10
    chosen = drawn[np.ix_(flyvis["angle"] // 30, flyvis["intensity"], flyvis["position"])]
    assert np.abs(chosen - flyvis["frames"]).max() < 1e-13


def test_in_the_middle_position_the_left_half_of_the_canvas_is_lit():
    line = _line(0, 1.0)
    margin = (len(line) - 775) // 2
    lit = np.flatnonzero(line[margin : margin + 775] == 1)
    assert (lit[0], lit[-1]) == (0, 388)


@pytest.mark.parametrize("angle", range(0, 360, 30))
def test_on_the_canvas_the_wavefront_moves_in_the_nominal_direction(angle):
    u, v = nfs.Lattice(extent=15).columns.T
    x, y = 25 * v, -25 * (u + v / 2)
    drawn = drawn_positions(float(angle), 1.0)
    # When a column is half lit, between two positions.
    after = (drawn >= 0.75).argmax(axis=0)
    crossed = (drawn[-1] >= 0.75) & (drawn[0] < 0.75)
    column = np.flatnonzero(crossed)
    before, behind = drawn[after[column] - 1, column], drawn[after[column], column]
    when = after[column] - (behind - 0.75) / (behind - before)
    design = np.column_stack([x[column], y[column], np.ones(len(column))])
    (slope_x, slope_y, _), *_ = np.linalg.lstsq(design, when, rcond=None)
    measured = np.degrees(np.arctan2(slope_y, slope_x))
    assert abs((measured - angle + 180) % 360 - 180) < 0.2
    assert 1 / np.hypot(slope_x, slope_y) == pytest.approx(LED_STEP, rel=0.01)


def test_turning_makes_grey_127_of_255():
    straight, turned = drawn_positions(0.0, 1.0)[0], drawn_positions(30.0, 1.0)[0]
    assert straight.min() == 0.5
    assert turned.min() == pytest.approx(127 / 255, abs=1e-12)


def test_positions_are_spread_over_the_time_of_the_passage_and_the_last_one_stays():
    protocol = flyvis_moving_edge(
        angle=0, intensity=1, speed=np.array(SPEEDS) * 5.8 / second, pre_time=20 * ms
    )
    shown = protocol.luminance(15, 5 * ms).sel(condition=slice(None)).to_numpy()
    assert (shown[:, :4] == 0.5).all()
    drawn = drawn_positions(0.0, 1.0)
    for frames, speed in zip(shown[:, 4:], SPEEDS, strict=True):
        # METRICS of flyvis: int(t_stim / dt) frames, floor(linspace(0, 20, n)), then held.
        n = int(21 * 2.25 / (speed * 5.8) / 0.005)
        expected = np.full(len(frames), 20)
        expected[:n] = np.floor(np.linspace(0, 20, n))
        assert (frames == drawn[expected]).all()


def test_a_smaller_eye_sees_the_middle_of_the_canvas_and_a_larger_one_is_refused():
    protocol = flyvis_moving_edge(angle=30, intensity=0, pre_time=0 * ms)
    large, small = (protocol.luminance(extent, 20 * ms)[0] for extent in (15, 3))
    labels = list(zip(large["u"].to_numpy(), large["v"].to_numpy(), strict=True))
    where = [labels.index(pair) for pair in zip(small["u"].values, small["v"].values, strict=True)]
    assert (large.to_numpy()[:, where] == small.to_numpy()).all()
    with pytest.raises(nfs.InvalidValueError, match="at most 15"):
        protocol.luminance(16, 20 * ms)


def test_speeds_without_a_unit_or_backwards_are_refused():
    with pytest.raises(nfs.InvalidTypeError, match="degree/second"):
        flyvis_moving_edge(speed=110)
    with pytest.raises(nfs.InvalidValueError, match="greater than 0"):
        flyvis_moving_edge(speed=-110 / second)
