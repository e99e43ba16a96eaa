"""A search is taken up from numbers and arrays, and goes on to the bit as the one that ran on."""

import numpy as np
import pytest

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.recipe import COVARIANCES, Recipe, Stage
from neuroflysim.fit.search import Search

#: pycma adapts its step size in another way from 300 coordinates on. A model has 735.
SIZES = (12, 310)
GENERATIONS = 6


def recipe(covariance):
    stages = [
        Stage(evaluations=6 * GENERATIONS, population=6, step_size=0.3, covariance=covariance),
        Stage(evaluations=14, population=7, step_size=0.1, covariance=covariance),
    ]
    return Recipe(readout="all", pooling=1, stages=tuple(stages))


def loss(candidates):
    """Has no symmetry, and is now and then as for a candidate that runs away."""
    scale = np.linspace(1, 3, candidates.shape[1])
    losses = ((candidates * scale - 0.3) ** 2).mean(axis=1)
    losses[-1] = 3.0
    return losses


def generations(search, most=100):
    """Search, and return the candidates, means and step sizes on the way."""
    seen = []
    while not search.finished and len(seen) < most:
        candidates = search.ask()
        search.tell(candidates, loss(candidates))
        seen.append((candidates.tobytes(), search.mean.tobytes(), search.step_size))
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_search_goes_on_from_its_state_after_any_generation(covariance, n):
    search = Search(recipe(covariance).stages, 3, n)
    states = [search.state]
    unbroken = []
    while not search.finished:
        unbroken += generations(search, 1)
        states.append({name: value.copy() for name, value in search.state.items()})
    assert len(unbroken) == GENERATIONS + 2
    for k, state in enumerate(states):
        other = Search(recipe(covariance).stages, 3, n)
        other.go_on_from(state)
        assert generations(other) == unbroken[k:]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("covariance", COVARIANCES)
def test_a_search_that_is_given_its_state_before_each_generation_ends_the_same(covariance, n):
    unbroken = generations(Search(recipe(covariance).stages, 3, n))
    search, seen = Search(recipe(covariance).stages, 3, n), []
    while not search.finished:
        other = Search(recipe(covariance).stages, 3, n)
        other.go_on_from(search.state)
        seen += generations(other, 1)
        search = other
    assert seen == unbroken


def test_a_state_is_arrays_of_numbers_and_nothing_else():
    search = Search(recipe("full").stages, 3, 12)
    generations(search, 3)
    assert {value.dtype.kind for value in search.state.values()} <= set("biuf")


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state.pop("mean"),
        lambda state: state.pop("mean_old"),
        lambda state: state.pop("sm.C"),
        lambda state: state.pop("normal"),
        lambda state: state.pop("generation"),
        lambda state: state.update(generation=np.array(99)),
        lambda state: state.update(generation=np.array(2)),
        lambda state: state.update(stage_number=np.array(2)),
        lambda state: state.update(stage_number=np.array(0.0)),
        lambda state: state.update(normal=state["normal"][:5]),
        lambda state: state.update(sigma=np.array(np.nan)),
        lambda state: state.update(sigma=np.array(True)),
        lambda state: state.update(mean=state["mean"][:-1]),
        lambda state: state.update(pc=state["pc"].astype(int)),
        lambda state: state.update({"sm.B": state["sm.B"][:, :-1]}),
        lambda state: state.update({"sm.update": np.array(1.0)}),
        lambda state: state.update({"__class__": np.array(1.0)}),
        lambda state: state.update(countiter=np.array(-3)),
    ],
)
def test_what_is_no_state_of_the_search_is_refused(change):
    search = Search(recipe("full").stages, 3, 12)
    generations(search, 3)
    state = search.state
    change(state)
    with pytest.raises(InvalidValueError, match="the state of the search"):
        Search(recipe("full").stages, 3, 12).go_on_from(state)


def test_the_state_of_another_variant_is_refused():
    search = Search(recipe("full").stages, 3, 12)
    generations(search, 3)
    for covariance in ("diagonal", "restricted"):
        with pytest.raises(InvalidValueError, match="the state of the search"):
            Search(recipe(covariance).stages, 3, 12).go_on_from(search.state)
