"""Clips: what they hold, and the symmetries of the lattice that move the flow with the image."""

import numpy as np
import pytest

import neuroflysim as nfs
from neuroflysim.flow import Clips

LATTICES = [nfs.Lattice(extent=4), nfs.Lattice(size=6), nfs.Lattice(size=5)]


def some_clips(lattice=LATTICES[0], n_clips=3, n_frames=4, seed=0, scene=None):
    rng = np.random.default_rng(seed)
    return Clips(
        luminance=rng.uniform(size=(n_clips, n_frames, lattice.n_columns)),
        flow=rng.normal(size=(n_clips, n_frames, lattice.n_columns, 2)),
        time_step=0.02,
        lattice=lattice,
        scene=np.arange(n_clips) if scene is None else scene,
    )


def differ(one, other):
    return max(np.abs(one.luminance - other.luminance).max(), np.abs(one.flow - other.flow).max())


@pytest.mark.parametrize("lattice", LATTICES, ids=str)
def test_six_rotations_and_two_mirrors_are_the_identity(lattice):
    clips = some_clips(lattice)
    turned = clips
    for turn in range(1, 7):
        turned = turned.rotated(1)
        assert differ(turned, clips.rotated(turn)) < 1e-14
        assert differ(turned, clips.rotated(turn - 12)) < 1e-14
        assert (differ(turned, clips) < 1e-14) == (turn == 6)
    for axis in ("left_right", "up_down"):
        assert differ(clips.flipped(axis), clips) > 0.1
        assert differ(clips.flipped(axis).flipped(axis), clips) == 0
    assert differ(clips.flipped().flipped("up_down"), clips.rotated(3)) < 1e-14


@pytest.mark.parametrize("lattice", LATTICES, ids=str)
def test_a_mirror_undoes_the_sense_of_a_rotation(lattice):
    clips = some_clips(lattice)
    assert differ(clips.rotated(1).flipped(), clips.flipped().rotated(-1)) < 1e-14


def test_a_column_moves_to_where_its_position_and_its_flow_are_moved_by_the_matrix():
    """By position, not by axial coordinates: a second way to the same permutation."""
    eye = nfs.Eye(4)
    place, clips = np.column_stack([eye.x, eye.y]), some_clips()
    half, root = 0.5, np.sqrt(3) / 2
    for moved, matrix in (
        (clips.rotated(1), [[half, -root], [root, half]]),
        (clips.flipped(), [[-1, 0], [0, 1]]),
        (clips.flipped("up_down"), [[1, 0], [0, -1]]),
    ):
        goal = place @ np.transpose(matrix)
        to = np.hypot(*(goal[:, None] - place).transpose(2, 0, 1)).argmin(axis=1)
        assert sorted(to) == list(range(len(to)))
        assert (moved.luminance[:, :, to] == clips.luminance).all()
        np.testing.assert_allclose(
            moved.flow[:, :, to], clips.flow @ np.transpose(matrix), atol=1e-14
        )


def test_a_symmetry_of_a_periodic_lattice_keeps_neighbours_neighbours():
    lattice = nfs.Lattice(size=6)
    number = np.arange(36.0)[None, None] / 36
    clips = Clips(luminance=number, flow=np.zeros(2), time_step=1, lattice=lattice, scene=[0])
    u, v = lattice.columns.T
    steps = [(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)]
    pairs = {(i, j) for du, dv in steps for i, j in enumerate(lattice.index(u + du, v + dv))}
    for moved in (clips.rotated(1), clips.flipped(), clips.flipped("up_down")):
        was = np.round(36 * moved.luminance[0, 0]).astype(int)
        assert {(was[i], was[j]) for i, j in pairs} == pairs


def test_flow_that_is_the_same_everywhere_is_never_written_out():
    lattice = nfs.Lattice(size=6)
    clips = Clips(
        luminance=np.full((2, 3, 36), 0.5, dtype=np.float32),
        flow=np.float32([[[[1, 0]]], [[[0, 2]]]]),
        time_step=0.02,
        lattice=lattice,
        scene=[0, 1],
    )
    for made in (clips.rotated(1), clips.flipped(), clips.select([1]), Clips.together([clips] * 2)):
        assert made.flow.strides[2] == 0
        assert made.flow.dtype == made.luminance.dtype == np.float32
    assert clips.rotated(3).flow[0, 2, 35].tolist() == pytest.approx([-1, 0], abs=1e-7)


def test_scenes_of_two_sources_stay_apart():
    one, other = some_clips(scene=[4, 4, 9]), some_clips(seed=1, scene=[4, 9, 9])
    both = Clips.together([one, other])
    assert both.scene.tolist() == [0, 0, 1, 2, 3, 3]
    assert differ(both.select(slice(3, 6)), other) == 0
    assert differ(both.select(both.scene < 2), one) == 0


def test_local_contrast_is_that_of_the_37_columns_in_the_middle():
    lattice = nfs.Lattice(extent=5)
    clips = some_clips(lattice, n_clips=2, n_frames=3)
    u, v = lattice.columns.T
    near = (np.abs(u) <= 3) & (np.abs(v) <= 3) & (np.abs(u + v) <= 3)
    assert near.sum() == 37
    seen = clips.luminance[:, :, near]
    expected = np.median(np.sqrt(seen.var(axis=2)) / seen.mean(axis=2), axis=1)
    assert clips.local_contrast() == pytest.approx(expected, rel=1e-12)
    black = Clips(
        luminance=np.zeros((1, 1, 91)), flow=np.zeros(2), time_step=1, lattice=lattice, scene=[0]
    )
    assert black.local_contrast().tolist() == [0]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"luminance": np.zeros((2, 3, 36))}, r"must be \(clip, time, 7\) on a lattice"),
        ({"luminance": np.full((2, 3, 7), 1.2)}, "from 1.2 to 1.2, but must stay between 0 and 1"),
        ({"luminance": np.full((2, 3, 7), np.nan)}, r"holds nan at index \(0, 0, 0\)"),
        ({"flow": np.zeros((3, 7, 2, 2))}, r"flow has shape .* two numbers for each"),
        ({"flow": np.array([0, np.inf])}, r"flow holds inf at index \(1,\)"),
        ({"scene": [0]}, "scene holds 1 numbers, but there are 2 clips"),
        ({"scene": [0.0, 1.0]}, "one whole number for each clip"),
        ({"time_step": 0}, "time_step is 0.0"),
        ({"lattice": 3}, r"must be like nfs.Lattice\(extent=15\)"),
    ],
)
def test_clips_say_what_is_wrong_with_their_arrays(wrong, message):
    good = {
        "luminance": np.zeros((2, 3, 7)),
        "flow": np.zeros(2),
        "time_step": 0.02,
        "lattice": nfs.Lattice(extent=1),
        "scene": [0, 1],
    }
    assert len(Clips(**good)) == 2
    with pytest.raises(nfs.NeuroFlySimError, match=message):
        Clips(**(good | wrong))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: c.rotated(0.5), "whole number"),
        (lambda c: c.flipped("left"), "Did you mean 'left_right'"),
        (lambda c: c.select([3]), "there are 3"),
        (lambda c: c.select([]), "selects no list of clips|there are 3"),
        (lambda c: Clips.together([]), "parts is empty"),
        (lambda c: Clips.together([c, some_clips(n_frames=5)]), "part 1 has n_frames 5"),
        (lambda c: some_clips(nfs.Lattice(size=(6, 4))).rotated(1), "no such symmetry"),
    ],
)
def test_what_cannot_be_done_with_clips_is_refused(call, message):
    with pytest.raises(nfs.NeuroFlySimError, match=message):
        call(some_clips())
