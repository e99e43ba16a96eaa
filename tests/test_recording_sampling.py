"""A model with a fine time step beside a coarse recording: means over exposures, exact lags."""

import numpy as np
import pytest
import xarray as xr
from brian2 import Hz, ms, second
from matplotlib import pyplot as plt
from scipy.integrate import quad

import neuroflysim as nfs
from neuroflysim import plotting
from neuroflysim.recordings import average_trials, compare_recording, noise_ceiling
from neuroflysim.recordings.exposure import exposed

STEP, FRAME = 1e-3, 0.1
TIME = np.round(np.arange(-1000, 3001) * STEP, 12)
FRAMES = np.arange(-8, 28) * FRAME


def responses(trace, time=TIME, **labels):
    values = np.atleast_2d(trace)[None, :, :, None]
    coords = {name: ("condition", value) for name, value in labels.items()}
    return nfs.Responses(
        xr.DataArray(
            values, dims=("candidate", "condition", "time", "cell_type"),
            coords={"time": time, "cell_type": ["T4a"], **coords},
        )
    )  # fmt: skip


def imaged(trials, **labels):
    """Trials with a frame each 100 ms, the first 0.8 s before the onset."""
    return nfs.Recording.from_array(
        trials, rate=1 / FRAME * Hz, unit="dF/F", cell_type="T4a", onsets=0.8 * second,
        conditions=labels,
    )  # fmt: skip


@pytest.mark.parametrize("exposure", [0.0, 0.3, 0.977, 4.0])
def test_the_mean_over_an_exposure_is_the_integral_of_the_line_through_the_samples(exposure):
    rng = np.random.default_rng(0)
    values, times = rng.normal(size=(2, 30)), 5 + np.arange(30) * 0.7
    at = rng.uniform(times[0] + 2, times[-1] - 2, (3, 4))
    found = exposed(values, times, at, exposure)
    assert found.shape == (2, 3, 4)
    for place in np.ndindex(2, 3, 4):
        middle = at[place[1:]]

        def line(t, row=values[place[0]]):
            return np.interp(t, times, row)

        expected = line(middle)
        if exposure:
            ends = middle - exposure / 2, middle + exposure / 2
            inside = [t for t in times if ends[0] < t < ends[1]]
            expected = quad(line, *ends, points=inside or None, limit=200)[0] / exposure
        assert found[place] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("hertz", [1.0, 3.0, 7.0])
@pytest.mark.parametrize("exposure", [None, 40 * ms])
def test_a_sine_is_damped_as_a_shutter_damps_it_and_is_not_shifted(hertz, exposure):
    """The gain of a rectangular exposure T is sinc(f T); the gain of the fit is one over it."""
    model = responses(np.sin(2 * np.pi * hertz * TIME))
    fly = imaged(np.sin(2 * np.pi * hertz * FRAMES))
    (row,) = compare_recording(model, fly, max_lag=0 * ms, exposure=exposure).to_dict("records")
    length = FRAME if exposure is None else 0.04
    assert row["exposure"] == pytest.approx(length)
    assert row["correlation"] == pytest.approx(1)
    # A line through samples 1 ms apart is wrong by (2 pi f step)^2 / 12.
    assert row["gain"] == pytest.approx(1 / np.sinc(hertz * length), rel=2e-4)
    assert row["offset"] == pytest.approx(0, abs=1e-6)


def test_without_exposure_samples_are_those_of_the_model():
    model = responses(np.cumsum(np.random.default_rng(1).normal(size=len(TIME))))
    (row,) = compare_recording(
        model, imaged(model.voltage.sel(time=FRAMES, method="nearest").to_numpy().ravel()),
        max_lag=0 * ms, exposure=0 * ms,
    ).to_dict("records")  # fmt: skip
    assert row["explained_variance"] == pytest.approx(1)
    assert (row["gain"], row["exposure"]) == (pytest.approx(1), 0)


@pytest.mark.parametrize("lag", [-0.13, 0.0, 0.04, 0.15])
def test_a_lag_is_found_finer_than_a_frame(lag):
    def bump(time):
        return np.exp(-(((time - 0.6) / 0.3) ** 2))

    # What a shutter makes of the delayed response, by integrating it in time.
    fly = [quad(bump, t - lag - FRAME / 2, t - lag + FRAME / 2)[0] / FRAME for t in FRAMES]
    (row,) = compare_recording(responses(bump(TIME)), imaged(3 * np.array(fly) + 2)).to_dict(
        "records"
    )
    assert row["best_lag"] == pytest.approx(lag)
    assert row["gain"] == pytest.approx(3, rel=1e-4)
    assert row["offset"] == pytest.approx(2, abs=1e-4)


def test_where_times_are_the_same_voltages_are_taken_as_they_are():
    trace = np.random.default_rng(2).normal(size=len(FRAMES))
    model = responses(trace, np.round(FRAMES, 12))
    (row,) = compare_recording(model, imaged(trace), max_lag=0 * ms).to_dict("records")
    assert row["exposure"] == 0
    assert row["correlation"] == pytest.approx(1, abs=1e-12)
    (row,) = compare_recording(
        model, imaged(trace), max_lag=0 * ms, exposure=100 * ms
    ).to_dict("records")  # fmt: skip
    assert row["exposure"] == pytest.approx(0.1)
    assert row["correlation"] < 0.99


def test_samples_that_lie_between_those_of_the_model_are_compared():
    trace = np.sin(2 * np.pi * TIME[::100])
    model = responses(trace, TIME[::100])
    fly = nfs.Recording.from_array(
        np.sin(2 * np.pi * (FRAMES + 0.04)), rate=10 * Hz, unit="mV", cell_type="T4a",
        onsets=0.76 * second,
    )  # fmt: skip
    (row,) = compare_recording(model, fly, max_lag=0 * ms).to_dict("records")
    assert row["correlation"] == pytest.approx(1, abs=1e-3)
    assert row["exposure"] == pytest.approx(0.1)


def test_a_model_that_is_coarser_than_the_recording_says_what_would_do():
    model = responses(np.ones(40), np.round(np.arange(-10, 30) * 0.2, 12))
    with pytest.raises(nfs.InvalidValueError, match=r"time_step=0\.1\*second.*resample\(rec.*0\.2"):
        compare_recording(model, imaged(FRAMES))
    with pytest.raises(nfs.InvalidValueError, match=r"exposure is 3 s, but .* every 0\.1 s"):
        compare_recording(responses(TIME), imaged(FRAMES), exposure=3 * second)
    with pytest.raises(nfs.InvalidTypeError, match=r"exposure is 30, but .*20\*ms"):
        compare_recording(responses(TIME), imaged(FRAMES), exposure=30)


#: Labels by appearance, and in the order in which they belong.
ORDERS = {
    "numbers": ([90, 0, 270, -45, 10, 9], [-45, 0, 9, 10, 90, 270]),
    "decimals": ([0.5, 0.25, 1.0], [0.25, 0.5, 1.0]),
    "words": (["edge", "bar", "dot"], ["bar", "dot", "edge"]),
    "words with numbers": (["step 10", "step 9", "step 1"], ["step 1", "step 9", "step 10"]),
    "truth": ([True, False], [False, True]),
}


@pytest.mark.parametrize("kind", ORDERS)
def test_conditions_are_in_the_order_of_their_values(kind):
    shown, order = ORDERS[kind]
    fly = imaged(np.arange(len(shown))[:, None] + FRAMES, shown=shown)
    assert fly.conditions["shown"].tolist() == order
    assert average_trials(fly)["shown"].to_numpy().tolist() == order
    assert noise_ceiling(fly)["shown"].tolist() == order
    assert average_trials(fly)["mean"][0, :, 8].to_numpy() == pytest.approx(
        [shown.index(value) for value in order]
    )
    table = compare_recording(responses(np.tile(TIME, (len(shown), 1)), shown=shown), fly)
    assert table["shown"].tolist() == order
    assert table["condition"].tolist() == [shown.index(value) for value in order]


def test_cell_types_are_in_the_order_of_their_names():
    fly = nfs.Recording.from_array(
        np.ones((3, 1)) + FRAMES, rate=10 * Hz, unit="mV", cell_type=["Mi10", "Mi4", "L2"],
        onsets=0.8 * second,
    )  # fmt: skip
    assert average_trials(fly)["cell_type"].to_numpy().tolist() == ["L2", "Mi4", "Mi10"]
    assert noise_ceiling(fly)["cell_type"].tolist() == ["L2", "Mi4", "Mi10"]


def test_the_overlay_draws_and_tells_what_compare_recording_finds_at_the_best_lag():
    def bump(time, at=0.6):
        return np.exp(-(((time - at) / 0.3) ** 2))

    rng = np.random.default_rng(3)
    model = responses(np.stack([bump(TIME), bump(TIME, 0.9)]), angle=[0, 90])
    fly = imaged(
        np.repeat([bump(FRAMES, 0.9), bump(FRAMES, 0.75)], 4, axis=0)
        + rng.normal(0, 0.05, (8, len(FRAMES))),
        angle=[90] * 4 + [0] * 4,
    )
    table = compare_recording(model, fly)
    lags = table["best_lag"]
    axes = plotting.plot_overlay(model, fly).ravel()
    for k, ax in enumerate(axes):
        title = ax.get_title()
        assert f"angle {[0, 90][k]}" in title
        assert f"r = {table['correlation'][k]:.2f}" in title
        assert f"ceiling {table['noise_ceiling'][k]:.2f}" in title
        best = f"r = {table['best_correlation'][k]:.2f}, gain {table['gain'][k]:.3g} "
        assert f"best lag {lags[k] * 1000:.4g} ms: {best}" in title
        drawn = ax.get_lines()[1]
        held = drawn.get_xdata()
        assert len(held) == table["n_samples"][k]
        voltage = exposed(model.voltage[0, k, :, 0].to_numpy(), TIME, held - lags[k], FRAME)
        expected = table["gain"][k] * voltage + table["offset"][k]
        assert drawn.get_ydata() == pytest.approx(expected)
    assert lags.tolist() == pytest.approx([0.15, 0], abs=0.03)
    noise = rng.normal(0, 0.3, (1, 2, 4, len(TIME), 1))  # of four trials of the model
    dims = ("candidate", "condition", "trial", "time", "cell_type")
    noisy = nfs.Responses((model.voltage + xr.DataArray(noise, dims=dims)).transpose(*dims))
    of_mean = plotting.plot_overlay(noisy.mean_over_trials(), fly).ravel()
    for one, other in zip(plotting.plot_overlay(noisy, fly).ravel(), of_mean, strict=True):
        assert one.get_title() == other.get_title()
        assert one.get_lines()[1].get_ydata() == pytest.approx(other.get_lines()[1].get_ydata())
    # What docs/noise.md says of ceilings: exposure takes noise away, and trials do.
    told = compare_recording(noisy, fly)["model_noise_ceiling"].to_numpy()
    plain = noise_ceiling(noisy)
    assert (told > plain["noise_ceiling"] + 0.01).all()
    many = nfs.Responses(
        (model.voltage + xr.DataArray(rng.normal(0, 0.3, (1, 2, 64, len(TIME), 1)), dims=dims))
        .transpose(*dims)
    )  # fmt: skip
    of_many = noise_ceiling(many)
    assert (of_many["noise_ceiling"] > plain["noise_ceiling"] + 0.01).all()
    same = (each["signal_power"] / each["noise_power"] for each in (of_many, plain))
    np.testing.assert_allclose(*same, rtol=0.25)
    alone = plotting.plot_overlay(model, fly, max_lag=0 * ms).ravel()[0].get_title()
    assert "lag" not in alone
    assert all("edge" not in ax.get_title() for ax in axes)
    edges = [ax.get_title() for ax in plotting.plot_overlay(model, fly, max_lag=100 * ms).flat]
    assert ["best lag 100 ms, the edge of max_lag" in told for told in edges] == [True, False]
    plt.close("all")
