"""The parts of a fit against what they are defined by: coordinates, worlds, readout, objective."""

from types import SimpleNamespace

import attrs
import numpy as np
import pandas as pd
import pytest
from brian2 import ms, second

import neuroflysim as nfs
from neuroflysim.fit.objectives import flow_task
from neuroflysim.fit.objectives.flow_task import LOSS_OF_FAILURE, worlds_of
from neuroflysim.fit.problem import coordinates_of, problem_of
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.fit.search import Search
from neuroflysim.fit.settling import Settling
from neuroflysim.flow import textures
from neuroflysim.flow.clip_times import READ_FRAMES
from neuroflysim.flow.periodic_worlds import translating_worlds
from neuroflysim.flow.readout import held_out
from neuroflysim.lattice import Lattice, position
from neuroflysim.stimulus.eye import COLUMN_ANGLE

N_TYPES = 65

TINY = nfs.Recipe(
    readout="all",
    pooling=1,
    textures=2,
    stages=(nfs.Stage(evaluations=12, population=6, step_size=0.3),),
)


@pytest.fixture(scope="module")
def coordinates(connectome):
    return coordinates_of(TINY, connectome)


@pytest.fixture(scope="module")
def objective(flow_scores, connectome):
    return flow_scores(TINY, connectome, n_candidates=4)


@pytest.fixture(scope="module")
def candidates(coordinates):
    return 0.3 * np.random.default_rng(0).standard_normal((5, coordinates.n))


def test_the_middle_of_the_coordinates_is_the_count_proportional_start(connectome, coordinates):
    motion = [f"T{kind}{letter}" for kind in (4, 5) for letter in "abcd"]
    voltage = pd.Series(0.5, connectome.cell_types.index)
    voltage[motion] = 0.1
    expected = nfs.Parameters.uniform(connectome, grey_voltage=voltage)
    found = coordinates.parameters(np.zeros(coordinates.n))
    np.testing.assert_allclose(found.to_vector(), expected.to_vector(), rtol=1e-12, atol=1e-12)


def test_the_voltage_at_grey_is_the_rest_state(coordinates, candidates):
    for z in candidates:
        rest = nfs.rest_state(coordinates.parameters(z))
        np.testing.assert_allclose(coordinates.voltage_at_grey(z), rest, atol=1e-9)


def test_each_coordinate_moves_what_it_says_and_what_keeps_the_voltages_at_grey(
    connectome, coordinates, candidates
):
    before = coordinates.parameters(candidates[0])
    pairs = connectome.connections.index
    for k in np.random.default_rng(1).choice(coordinates.n, 60, replace=False):
        z = candidates[0].copy()
        z[k] += 0.25
        after = coordinates.parameters(z)
        changed = np.flatnonzero(after.to_vector() != before.to_vector())
        types = connectome.cell_types.index
        if k < N_TYPES:
            assert list(changed) == [k]
            ratio = after.time_constant.iloc[k] / before.time_constant.iloc[k]
            assert ratio == pytest.approx(np.exp(0.5 * 0.25))
        elif k < 2 * N_TYPES:
            moved = coordinates.voltage_at_grey(z) - coordinates.voltage_at_grey(candidates[0])
            assert moved[k - N_TYPES] == pytest.approx(0.2 * 0.25)
            assert np.count_nonzero(moved) == 1
            targets = {t for s, t in pairs if s == types[k - N_TYPES]} | {types[k - N_TYPES]}
            assert {types[j - N_TYPES] for j in changed} <= targets
        else:
            ratio = after.synapse_strength.iloc[k - 130] / before.synapse_strength.iloc[k - 130]
            assert ratio == pytest.approx(np.exp(0.6 * 0.25))
            target = types.get_loc(pairs[k - 130][1])
            assert set(changed) <= {k, N_TYPES + target}


def ridge(outputs, targets, noise):
    """Least squares with a constant; noise on the outputs as rows of their own, centred."""
    mean, wanted = outputs.mean(axis=0), targets.mean(axis=0)
    rows = noise * np.sqrt(len(outputs)) * np.eye(outputs.shape[1])
    left = np.concatenate([outputs - mean, rows])
    right = np.concatenate([targets - wanted, np.zeros((len(rows), targets.shape[1]))])
    weights = np.linalg.lstsq(left, right, rcond=None)[0]
    return lambda new: wanted + (new - mean) @ weights


@pytest.mark.parametrize("noise", [0.02, 0.5])
def test_the_readout_is_a_ridge_regression_judged_on_the_other_scenes(noise):
    rng = np.random.default_rng(2)
    outputs = rng.standard_normal((3, 8, 25, 4)) + 1.5  # candidate, clip, sample, output
    targets = outputs[0, ..., :2] - 0.4 * outputs[0, ..., 2:] + rng.standard_normal((8, 25, 2))
    scene = np.array([4, 4, 7, 7, 9, 9, 12, 12])
    ones = np.ones((3, 8, 25, 1))
    features = np.concatenate([ones, outputs, np.broadcast_to(targets, (3, *targets.shape))], -1)
    products = np.einsum("cksf,cksg->ckfg", features, features)
    found = held_out(products, scene, np.arange(4), noise=noise)
    first = np.isin(scene, [4, 9])  # dealt out in turn
    for candidate in range(3):
        error = []
        for own in (first, ~first):
            seen = outputs[candidate, ~own].reshape(-1, 4), targets[~own].reshape(-1, 2)
            read = ridge(*seen, noise)(outputs[candidate, own].reshape(-1, 4))
            error.append(targets[own].reshape(-1, 2) - read)
        error = np.concatenate(error)
        r2 = 1 - (error**2).sum() / (targets**2).sum()
        assert found.r2[candidate] == pytest.approx(r2, abs=1e-10)
        assert found.rms_error[candidate] == pytest.approx(np.sqrt((error**2).sum(1).mean()))


def test_flow_that_is_linear_in_the_outputs_is_read_without_error():
    rng = np.random.default_rng(3)
    outputs = rng.standard_normal((4, 50, 3))
    targets = outputs @ rng.standard_normal((3, 2)) + 0.7
    features = np.concatenate([np.ones((4, 50, 1)), outputs, targets], -1)
    products = np.einsum("ksf,ksg->kfg", features, features)[None]
    assert held_out(products, np.arange(4), np.arange(3), noise=1e-9).r2[0] == pytest.approx(1)


class Upwards(np.random.Generator):
    """Chance that always chooses the direction upwards."""

    def uniform(self, low, high, size=None):
        values = super().uniform(low, high, size)
        return np.full(size, np.pi / 2) if high == 2 * np.pi else values


def test_a_world_that_moves_by_a_column_each_frame_moves_the_pattern_by_a_column():
    speed = COLUMN_ANGLE / 0.02
    worlds = translating_worlds(
        2, seed=Upwards(np.random.PCG64(0)), directions=6, speed=(speed, speed) / second, noise=0
    )
    lattice = Lattice(size=6)
    u, v = lattice.columns.T
    for clip in range(12):
        step = worlds.flow[clip, 0, 0] * 0.02 / COLUMN_ANGLE
        du, dv = next(
            (du, dv)
            for du, dv in [(-1, 0), (1, 0), (0, 1), (0, -1), (1, -1), (-1, 1)]
            if np.allclose(position(du, dv), step, atol=1e-9)
        )
        there = lattice.index(u + du, v + dv)
        np.testing.assert_allclose(
            worlds.luminance[clip, 1:, there], worlds.luminance[clip, :-1].T, atol=1e-12
        )


def test_directions_of_a_world_are_balanced_and_all_else_is_the_same():
    worlds = translating_worlds(3, seed=1, noise=0)
    flow = worlds.flow[:, :, 0].reshape(3, 4, 36, 2)
    np.testing.assert_allclose(flow.sum(axis=1), 0, atol=1e-10)
    speed = np.linalg.norm(flow, axis=-1)
    np.testing.assert_allclose(speed, speed[:, :1] + 0 * speed)
    first = worlds.luminance[:, 0].reshape(3, 4, -1)
    np.testing.assert_array_equal(first, first[:, :1] + 0 * first)


def test_a_plane_wave_obeys_the_constraint_of_optical_flow():
    kx, ky = (k[1, 2] for k in textures.wave_vectors(6, 60))

    def wave(rng, size):
        u, v = np.meshgrid(*[np.arange(60) / 10] * 2, indexing="ij")
        x, y = position(u, v)
        return np.cos(kx * x + ky * y)

    contrast = 0.2
    worlds = translating_worlds(2, seed=2, texture=wave, contrast=(contrast,) * 2, noise=0)
    x, y = position(*worlds.lattice.columns.T)
    for clip in range(len(worlds)):
        moved = np.cumsum(worlds.flow[clip, :, 0], axis=0) - worlds.flow[clip, :, 0]
        phase = kx * x + ky * y - 0.02 / COLUMN_ANGLE * (moved @ [kx, ky])[:, None]
        basis = np.stack([np.cos(phase), np.sin(phase)])
        seen = worlds.luminance[clip] / 0.5 - 1
        a, b = np.linalg.lstsq(basis.reshape(2, -1).T, seen.ravel(), rcond=None)[0]
        np.testing.assert_allclose(a * basis[0] + b * basis[1], seen, atol=1e-12)
        assert np.hypot(a, b) == pytest.approx(np.sqrt(2) * contrast)  # its deviation is contrast


PAINTERS = [textures.dead_leaves, textures.one_over_f, textures.two_tone, textures.bars]


@pytest.mark.parametrize("paint", PAINTERS, ids=lambda paint: paint.__name__)
def test_textures_are_standardised_and_have_no_seam(paint):
    seams, inside = [], []
    for seed in range(12):
        picture = paint(np.random.default_rng(seed), 6)
        assert picture.mean() == pytest.approx(0, abs=1e-9)
        assert picture.std() == pytest.approx(1)
        for turned in (picture, picture.T):
            change = np.abs(turned - np.roll(turned, 1, axis=0))
            seams.append(change[0].mean())
            inside.append(change[1:].mean())
    assert np.mean(seams) == pytest.approx(np.mean(inside), rel=0.25)


def test_radii_of_leaves_are_as_frequent_as_their_inverse_cube():
    shortest, longest = 0.25, 2.5
    radius = []
    for seed in range(400):
        # A single round leaf with nothing on it: the points that are all alike.
        picture = textures._leaves(
            np.random.default_rng(seed), 6, n_leaves=1, longest=longest, inside=0, aspect=(1, 1)
        )
        _, count = np.unique(picture, return_counts=True)
        radius.append(np.sqrt(count.max() * np.sqrt(3) / 2 / textures.POINTS**2 / np.pi))
    for share in (0.25, 0.5, 0.75, 0.95):
        # The integral of r**-3 from the shortest radius to r, over that to the longest.
        expected = (shortest**-2 - share * (shortest**-2 - longest**-2)) ** -0.5
        below = np.mean(np.array(radius) < expected)
        assert below == pytest.approx(share, abs=0.07)


def test_each_generation_has_worlds_of_its_own_and_they_are_known_before():
    stages = (
        nfs.Stage(evaluations=12, population=6, step_size=0.3),
        nfs.Stage(evaluations=8, population=4, step_size=0.2, contrast=(0.3, 0.4)),
    )
    search = Search(stages, 5, 10)
    seen, following = [], (search.stage, search.world_seed)
    while not search.finished:
        assert (search.stage, search.world_seed) == following
        seen.append(tuple(search.world_seed))
        following = search.next_worlds()
        z = search.ask()
        search.tell(z, (z**2).sum(axis=1))
    assert following is None and len(set(seen)) == len(seen) == 4
    one, other = (worlds_of(TINY, stages[0], list(seed)).luminance for seed in seen[:2])
    assert not np.array_equal(one, other)
    np.testing.assert_array_equal(one, worlds_of(TINY, stages[0], list(seen[0])).luminance)


@pytest.mark.slow
@pytest.mark.parametrize("covariance", ["diagonal", "full", "restricted"])
def test_a_search_that_was_written_and_read_goes_on_to_the_same_end(covariance):
    stages = (
        nfs.Stage(evaluations=72, population=6, step_size=0.3, covariance=covariance),
        nfs.Stage(evaluations=30, population=6, step_size=0.2, covariance=covariance),
    )
    recipe = nfs.Recipe(readout="all", pooling=1, stages=stages)
    unbroken, broken = Search(recipe.stages, 3, 12), Search(recipe.stages, 3, 12)
    scale = np.arange(1, 13)
    while not unbroken.finished:
        state, broken = broken.state, Search(recipe.stages, 3, 12)
        broken.go_on_from(state)
        for search in (unbroken, broken):
            z = search.ask()
            search.tell(z, ((z - 1) ** 2 * scale).sum(axis=1))
        np.testing.assert_array_equal(unbroken.mean, broken.mean)
        assert unbroken.step_size == broken.step_size
    assert broken.finished
    assert ((unbroken.mean - 1) ** 2 * scale).sum() < scale.sum() / 2  # it did learn


@pytest.mark.fit
def test_a_network_that_sees_nothing_reads_nothing(objective):
    stage = nfs.Stage(evaluations=4, population=4, step_size=1, contrast=(1e-6, 2e-6))
    scores = objective.scores(
        np.zeros((1, objective.coordinates.n)), worlds_of(TINY, stage, [1, 2], textures=12)
    )
    assert abs(scores.score[0]) < 0.03


@pytest.mark.fit
def test_a_score_does_not_depend_on_the_other_candidates_even_if_they_run_away(
    objective, candidates
):
    worlds = worlds_of(TINY, TINY.stages[0], [0, 0, 0, 0])
    together = objective.scores(candidates, worlds)
    wild = candidates[:1].copy()
    wild[:, 2 * N_TYPES :] = 8
    mixed = objective.scores(np.concatenate([wild, candidates[::-1]]), worlds)
    assert mixed.loss[0] == LOSS_OF_FAILURE and np.isnan(mixed.score[0])
    np.testing.assert_array_equal(mixed.loss[:0:-1], together.loss)
    np.testing.assert_array_equal(mixed.score[:0:-1], together.score)
    for k in range(5):
        assert objective.scores(candidates[k : k + 1], worlds).loss[0] == together.loss[k]


@pytest.mark.fit
def test_the_loss_counts_orders_of_magnitude_of_unrest(
    flow_scores, connectome, coordinates, objective
):
    z = np.random.default_rng(0).standard_normal((3, coordinates.n))
    worlds = worlds_of(TINY, TINY.stages[0], [0, 0, 0, 0])
    plain = objective.scores(z, worlds)
    counted = attrs.evolve(TINY, unrest_weight=0.5)
    with_unrest = flow_scores(counted, connectome, n_candidates=2).scores(z, worlds)
    problem = problem_of(TINY, connectome)
    unrest = Settling(problem.model, threads=1).unrest(problem.candidates(z))
    assert (unrest > 1e-3).any()
    expected = 0.5 * np.maximum(np.log10(unrest / 1e-3), 0)
    np.testing.assert_allclose(with_unrest.loss - plain.loss, expected, atol=1e-12)
    np.testing.assert_array_equal(with_unrest.score, plain.score)


@pytest.mark.fit
def test_the_loss_counts_the_squared_mean_over_the_mean_square_of_outputs(
    flow_scores, connectome, coordinates, candidates
):
    """Lifetime sparseness, here from traces of the voltage."""
    plain = attrs.evolve(TINY, pooling=0)
    counted = attrs.evolve(plain, sparseness_weight=0.5)
    worlds = worlds_of(plain, plain.stages[0], [0, 0, 0, 0])
    before, after = (
        flow_scores(recipe, connectome, n_candidates=2).scores(candidates[:2], worlds)
        for recipe in (plain, counted)
    )
    type_of_neuron = connectome.network(Lattice(size=6)).neuron_type
    types = list(plain.reads(connectome).cell_types)
    shown = nfs.simulate(
        worlds.luminance,
        connectome=connectome,
        parameters=[coordinates.parameters(z) for z in candidates[:2]],
        lattice=Lattice(size=6),
        record=types,
        initial=np.stack([coordinates.voltage_at_grey(z)[type_of_neuron] for z in candidates[:2]]),
        dtype="float32",
        time_step=20 * ms,
        progress=False,
    )
    output = shown.voltage.isel(time=list(READ_FRAMES)).clip(0)
    mean, square = (
        values.groupby("cell_type").mean(["condition", "time", "neuron"])
        for values in (output, output**2)
    )
    expected = 0.5 * (mean**2 / square).mean("cell_type")
    np.testing.assert_allclose(after.loss - before.loss, expected, rtol=1e-4)
    assert (expected > 0.1).all() and (expected < 0.49).all()
    np.testing.assert_array_equal(after.score, before.score)


@pytest.mark.fit
def test_sums_that_lost_their_digits_explain_nothing(objective, candidates, monkeypatch):
    """Of the enormous outputs of an explosive network, an R2 above 1 may come out."""
    found = SimpleNamespace(r2=np.array([0.5, 77.5, 1.0]))
    monkeypatch.setattr(flow_task, "held_out", lambda *_, **__: found)
    scores = objective.scores(candidates[:3], worlds_of(TINY, TINY.stages[0], [0, 0, 0, 0]))
    assert scores.loss[1] == LOSS_OF_FAILURE and np.isnan(scores.score[1])
    assert scores.score[[0, 2]].tolist() == [0.5, 1.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"evaluations": 0}, "evaluations is 0, but must be at least 1"),
        ({"population": 3}, "population is 3, but must be at least 4"),
        ({"step_size": 0.0}, "step_size is 0, but must be greater"),
        ({"contrast": (0.0, 0.3)}, "contrast is 0.0, but must be finite and between 1e-06 and 2"),
        ({"contrast": (0.3, 0.1)}, "contrast is .0.3, 0.1., .* the lowest and the highest"),
        ({"brightness": (0.5, 1.1)}, "brightness is 1.1, but must be finite and between 0 and 1"),
        ({"brightness": 0.5}, "brightness is .0.5., .* the lowest and the highest"),
        ({"covariance": "round"}, "covariance is 'round', but must be one of"),
    ],
)
def test_what_a_stage_cannot_be_is_told(change, said):
    with pytest.raises(nfs.InvalidValueError, match=said):
        attrs.evolve(RECIPES["flow"].stages[0], **change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"stages": ()}, "stages must be one Stage or more"),
        ({"textures": 1}, "textures is 1, but must be at least 2"),
        ({"speeds": (0, 10)}, "speeds is 0.0, but must be finite and between 0.001 and"),
        ({"readout_noise": 0}, "readout_noise is 0, but must be greater"),
        ({"prior_weight": -1}, "prior_weight is -1.0, but must be finite and at least 0"),
        ({"unrest_weight": -1}, "unrest_weight is -1.0, but must be finite and at least 0"),
        ({"sparseness_weight": -1}, "sparseness_weight is -1.0, but must be finite and at least"),
        ({"texture": "leafs"}, "texture is 'leafs', but must be one of"),
    ],
)
def test_what_a_recipe_cannot_be_is_told(change, said):
    with pytest.raises(nfs.InvalidValueError, match=said):
        attrs.evolve(RECIPES["flow"], **change)
