"""Derivatives by the coordinates of a fit are those that small differences show."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

from neuroflysim.dynamics import GRADED, checked_dynamics
from neuroflysim.fit.coordinates import Coordinates
from neuroflysim.fit.objectives.flow_task import LOSS_OF_FAILURE
from neuroflysim.fit.problem import coordinates_of, problem_of
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.flow.readout import held_out
from neuroflysim.flow.readout_slopes import held_out_slopes

#: Of central differences, relative to the size of a derivative.
STEP, TOLERANCE = 1e-5, 1e-7


def along(value, place, direction):
    """The derivative of a value along a direction, by central differences."""
    more, less = (value(place + side * STEP * direction) for side in (1, -1))
    return (more - less) / (2 * STEP)


@pytest.mark.parametrize(
    "dynamics", ["graded", "adapting", "light_adapting", "conductance", "octopamine"]
)
def test_the_way_back_of_coordinates_is_that_of_small_differences(dynamics, connectome):
    coordinates = coordinates_of(RECIPES["flow"], connectome, checked_dynamics(dynamics))
    random = np.random.default_rng(0)
    z = 0.3 * random.standard_normal(coordinates.n)
    n_parameters = len(coordinates.parameters(z).to_vector())
    of_parameters, of_voltage = random.standard_normal(n_parameters), random.standard_normal(65)

    def value(z):
        found = of_parameters @ coordinates.parameters(z).to_vector()
        return found + of_voltage @ coordinates.voltage_at_grey(z)

    slopes = coordinates.slopes(z, of_parameters, of_voltage)
    for direction in random.standard_normal((3, coordinates.n)):
        size = np.linalg.norm(slopes) * np.linalg.norm(direction)
        assert along(value, z, direction) == pytest.approx(slopes @ direction, abs=TOLERANCE * size)


def test_where_values_are_tied_or_at_a_bound_slopes_add_up_or_are_zero(connectome):
    start = coordinates_of(RECIPES["flow"], connectome).start
    free = ["time_constant:T4*", "synapse_strength:Mi*->T4*"]
    coordinates = Coordinates(start, free)
    z = np.zeros(coordinates.n)
    z[0] = 1000.0  # far beyond the longest time constant
    of_parameters = np.random.default_rng(1).standard_normal(len(start.to_vector()))
    slopes = coordinates.slopes(z, of_parameters)
    assert slopes[0] == 0

    def value(z):
        return of_parameters @ coordinates.parameters(z).to_vector()

    for k in (1, coordinates.n - 1):
        assert along(value, z, np.eye(coordinates.n)[k]) == pytest.approx(slopes[k], rel=1e-6)


def test_slopes_of_the_readout_are_those_of_small_differences():
    random = np.random.default_rng(0)
    features = random.random((8, 50, 8))
    features[..., 0] = 1
    features[..., -2:] += features[..., 1:3] - 1
    scene, outputs = np.repeat(np.arange(4), 2), np.arange(5)

    def products(features):
        return np.einsum("cif,cig->cfg", features, features)

    def r2(features):
        found = held_out(products(features)[None], scene, outputs, n_targets=2, noise=0.1)
        return found.r2[0]

    value, slopes = held_out_slopes(products(features), scene, 2, 0.1)
    assert value == pytest.approx(r2(features), rel=1e-12)
    of_features = 2 * np.einsum("cfg,cig->cif", slopes, features)
    for _ in range(3):
        direction = random.standard_normal(features.shape)
        direction[..., 0], direction[..., -2:] = 0, 0
        assert along(r2, features, direction) == pytest.approx(
            (of_features * direction).sum(), rel=1e-5
        )


@pytest.fixture(scope="module", params=["graded", "conductance"])
def flow_problem(request, connectome):
    """The task of flow with few worlds, for one of two dynamics."""
    recipe = attrs.evolve(RECIPES["flow"], textures=2, directions=2, sparseness_weight=0.1)
    return problem_of(recipe, connectome, dynamics=request.param)


@pytest.mark.compile
def test_the_gradient_of_flow_is_that_of_small_differences(flow_problem):
    objective, random = flow_problem.objective, np.random.default_rng(0)
    shown = objective.shown(objective.stages[0], [0, 0, 0, 0])
    z = 0.3 * random.standard_normal((1, flow_problem.coordinates.n))
    slopes_scorer = objective.differentiable_scorer(flow_problem.model, 1)
    scorer = objective.scorer(flow_problem.model, 1)
    scores, slopes = slopes_scorer.scores_and_slopes(flow_problem.candidates(z), shown)
    plain = scorer.scores(flow_problem.candidates(z), shown)
    assert scores.loss[0] == pytest.approx(plain.loss[0], abs=2e-5)
    assert scores.score[0] == pytest.approx(plain.score[0], abs=2e-5)
    (gradient,) = flow_problem.gradient(z, slopes)

    def loss(z):
        return scorer.scores(flow_problem.candidates(z[None]), shown).loss[0]

    direction = gradient.copy()
    if flow_problem.model.dynamics != GRADED:  # many of its outputs begin beside the bend at 0
        direction[65:130] = 0
    direction /= np.linalg.norm(direction)
    step = 0.01  # in float32 a smaller one is lost in rounding
    more, less = (loss(z[0] + side * step * direction) for side in (1, -1))
    assert (more - less) / (2 * step) == pytest.approx(gradient @ direction, rel=0.03)
    z[0, 130:] = 8  # all strengths as large as they may be: it runs away
    scores, slopes = slopes_scorer.scores_and_slopes(flow_problem.candidates(z), shown)
    assert np.isnan(scores.score).all() and scores.loss.tolist() == [LOSS_OF_FAILURE]
    assert np.isnan(flow_problem.gradient(z, slopes)).all()
    slopes_scorer.close()
    scorer.close()
