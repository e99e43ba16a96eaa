"""The published measures equal their formulas, coded a second time from ../shared/reference.

Voltages are random: a formula is right or wrong whatever made them. flyvis labels a sample with the
beginning of its step, neuroflysim with its end.
"""

import numpy as np
import pytest
import xarray as xr
from brian2 import second

import neuroflysim as nfs
from neuroflysim.analysis import (
    direction_selectivity_index,
    flash_response_index,
    peak_response,
    preferred_direction,
)
from neuroflysim.experiments.answers import measured

SPEEDS = np.array([2.4, 4.8, 9.7, 13.0, 19.0, 25.0])  # columns / s
ANGLES = np.arange(0, 360, 30)
DURATION = 21 * 2.25 / (SPEEDS * 5.8)


def responses(voltage, labels, step):
    """Put an array (condition, frame, type) with 1 s before the stimulus into Responses."""
    n_frames = voltage.shape[1]
    return nfs.Responses(
        xr.DataArray(
            voltage[None],
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": np.round((np.arange(n_frames) + 1) * step - 1, 12),
                "cell_type": [f"type{k}" for k in range(voltage.shape[2])],
                **{name: ("condition", values) for name, values in labels.items()},
            },
            attrs={"time_step": step},
        )
    )


@pytest.mark.parametrize("offset", [-2.0, 0.0, 2.0])
@pytest.mark.parametrize("step", [0.005, 0.01])
def test_the_flash_response_index_is_the_published_formula(step, offset):
    n_frames = round(3 / step)
    voltage = np.random.default_rng(1).normal(offset, 1, (2, n_frames, 5))
    first, last = round(1 / step), round(2 / step)  # the flash and the first frame after it
    window = voltage[:, first : last + 1]
    shifted = window + np.abs(window.min(axis=(0, 1)))
    off, on = shifted.max(axis=1)
    expected = (on - off) / (on + off + 1e-16)
    found = flash_response_index(responses(voltage, {"intensity": [0, 1]}, step), end=1 * second)
    assert found[0].to_numpy() == pytest.approx(expected, abs=1e-12)


def moving_edges(step):
    """Random voltages to edges at six speeds, NaN once the time of a speed is over."""
    labels = np.array([(a, i, k) for a in ANGLES for i in (0, 1) for k in range(len(SPEEDS))])
    n_frames = int((2 + DURATION.max()) / step)
    voltage = np.random.default_rng(2).normal(0.2, 1, (len(labels), n_frames, 4))
    for condition, (*_, k) in enumerate(labels):
        voltage[condition, int((2 + DURATION[k]) / step) :] = np.nan
    return labels, voltage


def published(labels, voltage, step):
    """Peaks by loops over conditions; index and direction by sums over angles."""
    time = np.arange(voltage.shape[1]) * step - 1
    peak = np.zeros((12, 2, len(SPEEDS), voltage.shape[2]))
    for condition, (angle, intensity, k) in enumerate(labels):
        inside = (time >= -1e-9) & (time <= DURATION[k] + 1e-9)
        peak[angle // 30, intensity, k] = np.maximum(voltage[condition, inside], 0).max(axis=0)
    vectors = (peak * np.exp(1j * np.deg2rad(ANGLES))[:, None, None, None]).sum(axis=0)
    norm = peak.sum(axis=0).max(axis=0)
    index = (np.abs(vectors) / (norm + 1e-15)).mean(axis=1)
    return index, np.angle(vectors.sum(axis=1))


@pytest.mark.parametrize("step", [0.005, 0.01])
def test_selectivity_and_preferred_direction_are_the_published_formulas_over_six_speeds(step):
    labels, voltage = moving_edges(step)
    names = {
        "angle": labels[:, 0],
        "intensity": labels[:, 1],
        "speed": SPEEDS[labels[:, 2]],
    }
    ends = DURATION[labels[:, 2]] * second
    peak = peak_response(responses(voltage, names, step), end=ends)
    index, direction = published(labels, voltage, step)
    found = direction_selectivity_index(peak)[0].transpose("intensity", "cell_type")
    assert found.to_numpy() == pytest.approx(index, abs=1e-12)
    angle = preferred_direction(peak)[0].transpose("intensity", "cell_type")
    turned = np.exp(1j * np.deg2rad(angle.to_numpy())) / np.exp(1j * direction)
    assert np.abs(np.angle(turned)).max() < 1e-12


def test_the_time_of_passage_is_that_of_each_speed():
    labels, voltage = moving_edges(0.005)
    speed = SPEEDS[labels[:, 2]]
    names = {"angle": labels[:, 0], "intensity": labels[:, 1], "speed": speed * 5.8}
    shown = responses(voltage, names, 0.005)
    n_conditions = len(labels)
    given = peak_response(shown, end=21 * 2.25 / (speed * 5.8) * second)
    shown.voltage.coords["start"] = ("condition", np.full(n_conditions, -22.5))
    shown.voltage.coords["stop"] = ("condition", np.full(n_conditions, 24.75))
    xr.testing.assert_equal(peak_response(shown, end="passage").drop_vars(["start", "stop"]), given)


@pytest.mark.parametrize("end", [0.4, np.full(144, 0.4)])
def test_an_end_without_a_unit_is_refused_with_the_cure(end):
    labels, voltage = moving_edges(0.01)
    shown = responses(voltage, {"angle": labels[:, 0]}, 0.01)
    with pytest.raises(nfs.InvalidTypeError, match="a time with its unit, like 400"):
        peak_response(shown, end=end)


def test_the_study_of_the_published_models_asks_for_the_published_measures():
    """Until each edge has passed: what a slow edge leaves time for is no response to a fast one."""
    study = nfs.load_study("lappalainen2024")
    measures = [study.measures[name] for name in ("direction_selective", "preferred_direction")]
    edges = study.experiments[measures[0].experiment].build()
    labels = {name: edges.conditions[name].to_numpy() for name in edges.conditions}
    n_frames = round(5 / 0.01)
    voltage = np.random.default_rng(4).normal(0.2, 1, (len(edges.conditions), n_frames, 3))
    shown = responses(voltage, labels, 0.01)
    shown.voltage.attrs["stim_time"] = float(edges.stim_time)
    speed = np.abs(labels["speed"][:, None] - SPEEDS * 5.8).argmin(axis=1)
    indices = np.column_stack([labels["angle"], labels["intensity"], speed]).astype(int)
    index, direction = published(indices, voltage, 0.01)
    found, angle = (
        measured(shown.voltage, shown, [], measure)[0]
        .transpose("intensity", "cell_type")
        .to_numpy()
        for measure in measures
    )
    assert found == pytest.approx(index, abs=1e-12)
    assert np.cos(np.deg2rad(angle) - direction) == pytest.approx(1, abs=1e-12)
