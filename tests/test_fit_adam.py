"""Laws of the search that follows gradients, and fits by it."""

from __future__ import annotations

import attrs
import numpy as np
import pytest

import neuroflysim as nfs
from neuroflysim.fit.plan import stages_of
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.fit.searches import begin

N = 12


def begun(step_size=0.01):
    return begin("adam", np.ones(N), step_size, 1, [0])


def slope(z):
    """Of a quadratic with axes as long as 1 to 30 about 0.4."""
    return 2 * np.logspace(0, 3, N) * (z - 0.4)


def run(strategy, steps, slope=slope):
    """Follow a slope, and return the places on the way."""
    seen = []
    for _ in range(steps):
        (place,) = strategy.ask()
        strategy.tell(place[None], np.zeros(1), slope(place)[None])
        seen.append(place)
    return np.array(seen)


def test_adam_comes_to_the_minimum_of_an_ill_scaled_quadratic():
    strategy = begun()
    run(strategy, 1500)
    assert np.abs(strategy.mean - 0.4).max() < 1e-3


def test_the_first_step_is_as_long_as_the_rate_along_each_coordinate():
    seen = run(begun(), 2)
    np.testing.assert_allclose(seen[1] - seen[0], -0.01 * np.sign(slope(np.ones(N))), rtol=1e-6)


def test_adam_goes_by_the_direction_of_a_gradient_and_not_by_its_size():
    np.testing.assert_allclose(run(begun(), 50), run(begun(), 50, lambda z: 1e4 * slope(z)), 1e-6)


def test_steps_are_those_of_the_formulas_of_kingma_and_ba():
    place, first, second = np.ones(N), np.zeros(N), np.zeros(N)
    for k, seen in enumerate(run(begun(), 20), start=1):
        np.testing.assert_allclose(seen, place, rtol=1e-12)
        first = 0.9 * first + 0.1 * slope(place)
        second = 0.999 * second + 0.001 * slope(place) ** 2
        corrected = first / (1 - 0.9**k), second / (1 - 0.999**k)
        place = place - 0.01 * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)


def test_a_gradient_that_is_not_a_number_moves_nothing_at_first_and_harms_nothing_later():
    strategy = begun()
    run(strategy, 3, lambda z: np.full(N, np.nan))
    np.testing.assert_allclose(strategy.mean, np.ones(N), rtol=1e-12)
    run(strategy, 1500)
    assert np.abs(strategy.mean - 0.4).max() < 1e-3


def test_adam_goes_on_from_its_state_to_the_bit():
    unbroken = run(begun(), 12)
    strategy = begun()
    run(strategy, 5)
    other = begun()
    other.go_on_from(strategy.state)
    assert other.told == 5
    assert run(other, 7).tobytes() == unbroken[5:].tobytes()
    for name in strategy.state:
        broken = dict(strategy.state)
        broken[name] = np.array("none")
        with pytest.raises(nfs.InvalidValueError, match="state of the search"):
            begun().go_on_from(broken)


def test_losses_alone_are_refused():
    strategy = begun()
    with pytest.raises(nfs.InvalidValueError, match="follows gradients"):
        strategy.tell(strategy.ask(), np.zeros(1))


def test_a_stage_of_adam_has_one_candidate_and_fewer_generations():
    (stage,) = stages_of(nfs.FlowTask("flow_short"), "adam")
    assert (stage.population, stage.step_size, stage.evaluations) == (1, 0.03, 12_800 // 8)
    assert stages_of(nfs.FlowTask("flow_short"), "adam", evaluations=7)[0].evaluations == 7
    with pytest.raises(nfs.InvalidValueError, match=r"population is 4, .* take population=1"):
        stages_of(nfs.FlowTask("flow_short"), "adam", population=4)


def test_an_objective_without_derivative_is_refused_before_the_fit(tmp_path):
    def late(responses):
        return responses.voltage[..., -1, :].sum()

    flash = nfs.protocols.flash()
    with pytest.raises(nfs.InvalidValueError, match=r"'adam', .* ResponsesObjective has none"):
        nfs.fit(late, stimulus=flash, search="adam", folder=tmp_path / "fit")
    assert not (tmp_path / "fit").exists()


@pytest.mark.fit
def test_a_fit_by_gradients_resumes_to_the_bit(tmp_path, no_stability_check):
    recipe = attrs.evolve(RECIPES["flow_short"], textures=2, directions=2)
    options = {"search": "adam", "evaluations": 6, "processes": 1, "progress": False}
    whole = nfs.fit(recipe, seed=1, **options)
    losses = whole.learning_curve["loss_best"]
    assert len(losses) == 6 and losses.iloc[-1] != losses.iloc[0]

    class Stop(Exception):
        """As if the process had been ended."""

    def stop_at(stage, seed):
        if seed[-1] == 4:
            raise Stop
        return shown(stage, seed)

    task = nfs.FlowTask(recipe)
    shown = task.shown
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(nfs.FlowTask, "shown", lambda self, stage, seed: stop_at(stage, seed))
        with pytest.raises(Stop):
            nfs.fit(task, seed=1, folder=tmp_path, **options)
    resumed = nfs.fit(task, seed=1, folder=tmp_path, resume=True, **options)
    assert resumed.parameters.checksum == whole.parameters.checksum
    assert resumed.record["r2_repeats"] == whole.record["r2_repeats"]
