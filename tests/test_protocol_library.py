"""Laws of the stimuli of the library, told by arithmetic that the protocols do not use."""

import inspect

import numpy as np
import pytest
from brian2 import Hz, ms, second
from scipy.special import erf
from scipy.stats import norm

import neuroflysim as nfs
from neuroflysim import degree
from neuroflysim.protocols import (
    LIBRARY,
    apparent_motion_bars,
    apparent_motion_columns,
    bar_flash,
    chirp,
    column_flash,
    contrast_steps,
    counterphase_grating,
    drifting_grating,
    looming,
    moving_bar,
    ring_flash,
)
from neuroflysim.stimulus.bars import _error_function
from neuroflysim.stimulus.equations import LuminanceEquations

GREY = {"pre_time": 0 * ms, "tail_time": 0 * ms}


def x_y(shown):
    """Where columns look, from their axial coordinates."""
    u, v = shown["u"].to_numpy(), shown["v"].to_numpy()
    return 5.8 * np.sqrt(3) / 2 * v, -5.8 * (u + v / 2)


def columns(shown):
    """Axial coordinates (u, v) of the columns."""
    return list(zip(shown["u"].to_numpy().tolist(), shown["v"].to_numpy().tolist(), strict=True))


def columns_of(frame, value):
    """The columns (u, v) that show a luminance."""
    return {column for column, lit in zip(columns(frame), frame == value, strict=True) if lit}


def times_of(shown, value):
    """The times at which any column shows a luminance."""
    return shown["time"].to_numpy()[(shown == value).any("column")]


# ---- bars ----


@pytest.mark.parametrize("angle", [0, 37, 90, 180, 300])
def test_a_moving_bar_reaches_columns_by_their_projection_and_stays_for_width_over_speed(angle):
    width, speed, step = 9, 30, 0.005
    shown = moving_bar(
        angle=angle, intensity=1, width=width, height=np.inf, speed=speed * degree / second,
        start=-60, stop=60, acceptance_angle=0, **GREY,
    ).luminance(6, step * second)[0]  # fmt: skip
    x, y = x_y(shown)
    center = (x + 1j * y) * np.exp(-1j * np.radians(angle))  # turned so that motion is to the right
    lit = shown.to_numpy() == 1
    assert set(np.unique(shown)) == {0.5, 1}
    first = lit.argmax(axis=0) * step
    assert np.abs(first - (center.real - width / 2 + 60) / speed).max() <= step + 1e-9
    assert np.abs(lit.sum(axis=0) * step - width / speed).max() <= step + 1e-9


def test_a_moving_bar_is_as_long_as_told_and_vanishes_where_it_stops():
    shown = moving_bar(
        angle=0, intensity=0, width=6, height=20, speed=[20, 40] * degree / second,
        start=-20, stop=20, acceptance_angle=0, **GREY,
    ).luminance(6, 10 * ms)  # fmt: skip
    x, y = x_y(shown)
    crossed = (shown[0] == 0).any("time").to_numpy()
    assert (crossed == ((np.abs(y) <= 10) & (np.abs(x) < 23))).all()
    assert shown.sizes["time"] == 200
    dark = (shown == 0).any("column").to_numpy()
    assert dark[0, 40:160].all()
    assert not dark[1, 100:].any()  # the faster one is gone by 1 s


def test_a_bar_that_flashes_covers_the_columns_within_half_its_width():
    positions, widths = [-7.3, 0.4, 6.1], [2.25, 9]
    shown = bar_flash(
        position=positions, angle=30, width=widths, height=20.25, intensity=[0, 1],
        acceptance_angle=0,
    ).luminance(8)  # fmt: skip
    x, y = x_y(shown)
    turned = (x + 1j * y) * np.exp(-1j * np.radians(30))
    index = 0
    for position in positions:
        for width in widths:
            inside = (np.abs(turned.real - position) < width / 2) & (
                np.abs(turned.imag) < 20.25 / 2
            )
            for intensity in (0, 1):
                expected = np.where(inside, intensity, 0.5)
                assert (shown[index].sel(time=0.14) == expected).all()
                index += 1
    assert (shown.sel(time=0.16) == 0.5).all()


def test_bars_side_by_side_cover_each_column_once():
    width = 5.8 * np.sqrt(3) / 2  # so that every border of a bar passes through columns
    positions = width * (np.arange(-6, 6) + 0.5)
    shown = bar_flash(
        position=positions, width=width, height=np.inf, intensity=1, acceptance_angle=0
    ).luminance(5)
    assert ((shown.sel(time=0) == 1).sum("condition") == 1).all()


def test_columns_see_a_bar_through_a_gaussian_of_the_acceptance_angle():
    """The luminance is a weighted mean over what is shown, summed here in steps of 0.01 deg."""
    shown = bar_flash(
        position=3, angle=70, width=4.5, height=9, intensity=1, acceptance_angle=6, background=0
    ).luminance(3)[0]
    x, y = x_y(shown)
    turned = (x + 1j * y) * np.exp(-1j * np.radians(70))
    away = np.arange(-20, 20, 0.01) + 0.005
    weight = 2.0 ** -((away / 3) ** 2)  # one half at 3 deg, so 6 deg wide at half maximum
    weight /= weight.sum()
    expected = [
        weight[np.abs(along + away - 3) < 2.25].sum() * weight[np.abs(across + away) < 4.5].sum()
        for along, across in zip(turned.real, turned.imag, strict=True)
    ]
    assert shown.sel(time=0).to_numpy() == pytest.approx(expected, abs=2e-3)
    assert 0.3 < max(expected) < 0.6


def test_the_error_function_of_the_equations_is_as_close_as_published():
    """Within 1.5e-7: Abramowitz and Stegun 7.1.26. With another digit it would be further off."""
    lines = "\n".join(_error_function("share", "x"))
    equations = LuminanceEquations(f"{lines}\nluminance = share : 1", {})
    x = np.linspace(-6, 6, 200_001)
    error = equations.evaluate(x=x, y=0.0, t=0.0, background=0.5) - erf(x)
    assert 1.35e-7 < np.abs(error).max() <= 1.5e-7


def test_shares_of_small_and_long_bars_are_within_the_accuracy_of_the_equations():
    for width, height in ((0.3, 0.7), (2, np.inf), (40, 5)):
        shown = bar_flash(
            position=[-2.2, 7], angle=213, width=width, height=height, intensity=1, background=0,
            acceptance_angle=4.1, pre_time=0 * ms,
        ).luminance(6)  # fmt: skip
        x, y = x_y(shown)
        turned = (x + 1j * y) * np.exp(-1j * np.radians(213))
        sd = 4.1 / np.sqrt(8 * np.log(2))
        for position, frames in zip((-2.2, 7), shown, strict=True):
            along = norm.cdf([-width / 2, width / 2], (turned.real - position)[:, None], sd)
            across = norm.cdf([-height / 2, height / 2], turned.imag[:, None], sd)
            expected = np.diff(along)[:, 0] * np.diff(across)[:, 0]
            assert np.abs(frames.sel(time=0).to_numpy() - expected).max() < 3e-7


def test_a_bar_as_large_as_the_eye_is_seen_in_full_and_a_blurred_one_keeps_its_light():
    wide = bar_flash(position=0, width=360, height=np.inf, intensity=1).luminance(6)
    assert (wide.sel(time=0) == 1).all()
    sharp, blurred = (
        bar_flash(
            position=np.arange(-40, 40, 0.5), width=5, height=np.inf, intensity=1,
            acceptance_angle=angle,
        ).luminance(2).sel(time=0)
        for angle in (0, 5)
    )  # fmt: skip
    assert (blurred - 0.5).sum("condition").to_numpy() == pytest.approx(5 / 0.5 / 2, rel=1e-6)
    assert (sharp - 0.5).sum("condition").to_numpy() == pytest.approx(5 / 0.5 / 2)


# ---- gratings ----


def phases(shown, frequency):
    """Phase of each column at one frequency, in cycles, relative to the central column."""
    step = float(shown["time"][1] - shown["time"][0])
    wave = np.exp(-2j * np.pi * frequency * step * np.arange(shown.sizes["time"]))
    amplitude = wave @ (shown.to_numpy() - 0.5)
    center = np.angle(amplitude[shown.sizes["column"] // 2])
    return np.angle(amplitude * np.exp(-1j * center)) / (2 * np.pi)


@pytest.mark.parametrize("waveform", ["sine", "square"])
@pytest.mark.parametrize(("angle", "frequency"), [(0, 1), (30, 2), (100, 0.5), (225, 4)])
def test_a_grating_has_its_frequency_wavelength_and_direction(waveform, angle, frequency):
    wavelength = 60
    shown = drifting_grating(
        angle=angle, wavelength=wavelength, temporal_frequency=frequency * Hz, contrast=0.8,
        waveform=waveform, **GREY,
    ).luminance(3, 5 * ms)[0]  # fmt: skip
    spectrum = np.abs(np.fft.rfft(shown.to_numpy() - 0.5, axis=0))
    found = np.fft.rfftfreq(shown.sizes["time"], 0.005)[spectrum.argmax(axis=0)]
    assert found == pytest.approx(np.full(37, frequency))
    cycles = phases(shown, frequency)  # within half a wavelength, so without jumps
    x, y = x_y(shown)
    (along_x, along_y), *_ = np.linalg.lstsq(np.column_stack([x, y]), -cycles, rcond=None)
    assert np.hypot(along_x, along_y) == pytest.approx(1 / wavelength, rel=0.02)
    turned = np.degrees(np.arctan2(along_y, along_x)) - angle
    assert abs((turned + 180) % 360 - 180) < 1


@pytest.mark.parametrize("contrast", [0.25, 1])
def test_a_grating_has_its_michelson_contrast_and_the_mean_of_the_background(contrast):
    for waveform in ("sine", "square"):
        shown = drifting_grating(angle=0, contrast=contrast, waveform=waveform, **GREY)
        shown = shown.luminance(2, 4 * ms)[0]
        dark, bright = shown.min("time").to_numpy(), shown.max("time").to_numpy()
        assert (bright - dark) / (bright + dark) == pytest.approx(contrast, abs=1e-4)
        assert shown.mean("time").to_numpy() == pytest.approx(0.5, abs=1e-6)
    values, times = np.unique(shown[:, 0], return_counts=True)
    assert values == pytest.approx([0.5 - contrast / 2, 0.5 + contrast / 2])
    assert times[0] == times[1]


@pytest.mark.slow
def test_a_counterphase_grating_is_the_sum_of_two_that_drift_apart():
    settings = {"wavelength": 21, "temporal_frequency": 1.5 * Hz, **GREY}
    standing = counterphase_grating(angle=40, contrast=0.9, phase=0, **settings).luminance(5)
    # The sine of a drifting grating falls along its motion: 180 degrees make it grow.
    drifting = [
        drifting_grating(angle=angle, contrast=0.45, phase=phase, **settings).luminance(5)
        for angle, phase in ((40, 180), (220, 0))
    ]
    assert drifting[0].to_numpy() + drifting[1].to_numpy() - 0.5 == pytest.approx(
        standing.to_numpy(), abs=1e-12
    )
    assert float(standing.std()) > 0.1


def test_a_counterphase_grating_does_not_move():
    shown = counterphase_grating(angle=0, phase=0, temporal_frequency=2 * Hz, **GREY)
    shown = shown.luminance(6, 10 * ms)[0]
    cycles = phases(shown, 2)
    x, _ = x_y(shown)
    moving = np.abs((x / 15 + 0.5) % 1 - 0.5) > 0.01  # not on a node
    relative = cycles[moving] - cycles[moving][0]
    assert np.ptp(relative) > 0.4  # some columns brighten while others darken
    assert np.abs(np.abs(np.angle(np.exp(4j * np.pi * relative)))).max() < 1e-6  # 0 or half a cycle


# ---- columns ----


def test_a_column_flash_lights_one_column_for_its_time():
    flashed = [(0, 0), (2, -1), (-3, 3)]
    protocol = column_flash(columns=flashed, intensity=1, stim_time=60 * ms, pre_time=100 * ms)
    shown = protocol.luminance(3, 20 * ms)
    for index, column in enumerate(flashed):
        assert columns_of(shown[index].sel(time=0), 1) == {column}
        assert times_of(shown[index], 1) == pytest.approx([0, 0.02, 0.04])
        assert int((shown[index] != 0.5).sum()) == 3
    assert shown["center_u"].to_numpy().tolist() == [0, 2, -3]


def test_columns_are_found_in_an_eye_of_another_angle():
    eye = nfs.Eye(2, column_angle=5)
    shown = column_flash(columns=(1, 1), intensity=0, column_angle=5).luminance(eye=eye)[0]
    assert columns_of(shown.sel(time=0), 0) == {(1, 1)}


def test_the_default_of_a_column_flash_are_19_columns():
    shown = column_flash(intensity=1).luminance(3).sel(time=0)
    assert ((shown == 1).sum("column") == 1).all()
    assert int((shown == 1).any("condition").sum()) == 19


@pytest.mark.parametrize("center", [(0, 0), (1, -2)])
def test_rings_have_1_6_12_and_18_columns_and_make_a_hexagon(center):
    protocol = ring_flash(ring=[0, 1, 2, 3], intensity=1, center_u=center[0], center_v=center[1])
    shown = protocol.luminance(6).sel(time=0)
    rings = [columns_of(frame, 1) for frame in shown]
    assert [len(ring) for ring in rings] == [1, 6, 12, 18]
    assert len(set.union(*rings)) == 37
    # Each ring is what neighbours of the ring before add.
    steps = [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)]
    known = {center}
    for ring in rings[1:]:
        around = {(u + du, v + dv) for u, v in known for du, dv in steps} - known
        assert ring == around
        known |= around


# ---- apparent motion ----


@pytest.mark.slow
@pytest.mark.parametrize(
    "protocol",
    [
        apparent_motion_bars(delay=[0, 60, 200] * ms, duration=100 * ms, angle=[0, 70]),
        apparent_motion_columns(delay=[0, 60, 200] * ms, duration=100 * ms),
    ],
    ids=lambda protocol: protocol.name,
)
def test_both_flashes_are_the_sum_of_each_alone(protocol):
    shown = protocol.luminance(3).to_numpy()
    both, first, second_one = (shown[kind::3] - 0.5 for kind in range(3))
    assert both == pytest.approx(first + second_one, abs=1e-12)
    for alone in (first, second_one):
        assert (np.abs(alone).max(axis=(1, 2)) > 0.1).all()


def test_the_second_column_follows_the_first_by_the_delay_in_both_orders():
    pairs = [((0, 1), (0, 0)), ((0, 0), (0, 1))]
    protocol = apparent_motion_columns(
        columns=pairs, intensity=0, delay=[60, 160] * ms, duration=100 * ms
    )
    shown = protocol.luminance(2, 20 * ms)
    names = ["first_v", "second_v", "delay", "first_on", "second_on"]
    for condition, row in enumerate(protocol.conditions[names].to_dict("records")):
        expected = {}
        if row["first_on"]:
            expected[(0, row["first_v"])] = (0, 0.1)
        if row["second_on"]:
            expected[(0, row["second_v"])] = (row["delay"], row["delay"] + 0.1)
        for column, dark in zip(columns(shown), shown[condition].T.to_numpy() == 0, strict=True):
            times = shown["time"].to_numpy()[dark]
            begin, end = expected.get(column, (0, 0))
            assert times == pytest.approx(np.arange(begin, end - 1e-9, 0.02))


def test_a_pair_of_bars_steps_along_the_axis_and_back():
    shown = apparent_motion_bars(
        positions=[(-4, 4), (4, -4)], intensities=(1, 0), angle=90, width=7, height=np.inf,
        delay=40 * ms, duration=40 * ms, acceptance_angle=0,
    ).luminance(3, 20 * ms)  # fmt: skip
    _, y = x_y(shown)
    for condition, sign in ((0, -1), (3, 1)):
        first, second_one = (shown[condition].sel(time=time) for time in (0, 0.04))
        assert (first == np.where(np.abs(y - sign * 4) < 3.5, 1, 0.5)).all()
        assert (second_one == np.where(np.abs(y + sign * 4) < 3.5, 0, 0.5)).all()
    assert times_of(shown[0], 1) == pytest.approx([0, 0.02])
    assert times_of(shown[0], 0) == pytest.approx([0.04, 0.06])


# ---- fields ----


def test_steps_have_their_weber_contrast_on_any_background():
    for background in (0.2, 0.5):
        contrasts = [-1, -0.3, 0.7, 1]
        shown = contrast_steps(contrast=contrasts, radius=12, background=background).luminance(4)
        before, during = shown.sel(time=-0.02), shown.sel(time=4.98)
        x, y = x_y(shown)
        inside = np.hypot(x, y) < 12
        weber = ((during - before) / before).to_numpy()
        assert weber[:, inside] == pytest.approx(np.repeat(contrasts, inside.sum()).reshape(4, -1))
        assert (weber[:, ~inside] == 0).all()
        assert (shown.sel(time=5) == background).all()


def test_a_chirp_sweeps_its_frequency_evenly_and_then_its_contrast():
    shown = chirp(contrast=0.8, first_frequency=1 * Hz, last_frequency=5 * Hz)
    shown = shown.luminance(0, 2 * ms)[0, :, 0]
    times = shown["time"].to_numpy()
    wave = shown.to_numpy() / 0.5 - 1
    upward = (wave[:-1] < 0) & (wave[1:] >= 0)
    crossings = times[:-1][upward] - wave[:-1][upward] / np.diff(wave)[upward] * 0.002
    for begin, end, frequency in ((0, 8, lambda t: 1 + t / 2), (10.01, 18, lambda t: 2)):
        inside = crossings[(crossings > begin) & (crossings < end)]
        middle = (inside[1:] + inside[:-1]) / 2
        assert len(inside) > 12
        assert 1 / np.diff(inside) == pytest.approx(frequency(middle), rel=0.02)
    sweep = wave[(times >= 1) & (times < 8)]
    assert sweep.max() == pytest.approx(0.8, abs=1e-3)
    assert (wave[(times >= 8) & (times < 10)] == 0).all()
    for peak in np.arange(10.125, 18, 0.5):  # an eighth of a second after each upward crossing
        nearest = np.abs(times - peak).argmin()
        assert wave[nearest] == pytest.approx(0.8 * (peak - 10) / 8, abs=1e-3)


def test_a_looming_disc_has_the_size_of_an_object_that_comes_nearer():
    shown = looming(l_over_v=[20, 80] * ms, start_size=20, stop_size=100).luminance(15, 4 * ms)
    x, y = x_y(shown)
    times = shown["time"].to_numpy()
    for frames, half_size in zip(shown.to_numpy(), (0.02, 0.08), strict=True):  # at 1 m/s
        distance = half_size / np.tan(np.radians(10)) - times
        nearest = half_size / np.tan(np.radians(50))
        seen = 2 * np.degrees(np.arctan2(half_size, np.maximum(distance, nearest)))
        during = (times >= 0) & (times < times[-1] - 1 + 1e-9)
        for frame, size in zip(frames[during], seen[during], strict=True):
            assert ((frame == 0) == (np.hypot(x, y) <= size / 2)).all()
    growing = 0.08 * (1 / np.tan(np.radians(10)) - 1 / np.tan(np.radians(50)))
    assert (shown[1, times > growing + 0.01] == shown[1].sel(time=1)).all("column")[:200].all()


# ---- all ----

TURNED = {
    "moving_bar": lambda angle: moving_bar(angle=angle, intensity=1, width=9),
    "drifting_grating": lambda angle: drifting_grating(angle=angle, waveform="square"),
    "sine grating": lambda angle: drifting_grating(angle=angle),
    "counterphase_grating": lambda angle: counterphase_grating(angle=angle, phase=30),
    "bar_flash": lambda angle: bar_flash(position=4, angle=angle, width=9, intensity=1),
    "apparent_motion_bars": lambda angle: apparent_motion_bars(
        angle=angle, positions=(-2, 3), intensities=(0, 1), pre_time=0 * ms, tail_time=0 * ms
    ),
}


@pytest.mark.parametrize("angle", [0, 17, 30])
@pytest.mark.parametrize("name", TURNED)
def test_turning_the_angle_by_60_degrees_turns_the_picture(name, angle):
    pair = TURNED[name]([angle, angle + 60]).luminance(5, 20 * ms)
    half = len(pair) // 2
    everywhere = columns(pair)
    # By 60 degrees counter-clockwise (u, v) becomes (-v, u + v).
    where = [everywhere.index((-v, u + v)) for u, v in everywhere]
    shown = pair.to_numpy()
    np.testing.assert_allclose(
        shown[half:][:, :, where], shown[:half], rtol=0, atol=1e-12, equal_nan=False
    )
    assert (shown != 0.5).any()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow) if name == "flyvis_moving_edge" else name
        for name in LIBRARY
    ],
)
def test_every_protocol_is_grey_before_and_after_and_changes_in_every_condition(name):
    make = LIBRARY[name]
    if any(p.default is p.empty for p in inspect.signature(make).parameters.values()):
        pytest.skip("it needs a picture or a movie")
    protocol = make()
    assert protocol.name == name
    assert protocol.reference
    shown = protocol.luminance(6, 20 * ms)
    n_pre, n_stim, _ = protocol.phases(20 * ms)
    grey = float(protocol.background)
    assert (shown[:, :n_pre] == grey).all()
    assert (shown[:, n_pre + n_stim :] == grey).all()
    changed = (shown != grey).any(["time", "column"]).to_numpy()
    assert changed.all()
