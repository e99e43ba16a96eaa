"""Temporal measures of linear systems whose step and impulse responses are known."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import ms, second
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.analysis import (
    band_pass_index,
    contrast_response,
    flash_response_index,
    high_pass_time_constant,
    impulse_response,
    low_pass_time_constant,
    on_off_index,
    opposite_contrast_ratio,
    recorded,
    time_to_peak,
)

STEP = 0.005
TIME = np.round((np.arange(500) + 1) * STEP - 0.5, 12)  # 0.5 s before onset, 2 s after


def responses(traces, rest=0.3, **labels):
    """Traces (condition, time) after onset, on top of a rest."""
    traces = np.atleast_2d(traces)
    return nfs.Responses(
        xr.DataArray(
            rest + np.where(TIME > 1e-9, traces, 0)[None, :, :, None],
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": TIME,
                "cell_type": ["Mi1"],
                **{name: ("condition", values) for name, values in labels.items()},
            },
            attrs={"time_step": STEP},
        )
    )


def band_pass(low, high):
    return high / (high - low) * (np.exp(-TIME / high) - np.exp(-TIME / low))


@settings(deadline=None, max_examples=10)
@given(st.floats(0.02, 0.1), st.floats(2, 8), st.sampled_from([-3.0, 0.01]), st.floats(0, 0.8))
def test_the_time_constants_of_a_band_pass_with_a_lasting_part_are_found(low, ratio, size, lasting):
    high = low * ratio
    y = (1 - lasting) * band_pass(low, high) + lasting * (1 - np.exp(-TIME / low))
    shown = responses(size * y)
    assert low_pass_time_constant(shown).item() == pytest.approx(low, rel=0.01)
    assert high_pass_time_constant(shown).item() == pytest.approx(high, rel=0.01)


@settings(deadline=None, max_examples=10)
@given(st.floats(0.01, 0.5))
def test_a_low_pass_has_one_time_constant_and_lasts(low):
    shown = responses(-2 * (1 - np.exp(-TIME / low)))
    assert low_pass_time_constant(shown).item() == pytest.approx(low, rel=0.01)
    assert np.isnan(high_pass_time_constant(shown).item())
    assert abs(band_pass_index(shown).item()) < 0.05


def test_what_follows_the_end_of_a_step_is_no_part_of_its_response():
    """A low-pass of 0.1 s to a step of 1 s, and back."""
    fall = np.exp(-(TIME - 1).clip(0) / 0.1)
    y = (1 - np.exp(-TIME.clip(max=1) / 0.1)) * fall
    shown = responses(y)
    shown.voltage.attrs["stim_time"] = 1.0
    assert low_pass_time_constant(shown).item() == pytest.approx(0.1, rel=1e-3)
    assert np.isnan(high_pass_time_constant(shown).item())
    assert time_to_peak(shown).item() == pytest.approx(1.0)
    lasting = 1 - np.exp(-TIME[(TIME > 0.8 + 1e-9) & (TIME < 1 + 1e-9)] / 0.1).mean()
    assert band_pass_index(shown).item() == pytest.approx(1 - lasting / (1 - np.exp(-10)))
    with pytest.raises(nfs.InvalidValueError, match="only 4 sample"):
        low_pass_time_constant(shown, end=4 * STEP * second)


def test_what_does_not_change_has_no_time_constant_and_no_peak():
    still = responses(0 * TIME)
    for measure in (low_pass_time_constant, high_pass_time_constant, time_to_peak, band_pass_index):
        assert np.isnan(measure(still).item())


@settings(deadline=None, max_examples=20)
@given(st.floats(0.02, 0.1), st.floats(2, 8))
def test_the_peak_of_a_band_pass_is_at_its_analytic_time(low, ratio):
    high = low * ratio
    expected = low * high / (high - low) * np.log(high / low)
    found = time_to_peak(responses(-band_pass(low, high))).item()
    assert found == pytest.approx(expected, abs=STEP / 10)


def test_a_band_pass_does_not_last_and_a_half_lasting_one_is_half():
    fast = band_pass(0.01, 0.1)
    assert band_pass_index(responses(fast)).item() == pytest.approx(1, abs=0.01)
    half = np.where(TIME < 0.1, 2.0, 1.0)
    assert band_pass_index(responses(half)).item() == pytest.approx(0.5)


def test_the_impulse_response_is_what_follows_on_top_of_the_rest():
    decay = np.exp(-TIME / 0.1)
    found = impulse_response(responses(decay, rest=-4)).squeeze()
    assert found["time"].to_numpy()[0] == STEP
    assert found.to_numpy() == pytest.approx(decay[TIME > 1e-9])


def test_contrasts_come_in_ascending_order_with_the_sign_of_their_response():
    rise = 1 - np.exp(-TIME / 0.05)
    shown = responses(np.outer([2, -1, 0.5], rise), contrast=[0.5, -1, 0.1])
    found = contrast_response(shown).squeeze()
    assert found["contrast"].to_numpy().tolist() == [-1, 0.1, 0.5]
    assert found.to_numpy() == pytest.approx([-1, 0.5, 2], abs=1e-3)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.1, 5), st.floats(0.1, 5))
def test_on_against_off_compares_depolarisations_from_rest(on, off):
    rise = 1 - np.exp(-TIME / 0.05)
    shown = responses(np.outer([off, on], rise), rest=-7, intensity=[0, 1])
    assert on_off_index(shown).item() == pytest.approx((on - off) / (on + off))
    expected = min(on, off) / max(on, off)
    assert opposite_contrast_ratio(shown).item() == pytest.approx(expected)


def test_a_cell_that_mirrors_light_is_on_and_its_negative_off():
    rise = 1 - np.exp(-TIME / 0.05)
    first, last = rise[TIME > 1e-9][[0, -1]]
    for sign in (1, -1):
        shown = responses(sign * np.outer([-1, 1], rise), rest=0, intensity=[0, 1])
        assert sign * on_off_index(shown).item() == 1
        strong, weak = last + last, -first + last  # the lowest voltage, -last, is added to both
        expected = sign * (strong - weak) / (strong + weak)
        assert flash_response_index(shown).item() == pytest.approx(expected)


@pytest.mark.parametrize("subtract", [True, False])
def test_an_electrode_shows_the_voltage(subtract):
    shown = responses(np.exp(-TIME / 0.1), rest=0.3)
    signal = recorded(shown, subtract_rest=subtract).voltage
    assert signal.to_numpy() == pytest.approx(shown.voltage.to_numpy() - 0.3 * subtract)
    assert signal.name == "voltage"


@settings(deadline=None, max_examples=20)
@given(st.floats(0.02, 0.3), st.floats(0.02, 0.3))
def test_calcium_after_a_step_is_the_analytic_response_of_its_two_filters(rise, decay):
    if abs(rise - decay) < 0.01:
        decay = rise + 0.01
    shown = responses(np.ones_like(TIME), rest=0)
    signal = recorded(
        shown, kind="calcium", threshold=0, rise_time=rise * second, decay_time=decay * second
    ).signal.squeeze()
    # The second filter takes the first one's output as constant over a step: of first order.
    expected = 1 - (rise * np.exp(-TIME / rise) - decay * np.exp(-TIME / decay)) / (rise - decay)
    after = TIME > 1e-9
    assert signal.to_numpy()[after] == pytest.approx(expected[after], abs=STEP / min(rise, decay))
    assert (signal.to_numpy()[~after] == 0).all()


def test_one_filter_is_exact():
    shown = responses(np.ones_like(TIME), rest=0)
    signal = recorded(shown, kind="calcium", decay_time=100 * ms).signal.squeeze()
    after = TIME > 1e-9
    assert signal.to_numpy()[after] == pytest.approx(1 - np.exp(-TIME[after] / 0.1))


def test_below_the_threshold_there_is_no_calcium_and_above_it_a_power():
    shown = responses(np.full_like(TIME, 3.0), rest=1)
    signal = recorded(shown, kind="calcium", threshold=1, exponent=2).signal.squeeze()
    assert signal.to_numpy()[-1] == pytest.approx((3 - 1) ** 2)
    assert recorded(shown, kind="calcium", threshold=5).signal.max() == 0


def test_calcium_is_never_taken_for_voltage():
    calcium = recorded(responses(np.ones_like(TIME)), kind="calcium", decay_time=100 * ms)
    assert calcium.kind == "calcium"
    for parts in (calcium, calcium.central(), nfs.Responses(calcium.signal.isel(time=slice(5)))):
        with pytest.raises(nfs.InvalidValueError, match=r"calcium, not voltage: take \.signal"):
            parts.voltage  # noqa: B018
    for other in (recorded, nfs.analysis.tangential_input):
        with pytest.raises(nfs.InvalidValueError, match="calcium, not voltage"):
            other(calcium)
    with pytest.raises(nfs.InvalidValueError, match="calcium, not voltage"):
        parameters = nfs.Parameters.uniform(nfs.load_connectome())
        nfs.analysis.input_currents(calcium, parameters, "Mi1")


def test_files_of_calcium_say_so(tmp_path):
    calcium = recorded(responses(np.ones_like(TIME)), kind="calcium", decay_time=100 * ms)
    calcium.save(tmp_path / "calcium.nc")
    again = nfs.load_responses(tmp_path / "calcium.nc")
    assert again.signal.identical(calcium.signal)
    assert again.signal.attrs["long_name"] == "calcium signal from rest"
    calcium.save(tmp_path / "calcium.csv")
    assert "calcium" in pd.read_csv(tmp_path / "calcium.csv").columns


def test_filters_of_calcium_are_refused_for_an_electrode():
    with pytest.raises(nfs.InvalidValueError, match="kind='calcium'"):
        recorded(responses(TIME), kind="voltage", decay_time=1 * second)
    with pytest.raises(nfs.InvalidValueError, match="threshold"):
        recorded(responses(TIME), kind="calcium", exponent=2)


@pytest.mark.parametrize(
    "measure",
    [
        flash_response_index,
        on_off_index,
        opposite_contrast_ratio,
        low_pass_time_constant,
        band_pass_index,
        partial(recorded, kind="calcium", rise_time=50 * ms),
        nfs.analysis.resting_voltage,
        nfs.analysis.voltage_range,
    ],
)
def test_measures_of_float32_voltages_are_computed_in_float64(measure):
    """A voltage in float32 has seven digits; a mean or a logarithm of it loses none of them."""
    traces = [band_pass(0.05, 0.4), -0.3 * band_pass(0.03, 0.2)]
    shown = responses(traces, intensity=[1, 0]).voltage.astype(np.float32)
    found, expected = (measure(nfs.Responses(v)) for v in (shown, shown.astype(np.float64)))
    found, expected = (
        one.signal if isinstance(one, nfs.Responses) else one for one in (found, expected)
    )
    xr.testing.assert_identical(found, expected)
    assert found.dtype == np.float64
