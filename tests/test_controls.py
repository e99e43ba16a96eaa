"""What controls destroy, and what they keep."""

import json
from functools import cache

import attrs
import numpy as np
import pandas as pd
import pytest
from brian2 import ms
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim.fit import changed_connectomes as changed
from neuroflysim.fit import controls
from neuroflysim.fit.controls import CONTROLS
from neuroflysim.fit.coordinates import Coordinates
from neuroflysim.fit.objectives.flow_task import worlds_of
from neuroflysim.fit.problem import start_voltage
from neuroflysim.fit.recipe import RECIPES, Recipe
from neuroflysim.fit.tasks import TASKS
from neuroflysim.flow.clip_times import READ_FRAMES
from neuroflysim.flow.periodic_worlds import translating_worlds
from neuroflysim.lattice import Lattice
from neuroflysim.plotting import plot_controls
from neuroflysim.plotting.controls import PANELS

PAIR = ["source_type", "target_type"]
OF_SIGNS = [changed.signs_of_connections_shuffled, changed.signs_of_types_shuffled]
OF_COUNTS = [changed.offsets_shuffled, changed.counts_even_within_connections, changed.counts_even]
ALL = OF_SIGNS + OF_COUNTS
RECIPE = RECIPES["flow_short"]


@cache
def made(change, connectome, seed=0):
    return change(connectome, np.random.default_rng(seed))


def by_offset(connectome):
    """Return synapse counts by connection and offset."""
    return connectome.offsets.set_index([*PAIR, "du", "dv"])["synapse_count"]


def from_photoreceptors(connectome):
    source = connectome.connections.index.get_level_values("source_type")
    return source.isin([f"R{k}" for k in range(1, 9)])


@pytest.mark.parametrize("change", ALL)
def test_a_changed_connectome_has_the_same_parameters_and_a_checksum_of_its_own(connectome, change):
    other = made(change, connectome)
    assert nfs.Parameters.uniform(other).names == nfs.Parameters.uniform(connectome).names
    assert other.cell_types.equals(connectome.cell_types)
    assert list(by_offset(other).index) == list(by_offset(connectome).index)
    assert other.checksum != connectome.checksum
    assert change(connectome, np.random.default_rng(0)).checksum == other.checksum
    if change not in (changed.counts_even, changed.counts_even_within_connections):
        assert made(change, connectome, seed=1).checksum != other.checksum


@pytest.mark.parametrize("change", OF_SIGNS)
def test_shuffled_signs_are_as_many_and_leave_counts_and_photoreceptors_alone(connectome, change):
    before, after = connectome.connections["sign"], made(change, connectome).connections["sign"]
    assert (after == -1).sum() == 228
    seen = from_photoreceptors(connectome)
    assert (after[seen] == before[seen]).all()
    assert 0.3 < (after[~seen] != before[~seen]).mean() < 0.6  # by chance 0.45
    assert by_offset(made(change, connectome)).equals(by_offset(connectome))


@pytest.mark.parametrize("seed", range(5))
def test_signs_shuffled_by_type_obey_dales_law_and_those_of_connections_do_not(connectome, seed):
    def mixed(change):
        sign = made(change, connectome, seed).connections["sign"]
        sign = sign[~from_photoreceptors(connectome)]
        return (sign.groupby("source_type").nunique() > 1).sum()

    assert mixed(changed.signs_of_types_shuffled) == 0
    assert mixed(changed.signs_of_connections_shuffled) > 30


def small_connectome(n_connections: list[int], n_inhibitory: list[int], n_types: int):
    """Return types A0, A1, ...: the first of them have connections, to so many of the others."""
    names = [f"A{k}" for k in range(n_types)]
    pairs = [
        (names[k], names[target], -1 if target < n_inhibitory[k] else 1)
        for k in range(len(n_connections))
        for target in range(n_connections[k])
    ]
    pairs.append(("eye", "A0", 1))
    connections = pd.DataFrame(pairs, columns=[*PAIR, "sign"]).assign(sign_reference="somebody")
    types = pd.DataFrame({"cell_type": [*names, "eye"], "stride_u": 1, "stride_v": 1})
    types = types.assign(photoreceptor=types["cell_type"] == "eye", output=True)
    offsets = connections[PAIR].assign(du=0, dv=0, synapse_count=1.0, filled=False)
    return nfs.Connectome(types, connections, offsets)


@pytest.mark.slow
def test_signs_of_connections_are_dealt_out_without_favour():
    connectome, n = small_connectome([5, 5, 5, 5], [5, 3, 0, 0], 5), 100
    shuffles = [
        made(changed.signs_of_connections_shuffled, connectome, seed).connections["sign"] == -1
        for seed in range(n)
    ]
    often = np.mean(shuffles, axis=0)
    assert often[-1] == 0  # the photoreceptor
    assert np.abs(often[:-1] - 0.4).max() < 4 * np.sqrt(0.4 * 0.6 / n)


@pytest.mark.slow
def test_types_inhibit_in_every_set_that_has_the_right_number_of_connections():
    # 1 + 2 + 3 + 4 connections, 5 of them inhibitory: {1, 4} and {2, 3} have 5, nothing else.
    connectome = small_connectome([1, 2, 3, 4], [0, 1, 1, 3], 5)
    found = set()
    for seed in range(30):
        sign = made(changed.signs_of_types_shuffled, connectome, seed).connections["sign"]
        source = sign[sign == -1].index.get_level_values("source_type")
        found.add(tuple(sorted(set(source))))
    assert found == {("A0", "A3"), ("A1", "A2")}


def test_a_number_that_no_set_of_types_has_is_told():
    with pytest.raises(
        nfs.errors.InvalidValueError, match=r"no set of cell types .* 3 connections"
    ):
        made(changed.signs_of_types_shuffled, small_connectome([2, 4], [1, 2], 4))


def test_a_sign_that_was_drawn_names_no_publication(connectome):
    assert (made(OF_SIGNS[0], connectome).connections["sign_reference"] == "").all()


def two_types(counts):
    """Return types whose 9 offsets onto each other have these counts, B in every second column."""
    # It is reached by all offsets of A, A by half of its own, and B by the even ones of its kind.
    offsets = [
        (s, t, u, v) for s, t in ("AB", "BA", "BB", "AA") for u in range(3) for v in range(3)
    ]
    offsets = pd.DataFrame(offsets, columns=[*PAIR, "du", "dv"])
    offsets = offsets.assign(synapse_count=counts, filled=False)
    types = pd.DataFrame(
        {
            "cell_type": ["A", "B"],
            "stride_u": [1, 2],
            "stride_v": 1,
            "photoreceptor": True,
            "output": True,
        }
    )
    connections = offsets[PAIR].drop_duplicates().assign(sign=1, sign_reference="")
    return nfs.Connectome(types, connections, offsets)


def test_shuffled_offsets_keep_the_counts_of_each_connection_and_move_them(connectome):
    before, after = by_offset(connectome), by_offset(made(changed.offsets_shuffled, connectome))
    several = 0
    for pair, counts in before.groupby(PAIR):
        assert sorted(after.loc[pair]) == sorted(counts)
        several += counts.nunique() > 1
    moved = (after != before).groupby(PAIR).any().sum()
    assert 0.6 * several < moved <= several


@pytest.mark.slow
def test_offsets_are_shuffled_without_favour():
    connectome, n = two_types(np.arange(36)), 100
    shuffles = [
        made(changed.offsets_shuffled, connectome, seed).offsets["synapse_count"][-9:]
        for seed in range(n)  # those of A onto A
    ]
    spread = np.arange(9).std() / np.sqrt(n)
    assert np.abs(np.mean(shuffles, axis=0) - 31).max() < 4 * spread


@pytest.mark.parametrize("change", OF_COUNTS)
def test_counts_that_change_leave_signs_and_the_total_alone(connectome, change):
    other = made(change, connectome)
    assert other.connections.equals(connectome.connections)
    assert by_offset(other).sum() == pytest.approx(by_offset(connectome).sum(), rel=1e-12)


def test_even_counts_are_the_means_that_they_should_be(connectome):
    before = by_offset(connectome)
    within = by_offset(made(changed.counts_even_within_connections, connectome))
    mean = before.groupby(PAIR).transform("mean")
    # Of Lawf cells onto each other, most offsets meet no cell, on any lattice.
    acts = ~before.reset_index()[PAIR].isin(["Lawf1", "Lawf2"]).all(axis=1).to_numpy()
    assert within[acts].to_numpy() == pytest.approx(mean[acts].to_numpy())
    assert by_offset(made(changed.counts_even, connectome)).to_numpy() == pytest.approx(3.500947)


@pytest.mark.parametrize(
    "change", [changed.offsets_shuffled, changed.counts_even_within_connections]
)
@pytest.mark.parametrize("seed", range(3))
def test_a_lost_spatial_profile_leaves_the_start_of_a_fit_as_it_was(
    connectome, start, change, seed
):
    other = nfs.Parameters.uniform(made(change, connectome, seed))
    assert other.to_vector() == pytest.approx(start.to_vector(), rel=1e-9, abs=1e-12)


@pytest.mark.slow
@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0.1, 50), min_size=36, max_size=36), st.integers(0, 2**32 - 1))
def test_a_target_with_strides_still_receives_the_same(counts, seed):
    connectome = two_types(counts)
    for change in (changed.offsets_shuffled, changed.counts_even_within_connections):
        other = made(change, connectome, seed)
        for target in "AB":
            before = connectome.inputs(target)["synapse_count"].sort_index()
            after = other.inputs(target)["synapse_count"].sort_index()
            assert after.to_numpy() == pytest.approx(before.to_numpy(), rel=1e-9)


@pytest.mark.compile
@pytest.mark.parametrize("change", ALL)
def test_a_fit_starts_at_rest_at_grey_on_every_changed_connectome(without_strides, change):
    other = made(change, without_strides)
    voltage = start_voltage(RECIPE, other)
    grey = dict(zip(other.cell_types.index, voltage, strict=True))
    start = nfs.Parameters.uniform(other, grey_voltage=grey)
    coordinates = Coordinates(start, grey_voltage=voltage)
    parameters = coordinates.parameters(np.zeros(coordinates.n))
    onto = parameters.type_weights.abs().sum(axis=1)
    total = np.where(other.cell_types["photoreceptor"], 0.2, 2.0)
    assert onto[onto > 0].to_numpy() == pytest.approx(total[onto > 0])
    grey, where = np.full((1, 10, 36), 0.5), {"lattice": Lattice(size=6)}
    at_rest = voltage[other.network(Lattice(size=6)).neuron_type]
    with nfs.compile(grey, connectome=other, initial="rest", record="all", **where) as program:
        seen = program.run(parameters, initial=at_rest, progress=False).voltage.to_numpy()
    assert seen == pytest.approx(np.broadcast_to(at_rest, seen.shape), abs=1e-6)


@pytest.mark.compile
def test_random_parameters_are_stable_and_as_far_from_the_start_as_they_should_be(
    connectome, monkeypatch
):
    monkeypatch.setattr(
        controls, "DEFAULT_LATTICE", Lattice(extent=5)
    )  # a smaller eye is checked in less time
    control = CONTROLS["random parameters"]
    start = CONTROLS["untrained"].start(RECIPE, connectome, 0)
    drawn = control.start(RECIPE, connectome, 1)
    assert drawn == control.start(RECIPE, connectome, 1) != control.start(RECIPE, connectome, 2)
    steps = np.log(drawn.synapse_strength / start.synapse_strength) / 0.6
    assert steps.std() == pytest.approx(1, abs=0.1)
    assert abs(steps.mean()) < 0.2
    grey = np.full((1, 100, 91), 0.5)  # for 2 s, after the second that all stimuli begin with
    settled = nfs.simulate(
        grey, connectome=connectome, parameters=drawn, extent=5, time_step=20 * ms
    )
    last = settled.voltage.isel(time=slice(-25, None))
    assert float((last.max("time") - last.min("time")).max()) < 0.05


# ---- tasks ----


def test_flow_is_the_direction_with_a_compressed_speed():
    clips = translating_worlds(2, seed=1)
    found = TASKS["flow"].targets(clips, READ_FRAMES)
    speed = np.hypot(*np.moveaxis(clips.flow[:, :, 0], -1, 0))
    assert found[..., 0] == pytest.approx(clips.flow[:, :, 0, 0] / (speed + 46.4))
    assert found[:, READ_FRAMES].mean(axis=(0, 1)) == pytest.approx([0, 0], abs=1e-12)


def test_speed_knows_nothing_of_direction():
    clips = translating_worlds(3, seed=1, directions=4)
    speed = TASKS["speed"].targets(clips, READ_FRAMES)
    assert speed.reshape(3, 4, -1) == pytest.approx(
        np.broadcast_to(speed.reshape(3, 4, -1)[:, :1], (3, 4, 36))
    )
    turned = TASKS["speed"].targets(clips.rotated(1), READ_FRAMES)
    assert turned == pytest.approx(speed)


def test_luminance_and_its_change_are_those_of_each_column():
    clips = translating_worlds(2, seed=1)
    light = clips.luminance
    found = TASKS["luminance"].targets(clips, READ_FRAMES)[..., 0]
    assert found - found[0, 0, 0] == pytest.approx(light - light[0, 0, 0])
    change = TASKS["luminance change"].targets(clips, READ_FRAMES)[..., 0]
    shift = change[0, 9, 4] - (light[0, 9, 4] - light[0, 4, 4])
    assert change[:, 5:] - shift == pytest.approx(light[:, 5:] - light[:, :-5])
    for values in (found, change):
        assert values[:, READ_FRAMES].mean() == pytest.approx(0, abs=1e-12)


@pytest.mark.fit
@pytest.mark.parametrize(
    ("task", "least", "most"),
    [
        ("flow", -0.05, 0.05),
        ("speed", -0.5, 0.2),
        ("luminance", 0.4, 0.9),
        ("luminance change", 0.3, 0.9),
    ],
)
def test_the_start_is_blind_to_motion_and_sees_luminance(
    flow_scores, connectome, task, least, most
):
    recipe = attrs.evolve(RECIPE, task=task, pooling=0, textures=24)
    objective = flow_scores(recipe, connectome, n_candidates=1)
    worlds = worlds_of(recipe, recipe.stages[0], [0])
    r2 = objective.scores(np.zeros((1, 735)), worlds).score[0]
    objective.close()
    assert least < r2 < most


def test_a_recipe_of_a_task_survives_a_file():
    recipe = CONTROLS["luminance change"].recipe(RECIPE, evaluations=100)
    assert Recipe.from_dict(json.loads(json.dumps(recipe.to_dict()))) == recipe
    old = RECIPE.to_dict()
    del old["task"]
    assert Recipe.from_dict(old) == RECIPE
    with pytest.raises(nfs.errors.InvalidValueError, match="task"):
        attrs.evolve(RECIPE, task="colour")


@pytest.mark.parametrize("name", CONTROLS)
def test_controls_have_the_recipe_of_the_models_but_for_one_thing(name):
    control = CONTROLS[name]
    recipe = control.recipe(RECIPE)
    assert attrs.evolve(recipe, task="flow") == RECIPE
    differs = [control.change is not None, control.task != "flow", control.start is not None]
    assert sum(differs) == (0 if name == "flow" else 1)


def test_a_budget_is_dealt_out_to_the_stages_as_before():
    stage = RECIPE.stages[0]
    two = attrs.evolve(
        RECIPE, stages=(attrs.evolve(stage, evaluations=300), attrs.evolve(stage, evaluations=100))
    )
    stages = CONTROLS["flow"].recipe(two, evaluations=40).stages
    assert [one.evaluations for one in stages] == [30, 10]


# ---- the picture ----


def a_table(**changes):
    numbers = {name: [0.4, 0.5, 0.6, 0.1] for name in PANELS}
    return pd.DataFrame(
        {
            "control": ["flow"] * 3 + ["signs"],
            "kind": ["nothing"] * 3 + ["connectome"],
            "failure": ["", "", "runs away", ""],
            **numbers,
            **changes,
        }
    )


def test_every_model_that_counts_is_a_dot_and_failed_ones_are_told():
    axes = plot_controls(a_table())
    dots = [line.get_xdata() for line in axes[0].lines if line.get_marker() in "oD"]
    assert [sorted(dot) for dot in dots] == [[0.4, 0.5], [0.1]]
    labels = [label.get_text() for label in axes[0].get_yticklabels()]
    assert labels == ["flow (1 of 3 failed)", "signs"]


def test_a_table_without_a_quantity_is_refused():
    with pytest.raises(nfs.errors.InvalidValueError, match="dsi_r"):
        plot_controls(a_table().drop(columns="dsi_r"))
