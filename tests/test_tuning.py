"""Tuning measures of curves whose width and optimum are known."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.analysis import (
    as_grid,
    motion_opponency,
    preferred_null_index,
    response_at_offset,
    tuning_curve,
    tuning_optimum,
    tuning_width,
    vector_strength,
)


def curve(values, angles):
    return xr.DataArray(values, dims="angle", coords={"angle": angles})


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(range(0, 360, 2)), st.floats(1, 8))
def test_the_width_of_a_von_mises_curve_is_its_analytic_one(direction, concentration):
    angles = np.arange(0, 360, 2.0)
    values = np.exp(concentration * (np.cos(np.deg2rad(angles - direction)) - 1))
    expected = 2 * np.degrees(np.arccos(1 - np.log(2) / concentration))
    assert float(tuning_width(curve(5 * values, angles))) == pytest.approx(expected, abs=0.1)


def test_a_curve_that_never_falls_to_half_is_as_wide_as_the_circle():
    angles = np.arange(0, 360, 30)
    assert float(tuning_width(curve(3 + np.cos(np.deg2rad(angles)), angles))) == 360


@settings(deadline=None, max_examples=20)
@given(st.sampled_from(range(0, 360, 30)), st.sampled_from([30, 60, 90]), st.floats(0.1, 0.9))
def test_beside_the_preferred_direction_a_cosine_falls_by_its_cosine(direction, offset, depth):
    angles = np.arange(0, 360, 30)
    values = 1 + depth * np.cos(np.deg2rad(angles - direction))
    expected = (1 + depth * np.cos(np.deg2rad(offset))) / (1 + depth)
    assert float(response_at_offset(curve(values, angles), offset)) == pytest.approx(expected)
    assert float(tuning_curve(curve(values, angles)).max()) == 1


@settings(deadline=None, max_examples=20)
@given(st.floats(0, 5), st.floats(0.1, 5))
def test_preferred_against_null_in_both_forms(null, more):
    peak = curve([null + more, 0.0, null, 0.0], [45, 135, 225, 315])
    assert float(preferred_null_index(peak)) == pytest.approx(more / (2 * null + more))
    assert float(preferred_null_index(peak, "preferred")) == pytest.approx(more / (null + more))


def test_opposite_directions_must_be_shown():
    with pytest.raises(nfs.InvalidValueError, match="180 deg was not shown"):
        preferred_null_index(curve([1.0, 2.0], [0, 90]))
    peak = xr.DataArray([[1.0, 3.0], [2.0, 1.0]], coords={"angle": [0, 90], "speed": [10, 20]})
    with pytest.raises(nfs.InvalidValueError, match="180 deg was not shown"):
        tuning_optimum(peak, "speed", response="difference")


@pytest.mark.parametrize("n_directions", [2, 14, 22])
def test_directions_are_opposite_whatever_the_rounding_of_their_angles(n_directions):
    angles = np.arange(n_directions) * 360 / n_directions
    peak = curve(2 + np.cos(np.deg2rad(angles)), angles)
    assert float(preferred_null_index(peak)) == pytest.approx((3 - 1) / (3 + 1))


def test_an_unknown_response_makes_the_index_of_its_cell_unknown_and_of_no_other():
    peak = xr.DataArray(
        [[np.nan, np.nan], [2.0, np.nan], [3.0, 1.0]],
        dims=("cell_type", "angle"),
        coords={"angle": [0, 180]},
    )
    assert preferred_null_index(peak).to_numpy() == pytest.approx(
        [np.nan, np.nan, 0.5], nan_ok=True
    )


def test_strength_of_one_contrast_does_not_depend_on_the_other():
    both = xr.concat(
        [curve([1.0, 0, 0, 0], [0, 90, 180, 270])] * 2, xr.Variable("intensity", [0, 1])
    )
    scaled = both * xr.DataArray([1.0, 100.0], dims="intensity")
    assert vector_strength(scaled).to_numpy() == pytest.approx([1, 1])


@settings(deadline=None, max_examples=20)
@given(st.floats(0.7, 6), st.floats(0.2, 3))
def test_the_optimum_of_a_log_parabola_is_its_vertex_between_the_samples(optimum, width):
    frequencies = np.array([0.5, 1, 2, 4, 8])
    response = 20 - (np.log(frequencies / optimum) / width) ** 2
    peak = xr.DataArray(
        response.clip(0), dims="temporal_frequency", coords={"temporal_frequency": frequencies}
    )
    near = np.abs(np.log(frequencies / optimum)).argmin()
    if 0 < near < 4 and (response[near - 1 : near + 2] > 0).all():
        found = float(tuning_optimum(peak, along="temporal_frequency"))
        assert found == pytest.approx(optimum, rel=1e-6)


def test_the_optimum_of_the_difference_leaves_out_what_both_directions_share():
    peak = xr.DataArray(
        [[1.0, 5.0, 9.0], [1.0, 1.0, 8.9]],
        dims=("angle", "speed"),
        coords={"angle": [0, 180], "speed": [10, 20, 40]},
    )
    assert float(tuning_optimum(peak, "speed")) == 40
    found = float(tuning_optimum(peak, "speed", response="difference"))
    assert 15 < found < 25


def test_a_cell_that_adds_both_directions_has_opponency_by_their_sum():
    drifting = curve([4.0, 1.0], [0, 180])
    assert float(motion_opponency(drifting, curve([5.0], [0]))) == pytest.approx(-0.25)
    assert float(motion_opponency(drifting, curve([0.0], [0]))) == 1


def test_opponency_needs_both_stimuli_at_the_same_frequencies():
    slow, fast = (curve([4.0, 1.0], [0, 180]).expand_dims(speed=[value]) for value in (10, 20))
    with pytest.raises(nfs.InvalidValueError, match="same other parameters"):
        motion_opponency(slow, fast)


def test_numbers_of_conditions_do_not_keep_parameters_together():
    values = xr.DataArray(
        np.arange(4),
        dims="condition",
        coords={
            "condition": [7, 8, 9, 10],
            "angle": ("condition", [0, 0, 180, 180]),
            "intensity": ("condition", [0, 1, 0, 1]),
        },
    )
    grid = as_grid(values)
    assert grid.sel(angle=180, intensity=0) == 2
    assert set(grid.coords) == {"angle", "intensity"}


def test_parameters_that_vary_together_stay_together_in_the_grid():
    places = [(0, 0), (1, 0), (0, 1)]
    rows = [(u, v, i) for u, v in places for i in (0, 1)]
    u, v, intensity = np.array(rows).T
    values = xr.DataArray(
        10 * u + 100 * v + intensity,
        dims="condition",
        coords={
            "center_u": ("condition", u),
            "center_v": ("condition", v),
            "intensity": ("condition", intensity),
            "duration": ("condition", [0.5] * 6),
        },
    )
    grid = as_grid(values)
    assert dict(grid.sizes) == {"intensity": 2, "condition": 3}
    assert float(grid["duration"]) == 0.5
    for k, (u, v) in enumerate(places):
        assert (grid["center_u"][k], grid["center_v"][k]) == (u, v)
        assert grid.sel(intensity=1)[k] == 10 * u + 100 * v + 1
