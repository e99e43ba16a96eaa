"""The score of models in the task, against plain loops over columns and frames."""

import attrs
import numpy as np
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.fit.objectives.flow_task import worlds_of
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.flow import Readout, layered_worlds, task_score
from neuroflysim.flow.clip_times import READ_FRAMES
from neuroflysim.flow.readout import compressed, held_out
from neuroflysim.flow.scoring import SCORES, output_types
from neuroflysim.lattice import hexagonal_distance
from neuroflysim.validation.task import photograph_clips

TYPES = ["T4a", "T4b", "T5c"]


@pytest.fixture(scope="module")
def clips():
    return layered_worlds(3, extent=3, seed=3)


@pytest.fixture(autouse=True)
def a_few_clips_at_once(monkeypatch):
    """The last clips are fewer than those shown at once before."""
    monkeypatch.setattr("neuroflysim.flow.scoring.CLIPS_AT_ONCE", 5)


def features_by_hand(model, clips, names, pooling):
    """Pooled outputs and flow, sample by sample: lists by clip."""
    responses = nfs.simulate(
        clips.luminance,
        connectome=model.connectome,
        parameters=model,
        lattice=clips.lattice,
        record=list(names),
        time_step=20 * ms,
    )
    voltage = responses.voltage[0]
    columns = [tuple(column) for column in clips.lattice.columns.tolist()]
    at = {
        (name, u, v): k
        for k, (name, u, v) in enumerate(
            zip(
                *(voltage[word].to_numpy().tolist() for word in ("cell_type", "u", "v")),
                strict=True,
            )
        )
    }
    values = np.maximum(voltage.to_numpy(), 0)
    samples = []
    for clip in range(len(clips)):
        rows = []
        for frame in READ_FRAMES:
            for number, (u, v) in enumerate(columns):
                near = [(a, b) for a, b in columns if hexagonal_distance(a - u, b - v) <= pooling]
                if len(near) < 1 + 3 * pooling * (pooling + 1):
                    continue  # at the border
                read = [
                    np.mean([values[clip, frame, at[name, a, b]] for a, b in near])
                    for name in names
                ]
                rows.append((read, clips.flow[clip, frame, number]))
        samples.append(rows)
    return samples


@pytest.mark.compile
def test_end_point_error_is_the_mean_length_of_what_a_ridge_by_hand_misses(start, clips):
    noise = 0.05
    scores = task_score(start, clips, Readout(cell_types=TYPES, pooling=1, noise=noise)).iloc[0]
    samples = features_by_hand(start, clips, TYPES, pooling=1)
    fold = clips.scene % 2
    for kind, target in (("", lambda flow: flow), ("_compressed", compressed)):
        lengths, blind = [], []
        for k in (0, 1):
            rows = [row for clip in np.flatnonzero(fold != k) for row in samples[clip]]
            read = np.array([row[0] for row in rows], dtype=float)
            wanted = target(np.array([row[1] for row in rows], dtype=float))
            mean, middle = read.mean(axis=0), wanted.mean(axis=0)
            squares = (read - mean).T @ (read - mean) + len(rows) * noise**2 * np.eye(3)
            weights = np.linalg.inv(squares) @ (read - mean).T @ (wanted - middle)
            for clip in np.flatnonzero(fold == k):
                own = np.array([row[0] for row in samples[clip]], dtype=float)
                true = target(np.array([row[1] for row in samples[clip]], dtype=float))
                missed = true - middle - (own - mean) @ weights
                lengths.append([np.hypot(*one) for one in missed])
                blind.append([np.hypot(*one) for one in true - middle])
        assert scores[f"end_point_error{kind}"] == pytest.approx(np.mean(lengths), rel=1e-4)
        assert scores[f"end_point_error{kind}_blind"] == pytest.approx(np.mean(blind), rel=1e-4)
        if not kind:
            by_clip = [np.sqrt(np.mean(np.square(one))) for one in lengths]
            assert scores["clip_error"] == pytest.approx(np.mean(by_clip), rel=1e-4)
        else:
            rms = np.sqrt(np.mean(np.square(lengths)))
            assert scores["rms_error"] == pytest.approx(rms, rel=1e-4)


@pytest.mark.compile
def test_r2_is_that_of_the_sums_that_grow_while_the_network_runs(connectome, start, clips):
    names = output_types(connectome)
    sums = nfs.SumsOfProducts(names, n_targets=2, pooling=2)
    with nfs.compile(
        clips.luminance, connectome=connectome, extent=3, time_step=20 * ms, reduction=sums
    ) as program:
        read = np.isin(np.arange(36), READ_FRAMES).astype(float)
        products = program.reduce(start, compressed(clips.flow), read).to_numpy()
    expected = held_out(products, clips.scene, np.arange(len(names)))
    scores = task_score([start], clips, Readout(pooling=2))
    assert len(names) == 34
    assert scores["r2"][0] == pytest.approx(expected.r2[0], abs=1e-4)
    assert scores["rms_error"][0] == pytest.approx(expected.rms_error[0], rel=1e-4)


@pytest.mark.compile
def test_a_model_that_runs_away_has_no_score_and_leaves_the_others_theirs(connectome, start, clips):
    few = clips.select(clips.scene < 2)
    readout = Readout(cell_types=TYPES)
    wild = nfs.Parameters.uniform(connectome, total_input=400)
    scores = task_score([start, wild, start], few, readout)
    assert scores.loc[1].isna().all()
    assert scores.loc[0].equals(scores.loc[2]) and scores.loc[0].notna().all()
    assert list(scores) == list(SCORES)


@pytest.mark.fit
def test_r2_on_a_periodic_lattice_is_that_of_a_fit(flow_scores, connectome):
    recipe = attrs.evolve(RECIPES["flow_short"], textures=4, readout_noise=0.005)
    objective = flow_scores(recipe, connectome, n_candidates=1)
    z = 0.3 * np.random.default_rng(0).standard_normal(objective.coordinates.n)
    worlds = worlds_of(recipe, recipe.stages[0], seed=[0, 0, 0, 0])
    expected = objective.scores(z[None], worlds).score[0]
    found = task_score(objective.coordinates.parameters(z), worlds, recipe.reads(connectome))
    assert abs(expected) > 0.004
    # Here the network rests at grey before a clip, there it begins at the voltage at grey.
    assert found["r2"][0] == pytest.approx(expected, abs=3e-4)


def test_wrong_arguments_are_named(start, clips):
    with pytest.raises(nfs.InvalidValueError, match="36 frames"):
        task_score(start, clips, read_frames=[36])
    with pytest.raises(nfs.InvalidValueError, match="1 scenes, but 2 folds"):
        task_score(start, clips.select(clips.scene == 0))
    with pytest.raises(nfs.InvalidTypeError, match="Clips"):
        task_score(start, clips.luminance)
    with pytest.raises(nfs.InvalidTypeError, match="Parameters"):
        task_score(["a.json"], clips)
    with pytest.raises(nfs.InvalidTypeError, match="photographs is 3"):
        photograph_clips(3)


def test_photographs_of_the_user_replace_those_in_the_box(tmp_path):
    from PIL import Image

    rng = np.random.default_rng(1)
    for name in "ab":
        pixels = rng.integers(0, 255, (20, 30), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    own = photograph_clips(tmp_path, lattice=nfs.Lattice(extent=1))
    assert len(np.unique(own.scene)) == 2 and len(own) == 48
    files = photograph_clips(
        [tmp_path / "a.png", tmp_path / "b.png"], lattice=nfs.Lattice(extent=1)
    )
    assert np.array_equal(files.luminance, own.luminance)
