"""Laws of white noise and of random dots."""

import numpy as np
import pytest
from brian2 import ms, second

import neuroflysim as nfs
from neuroflysim import Eye, degree
from neuroflysim.protocols import random_dots, white_noise

NO_PAUSE = {"pre_time": 0 * ms, "tail_time": 0 * ms}


def noise(distribution="binary", extent=5, time_step=20 * ms, **options):
    protocol = white_noise(distribution, **{**NO_PAUSE, "stim_time": 8 * second, **options})
    return protocol.luminance(extent, time_step).to_numpy()


@pytest.mark.parametrize(
    ("distribution", "contrast", "variance"),
    [("binary", 0.8, 0.16), ("ternary", 0.6, 0.06), ("gaussian", 0.25, 0.015625)],
)
def test_white_noise_has_the_mean_the_variance_and_no_correlations(
    distribution, contrast, variance
):
    deviation = noise(distribution, contrast=contrast)[0] - 0.5  # 400 patterns of 91 columns
    n = deviation.size
    sd = np.sqrt(variance)
    assert abs(deviation.mean()) < 5 * sd / np.sqrt(n)
    assert deviation.var() == pytest.approx(variance, rel=5 * np.sqrt(2 / n))
    normed = deviation / sd
    for lag in (1, 2, 5):  # in time
        assert abs((normed[lag:] * normed[:-lag]).mean()) < 5 / np.sqrt(n)
    u_v = Eye(5).columns.tolist()
    for step in ((0, 1), (1, 0), (1, -1)):  # to each kind of neighbour, at once and later
        pairs = [(k, u_v.index([u + step[0], v + step[1]])) for k, (u, v) in enumerate(u_v)
                 if [u + step[0], v + step[1]] in u_v]  # fmt: skip
        here, there = np.transpose(pairs)
        for later in (0, 1):
            products = normed[: 400 - later, here] * normed[later:, there]
            assert abs(products.mean()) < 5 / np.sqrt(products.size)


def test_binary_and_ternary_noise_take_their_levels_equally_often():
    for distribution, levels in (("binary", [0.1, 0.9]), ("ternary", [0.1, 0.5, 0.9])):
        values, counts = np.unique(noise(distribution, contrast=0.8).round(12), return_counts=True)
        assert values.tolist() == levels
        assert counts / counts.sum() == pytest.approx(1 / len(levels), abs=0.02)


def test_a_seed_gives_its_noise_again_and_others_give_other_noise():
    one, two = noise(seed=[3, 4])
    assert (one == noise(seed=3)[0]).all()
    assert abs(np.corrcoef(one.ravel(), two.ravel())[0, 1]) < 0.03
    half = noise(seed=3, contrast=0.5)[0]  # the same patterns
    assert 0.5 + 2 * (half - 0.5) == pytest.approx(one)


def test_patterns_last_the_update_time_whatever_the_time_step():
    coarse = noise(update_time=60 * ms, time_step=60 * ms, stim_time=3 * second)[0]
    fine = noise(update_time=60 * ms, time_step=20 * ms, stim_time=3 * second)[0]
    assert (fine == np.repeat(coarse, 3, axis=0)).all()
    assert (np.diff(coarse, axis=0) != 0).any(axis=1).all()


def dots(coherence, extent=6, time_step=10 * ms, **options):
    options = {**NO_PAUSE, "stim_time": 1 * second, "angle": 90, **options}
    return random_dots(coherence, **options).luminance(extent, time_step).to_numpy()


def test_at_coherence_1_the_picture_shifts_with_the_speed():
    frames = dots(1, speed=58 * degree / second)[0]  # one column up in ten frames
    u_v = Eye(6).columns.tolist()
    start, end = np.transpose(
        [(u_v.index([u, v]), u_v.index([u - 1, v])) for u, v in u_v if [u - 1, v] in u_v]
    )
    assert 0.05 < (frames == 1).mean() < 0.4
    assert (frames[10:, end] == frames[:-10, start]).all()
    assert (frames[10:] != frames[:-10]).any(), "it does move"


def motion_upwards(frames):
    """Correlation of columns with their upper neighbours later, less the reverse."""
    u_v = Eye(6).columns.tolist()
    lower, upper = np.transpose(
        [(u_v.index([u, v]), u_v.index([u - 1, v])) for u, v in u_v if [u - 1, v] in u_v]
    )
    change = frames - frames.mean()
    onwards = (change[..., :-10, lower] * change[..., 10:, upper]).mean(axis=(-2, -1))
    return onwards - (change[..., :-10, upper] * change[..., 10:, lower]).mean(axis=(-2, -1))


def test_motion_energy_is_none_at_coherence_0_and_grows_with_it():
    seeds = list(range(12))
    frames = dots([0, 0.5, 1], speed=58 * degree / second, seed=seeds, update_time=200 * ms)
    energy = motion_upwards(frames).reshape(3, len(seeds))
    mean, error = energy.mean(axis=1), energy.std(axis=1) / np.sqrt(len(seeds))
    assert abs(mean[0]) < 3 * error[0] + 1e-12
    assert mean[2] > 10 * abs(mean[0])
    assert 0.2 < mean[1] / mean[2] < 0.8
    opposite = dots(1, speed=58 * degree / second, angle=270, seed=seeds)
    assert motion_upwards(opposite).mean() == pytest.approx(-mean[2], rel=0.1)


def test_dots_cover_the_part_of_the_field_that_independent_discs_cover():
    frames = dots(0, seed=list(range(20)), density=0.004, dot_radius=6, time_step=50 * ms)
    side = 2 * (np.hypot(Eye(6).x, Eye(6).y).max() + 6)
    n_dots = round(0.004 * side**2)
    expected = 1 - (1 - np.pi * 36 / side**2) ** n_dots
    assert (frames == 1).mean() == pytest.approx(expected, rel=0.03)


def test_dots_that_jump_stand_still_between_decisions_and_a_seed_repeats_them():
    frames = dots(0, update_time=50 * ms, time_step=10 * ms)
    assert (frames.reshape(1, -1, 5, 127) == frames[:, ::5, None]).all()
    assert (frames == dots(0, update_time=50 * ms, time_step=10 * ms)).all()
    assert (frames != dots(0, update_time=50 * ms, time_step=10 * ms, seed=1)).any()


WRONG = {
    "a distribution of another name": (lambda: white_noise("normal"), "'gaussian'"),
    "half a seed": (lambda: white_noise(seed=0.5), "whole numbers"),
    "an endless seed": (lambda: white_noise(seed=np.inf), "whole numbers"),
    "a seed below zero": (lambda: random_dots(seed=[0, -1]), ">= 0"),
    "too much contrast": (lambda: white_noise("gaussian", contrast=0.5), "between 0 and 0.333"),
    "an update time without a unit": (lambda: white_noise(update_time=0.02), "unit"),
    "patterns that would be left out": (lambda: noise(update_time=5 * ms), "left out"),
    "decisions that would be left out": (lambda: dots(1, update_time=5 * ms), "shorter time_step"),
    "coherence in percent": (lambda: random_dots(coherence=50), "coherence"),
    "a speed without a unit": (lambda: random_dots(speed=50), r"110\*degree/second"),
    "an endless speed": (lambda: random_dots(speed=np.inf / second), "finite"),
    "no direction": (lambda: random_dots(angle=np.inf), "angle"),
    "dots of no size": (lambda: random_dots(dot_radius=0), "dot_radius"),
}


@pytest.mark.parametrize("what", WRONG)
def test_noise_that_cannot_be_is_refused_with_the_cure(what):
    call, words = WRONG[what]
    with pytest.raises(nfs.NeuroFlySimError, match=words):
        call()
