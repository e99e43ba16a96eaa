"""Direction tuning of curves whose selectivity and preferred direction are known."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms
from hypothesis import given
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.analysis import (
    direction_selectivity_index,
    peak_response,
    preferred_direction,
)

ANGLES = np.arange(0, 360, 30)


def curve(values):
    return xr.DataArray(values, dims="angle", coords={"angle": ANGLES})


@pytest.mark.slow
@given(st.floats(0, 360), st.floats(0.01, 1), st.floats(0.1, 10))
def test_a_cosine_curve_has_half_its_modulation_as_index_and_its_peak_as_direction(
    direction, modulation, scale
):
    peak = curve(scale * (1 + modulation * np.cos(np.deg2rad(ANGLES - direction))))
    assert float(direction_selectivity_index(peak)) == pytest.approx(modulation / 2)
    error = float(preferred_direction(peak)) - direction
    assert abs((error + 180) % 360 - 180) < 1e-4


def test_flat_and_symmetric_curves_are_not_selective_and_a_single_direction_wholly():
    assert float(direction_selectivity_index(curve(np.ones(12)))) == pytest.approx(0, abs=1e-12)
    axis = np.where(ANGLES % 180 == 0, 1.0, 0.2)
    assert float(direction_selectivity_index(curve(axis))) == pytest.approx(0, abs=1e-12)
    assert float(direction_selectivity_index(curve((ANGLES == 60) * 2.0))) == pytest.approx(1)


def test_no_response_has_index_zero_and_no_direction():
    assert float(direction_selectivity_index(curve(np.zeros(12)))) == 0
    assert np.isnan(preferred_direction(curve(np.zeros(12))))


@given(st.floats(-1e-13, 1e-13))
def test_a_preferred_direction_lies_below_360_however_it_is_rounded(rounding):
    peak = xr.DataArray([1.0, 1.0], coords={"angle": [-1 + rounding, 1]})
    assert 0 <= float(preferred_direction(peak)) < 360


def test_both_contrasts_share_the_denominator_of_the_stronger_one():
    strong, weak = curve((ANGLES == 0) * 3.0 + 1), curve((ANGLES == 90) * 0.1)
    both = xr.concat([weak, strong], xr.Variable("intensity", [0, 1]))
    assert direction_selectivity_index(both).to_numpy() == pytest.approx([0.1 / 15, 3 / 15])


def test_the_peak_is_taken_of_the_positive_part_between_onset_and_end():
    time = np.arange(-4, 6) * 0.1 + 0.1
    traces = np.array(
        [
            [9, 9, 9, 9, 1, 2, 5, 1, 1, 8],
            [9, 9, 9, 9, -1, -2, -5, -1, -1, 3.0],
        ]
    )
    voltage = xr.DataArray(
        traces[None, :, :, None],
        dims=("candidate", "condition", "time", "cell_type"),
        coords={"time": time, "cell_type": ["T4a"], "angle": ("condition", [0, 90])},
    )
    responses = nfs.Responses(voltage)
    assert peak_response(responses).squeeze().to_numpy().tolist() == [8, 3]
    # the step that begins at 400 ms counts, its sample is labelled with its end
    assert peak_response(responses, end=400 * ms).squeeze().to_numpy().tolist() == [5, 0]
