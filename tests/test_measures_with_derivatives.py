"""Measures that have a derivative: as in analysis, and with the slopes of differences."""

import numpy as np
import pytest
import xarray as xr
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.choices import DIFFERENTIABLE_NAMES
from neuroflysim.gradients import (
    DirectionSelectivityIndex,
    FlashResponseIndex,
    MeanSquaredError,
    MeanVoltage,
    PeakResponse,
    PreferredDirection,
    VoltageAt,
    VoltageRange,
    WeightedMeasures,
)
from neuroflysim.gradients.named import DIFFERENTIABLE, checked_measure, evaluated

TIMES = [-0.1, 0.0, 0.1, 0.2, 0.3, 0.4]
ANGLES, CONTRASTS, SPEEDS = [0.0, 120.0, 240.0], [0.0, 1.0], [20.0, 40.0]


def voltages(conditions, seed=0, shift=0.3):
    """Random voltages of two candidates and two cell types, some below 0."""
    n = len(next(iter(conditions.values())))
    values = np.random.default_rng(seed).normal(shift, 1, (2, n, len(TIMES), 2))
    return xr.DataArray(
        values,
        dims=("candidate", "condition", "time", "cell_type"),
        coords={
            "time": TIMES,
            "cell_type": ["T4a", "T4b"],
            **{name: ("condition", list(each)) for name, each in conditions.items()},
        },
        attrs={"time_step": 0.1, "stim_time": 0.2},
    )


def edges():
    grid = [(s, i, a) for s in SPEEDS for i in CONTRASTS for a in ANGLES]
    speed, intensity, angle = zip(*grid, strict=True)
    return voltages({"speed": speed, "intensity": intensity, "angle": angle})


def flashes():
    return voltages({"intensity": [1.0, 0.0]})


def target(cell_type="T4b"):
    return xr.DataArray(
        np.linspace(0, 1, len(TIMES))[:, None],
        dims=("time", "cell_type"),
        coords={"cell_type": [cell_type]},
    )


ALL = {
    "voltage at a time": (VoltageAt("T4b", 100 * ms), edges),
    "voltage at the end of one condition": (VoltageAt("T4b", condition=3), edges),
    "mean over a window": (MeanVoltage("T4a", start=0 * ms, end=200 * ms), edges),
    "squared error": (MeanSquaredError(target(), np.arange(6.0)[:, None]), edges),
    "peak": (PeakResponse("T4a"), edges),
    "softened peak": (PeakResponse("T4a", softness=0.4), edges),
    "range": (VoltageRange("T4b"), edges),
    "softened range": (VoltageRange("T4b", softness=0.4), edges),
    "index": (DirectionSelectivityIndex("T4a"), edges),
    "softened index": (DirectionSelectivityIndex("T4b", softness=0.3), edges),
    "index of a contrast": (DirectionSelectivityIndex("T4a", intensity=0.0), edges),
    "direction": (PreferredDirection("T4a"), edges),
    "flash index": (FlashResponseIndex("T4a"), flashes),
    "softened flash index": (FlashResponseIndex("T4b", softness=0.2), flashes),
    "sum": (WeightedMeasures([PeakResponse("T4a"), VoltageAt("T4b")], [2, -1]), edges),
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_derivatives_are_those_of_differences(name):
    measure, shown = ALL[name]
    voltage = shown()
    _, derivative = evaluated(name, measure, voltage)
    step = 1e-6
    for seed in range(3):
        along = np.random.default_rng(seed).normal(size=voltage.shape)
        up, down = (evaluated(name, measure, voltage + sign * step * along)[0] for sign in (1, -1))
        slope = (derivative * along).sum(axis=(1, 2, 3))
        np.testing.assert_allclose((up - down) / (2 * step), slope, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("cell_type", ["T4a", "T4b"])
def test_values_are_those_of_analysis(cell_type):
    def of(measure, voltage):
        return evaluated("it", measure(cell_type), voltage)[0]

    edge, flash = nfs.Responses(edges()), nfs.Responses(flashes())
    here = {"cell_type": cell_type}
    analysis = nfs.analysis
    np.testing.assert_allclose(
        of(VoltageRange, edges()), analysis.voltage_range(edge).sel(here), rtol=1e-13
    )
    peak = analysis.peak_response(edge).sel(here)
    np.testing.assert_allclose(
        of(PeakResponse, edges()), peak.mean(["speed", "intensity", "angle"]), rtol=1e-13
    )
    np.testing.assert_allclose(
        of(FlashResponseIndex, flashes()),
        analysis.flash_response_index(flash).sel(here),
        rtol=1e-12,
    )
    strongest = peak.sum(["speed", "angle"]).argmax("intensity")
    for measure, known in (
        (DirectionSelectivityIndex, analysis.direction_selectivity_index),
        (PreferredDirection, analysis.preferred_direction),
    ):
        expected = known(edge).sel(here).isel(intensity=strongest)
        np.testing.assert_allclose(of(measure, edges()), expected, rtol=1e-12)


def test_a_softened_maximum_is_below_the_sharp_one_by_at_most_softness_times_log_n():
    voltage = edges()
    sharp = evaluated("it", PeakResponse("T4a", end="recording"), voltage)[0]
    for softness in (0.5, 0.05, 0.001):
        soft = evaluated("it", PeakResponse("T4a", end="recording", softness=softness), voltage)[0]
        # Samples from the onset on count: all but the first two, which end at -0.1 s and at 0 s.
        below = sharp - soft
        assert (below >= 0).all() and (below <= softness * np.log(4) + 1e-12).all()


def test_a_cell_without_a_response_has_the_index_0_and_no_direction():
    voltage = xr.full_like(edges(), -1.0)
    value, derivative = evaluated("it", DirectionSelectivityIndex("T4a"), voltage)
    assert (value == 0).all() and (derivative == 0).all()
    value, derivative = evaluated("it", PreferredDirection("T4a"), voltage)
    assert np.isnan(value).all() and (derivative == 0).all()


def test_a_candidate_that_ran_away_is_nan_and_the_others_keep_their_values():
    voltage = edges()
    alone = evaluated("it", PeakResponse("T4a"), voltage)
    voltage[0] = np.nan
    value, derivative = evaluated("it", PeakResponse("T4a"), voltage)
    assert np.isnan(value[0]) and value[1] == alone[0][1]
    assert (derivative[0] == 0).all() and (derivative[1] == alone[1][1]).all()


def test_a_target_of_the_voltages_themselves_has_no_error():
    voltage = edges()[:1]
    measure = MeanSquaredError(voltage[0, :, :, [1]])
    assert evaluated("it", measure, voltage)[0] == 0


def test_names_on_the_command_line_are_those_of_measures():
    assert set(DIFFERENTIABLE_NAMES) == set(DIFFERENTIABLE)
    assert all(make("T4a").name == name for name, make in DIFFERENTIABLE.items())


WRONG = {
    "a measure without derivative": (
        lambda: checked_measure("vector_strength", "T4a"),
        "'vector_strength' has no derivative; these have one: direction_selectivity_index",
    ),
    "a name that is none": (lambda: checked_measure("peak_respons", "T4a"), "peak_response"),
    "a name without a cell": (lambda: checked_measure("peak_response"), "cell_type='T4a'"),
    "a cell beside a measure": (
        lambda: checked_measure(PeakResponse("T4a"), "T4b"),
        "this one has its own",
    ),
    "a class": (lambda: checked_measure(PeakResponse), "PeakResponse('T4a')"),
    "a number": (lambda: checked_measure(3), "must be a name"),
    "a function of analysis": (
        lambda: evaluated("f", checked_measure(lambda v: v.sum()), edges()),
        "returns two arrays",
    ),
    "a derivative of another shape": (
        lambda: evaluated("f", checked_measure(lambda v: (v[:, 0, 0, 0], v[0])), edges()),
        "shape of the voltages",
    ),
    "a derivative that is NaN": (
        lambda: evaluated("f", checked_measure(lambda v: (np.ones(2), v * np.nan)), edges()),
        "is not finite",
    ),
    "a cell type that is not there": (
        lambda: evaluated("it", PeakResponse("T4e"), edges()),
        "cell_type is 'T4e'",
    ),
    "a target that is NaN": (lambda: MeanSquaredError([1.0, np.nan]), "the target holds nan"),
    "a target of another shape": (
        lambda: evaluated("it", MeanSquaredError(np.zeros((4, 2))), edges()),
        "does not go with the voltages",
    ),
    "a target of another cell": (
        lambda: evaluated("it", MeanSquaredError(target("L9")), edges()),
        "'L9'",
    ),
    "a weight below 0": (lambda: MeanSquaredError([1.0], [-1.0]), "0 or more"),
    "a time after the end": (
        lambda: evaluated("it", VoltageAt("T4a", 900 * ms), edges()),
        "from -0.1 s to 0.4 s",
    ),
    "a time without a unit": (
        lambda: evaluated("it", VoltageAt("T4a", 0.1), edges()),
        "100*ms",
    ),
    "a window without samples": (
        lambda: evaluated("it", MeanVoltage("T4a", 110 * ms, 120 * ms), edges()),
        "no sample lies between",
    ),
    "a condition that was not shown": (
        lambda: evaluated("it", PeakResponse("T4a", condition=12), edges()),
        "has 12, counted from 0",
    ),
    "directions of flashes": (
        lambda: evaluated("it", DirectionSelectivityIndex("T4a"), flashes()),
        "not labelled with 'angle'",
    ),
    "a contrast that was not shown": (
        lambda: evaluated("it", DirectionSelectivityIndex("T4a", intensity=0.7), edges()),
        "[0.0, 1.0]",
    ),
    "flashes of edges": (
        lambda: evaluated("it", FlashResponseIndex("T4a"), edges()),
        "two conditions",
    ),
    "a softness below 0": (lambda: PeakResponse("T4a", softness=-1), "softness"),
    "fewer weights than measures": (
        lambda: WeightedMeasures([PeakResponse("T4a")], [1, 2]),
        "one weight for each",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_bad_input_is_told_with_a_cure(case):
    make, told = WRONG[case]
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError)) as error:
        make()
    assert told in str(error.value)
