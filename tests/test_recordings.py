"""Laws of cutting, resampling, averaging and comparing recordings."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import ms, second
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.colors import to_rgba

import neuroflysim as nfs
from neuroflysim import plotting
from neuroflysim.recordings import (
    align,
    average_trials,
    compare_recording,
    join_recordings,
    noise_ceiling,
    resample,
    subtract_baseline,
    threshold_crossings,
)

STEP = 0.02
TIME = np.round(np.arange(-25, 76) * STEP, 12)


def recording(values, time=TIME, units="mV", aligned=True, **labels):
    """Trials (trial, time) with labels along trial."""
    values = np.atleast_2d(values)
    return nfs.Recording(
        xr.DataArray(
            values,
            dims=("trial", "time"),
            coords={
                "time": time,
                **{name: ("trial", np.broadcast_to(v, len(values))) for name, v in labels.items()},
            },
            name="signal",
            attrs={"units": units, **({"time_zero": "stimulus onset"} if aligned else {})},
        )
    )


def responses(traces, time=TIME, cell_types=("T4a",), **labels):
    """Voltages (condition, time, cell_type) of one candidate."""
    return nfs.Responses(
        xr.DataArray(
            np.asarray(traces)[None],
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": time,
                "cell_type": list(cell_types),
                **{name: ("condition", values) for name, values in labels.items()},
            },
        )
    )


def bump(time, at=0.3, width=0.1):
    return np.exp(-(((time - at) / width) ** 2))


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(st.lists(st.floats(1, 8), min_size=1, max_size=4), st.floats(0, 2))
def test_trials_hold_what_followed_each_onset(onsets, start):
    time = np.arange(10_000) * 1e-3
    whole = recording(np.sin(3 * time), time, aligned=False, clock_time=start, cell_type="T4a")
    shown = np.arange(len(onsets))
    trials = align(
        whole, (np.array(onsets) + start) * second, before=500 * ms, after=1 * second,
        conditions={"angle": shown},
    ).signal  # fmt: skip
    assert trials["time"].to_numpy() == pytest.approx(np.arange(-500, 1001) * 1e-3)
    assert trials["angle"].to_numpy().tolist() == shown.tolist()
    assert trials["clock_time"].to_numpy() == pytest.approx(np.array(onsets) + start)
    expected = np.sin(3 * (np.array(onsets)[:, None] + trials["time"].to_numpy()))
    # Linear interpolation is wrong by at most max|f''| step^2 / 8.
    assert trials.to_numpy() == pytest.approx(expected, abs=9 * 1e-6 / 8 + 1e-9)


def test_an_onset_on_a_sample_leaves_the_samples_as_they_are():
    values = np.random.default_rng(0).normal(size=(2, 101))
    sweeps = recording(values, TIME + 0.5, aligned=False, clock_time=[0.0, 7.0])
    trials = align(sweeps, 700 * ms, before=200 * ms, after=1 * second)
    assert (trials.signal.to_numpy() == values[:, 25:86]).all()
    assert trials.signal["clock_time"].to_numpy() == pytest.approx([0.7, 7.7])
    assert trials.signal["time"][10] == 0


def test_an_onset_is_cut_from_each_sweep_that_holds_it():
    values = np.arange(3.0)[:, None] + np.zeros(101)
    sweeps = recording(values, TIME + 0.5, aligned=False, clock_time=[0.0, 0.0, 10.0])
    trials = align(sweeps, [11, 1] * second, before=0 * ms, after=500 * ms)
    assert trials.signal[:, 0].to_numpy().tolist() == [2, 0, 1]


def test_crossings_of_a_photodiode_are_where_the_sine_crosses():
    time = np.arange(4000) * 1e-3
    light = recording(np.sin(2 * np.pi * time), time, units="V", aligned=False, clock_time=2.0)
    up = threshold_crossings(light, 0.5)
    assert np.asarray(up) == pytest.approx(2 + 1 / 12 + np.arange(4), abs=1e-6)
    down = threshold_crossings(light, 0.5, rising=False)
    assert np.asarray(down) == pytest.approx(2 + 5 / 12 + np.arange(4), abs=1e-6)


def test_pulses_that_bounce_count_once():
    values = np.zeros(100)
    values[[20, 22, 24, 60]] = 5
    pulses = recording(values, np.arange(100) * 1e-3, units="V", aligned=False)
    assert len(threshold_crossings(pulses, 2.5)) == 4
    once = threshold_crossings(pulses, 2.5, dead_time=10 * ms)
    assert np.asarray(once) == pytest.approx([0.0195, 0.0595])


def blackman_gain(cycles):
    """Fourier transform of a Blackman window, at cycles within its width."""
    side = np.sinc(cycles - 1) + np.sinc(cycles + 1)
    far = np.sinc(cycles - 2) + np.sinc(cycles + 2)
    return (0.42 * np.sinc(cycles) + 0.25 * side + 0.04 * far) / 0.42


@settings(deadline=None, max_examples=20)
@given(st.floats(0.5, 120), st.floats(0.0105, 0.03))
def test_a_longer_step_damps_a_sine_as_a_blackman_window_does_and_does_not_shift_it(hertz, step):
    time = np.arange(-5000, 5001) * 1e-4
    fast = recording(np.cos(2 * np.pi * hertz * time + 1), time)
    slow = resample(fast, step * second).signal
    new = slow["time"].to_numpy()
    assert new / step == pytest.approx(np.round(new / step), abs=1e-6)
    gain = blackman_gain(3 * step * hertz)
    assert slow[0].to_numpy() == pytest.approx(
        gain * np.cos(2 * np.pi * hertz * new + 1), abs=0.003
    )
    if hertz * step > 1:
        assert abs(gain) < 10 ** (-58 / 20)


@pytest.mark.parametrize("step", [1.3e-2, 2e-2, 4.9e-2, 0.3])
def test_straight_lines_stay_straight_at_any_step(step):
    line = recording(3 * TIME - 60)
    resampled = resample(line, step * second).signal
    assert resampled[0].to_numpy() == pytest.approx(3 * resampled["time"].to_numpy() - 60)
    assert resampled.attrs["units"] == "mV"


def test_the_baseline_is_gone_and_a_relative_change_has_no_scale():
    rng = np.random.default_rng(1)
    values = 5 + rng.uniform(size=(3, len(TIME)))
    change = subtract_baseline(recording(values)).signal
    rest = values[:, TIME <= 0].mean(axis=1, keepdims=True)
    assert change.to_numpy() == pytest.approx(values - rest)
    relative = subtract_baseline(recording(values * [[1], [10], [100]]), "dF/F")
    assert relative.signal.to_numpy() == pytest.approx(values / rest - 1)
    assert relative.units == "dF/F"
    late = subtract_baseline(recording(values), window=100 * ms).signal
    near = (TIME <= 0) & (TIME >= -0.1)
    assert late.to_numpy() == pytest.approx(values - values[:, near].mean(axis=1, keepdims=True))


def test_means_and_errors_are_those_of_a_table():
    rng = np.random.default_rng(2)
    types, angles = np.array(["T4a", "T4b"])[rng.integers(0, 2, 30)], rng.integers(0, 3, 30) * 90
    trials = recording(rng.normal(size=(30, 101)), cell_type=types, angle=angles)
    found = average_trials(trials)
    table = pd.DataFrame(trials.signal.to_numpy()).groupby([types, angles])
    for (name, angle), mean in table.mean().iterrows():
        of = found.sel(cell_type=name).isel(condition=list(found["angle"]).index(angle))
        assert of["mean"].to_numpy() == pytest.approx(mean.to_numpy())
        assert of["sem"].to_numpy() == pytest.approx(table.sem().loc[(name, angle)].to_numpy())
        assert of["n_trials"] == table.size()[(name, angle)]


def test_joined_trials_keep_their_labels():
    one = recording(np.zeros((2, 101)), cell_type="T4a", angle=[0, 90], file="a.abf")
    other = recording(np.ones((1, 101)), cell_type="T5a", angle=[0], file="b.abf")
    joined = join_recordings([one, other]).signal
    assert joined["file"].to_numpy().tolist() == ["a.abf", "a.abf", "b.abf"]
    assert joined["cell_type"].to_numpy().tolist() == ["T4a", "T4a", "T5a"]
    assert joined["angle"].to_numpy().tolist() == [0, 90, 0]


@pytest.mark.parametrize(("n_trials", "noise"), [(2, 1.0), (4, 0.5), (10, 2.0)])
def test_known_noise_gives_the_analytic_ceiling_and_the_signal_itself_reaches_it(n_trials, noise):
    """White noise: CC_max^2 = S / (S + noise^2 / N), with the power S of the signal."""
    rng = np.random.default_rng(3)
    time = np.arange(400) * STEP
    signal = np.sqrt(2) * np.sin(2 * np.pi * np.arange(400) / 50)  # of power 1
    repeats = 100
    names = np.repeat([f"cell {k}" for k in range(repeats)], n_trials)
    values = signal + rng.normal(0, noise, (repeats * n_trials, 400))
    trials = recording(values, time, cell_type=names)
    found = noise_ceiling(trials)
    for column, expected in (
        ("signal_power", 1),
        ("noise_power", noise**2),
        ("noise_ceiling", np.sqrt(1 / (1 + noise**2 / n_trials))),
    ):
        error = found[column].std() / np.sqrt(repeats)
        assert found[column].mean() == pytest.approx(expected, abs=4 * error)
        assert error < 0.02
    model = responses(
        np.repeat(signal[None, :, None], repeats, -1), time, cell_types=list(dict.fromkeys(names))
    )
    normalized = compare_recording(model, trials, max_lag=0 * ms)["normalized_correlation"]
    error = normalized.std() / np.sqrt(repeats)
    assert normalized.mean() == pytest.approx(1, abs=4 * error)


def test_without_signal_or_with_one_trial_there_is_no_ceiling():
    alike = recording(np.stack([bump(TIME), -bump(TIME)]), cell_type="T4a")
    row = noise_ceiling(alike).iloc[0]
    assert row["signal_power"] < 0
    assert np.isnan(row["noise_ceiling"])
    assert np.isnan(noise_ceiling(recording(bump(TIME), cell_type="T4a"))["signal_power"][0])


@settings(deadline=None, max_examples=25)
@given(
    st.floats(0.1, 30).flatmap(lambda g: st.sampled_from([g, -g])),
    st.floats(-80, 80),
    st.integers(-10, 10),
)
def test_a_scaled_and_delayed_copy_gives_back_scale_and_delay(gain, offset, steps):
    model = responses((bump(TIME) - 0.5 * bump(TIME, 0.6))[None, :, None])
    delayed = bump(TIME - steps * STEP) - 0.5 * bump(TIME - steps * STEP, 0.6)
    (row,) = compare_recording(
        model, recording(gain * delayed + offset, cell_type="T4a"), max_lag=200 * ms
    ).to_dict("records")
    if gain > 0:
        assert row["best_lag"] == pytest.approx(steps * STEP)
        assert row["gain"] == pytest.approx(gain, rel=1e-6)
        assert row["offset"] == pytest.approx(offset, abs=1e-6)
        assert row["best_correlation"] == pytest.approx(1)
        assert row["explained_variance"] == pytest.approx(1)
    else:  # no lag makes a copy of an inverted one
        assert row["best_correlation"] < 0.9
    assert (row["n_trials"], row["units"]) == (1, "mV")


def test_numbers_of_a_noisy_recording_are_those_of_numpy():
    rng = np.random.default_rng(5)
    voltage = bump(TIME)
    trials = -60 + 5 * voltage + rng.normal(0, 2, (4, len(TIME)))
    (row,) = compare_recording(
        responses(voltage[None, :, None]),
        recording(trials, cell_type="T4a"),
        max_lag=0 * ms,
        begin=-100 * ms,
        end=700 * ms,
    ).to_dict("records")
    counted = (TIME > -0.101) & (TIME < 0.701)
    mean, shown = trials.mean(axis=0)[counted], voltage[counted]
    gain, offset = np.linalg.lstsq(np.c_[shown, np.ones_like(shown)], mean, rcond=None)[0]
    left = mean - gain * shown - offset
    assert row["n_samples"] == counted.sum()
    assert row["correlation"] == pytest.approx(np.corrcoef(shown, mean)[0, 1])
    assert (row["gain"], row["offset"]) == pytest.approx((gain, offset))
    assert row["explained_variance"] == pytest.approx(1 - left.var() / mean.var())


def test_times_to_peak_are_those_of_the_bumps():
    fly = recording(-40 + 3 * bump(TIME, 0.413), cell_type="T4a")
    table = compare_recording(responses(-bump(TIME, 0.287)[None, :, None]), fly)
    assert table["time_to_peak_model"][0] == pytest.approx(0.287, abs=STEP / 10)
    assert table["time_to_peak_recording"][0] == pytest.approx(0.413, abs=STEP / 10)


def test_each_recording_is_compared_with_its_type_and_condition():
    at = {("T4a", 0): 0.2, ("T4a", 90): 0.4, ("T4b", 0): 0.6, ("T4b", 90): 0.8}
    shown = [[bump(TIME, at[name, angle]) for name in ("T4a", "T4b")] for angle in (0, 90)]
    model = responses(np.swapaxes(shown, 1, 2), cell_types=("T4a", "T4b"), angle=[0, 90])
    order = [("T4b", 90), ("T4a", 0), ("T4b", 0), ("T4b", 90)]
    fly = recording(
        [7 * bump(TIME, at[key]) for key in order],
        cell_type=[name for name, _ in order],
        angle=[angle for _, angle in order],
    )
    table = compare_recording(model, fly, max_lag=0 * ms)
    found = table.set_index(["cell_type", "angle"])
    assert sorted(found.index) == sorted(set(order))
    assert found["correlation"].to_numpy() == pytest.approx(1)
    assert found["n_trials"].to_dict() == {key: order.count(key) for key in set(order)}
    assert found["condition"].to_dict() == {key: key[1] // 90 for key in set(order)}


def test_each_fly_of_the_model_has_its_rows():
    voltage = responses(bump(TIME)[None, :, None]).voltage
    flies = xr.concat([voltage, -voltage], "candidate")
    flies = flies.assign_coords(perturbation=("candidate", ["intact", "silence L1"]))
    table = compare_recording(nfs.Responses(flies), recording(bump(TIME), cell_type="T4a"))
    assert table["perturbation"].tolist() == ["intact", "silence L1"]
    assert table["correlation"].to_numpy() == pytest.approx([1, -1])


def test_a_constant_model_has_no_correlation():
    table = compare_recording(
        responses(0.3 * np.ones((1, len(TIME), 1))), recording(bump(TIME), cell_type="T4a")
    )
    columns = ["correlation", "gain", "explained_variance", "time_to_peak_model"]
    assert table[columns].isna().all(axis=None)


def test_the_overlay_shows_mean_error_and_the_model_in_the_unit_of_the_recording():
    rng = np.random.default_rng(6)
    model = responses(
        np.stack([bump(TIME), bump(TIME, 0.5)])[:, :, None], angle=[0.0, 90.0], intensity=[1.0, 1.0]
    )
    fly = recording(
        -50 + 8 * np.repeat([bump(TIME), bump(TIME, 0.5)], 3, axis=0) + rng.normal(size=(6, 101)),
        cell_type="T4a", angle=np.repeat([0.0, 90.0], 3),
    )  # fmt: skip
    axes = plotting.plot_overlay(model, fly, max_lag=0 * ms)
    table, average = compare_recording(model, fly, max_lag=0 * ms), average_trials(fly)
    for k, ax in enumerate(axes.flat):
        measured, scaled = ax.get_lines()[:2]
        mean, sem = (average[name][0, k].to_numpy() for name in ("mean", "sem"))
        assert measured.get_ydata() == pytest.approx(mean)
        voltage = model.voltage[0, k, :, 0].to_numpy()
        expected = table["gain"][k] * voltage + table["offset"][k]
        assert scaled.get_ydata() == pytest.approx(expected)
        edges = ax.collections[0].get_paths()[0].vertices[:, 1]
        assert (edges.max(), edges.min()) == pytest.approx(((mean + sem).max(), (mean - sem).min()))
        assert f"r = {table['correlation'][k]:.2f}" in ax.get_title()
        assert to_rgba(scaled.get_color()) == to_rgba(plotting.colors.MODEL_COLOR)
    assert axes[0, 0].get_ylabel() == "signal (mV)"
    _, own = plt.subplots(1, 2)
    assert plotting.plot_overlay(model, fly, axes=own)[1] is own[1]
    plt.close("all")


FLY = recording(bump(TIME), cell_type="T4a", angle=0.0)
MODEL = responses(np.ones((2, 101, 1)) * bump(TIME)[:, None], angle=[0.0, 0.0], speed=[19.0, 25.0])
RAW = recording(bump(TIME), TIME + 0.5, aligned=False, file="a.abf", clock_time=0.0)


def changed(**labels):
    return nfs.Recording(FLY.signal.assign_coords({n: ("trial", [v]) for n, v in labels.items()}))


#: What is done, and words that the error must hold.
WRONG_CALLS = {
    "recording is an array": (lambda: resample(TIME, 1 * ms), "must be a Recording, but is nd"),
    "signal has other dims": (lambda: nfs.Recording(FLY.signal.T), r"\('trial', 'time'\)"),
    "signal has no unit": (lambda: nfs.Recording(FLY.signal.drop_attrs()), "units"),
    "signal has a NaN": (
        lambda: nfs.Recording(RAW.signal.where(RAW.signal.time != 1)), "a.abf, trial 0: sample 50"
    ),
    "time runs backwards": (lambda: recording(bump(TIME), TIME[::-1]), "does not grow"),
    "onset without unit": (lambda: align(RAW, 0.5, before=1 * ms, after=1 * ms), r"500\*ms"),
    "onset outside": (
        lambda: align(RAW, [0.5, 90] * second, before=100 * ms, after=1 * second),
        r"a\.abf, onset 1: the onset at 90 s needs 89\.9 to 91 s.*reaches from 0 to 2 s",
    ),
    "window outside": (
        lambda: align(RAW, 500 * ms, before=1 * second, after=1 * second), "a.abf, trial 0: the on"
    ),
    "conditions too few": (
        lambda: align(RAW, [0.5, 0.6] * second, before=0 * ms, after=1 * second,
                      conditions={"angle": [1, 2, 3]}), "3 values, but there are 2 onsets",
    ),
    "onsets of two files": (
        lambda: align(nfs.Recording(xr.concat([RAW.signal, RAW.signal.assign_coords(
            file=("trial", ["b"]))], "trial")), [0.5] * second, before=0 * ms, after=1 * second),
        "several files",
    ),
    "no crossing": (lambda: threshold_crossings(RAW, 5.0), "a.abf, trial 0: the signal does n"),
    "step too long": (lambda: resample(FLY, 1 * second), "needs 3 steps"),
    "no baseline": (
        lambda: subtract_baseline(recording(bump(TIME), TIME + 1)), "align the recording with b"
    ),
    "dF/F of a voltage": (lambda: subtract_baseline(recording(bump(TIME) - 60), "dF/F"), "is -60"),
    "baseline unaligned": (lambda: subtract_baseline(RAW), r"onsets=0\*second"),
    "average without type": (lambda: average_trials(recording(TIME)), "cell_type='...'"),
    "joined of two units": (
        lambda: join_recordings([FLY, recording(TIME, units="pA", cell_type="T4a", angle=0.0)]),
        "units of recording 1 is 'pA'",
    ),
    "joined of two steps": (lambda: join_recordings([FLY, resample(FLY, 40 * ms)]), "0.04 s"),
    "joined of two labels": (lambda: join_recordings([FLY, changed(speed=1)]), "'speed'"),
    "compared unaligned": (lambda: compare_recording(MODEL, RAW), r"onsets=0\*second"),
    "compared at a shorter step": (
        lambda: compare_recording(MODEL, resample(FLY, 5 * ms)), r"resample\(recording, 0\.02\*s"
    ),
    "compared with no such type": (
        lambda: compare_recording(MODEL, changed(cell_type="T4", speed=19)), "Did you mean 'T4a'"
    ),
    "compared with no such label": (lambda: compare_recording(MODEL, changed(size=1)), "angle, sp"),
    "compared with no such condition": (
        lambda: compare_recording(MODEL, changed(angle=45)), "angle 45, which was not shown"
    ),
    "compared with two conditions": (
        lambda: compare_recording(MODEL, FLY), "2 conditions of the responses.*which speed"
    ),
    "compared with too long a lag": (
        lambda: compare_recording(MODEL, changed(speed=19), max_lag=1 * second), "smaller max_lag"
    ),
    "no such candidate": (
        lambda: plotting.plot_overlay(MODEL, changed(speed=19), candidate=1), "candidate is 1"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_CALLS)
def test_a_wrong_call_says_what_and_what_would_do(case):
    call, words = WRONG_CALLS[case]
    with pytest.raises(nfs.NeuroFlySimError, match=words):
        call()
