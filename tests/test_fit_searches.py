"""Laws that every search obeys: it finds a minimum, goes by order alone, and can be stopped."""

import io
import re
from pathlib import Path

import attrs
import numpy as np
import pytest

import neuroflysim as nfs
from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.plan import stages_of
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.fit.search import Search
from neuroflysim.fit.searches import COVARIANCES, SEARCHES, begin
from neuroflysim.fit.searches.natural_gradient import natural_gradient

N = 12
WAYS = [*(("cma", covariance) for covariance in COVARIANCES)]
#: Searches by chance; what follows gradients is in `test_fit_adam.py`.
BY_CHANCE = [name for name, kind in SEARCHES.items() if not kind.by_gradient]
WAYS += [(name, "diagonal") for name in BY_CHANCE if name != "cma"]
EVERY = pytest.mark.parametrize("way", WAYS, ids="-".join)


def begun(way, n=N, step_size=0.3, population=16, seed=0):
    search, covariance = way
    return begin(search, np.ones(n), step_size, population, [seed, 1], covariance)


def quadratic(z):
    """Has axes as long as 1 to 30."""
    return (np.logspace(0, 3, z.shape[-1]) * (z - 0.4) ** 2).sum(axis=-1)


def rotated(z):
    """The same with axes that lie between those of the coordinates."""
    n = z.shape[-1]
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(n, n)))[0]
    return quadratic((z - 0.4) @ turn + 0.4)


def run(strategy, loss, generations):
    """Search, and return what was seen on the way."""
    seen = []
    for _ in range(generations):
        candidates = strategy.ask()
        strategy.tell(candidates, loss(candidates))
        seen.append((candidates.tobytes(), strategy.mean.tobytes(), strategy.step_size))
    return seen


def through_a_file(state):
    file = io.BytesIO()
    np.savez(file, **state)
    file.seek(0)
    with np.load(file, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


@pytest.mark.parametrize("way", [way for way in WAYS if way[0] != "open-es"], ids="-".join)
def test_a_search_comes_to_the_minimum_of_an_ill_scaled_quadratic(way):
    strategy = begun(way)
    run(strategy, quadratic, 250)
    assert quadratic(strategy.mean) < 1e-6 * quadratic(np.ones(N))


@pytest.mark.parametrize("way", [("cma", "full"), ("dd-cma", "diagonal")], ids="-".join)
def test_a_search_with_all_covariances_comes_to_it_when_it_is_turned(way):
    strategy = begun(way)
    run(strategy, rotated, 250)
    assert rotated(strategy.mean) < 1e-6 * rotated(np.ones(N))


def test_the_search_of_one_step_size_comes_to_a_few_of_it_and_closer_with_a_smaller_one():
    mean = np.ones(N)
    for stage, step_size in enumerate((0.1, 0.01, 0.001)):
        strategy = begin("open-es", mean, step_size, 64, [0, stage])
        run(strategy, quadratic, 150)
        mean = strategy.mean
        assert np.abs(mean - 0.4).max() < 3 * step_size


@EVERY
def test_a_search_goes_by_the_order_of_losses_and_by_nothing_else(way):
    seen = run(begun(way), quadratic, 15)
    assert seen == run(begun(way), lambda z: 8 * quadratic(z), 15)
    assert seen == run(begun(way), lambda z: np.argsort(np.argsort(quadratic(z))) - 5.0, 15)
    assert seen != run(begun(way), rotated, 15)
    assert seen != run(begun(way, seed=1), quadratic, 15)


@EVERY
def test_a_search_goes_on_from_arrays_in_a_file_after_any_generation(way):
    strategy, states, unbroken = begun(way), [], []
    for _ in range(8):
        states.append(through_a_file(strategy.state))
        unbroken += run(strategy, quadratic, 1)
    for k, state in enumerate(states):
        other = begun(way, seed=9)
        other.go_on_from(state)
        assert other.told == k
        assert run(other, quadratic, 8 - k) == unbroken[k:]


@EVERY
def test_a_state_that_was_taken_does_not_change_with_the_search(way):
    strategy = begun(way)
    run(strategy, quadratic, 2)
    state = strategy.state
    kept = through_a_file(state)
    run(strategy, quadratic, 2)
    for name, value in state.items():
        np.testing.assert_array_equal(value, kept[name], err_msg=name)


def damages(state):
    """Yield states each of which has one thing wrong."""
    for name, value in state.items():
        if not value.size:
            continue
        yield {key: kept for key, kept in state.items() if key != name}
        yield state | {name: value.astype(complex)}
        yield state | {name: value[None]}
        if value.dtype.kind == "f":
            yield state | {name: value * np.nan}
        if value.ndim == 1:
            yield state | {name: value[1:]}
    yield state | {"__class__": np.array(1.0)}
    yield state | {"normal": np.full(6, 2**64 - 1, dtype=np.uint64)}


@pytest.mark.parametrize("way", [WAYS[0], *WAYS[-2:]], ids="-".join)
def test_what_is_no_state_of_a_search_is_refused_and_leads_to_no_other_error(way):
    strategy = begun(way)
    run(strategy, quadratic, 3)
    wrong = list(damages(strategy.state))
    assert len(wrong) > 15
    assert [state for state in wrong if begun_from(way, state) is not None] == []


def begun_from(way, state):
    strategy = begun(way)
    try:
        strategy.go_on_from(state)
    except InvalidValueError as error:
        assert "the state of the search" in str(error)
        return None
    return strategy


def test_the_state_of_one_search_is_none_of_another():
    for way in WAYS:
        for other in WAYS:
            strategy = begun(other)
            run(strategy, quadratic, 2)
            taken = begun_from(way, strategy.state) is not None
            # The state of dd-CMA is made of the same arrays as that of CMA-ES with covariances.
            assert taken == (way == other or {way, other} == {("cma", "full"), WAYS[3]})


@EVERY
@pytest.mark.parametrize("n", [1, 2, N])
@pytest.mark.filterwarnings("ignore")
def test_losses_that_are_all_alike_or_mostly_alike_leave_finite_numbers(way, n):
    for losses in (np.full(16, 3.0), np.r_[0.5, np.full(15, 3.0)]):
        strategy = begun(way, n=n)
        run(strategy, lambda z, losses=losses: losses, 40)
        assert np.isfinite(strategy.ask()).all() and np.isfinite(strategy.step_size)


@pytest.mark.parametrize("search", ["cr-fm-nes", "open-es"])
def test_losses_that_are_alike_say_nothing(search):
    strategy = begun((search, "diagonal"))
    run(strategy, lambda z: np.full(len(z), 3.0), 5)
    np.testing.assert_allclose(strategy.mean, 1, atol=1e-6)
    one, other = begun((search, "diagonal")), begun((search, "diagonal"))
    candidates, order = one.ask(), np.r_[0, 3, 1, 2, 4:16]
    losses = np.r_[0.5, np.full(5, 1.0), np.full(10, 3.0)]
    one.tell(candidates, losses)  # the second to fourth change places, and are alike
    other.tell(candidates[order], losses)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-12)


@pytest.mark.parametrize("search", [name for name, kind in SEARCHES.items() if kind.mirrored])
def test_candidates_are_mirrored_about_the_mean(search):
    strategy = begun((search, "diagonal"))
    run(strategy, quadratic, 5)
    candidates = strategy.ask()
    np.testing.assert_allclose((candidates[:8] + candidates[8:]) / 2, [strategy.mean] * 8)


def test_candidates_have_the_covariance_that_the_state_tells():
    """Of CR-FM-NES: sigma^2 D (1 + v v') D."""
    strategy = begun(("cr-fm-nes", "diagonal"), n=3, population=20_000)
    state = strategy.state | {
        "scale": np.array([0.5, 1.0, 2.0]),
        "direction": np.array([1.0, -0.5, 2.0]),
    }
    strategy.go_on_from(state)
    drawn = np.cov(strategy.ask(), rowvar=False)
    scale, v = state["scale"], state["direction"]
    expected = 0.09 * np.outer(scale, scale) * (np.eye(3) + np.outer(v, v))
    np.testing.assert_allclose(drawn, expected, rtol=0.1)


def test_the_natural_gradient_of_what_the_distribution_is_vanishes_and_moves_it_towards_others():
    """Its mean over samples of the distribution itself is 0: then there is nothing to learn."""
    rng, v = np.random.default_rng(0), np.array([0.9, -0.3, 0.5, 0.2, 0.1, -0.4])
    z = rng.normal(size=(100_000, 6))
    root = np.linalg.cholesky(np.eye(6) + np.outer(v, v))
    of_v, of_scale = natural_gradient(z @ root.T, v)
    np.testing.assert_allclose(of_v.mean(axis=0), 0, atol=0.03)
    np.testing.assert_allclose(of_scale.mean(axis=0), 0, atol=0.03)
    of_v, of_scale = natural_gradient((z @ root.T) * [2, 1, 1, 1, 1, 1], v)
    assert of_scale.mean(axis=0).argmax() == 0 and of_scale.mean(axis=0)[0] > 0.3


def test_cr_fm_nes_learns_what_the_package_of_its_authors_learns():
    """`crfmnes` draws candidates; both learn from them."""
    reference = pytest.importorskip("crfmnes").CRFMNES
    n, population = 20, 16
    mine = begun(("cr-fm-nes", "diagonal"), n=n, population=population)
    np.random.seed(3)  # noqa: NPY002  (it draws from there)
    theirs = reference(
        n, lambda z: float(rotated(z[:, 0])), np.ones((n, 1)), 0.3, population,
        v=mine.state["direction"][:, None].copy(), use_constraint_violation=False,
    )  # fmt: skip
    steps = []
    for _ in range(60):
        candidates, losses, _ = theirs.one_iteration()
        mine.tell(np.array(candidates), losses)
        steps.append(mine.step_size)
        np.testing.assert_allclose(mine.mean, theirs.m[:, 0], rtol=1e-6, atol=1e-8)
        state = mine.state
        np.testing.assert_allclose(mine.step_size, theirs.sigma, rtol=1e-6)
        np.testing.assert_allclose(state["scale"], theirs.D[:, 0], rtol=1e-6)
        np.testing.assert_allclose(state["direction"], theirs.v[:, 0], rtol=1e-5, atol=1e-8)
    assert max(steps) / min(steps) > 2  # rates of moving and of staying were both used


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"search": "gradient"}, "search is 'gradient', but must be one of"),
        ({"search": "open-es", "population": 63}, "population is 63, .* even: .* take 64"),
        ({"search": "cr-fm-nes", "population": 7}, "population is 7, .* even: .* take 8"),
        ({"search": "dd-cma", "covariance": "full"}, "covariance is 'full', .* leave it out"),
        ({"search": 3}, "search"),
    ],
)
def test_what_a_search_cannot_use_is_told_when_the_stage_is_made(change, said):
    with pytest.raises((nfs.InvalidValueError, nfs.InvalidTypeError), match=said):
        attrs.evolve(RECIPES["flow"].stages[0], **change)


def test_a_search_that_cannot_make_its_step_smaller_takes_over_with_a_small_one():
    task = nfs.FlowTask("flow_short")
    steps = {name: stages_of(task, name)[0].step_size for name in SEARCHES}
    assert steps == {"cma": 0.3, "dd-cma": 0.3, "cr-fm-nes": 0.3, "open-es": 0.1, "adam": 0.03}
    assert stages_of(task, "open-es", step_size=0.2)[0].step_size == 0.2
    of_its_own = attrs.evolve(RECIPES["flow_short"].stages[0], search="open-es")
    task = nfs.FlowTask(attrs.evolve(RECIPES["flow_short"], stages=(of_its_own,)))
    assert stages_of(task)[0].step_size == stages_of(task, "open-es")[0].step_size == 0.3


def test_a_recipe_of_before_there_were_searches_reads_as_one_of_cma():
    kept = RECIPES["flow"].to_dict()
    for stage in kept["stages"]:
        assert stage.pop("search") == "cma"
    assert nfs.Recipe.from_dict(kept) == RECIPES["flow"]


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_losses_that_have_no_order_are_refused_and_the_search_stays_as_it_was(wrong):
    search = Search(RECIPES["flow"].stages, 0, N)
    candidates, before = search.ask(), through_a_file(search.state)
    losses = quadratic(candidates)
    losses[:3] = wrong
    with pytest.raises(InvalidValueError, match="losses of 3 of 128 candidates are not finite"):
        search.tell(candidates, losses)
    assert search.generation == 0
    assert all((value == before[name]).all() for name, value in search.state.items()
               if name not in ("normal", "pop_injection_directions"))  # fmt: skip


def test_the_page_tells_of_every_search():
    page = (Path(__file__).parents[1] / "docs" / "fitting.md").read_text()
    section = page[page.index("\n## Searches\n") :].split("```")[0]
    assert re.findall(r"^\| `([a-z]\S+)` \|", section, re.M)[1:] == [*SEARCHES]
