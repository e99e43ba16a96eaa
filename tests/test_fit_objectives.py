"""What can be fitted to, against what scores the same models by another way."""

import numpy as np
import pytest

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit.contract import Candidates, Model
from neuroflysim.fit.objectives.drawn_clips import as_arguments
from neuroflysim.fit.recipe import RECIPES, Stage

STAGE = Stage(evaluations=8, population=4, step_size=0.3)
RECIPE = nfs.Recipe(readout="all", pooling=0, textures=2, stages=(STAGE,))


@pytest.fixture(scope="module")
def clips():
    return nfs.flow.layered_worlds(6, extent=2, seed=3)


@pytest.fixture(scope="module")
def task(clips):
    return nfs.FlowTask(RECIPE, clips=clips, held_out=[1, 4])


@pytest.mark.compile
def test_the_score_on_clips_of_ones_own_is_their_task_score(task, clips, connectome):
    models = nfs.load_ensemble("flow").models[:3]
    scorer = task.scorer(Model(connectome, GRADED), threads=1)
    rest = np.stack([nfs.rest_state(model) for model in models])
    found = scorer.scores(Candidates(np.zeros((3, 735)), models, rest), as_arguments(clips))
    scorer.close()
    readout = RECIPE.reads(connectome)
    expected = nfs.flow.task_score(models, clips, readout, progress=False)["r2"]
    np.testing.assert_allclose(found.score, expected, atol=2e-3)
    assert np.ptp(expected) > 0.02


def test_generations_are_shown_whole_scenes_and_never_those_that_are_held_out(task, clips):
    shown = [task.shown(STAGE, [0, 0, 0, k]) for k in range(12)]
    scenes = [set(one["scene"].tolist()) for one in shown]
    assert all(len(one) == RECIPE.textures for one in scenes)
    assert set.union(*scenes) == {0, 2, 3, 5}
    for one in shown:
        expected = clips.luminance[np.isin(clips.scene, one["scene"])]
        np.testing.assert_array_equal(one["luminance"], expected)
    assert task.shown(STAGE, [0, 0, 0, 5])["scene"].tolist() == shown[5]["scene"].tolist()
    (judged,) = task.judged_on()
    assert set(judged["scene"].tolist()) == {1, 4}


def test_what_a_task_is_tells_clips_that_differ_in_one_number(task, clips):
    luminance = clips.luminance.copy()
    luminance[0, 0, 0] = 1 - luminance[0, 0, 0]
    other = nfs.flow.Clips(**{**as_arguments(clips), "luminance": luminance})
    changed = nfs.FlowTask(RECIPE, clips=other, held_out=[1, 4])
    again = nfs.FlowTask(RECIPE, clips=clips, held_out=[4, 1])
    assert task.to_dict() == again.to_dict() != changed.to_dict()
    assert nfs.FlowTask("flow_short").to_dict() == RECIPES["flow_short"].to_dict()


@pytest.mark.fit
def test_a_fit_to_clips_of_ones_own_is_judged_on_held_out_scenes(task, few_types, tmp_path):
    task = nfs.FlowTask(RECIPE, clips=task.clips, held_out=task.held_out)
    options = {"connectome": few_types, "processes": 1, "threads": 1, "progress": False}
    fit = nfs.fit(task, 1, tmp_path / "fit", **options)
    assert fit.record["held_out"] and fit.record["seen"] == []
    assert fit.record["recipe"]["objective"] == "flow"
    assert "on what was held out" in repr(fit)
    whole = nfs.fit(nfs.FlowTask(RECIPE, clips=task.clips, held_out=[]), 1, **options)
    assert not whole.record["held_out"] and "on what was fitted" in repr(whole)
    read = nfs.load_fit(tmp_path / "fit", connectome=few_types)
    assert read.score == fit.score and read.parameters == fit.parameters


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"held_out": [0]}, "Give clips"),
        ({"clips": "sintel"}, "nfs.flow.sintel"),
        ({"clips": True, "held_out": [9]}, "scene 9.*scenes 0 to 5"),
        ({"clips": True, "held_out": [1]}, "1 of 6 scenes are held out.*more"),
        ({"clips": True, "held_out": [0, 1, 2, 3, 4]}, "1 of 6 scenes are shown.*fewer"),
        ({"clips": True, "read_frames": (9, 36)}, "36.*36 frames"),
        ({"clips": "uneven"}, "as many of each"),
    ],
)
def test_clips_that_cannot_be_fitted_to_are_refused_with_the_cure(arguments, message, clips):
    given = {True: clips, "uneven": clips.select(slice(1, None))}
    if "clips" in arguments:
        arguments = {**arguments, "clips": given.get(arguments["clips"], arguments["clips"])}
    with pytest.raises((InvalidValueError, InvalidTypeError), match=message):
        nfs.FlowTask(RECIPE, **arguments)


@pytest.mark.parametrize("objective", [3, object(), None])
def test_what_is_no_objective_is_an_error_that_names_what_it_lacks(objective):
    with pytest.raises(InvalidTypeError, match=r"lacks .*scorer"):
        nfs.fit(objective)
