"""Receptive fields, summation and inputs: of cells made by hand whose answer is known."""

import numpy as np
import pytest
import xarray as xr
from brian2 import second
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.analysis import (
    input_currents,
    linear_filter,
    paired_response,
    receptive_field,
    receptive_field_width,
    ring_response,
    summation,
    surround_ratio,
)

FWHM = 2 * np.sqrt(2 * np.log(2))
U, V = nfs.Lattice(extent=6).columns.T
X, Y = 5.8 * np.sqrt(0.75) * V, -5.8 * (U + V / 2)


def flashes(heights, **labels):
    """Responses that jump to a height for each flash, from a rest of -0.2."""
    heights = np.asarray(heights, dtype=float)
    traces = np.stack([np.full(len(heights), -0.2), heights - 0.2], axis=1)
    labels = labels or {"center_u": U, "center_v": V}
    return nfs.Responses(
        xr.DataArray(
            traces[None, :, :, None],
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": [0.0, 0.1],
                "cell_type": ["Mi1"],
                **{name: ("condition", values) for name, values in labels.items()},
            },
        )
    )


@settings(deadline=None, max_examples=10)
@given(st.floats(3, 8), st.floats(2, 3), st.floats(0.05, 0.4), st.sampled_from([-2.0, 0.1]))
def test_a_difference_of_gaussians_has_the_widths_it_was_made_of(sigma, wider, ratio, size):
    square = X**2 + Y**2
    field = np.exp(-square / (2 * sigma**2)) - ratio * np.exp(-square / (2 * (sigma * wider) ** 2))
    shown = flashes(size * field)
    assert receptive_field_width(shown).item() == pytest.approx(FWHM * sigma, rel=0.01)
    found = receptive_field_width(shown, part="surround").item()
    assert found == pytest.approx(FWHM * sigma * wider, rel=0.01)
    assert surround_ratio(shown).item() == pytest.approx(ratio, rel=0.02)


def test_a_gaussian_beside_the_center_has_its_width_and_no_surround():
    square = (X - X[3]) ** 2 + (Y - Y[3]) ** 2
    shown = flashes(np.exp(-square / (2 * 6.0**2)))
    assert receptive_field_width(shown).item() == pytest.approx(FWHM * 6, rel=0.01)
    assert surround_ratio(shown).item() < 0.01


def test_bars_along_an_axis_give_the_width_along_it():
    position = np.arange(-30, 31, 3.0)
    heights = np.exp(-(position**2) / (2 * 7.0**2))
    shown = flashes(heights, position=position, angle=np.full(len(position), 40.0))
    assert receptive_field_width(shown).item() == pytest.approx(FWHM * 7, rel=0.01)
    field = receptive_field(shown)
    assert np.arctan2(field["y"][-1], field["x"][-1]).item() == pytest.approx(np.deg2rad(40))


def test_flashes_at_one_place_have_no_width():
    shown = flashes([1.0, 2.0], position=[0.0, 0.0], angle=[0.0, 90.0])
    with pytest.raises(nfs.InvalidValueError, match="several places"):
        receptive_field_width(shown)


def test_each_contrast_has_a_field_of_its_own():
    square = X**2 + Y**2
    fields = [np.exp(-square / (2 * sigma**2)) for sigma in (5.0, 9.0)]
    shown = flashes(
        np.concatenate([-fields[0], fields[1]]),
        center_u=np.tile(U, 2),
        center_v=np.tile(V, 2),
        intensity=np.repeat([0, 1], len(U)),
    )
    width = receptive_field_width(shown).squeeze()
    assert width.sel(intensity=0).item() == pytest.approx(FWHM * 5, rel=0.01)
    assert width.sel(intensity=1).item() == pytest.approx(FWHM * 9, rel=0.01)
    ring = np.maximum(np.maximum(abs(U), abs(V)), abs(U + V)) == 2
    found = ring_response(shown, ring=2).squeeze().sel(intensity=[0, 1])
    np.testing.assert_allclose(found, [field[ring].mean() for field in fields], rtol=1e-12)


def test_a_field_of_one_column_has_no_surround():
    only = (U == 0) & (V == 0)
    assert surround_ratio(flashes(only * 1.0)).item() < 0.01
    assert receptive_field_width(flashes(only * 1.0)).item() < 5.8


def test_a_ring_is_the_mean_over_its_columns_relative_to_the_center():
    distance = np.maximum(np.maximum(abs(U), abs(V)), abs(U + V))
    heights = np.select([distance == 0, distance == 1, distance == 2], [-4.0, -2.0, -1.0], 0.0)
    heights[np.flatnonzero(distance == 1)[:3]] = [-1, -2, -3]
    assert ring_response(flashes(heights), ring=1).item() == pytest.approx(0.5)
    assert ring_response(flashes(heights), ring=2).item() == pytest.approx(0.25)
    rings = flashes([8.0, 2.0], ring=[0, 1])
    assert ring_response(rings, ring=1).item() == pytest.approx(0.25)
    with pytest.raises(nfs.InvalidValueError, match="no flash was shown at ring 3"):
        ring_response(rings, ring=3)


TIME = np.round(np.arange(-20, 100) * 0.01, 12)


def pairs(both, first, second_):
    """Responses to both parts, to the first and to the second alone, to two directions."""
    traces = np.array([both, first, second_] * 2)
    traces[3:] *= 2
    return nfs.Responses(
        xr.DataArray(
            0.4 + np.where(TIME > 1e-9, traces, 0)[None, :, :, None],
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": TIME,
                "cell_type": ["T4c"],
                "first_on": ("condition", [1, 1, 0] * 2),
                "second_on": ("condition", [1, 0, 1] * 2),
                "angle": ("condition", [90] * 3 + [270] * 3),
            },
        )
    )


def test_a_linear_cell_neither_enhances_nor_suppresses():
    one, other = (np.exp(-(((TIME - at) / 0.1) ** 2)) for at in (0.2, 0.3))
    assert summation(pairs(one + other, one, other)).to_numpy() == pytest.approx(0)


def test_enhancement_is_positive_and_suppression_negative_also_relative_to_the_sum():
    one, other = (np.exp(-(((TIME - at) / 0.1) ** 2)) for at in (0.2, 0.3))
    largest = (one + other)[TIME > 0].max()
    for gain in (0.5, 2.0):
        shown = pairs(gain * (one + other), one, other)
        found = summation(shown).squeeze()
        assert found.sel(angle=90).item() == pytest.approx((gain - 1) * largest)
        assert found.sel(angle=270).item() == pytest.approx(2 * (gain - 1) * largest)
        relative = summation(shown, relative=True)
        assert relative.to_numpy() == pytest.approx(gain - 1)
        assert paired_response(shown).to_numpy() == pytest.approx(gain * largest, rel=1e-3)


def test_a_large_first_response_hides_suppression_of_the_second_unless_it_is_left_out():
    one, other = (size * np.exp(-(((TIME - at) / 0.05) ** 2)) for size, at in ((5, 0.1), (1, 0.6)))
    shown = pairs(one + 0.25 * other, one, other)
    shown.voltage["delay"] = ("condition", np.full(shown.voltage.sizes["condition"], 0.4))
    assert summation(shown).to_numpy() == pytest.approx(0)
    assert summation(shown, since="second", relative=True).to_numpy() == pytest.approx(-0.75)


def column_pairs(order):
    """Three pairs of columns, whose places vary together, in some order of their conditions.

    The cell answers to both parts of pair k with k + 1 times their sum.
    """
    one = np.exp(-(((TIME - 0.2) / 0.1) ** 2))
    rows = [
        (u, v, *shown, (k + 1 if all(shown) else 0.5) * one)
        for k, (u, v) in enumerate([(1, 0), (0, 0), (0, 1)])
        for shown in ((1, 1), (1, 0), (0, 1))
    ]
    *labels, traces = zip(*(rows[k] for k in order), strict=True)
    names = ("first_u", "second_u", "first_on", "second_on")
    return nfs.Responses(
        xr.DataArray(
            np.where(TIME > 1e-9, np.array(traces), 0)[None, :, :, None],
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": TIME,
                "cell_type": ["T4c"],
                **{
                    name: ("condition", list(values))
                    for name, values in zip(names, labels, strict=True)
                },
            },
        )
    )


@settings(deadline=None, max_examples=10)
@given(st.permutations(range(9)))
def test_a_pair_is_compared_with_its_own_parts_in_whatever_order_they_were_shown(order):
    found = summation(column_pairs(order), relative=True).squeeze()
    by_pair = {
        (int(u), int(v)): float(value)
        for u, v, value in zip(found["first_u"], found["second_u"], found, strict=True)
    }
    assert by_pair == pytest.approx({(1, 0): 0, (0, 0): 1, (0, 1): 2})


def test_a_pair_without_its_parts_is_refused():
    with pytest.raises(nfs.InvalidValueError, match="first_u=0, second_u=1, but not each"):
        summation(column_pairs(range(8)))
    with pytest.raises(nfs.InvalidValueError, match="shown twice"):
        summation(column_pairs([*range(9), 4]))


def test_reverse_correlation_finds_the_filter_of_a_linear_cell():
    rng = np.random.default_rng(3)
    n_time, n_lags = 20_000, 12
    frames = rng.choice([0.2, 0.8], (2, n_time, 7))
    kernel = np.zeros((n_lags, 7))
    kernel[:, 3] = np.sin(np.arange(n_lags) / 2) * np.exp(-np.arange(n_lags) / 4)
    kernel[2:6, 5] = -0.5
    output = np.stack(
        [sum(np.convolve(x[:, c], kernel[:, c])[:n_time] for c in range(7)) for x in frames]
    )
    step = 0.01
    labels = {"time": np.round(np.arange(n_time) * step, 12)}
    luminance = xr.DataArray(frames, dims=("condition", "time", "column"), coords=labels)
    voltage = xr.DataArray(
        output[None, :, :, None] + 5,
        dims=("candidate", "condition", "time", "cell_type"),
        coords={"time": np.round(labels["time"] + step, 12), "cell_type": ["Tm3"]},
    )
    found = linear_filter(nfs.Responses(voltage), luminance, duration=0.12 * second).squeeze()
    assert found["lag"].to_numpy() == pytest.approx((np.arange(n_lags) + 1) * step)
    sampling = np.sqrt((kernel**2).sum() / (2 * n_time))
    assert np.abs(found.to_numpy() - kernel).max() < 5 * sampling


@pytest.mark.compile
@pytest.mark.parametrize("cell_type", ["T4a", "L1", "Am"])
def test_the_inputs_of_a_cell_add_up_to_what_moves_its_voltage(
    connectome, random_parameters, cell_type
):
    """tau dV/dt + V - V_rest - luminance, from one sample to the next."""
    rng = np.random.default_rng(0)
    frames = rng.uniform(0, 1, (6, 37))
    step = 0.02
    shown = nfs.simulate(
        frames,
        connectome=connectome,
        parameters=random_parameters,
        extent=3,
        time_step=step * second,
        record="all",
        progress=False,
    )
    total = input_currents(shown, random_parameters, cell_type).sum("source_type").squeeze()
    central = shown.central().voltage.sel(cell_type=cell_type).squeeze().to_numpy()
    tau = max(random_parameters.time_constant[cell_type], step)
    rest = random_parameters.resting_potential[cell_type]
    moved = (central[1:] - central[:-1]) * tau / step + central[:-1] - rest
    assert total.to_numpy()[:-1] == pytest.approx(moved, abs=1e-9)
    with pytest.raises(nfs.InvalidValueError, match="feeds the central cell, but is not among"):
        input_currents(shown.sel(columns=[(0, 0), (2, -1)]), random_parameters, cell_type)


@pytest.mark.compile
def test_inputs_are_told_of_equations_with_the_published_sum_and_of_no_others(connectome, start):
    def shown(dynamics):
        return nfs.simulate(
            np.full((5, 7), 0.5), connectome=connectome, parameters=start, extent=1,
            dynamics=dynamics, record="all", progress=False,
        )  # fmt: skip

    squared = nfs.Dynamics(
        name="squared", equations=nfs.GRADED.equations.replace("= voltage*int", "= voltage**2*int")
    )
    for other in ("conductance", squared):
        with pytest.raises(nfs.InvalidValueError, match="sums up other inputs or passes on"):
            input_currents(shown(other), start, "T4a")
    same = input_currents(shown("light_adapting"), start, "T4a")
    assert np.isfinite(same).all() and abs(same).max() > 0


def test_bright_and_dark_flashes_have_receptive_fields_of_their_own():
    square = X**2 + Y**2
    narrow, broad = (np.exp(-square / (2 * sigma**2)) for sigma in (4.0, 7.0))
    labels = {
        "center_u": np.tile(U, 2),
        "center_v": np.tile(V, 2),
        "intensity": np.repeat([0.0, 1.0], len(U)),
    }
    shown = flashes(np.concatenate([narrow, -3 * broad]), **labels)
    widths = receptive_field_width(shown).squeeze()
    rings = ring_response(shown).squeeze()
    for intensity, sigma, field in ((0, 4.0, narrow), (1, 7.0, broad)):
        alone = ring_response(flashes(field)).item()
        assert widths.sel(intensity=intensity).item() == pytest.approx(FWHM * sigma, rel=0.01)
        assert rings.sel(intensity=intensity).item() == pytest.approx(alone)
