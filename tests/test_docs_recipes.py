"""Recipes are short, and run with smaller numbers; what they are said to do comes out of them."""

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib import pyplot as plt

import neuroflysim as nfs

pytestmark = [pytest.mark.docs, pytest.mark.compile]

RECIPES = Path(__file__).parents[1] / "docs" / "recipes"
PAGES = sorted(path.stem for path in RECIPES.glob("*.md") if path.stem != "index")


def python(page):
    return re.findall(r"```python\n(.*?)```", (RECIPES / f"{page}.md").read_text(), re.DOTALL)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a page with some of its text exchanged; all of that must be there."""
    monkeypatch.chdir(tmp_path)

    def run(page, exchanged=()):
        code = "\n".join(python(page))
        for shown, instead in dict(exchanged).items():
            assert shown in code, f"{page} has no {shown!r}"
            code = code.replace(shown, instead)
        names = {}
        exec(compile(code, page, "exec"), names)
        plt.close("all")
        return names

    return run


def test_each_recipe_is_short_and_in_the_index():
    index = (RECIPES / "index.md").read_text()
    listed = re.search(r"```{toctree}\n.*?\n\n(.*?)```", index, re.DOTALL)[1].split()
    assert sorted(listed) == PAGES
    for page in PAGES:
        assert len((RECIPES / f"{page}.md").read_text().splitlines()) < 40, page


def test_each_recipe_has_a_test():
    called = set(re.findall(r'run\(\s*"(\w+)"', Path(__file__).read_text()))
    assert called == set(PAGES)


def test_an_objective_of_ones_own_gets_better(run):
    names = run("own_objective", {"range(20)": "range(4)", "extent=5": "extent=3", "16": "8"})
    start, best, loss = names["start"], names["best"], names["loss"]
    responses = nfs.simulate(
        names["edges"], connectome=start.connectome, parameters=[start, best], extent=3,
        time_step=10 * names["ms"],
    )  # fmt: skip
    before, after = loss(responses)
    assert after < before
    changed = best.to_vector() != start.to_vector()
    assert 0 < changed.sum() <= 22


def test_sensitivities_are_those_of_one_model_at_a_time(run):
    names = run(
        "sensitivity", {"extent=5": "extent=3", "np.flatnonzero(vector)": "np.r_[34:40, 99]"}
    )
    k = int(names["sensitivity"].abs().to_numpy().argmax())
    vector = names["vector"].copy()
    vector[names["which"][k]] *= 1.01
    model, edges = names["model"], names["edges"]
    contrast = []
    for each in (model, model.with_vector(vector)):
        responses = nfs.simulate(
            edges, connectome=model.connectome, parameters=each, extent=3,
            time_step=10 * names["ms"],
        )  # fmt: skip
        shown = slice(0, float(edges.stim_time))
        peak = responses.voltage.sel(cell_type="T4a", time=shown).max("time").to_numpy()[0]
        contrast.append(peak[0] - peak[1])
    expected = 100 * (contrast[1] / contrast[0] - 1)
    assert names["sensitivity"].iloc[k] == pytest.approx(expected, rel=1e-6)
    assert abs(expected) > 1e-3


def test_a_wide_field_cell_prefers_what_its_inputs_do(run):
    names = run("wide_field_cell", {"parameters=parameters)": "parameters=parameters, extent=4)"})
    wide = names["wide"].sel(time=slice(0.5, 1)).mean("time") - names["at_rest"]
    left, right = wide.to_numpy()[0]
    assert left > 0 > right


def test_a_sweep_comes_out_as_a_table_in_the_order_of_its_models(run):
    names = run(
        "sweep", {"4, 20": "4, 3", "2, 10": "2, 2", "360, 30": "360, 90", "extent=5": "extent=3"}
    )
    assert names["table"].shape == (3, 2)
    index = names["index"].to_numpy().ravel()
    assert names["table"][2, 1] == index[5] and np.ptp(names["table"]) > 1e-3
    assert names["sweep"][5].time_constant["Mi9"] == 4 * names["model"].time_constant["Mi9"]


def test_a_searched_stimulus_excites_more_than_full_white(run):
    names = run("optimal_stimulus", {"range(60)": "range(25)", "extent=5": "extent=3", "32": "16"})
    model, lattice = names["model"], names["lattice"]
    white = np.full_like(names["search"].result.xbest, 0.5)
    responses = nfs.simulate(
        names["frames"]([names["search"].result.xbest, white]), connectome=model.connectome,
        parameters=model, lattice=lattice, time_step=10 * names["ms"],
    )  # fmt: skip
    best, flash = responses.voltage.sel(cell_type="T4a").max("time").to_numpy()[0]
    assert best > flash
    assert names["best"].shape == (3, lattice.n_columns)
    assert (names["best"][:, np.abs(lattice.columns).max(axis=1) > 2] == 0.5).all()


def test_a_movie_to_the_left_excites_t4a(run):
    names = run(
        "your_movie",
        {"parameters=model)": "parameters=model, extent=3, time_step=1 / (120 * Hz))"},
    )
    peak = names["responses"].voltage.max("time").isel(candidate=0, condition=0)
    assert peak.sel(cell_type="T4a") > peak.sel(cell_type="T4b")


def test_columns_see_what_was_measured_nearest_to_them(run):
    names = run("your_columns", {"extent=15": "extent=2"})
    frames, eye = names["frames"], names["eye"]
    assert frames.shape == (300, 19)
    directions = np.column_stack([names["azimuth"], names["elevation"]])
    looks = np.column_stack([eye.x, eye.y])
    distances = np.linalg.norm(looks[:, None] - directions, axis=2)
    near = distances.min(axis=1) <= 12
    assert np.array_equal(frames[:, near], names["measured"][:, distances.argmin(axis=1)[near]])
    assert near.sum() > 9 and (frames[:, ~near] == 0.5).all()
    voltage = names["voltage"]
    lit = frames[-1] > 0.5
    assert lit.any() and (~lit).any()
    assert voltage[-1, lit].min() > voltage[-1, ~lit].max()  # R1 sees its own column


def test_a_fly_turns_after_the_drum_and_ommatidia_find_their_columns(run):
    names = run("closed_loop", {"extent=15": "extent=3", "range(200)": "range(100)"})
    turned = np.array(names["turned"])
    drum = -60 * 0.01 * np.arange(100)
    assert turned[-1] < turned[50] < 0  # to the left, as the drum
    assert (turned[50:] > drum[50:]).all() and turned[-1] < drum[-1] / 10  # behind it
    id_map = retina()
    eye = names["eye"] = nfs.Eye(15)
    left, right = (names["ommatidium_of_columns"](id_map, m) for m in (False, True))
    for order, sign in ((left, 1), (right, -1)):
        assert sorted(order) == list(range(721))
        place = np.array([np.argwhere(id_map == k + 1).mean(axis=0) for k in order])
        assert np.corrcoef(sign * place[:, 1], eye.x)[0, 1] > 0.999
        assert np.corrcoef(-place[:, 0], eye.y)[0, 1] > 0.999


def retina():
    """A map of a retina as flygym has it: where each pixel belongs, numbered from 1, 0 outside."""
    x, y = nfs.lattice.position(*nfs.Lattice(extent=15).columns.T)
    order = np.random.default_rng(0).permutation(721)
    id_map = np.zeros((512, 450), dtype=np.int16)
    row, col = np.mgrid[-6:7, -6:7].reshape(2, -1)
    for number, k in enumerate(order):
        at = np.round([256 - 16 * y[k], 225 + 16 * x[k]]).astype(int)
        id_map[at[0] + row, at[1] + col] = number + 1
    return id_map


def test_the_check_of_a_notebook_runs(run):
    assert run("colab")["responses"].voltage.sizes["cell_type"] == 65
