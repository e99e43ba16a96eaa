"""Laws of the stimuli: geometry, timing and units of the luminance."""

import numpy as np
import pytest
from brian2 import ms, second
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim import Eye, degree, lattice
from neuroflysim.protocols import flash, moving_edge


def crossing_times(angle, speed, start=-100, stop=100, extent=15):
    """When each column changes its luminance, in seconds from onset."""
    protocol = moving_edge(
        angle=angle,
        intensity=1,
        speed=speed * degree / second,
        start=start,
        stop=stop,
        pre_time=0 * ms,
        tail_time=0 * ms,
    )
    luminance = protocol.luminance(extent, 1 * ms)[0]
    assert (luminance[-1] == 1).all(), "the edge has crossed the whole eye"
    return luminance["time"].to_numpy()[(luminance.to_numpy() == 1).argmax(axis=0)]


@settings(deadline=None, max_examples=15)
@given(st.floats(0, 360), st.floats(50, 300))
def test_an_edge_crosses_columns_in_the_order_and_at_the_times_of_their_projection(angle, speed):
    eye, direction = Eye(15), np.deg2rad(angle)
    along = eye.x * np.cos(direction) + eye.y * np.sin(direction)
    times = crossing_times(angle, speed)
    assert (np.diff(times[np.argsort(along)]) >= 0).all()
    assert np.abs(times - (along + 100) / speed).max() <= 1e-3 + 1e-9  # one frame


@pytest.mark.parametrize("angle", range(0, 360, 30))
def test_the_wavefront_normal_is_the_direction_of_motion(angle):
    """flyvis' canvas is off by up to 4 degrees here; a plane fitted to crossing times tells."""
    eye = Eye(15)
    design = np.column_stack([eye.x, eye.y, np.ones_like(eye.x)])
    (slope_x, slope_y, _), *_ = np.linalg.lstsq(design, crossing_times(angle, 100), rcond=None)
    measured = np.degrees(np.arctan2(slope_y, slope_x))
    assert abs((measured - angle + 180) % 360 - 180) < 0.1
    assert 1 / np.hypot(slope_x, slope_y) == pytest.approx(100, rel=2e-3)


def test_opposite_directions_are_point_reflections():
    u_v = Eye(6).columns.tolist()
    mirrored = [u_v.index([-u, -v]) for u, v in u_v]
    luminance = moving_edge(angle=[40, 220], intensity=1).luminance(6, 7 * ms)
    assert (luminance[0].to_numpy()[:, mirrored] == luminance[1].to_numpy()).all()


@pytest.mark.parametrize("angle", [0, 17, 30, 90])
@pytest.mark.parametrize("turns", range(1, 6))
def test_turning_an_edge_by_60_degrees_turns_the_picture(turns, angle):
    def rotated(u, v):  # by 60 degrees counter-clockwise
        for _ in range(turns):
            u, v = -v, u + v
        return u, v

    (x0, y0), (x1, y1) = (lattice.position(*rotated(0, 1)), lattice.position(0, 1))
    turned = (np.degrees(np.arctan2(y0, x0) - np.arctan2(y1, x1))) % 360
    assert turned == pytest.approx(60 * turns)
    u_v = Eye(5).columns.tolist()
    where = [u_v.index(list(rotated(u, v))) for u, v in u_v]
    pair = moving_edge(angle=[angle, angle + 60 * turns], intensity=0)
    pair = pair.luminance(5, 20 * ms).to_numpy()
    assert (pair[1][:, where] == pair[0]).all()


def test_a_flash_lasts_from_onset_to_stim_time():
    protocol = flash(intensity=1, pre_time=100 * ms, stim_time=60 * ms, tail_time=100 * ms)
    luminance = protocol.luminance(1, 20 * ms)[0, :, 0]
    lit = luminance["time"].to_numpy()[luminance == 1]
    assert lit == pytest.approx([0, 0.02, 0.04])
    assert luminance.sizes["time"] == 13


@pytest.mark.parametrize(("sample", "radius"), [(0, np.inf), (1, 6), (2, 0)])
def test_flashes_are_those_of_flyvis(sample, radius, reference):
    expected = reference("flashes_ext15_dt0.005.npz")
    for intensity in (0, 1):
        index = sample + 3 * intensity
        counts = expected[f"counts_{index}"]
        frames = np.repeat(expected[f"frames_{index}"], counts, axis=0)
        own = flash(intensity=intensity, radius=radius * 5.8).luminance(15, 5 * ms)
        assert (own[0].to_numpy() == frames).all()


def test_conditions_are_the_product_of_the_parameters_with_the_last_varying_fastest():
    table = moving_edge(angle=[0, 90], intensity=[0, 1]).conditions
    assert table["angle"].tolist() == [0, 0, 90, 90]
    assert table["intensity"].tolist() == [0, 1, 0, 1]


def test_slow_edges_set_the_duration_and_fast_ones_wait_at_the_end():
    protocol = moving_edge(angle=0, intensity=1, speed=[45, 90] * degree / second)
    assert float(protocol.stim_time) == pytest.approx(1.0)
    luminance = protocol.luminance(4, 10 * ms)
    half = luminance.sel(time=0.5, method="nearest")
    end = luminance.sel(time=0.99, method="nearest")
    assert (half[1] == end[1]).all()
    assert (half[0] != end[0]).any()


def test_times_are_the_decimal_numbers_that_one_would_type():
    times = moving_edge().times(20 * ms)
    assert times.tolist() == [round(-1 + 0.02 * k, 2) for k in range(len(times))]


def test_equations_with_wrong_units_are_refused():
    def protocol(equations, **parameters):
        return nfs.Protocol("p", equations, parameters, stim_time=1 * second)

    with pytest.raises(nfs.InvalidValueError, match="luminance"):
        protocol("luminance = t : 1")
    with pytest.raises(nfs.InvalidValueError, match="luminance"):
        protocol("luminance = x + t : 1")
    assert protocol("luminance = 0.5 + 0.5*sin(2*pi*f*t) : 1", f=[1] / second).n_conditions == 1


def test_luminance_outside_0_to_1_names_the_condition_and_the_time():
    protocol = nfs.Protocol(
        "ramp", "luminance = k*t/second : 1", {"k": [0.5, 2]}, stim_time=1 * second
    )
    with pytest.raises(nfs.InvalidValueError, match=r"time 0\.52 s.*'k': 2"):
        protocol.luminance(1, 20 * ms)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 60), st.integers(0, 40), st.integers(2, 40), st.integers(1, 30))
def test_phases_last_whole_numbers_of_steps_rounded_up(n_pre, n_tail, n_stim, step):
    protocol = flash(
        pre_time=n_pre * step * ms,
        stim_time=(n_stim - 0.4) * step * ms,
        tail_time=n_tail * step * ms,
    )
    times = protocol.times(step * ms)
    assert len(times) == n_pre + n_stim + n_tail
    assert times[n_pre] == 0


@pytest.mark.parametrize("step", [1, 2, 5, 10, 25])
@pytest.mark.parametrize("drawn", ["t % period < period/2", "sin(2*pi*t/period) >= 0", "function"])
def test_every_cycle_of_a_flicker_has_the_frames_of_the_first(drawn, step):
    def flicker(eye, times, background, period):
        on = times % period < period / 2
        return np.broadcast_to(on[:, None] * 1.0, (len(times), len(eye.x)))

    what = {"frames": flicker} if drawn == "function" else {
        "equations": f"luminance = int({drawn}) : 1"
    }  # fmt: skip
    shown = nfs.Protocol(
        name="flicker", parameters={"period": [100] * ms}, stim_time=2000 * ms,
        pre_time=0 * ms, tail_time=0 * ms, **what,
    )  # fmt: skip
    frames = shown.luminance(extent=0, time_step=step * ms).to_numpy()[0, :, 0]
    n = 100 // step
    assert frames.tolist() == [float(k % n < n / 2) for k in range(len(frames))]


def test_what_is_recorded_of_times_is_what_was_shown():
    shown = nfs.protocols.flash(stim_time=50 * ms, pre_time=30 * ms, tail_time=45 * ms)
    with pytest.warns(nfs.RoundedTimeWarning, match=r"stim_time is 50\. ms.*shown for 60\*ms"):
        recorded = shown.luminance(extent=0, time_step=20 * ms)
    assert [recorded.attrs[f"{k}_time"] for k in ("pre", "stim", "tail")] == [0.04, 0.06, 0.06]
    assert recorded.sizes["time"] == 8


def test_a_stimulus_shorter_than_a_step_is_refused_and_told_which_step_would_do():
    shown = nfs.protocols.flash(stim_time=1 * ms)
    with pytest.raises(nfs.InvalidValueError, match=r"stim_time is 1\. ms.*time_step=1\*ms"):
        shown.luminance(extent=0, time_step=20 * ms)
    assert shown.luminance(extent=0, time_step=1 * ms).attrs["stim_time"] == 0.001
