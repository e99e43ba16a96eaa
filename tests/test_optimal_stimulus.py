"""Optimal stimuli: that of a linear cell is its filter, and none leaves its limits."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.gradients import VoltageRange
from neuroflysim.gradients.ascent import ascend
from neuroflysim.gradients.limits import Limits
from neuroflysim.gradients.smoothness import roughness

STEP, DURATION = 20 * ms, 120 * ms
N_FRAMES = 6
SMALL = {"extent": 1, "time_step": STEP, "progress": False}
ONE = {**SMALL, "duration": DURATION, "compare_with": {}}


@pytest.fixture(scope="module")
def linear(connectome):
    """Weak synapses around voltages of 1: no cell comes to its threshold, whatever is shown."""
    return nfs.Parameters.uniform(
        connectome, total_input=0.6, photoreceptor_total_input=0.1, grey_voltage=1.0
    )


@pytest.fixture(scope="module")
def fitted(connectome):
    return nfs.load_parameters("flow/000", connectome)


def filter_of(parameters, cell_type, size=1e-3):
    """Return what one pixel brighter by 1 adds to the voltage at the end, by showing each."""
    n_columns = nfs.Lattice(extent=1).n_columns
    frames = np.full((N_FRAMES * n_columns, N_FRAMES, n_columns), 0.5)
    for k in range(len(frames)):
        frames[k, k // n_columns, k % n_columns] += size
    shown = nfs.simulate(
        frames, connectome=parameters.connectome, parameters=parameters, **SMALL
    ).voltage
    last = shown.sel(cell_type=cell_type)[0, :, -1].to_numpy()
    grey = nfs.simulate(
        np.full((1, N_FRAMES, n_columns), 0.5), connectome=parameters.connectome,
        parameters=parameters, **SMALL,
    ).voltage.sel(cell_type=cell_type)[0, 0, -1].item()  # fmt: skip
    return ((last - grey) / size).reshape(N_FRAMES, n_columns)


@pytest.mark.compile
def test_the_optimal_stimulus_of_a_linear_cell_is_its_filter(linear):
    found = nfs.optimal_stimulus("Mi1", linear, power=0.05, n_steps=25, n_starts=2, **ONE)
    shape = found.stimulus.to_numpy() - 0.5
    assert np.abs(shape).max() < 0.5  # the limit of contrast is nowhere reached
    expected = filter_of(linear, "Mi1")
    expected *= 0.05 * 0.5 / np.sqrt(np.mean(expected**2))
    np.testing.assert_allclose(shape, expected, atol=1e-3 * np.abs(expected).max())
    linear_gain = float((filter_of(linear, "Mi1") * shape).sum())
    gain = float(found.value[0]) - found.value_at_grey
    assert gain == pytest.approx(linear_gain, rel=1e-4)
    np.testing.assert_allclose(found.value, found.value[0], rtol=1e-6)  # both starts end there


@pytest.mark.compile
def test_without_a_limit_of_power_a_linear_cell_wants_black_and_white(linear):
    found = nfs.optimal_stimulus("Mi1", linear, n_steps=15, n_starts=1, **ONE)
    weight = filter_of(linear, "Mi1")
    matters = np.abs(weight) > 1e-3 * np.abs(weight).max()
    shape = found.stimulus.to_numpy() - 0.5
    np.testing.assert_allclose(shape[matters], 0.5 * np.sign(weight[matters]), atol=1e-9)


@pytest.mark.compile
def test_the_optimum_beats_what_it_is_compared_with_and_reproduces(fitted):
    flash = nfs.protocols.flash(pre_time=0 * ms, stim_time=100 * ms, tail_time=0 * ms)
    found = nfs.optimal_stimulus(
        "T4a", fitted, duration=DURATION, power=0.5, n_steps=12, n_starts=1, seed=3,
        compare_with={"flash": flash}, **SMALL,
    )  # fmt: skip
    assert len(found.value) == 2 and (np.diff(found.value) <= 0).all()
    assert found.value[0] >= found.common["value"].max() == found.common["value"][0]
    assert found.stimulus.min() >= 0 and found.stimulus.max() <= 1
    power = np.sqrt(np.mean(((found.stimuli - 0.5) / 0.5) ** 2, axis=(1, 2)))
    assert (power <= 0.5 + 1e-9).all()
    # Shown as any stimulus is, it gives what was said.
    again = nfs.simulate(
        found.stimulus, connectome=fitted.connectome, parameters=fitted, **SMALL
    ).voltage.sel(cell_type="T4a")
    assert again[0, 0, -1].item() == pytest.approx(float(found.value[0]), rel=1e-9)
    axes = nfs.plotting.plot_optimal_stimulus(found, angle=180, n_times=3)
    assert len(axes) == 6 and axes[5].get_yticklabels()[0].get_text() == "optimal"


@pytest.mark.compile
def test_any_measure_may_be_made_large_by_several_models(fitted, connectome):
    models = [fitted, nfs.load_parameters("flow/003", connectome)]
    found = nfs.optimal_stimulus(VoltageRange("Mi1"), models, n_steps=4, n_starts=1, **ONE)
    shown = nfs.simulate(found.stimulus, connectome=connectome, parameters=models, **SMALL)
    expected = nfs.analysis.voltage_range(shown).sel(cell_type="Mi1").mean()
    assert float(found.value[0]) == pytest.approx(float(expected), rel=1e-9)


@pytest.mark.compile
def test_two_models_differ_more_in_the_stimulus_that_tells_them_apart(fitted, connectome):
    other = nfs.load_parameters("flow/003", connectome)
    found = nfs.discriminating_stimulus(
        "T4a", fitted, other, duration=DURATION, n_steps=10, n_starts=2, **SMALL
    )
    flash = np.full((N_FRAMES, 7), 1.0)

    def difference(frames):
        shown = nfs.simulate(frames, connectome=connectome, parameters=[fitted, other], **SMALL)
        rest = nfs.simulate(
            np.full((1, 7), 0.5), connectome=connectome, parameters=[fitted, other], **SMALL
        ).voltage
        change = (shown.voltage - rest[:, :, 0]).sel(cell_type="T4a")[:, 0].to_numpy()
        return np.sqrt(np.mean((change[0] - change[1]) ** 2))

    # The network still creeps a little after a second of grey, and `rest` is a step later.
    assert found.difference == pytest.approx(difference(found.stimulus), rel=1e-4)
    assert found.difference > difference(flash)
    assert (np.diff(found.history, axis=0) >= 0).all()
    same = nfs.discriminating_stimulus(
        "T4a", fitted, fitted, duration=DURATION, n_steps=2, n_starts=1, **SMALL
    )
    assert same.difference == 0


def test_stimuli_are_brought_back_to_the_nearest_within_the_limits():
    random = np.random.default_rng(0)
    deviation = random.normal(0, 0.4, (5, 4, 3))
    limits = Limits(contrast=0.8, power=0.3)
    nearest = limits.nearest(deviation)
    assert np.abs(nearest).max() <= 0.4 + 1e-12
    power = np.sqrt(np.mean(nearest**2, axis=(1, 2)))
    np.testing.assert_allclose(power, 0.15, rtol=1e-9)
    # No other stimulus within the limits is nearer.
    for _ in range(200):
        other = nearest + random.normal(0, 0.05, nearest.shape)
        other = np.clip(other, -0.4, 0.4)
        other *= np.minimum(1, 0.15 / np.sqrt(np.mean(other**2, axis=(1, 2))))[:, None, None]
        squared = [((each - deviation) ** 2).sum(axis=(1, 2)) for each in (nearest, other)]
        assert (squared[0] <= squared[1] + 1e-12).all()
    np.testing.assert_array_equal(limits.nearest(nearest * 0.9), nearest * 0.9)


def test_roughness_changes_as_its_derivative_says():
    random = np.random.default_rng(0)
    lattice = nfs.Lattice(size=(2, 3))
    stimulus, along = random.normal(size=(2, 2, 4, 6))
    up, down = (roughness(stimulus + sign * 1e-6 * along, lattice)[0] for sign in (1, -1))
    slope = (roughness(stimulus, lattice)[1] * along).sum(axis=(1, 2))
    np.testing.assert_allclose((up - down) / 2e-6, slope, rtol=1e-6)
    assert (roughness(np.ones((1, 4, 6)), lattice)[0] == 0).all()


def test_what_smoothness_costs_is_taken_off():
    weight = np.array([[[1.0], [-1.0], [1.0], [-1.0]]])

    def linear(deviation):
        return (deviation * weight).sum(axis=(1, 2)), np.broadcast_to(weight, deviation.shape)

    lattice = nfs.Lattice(extent=0)
    rough, smooth = (
        ascend(linear, 0.01 * weight, Limits(), lattice, smoothness).stimuli
        for smoothness in (0.0, 100.0)
    )
    assert roughness(smooth, lattice)[0] < 0.01 * roughness(rough, lattice)[0]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"measure": "T4e"}, "the cell type is 'T4e'"),
        ({"contrast": 0}, "contrast is 0"),
        ({"contrast": 1.5}, "contrast is 1.5"),
        ({"power": 0.0}, "power is 0"),
        ({"duration": 1 * ms}, "shorter than half a time_step"),
        ({"n_starts": 0}, "n_starts"),
        ({"record": "all"}, "an option of optimal_stimulus"),
        ({"smoothness": -1}, "smoothness"),
    ],
)
def test_bad_input_is_told_with_a_cure(wrong, told, start):
    arguments = {"measure": "T4a", **ONE, **wrong}
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=told):
        nfs.optimal_stimulus(arguments.pop("measure"), start, **arguments)


def test_place_against_time_shows_where_an_edge_is():
    edge = nfs.protocols.moving_edge(
        angle=90, intensity=1, pre_time=0 * ms, tail_time=0 * ms
    ).luminance(extent=3, time_step=STEP)[0]
    axes = nfs.plotting.plot_space_time(edge, angle=90)
    rows = axes.collections[0].get_array()
    began = (rows > 0.75).argmax(axis=1)
    assert (np.diff(began) > 0).all()  # it reaches the lowest place first
    with pytest.raises(nfs.InvalidTypeError, match="choose a condition"):
        nfs.plotting.plot_space_time(xr.concat([edge, edge], "condition"))
