"""Sources of clips that the user brings: photographs, movies, files of flow, MPI Sintel."""

import hashlib
import json
import struct
from importlib.resources import files

import numpy as np
import pytest
from brian2 import Hz
from PIL import Image

import neuroflysim as nfs
from neuroflysim.flow import movie_pictures, movie_with_flow, read_flo, sintel, write_flo
from neuroflysim.flow.sintel_folder import SEQUENCES


def noise(*shape, seed=0):
    return np.random.default_rng(seed).uniform(size=shape)


def flo_bytes(flow):
    """The published format, value by value: an independent way to write it."""
    height, width = len(flow), len(flow[0])
    content = struct.pack("<f", 202021.25) + struct.pack("<ii", width, height)
    for row in flow:
        for right, down in row:
            content += struct.pack("<ff", right, down)
    return content


def test_flow_is_read_and_written_as_the_format_says(tmp_path):
    flow = np.arange(24.0).reshape(3, 4, 2) - 7.25
    content = flo_bytes(flow.tolist())
    assert content[:4] == b"PIEH"
    (tmp_path / "theirs.flo").write_bytes(content)
    assert (read_flo(tmp_path / "theirs.flo") == flow).all()
    write_flo(tmp_path / "ours.flo", flow)
    assert (tmp_path / "ours.flo").read_bytes() == content


def test_flow_that_is_not_known_is_nan(tmp_path):
    (tmp_path / "holes.flo").write_bytes(flo_bytes([[(1, 2), (1.67e9, 1.67e9), (3, -2e9)]]))
    assert np.isnan(read_flo(tmp_path / "holes.flo")).tolist() == [
        [[False, False], [True, True], [True, True]]
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"GIF89a", "begins with b'GIF8'"),
        (b"PIEH\x02", "needs 12 bytes, but has 5|but has 5"),
        (flo_bytes([[(1, 2)]])[:-1], "says 1 x 1 pixels, which needs 20 bytes, but has 19"),
        (b"PIEH" + struct.pack("<ii", -1, 4), "-1 x 4 pixels"),
        (None, "no such file"),
        (flo_bytes([[(1, 2), (1, 2e5)]]), "row 0, column 1"),
        (flo_bytes([[(1, 2), (-1e8, 0)]]), "damaged"),
    ],
)
def test_a_file_that_holds_no_flow_is_refused(tmp_path, content, message):
    path = tmp_path / "bad.flo"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(nfs.InvalidValueError, match=message):
        read_flo(path)


@pytest.mark.parametrize("flow", [np.inf, 1e10, np.nan, 100])
def test_flow_that_could_not_be_read_again_is_not_written(tmp_path, flow):
    path = tmp_path / "old.flo"
    path.write_bytes(b"old")
    with pytest.raises(nfs.InvalidValueError, match="flow"):
        write_flo(path, np.full((3, 4, 2), flow))
    assert path.read_bytes() == b"old"


def test_flow_of_a_movie_turns_pixels_into_degrees_and_down_into_up():
    """A picture that moves by whole pixels: every column sees what its flow brought there."""
    picture = noise(20, 20).repeat(20, axis=0).repeat(20, axis=1)
    movie = np.stack([np.roll(picture, (3 * k, -2 * k), axis=(0, 1)) for k in range(6)])
    flow = np.broadcast_to([-2.0, 3.0], (6, 400, 400, 2))
    options = {"degrees_per_pixel": 0.4, "frame_rate": 50 * Hz, "extent": 5}
    clips = movie_with_flow(movie, flow, **options)
    assert clips.flow == pytest.approx(np.broadcast_to([-40, -60], clips.flow.shape), rel=1e-6)
    moved = clips.flow[0, 0, 0] * 0.02
    for frame in range(1, 6):  # the first picture, moved by the flow
        expected = nfs.Eye(5).sample(picture, degrees_per_pixel=0.4, center=frame * moved)
        assert clips.luminance[0, frame] == pytest.approx(expected, abs=1e-6)
    assert clips.luminance.std() > 0.1


def test_a_frame_is_shown_until_the_next_one_comes():
    grey = np.linspace(0.1, 0.9, 9)
    movie = grey[:, None, None] * np.ones((9, 300, 300))
    steps = np.arange(8.0)
    flow = steps[:, None, None, None] * np.ones((8, 300, 300, 2))
    clips = movie_with_flow(
        movie, flow, degrees_per_pixel=0.5, frame_rate=24 * Hz, extent=2, n_frames=8
    )
    assert clips.luminance.shape == (2, 8, 19)  # 8/24 s are 16 steps of 20 ms
    shown = [int(t / 50 * 24 + 1e-9) for t in range(16)]
    assert clips.luminance.reshape(16, 19)[:, 9] == pytest.approx(grey[shown], abs=1e-6)
    right = clips.flow.reshape(16, 19, 2)[:, 9, 0]
    assert right == pytest.approx(steps[shown] * 0.5 * 24, abs=1e-4)
    assert clips.scene.tolist() == [0, 0]


def test_frames_of_a_movie_file_are_pictures(tmp_path):
    levels = [0, 60, 120, 180, 240]
    shades = [Image.fromarray(np.full((8, 9), level, dtype=np.uint8)) for level in levels]
    shades[0].save(tmp_path / "m.gif", save_all=True, append_images=shades[1:], duration=40)
    pictures = movie_pictures(tmp_path / "m.gif", 3)
    assert [picture.shape for picture in pictures] == [(8, 9)] * 3
    seen = [picture.mean() * 255 for picture in pictures]
    assert seen == pytest.approx([0, 120, 240], abs=2)
    with pytest.raises(nfs.InvalidValueError, match="the movie has 5"):
        movie_pictures(tmp_path / "m.gif", 6)


@pytest.mark.parametrize(
    ("n_flows", "change", "message"),
    [
        (3, {}, "flow is given for 3 frames, but the movie has 5"),
        (5, {"n_frames": 99}, "too many"),
        (4, {"frame_rate": None}, "frame_rate is missing"),
        (4, {"nan": True}, "flow of frame 0 is not known everywhere"),
        (4, {"shape": (8, 9, 2)}, "flow of frame 0 has shape"),
    ],
)
def test_flow_that_does_not_fit_its_movie_is_refused(n_flows, change, message):
    change = dict(change)
    flow = np.zeros((n_flows, *change.pop("shape", (8, 8, 2))))
    flow[0, 0, 0] = np.nan if change.pop("nan", False) else 0
    options = {"degrees_per_pixel": 1.0, "frame_rate": 24 * Hz, "extent": 1} | change
    with pytest.raises(nfs.NeuroFlySimError, match=message):
        movie_with_flow(noise(5, 8, 8), flow, **options)


def write_sintel(folder, names, n_frames=21, shape=(60, 140), version="final"):
    """A wide picture for each sequence, whose middle moves to the left and down, in that layout."""
    height, width = shape
    for number, name in enumerate(names):
        wide = (255 * noise(height + 2 * n_frames, width + n_frames, seed=number)).astype(np.uint8)
        pictures, flows = (folder / "training" / kind / name for kind in (version, "flow"))
        pictures.mkdir(parents=True)
        flows.mkdir(parents=True)
        for k in range(n_frames):
            down = 2 * (n_frames - k)
            seen = wide[down : down + height, k : k + width]
            image = Image.fromarray(seen).convert("RGB")
            image.save(pictures / f"frame_{k + 1:04d}.png")
            if k < n_frames - 1:
                flow = np.broadcast_to(np.float32([-1, 2]), (height, width, 2))
                write_flo(flows / f"frame_{k + 1:04d}.flo", flow)


def test_sintel_is_read_from_its_folders(tmp_path):
    write_sintel(tmp_path, ["alley_1", "ambush_2"])
    options = {"split": "all", "extent": 2, "degrees_per_pixel": 0.5, "n_frames": 20}
    clips = sintel(tmp_path, **options)
    # 20 frames of 1/24 s are 41 steps of 20 ms: two clips, in three windows
    assert clips.luminance.shape == (2 * 3 * 2, 20, 19)
    assert clips.scene.tolist() == [0] * 6 + [1] * 6
    center = clips.flow[:, :, 9]
    assert center == pytest.approx(np.broadcast_to([-12, -24], center.shape), rel=1e-5)
    # the third window of the second sequence: to the right by half of what 70 in 100 leave
    right = (0.7 * 140 * 0.5 - (4 * np.sqrt(3) / 2 + 1) * 5.8) / 2
    # at 39*20 ms of 24 frames a second
    path = tmp_path / "training" / "final" / "ambush_2" / "frame_0019.png"
    picture = np.asarray(Image.open(path).convert("L")) / 255
    expected = nfs.Eye(2).sample(picture, degrees_per_pixel=0.5, center=(-right, 0))
    assert right > 5
    assert clips.luminance[11, 19] == pytest.approx(
        expected, abs=1e-6
    )  # at 0.78 s: the 19th of 24 a second


def test_sintel_is_split_by_the_sequences_of_the_paper(tmp_path):
    training, validation = SEQUENCES["training"], SEQUENCES["validation"]
    assert len(set(training) | set(validation)) == 23 and len(validation) == 6
    write_sintel(tmp_path, (*training, *validation), n_frames=3, shape=(8, 9), version="clean")
    read = {"version": "clean", "extent": 0, "n_frames": 2, "n_windows": 1}
    for split, count in (("training", 17), ("validation", 6), ("all", 23)):
        assert len(np.unique(sintel(tmp_path, split=split, **read).scene)) == count


def test_a_copy_of_sintel_that_is_not_whole_is_refused(tmp_path):
    with pytest.raises(nfs.InvalidValueError, match="is no folder; name the folder of MPI Sintel"):
        sintel(tmp_path)
    write_sintel(tmp_path, ["ambush_2"], n_frames=4, shape=(8, 9))
    with pytest.raises(nfs.InvalidValueError, match="alley_1 holds no frame_0001"):
        sintel(tmp_path)
    (tmp_path / "training" / "flow" / "ambush_2" / "frame_0002.flo").unlink()
    with pytest.raises(nfs.InvalidValueError, match=r"ambush_2 lacks frame_0002\.flo"):
        sintel(tmp_path, split="all")


def test_photographs_are_those_of_a_folder_or_of_a_list(tmp_path):
    for name, level in (("b.png", 255), ("a.jpg", 0)):
        Image.new("RGB", (7, 5), (level,) * 3).save(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    in_folder = nfs.flow.photographs(tmp_path)
    assert [name.rsplit("/")[-1] for name in in_folder] == ["a.jpg", "b.png"]
    assert [picture.mean() for picture in in_folder.values()] == [0, 1]
    listed = nfs.flow.photographs([tmp_path / "b.png"])
    assert list(listed) == list(nfs.flow.photographs(tmp_path / "b.png"))
    clips = nfs.flow.translating_pictures(in_folder, seed=0, extent=1)
    assert clips.luminance.mean(axis=(1, 2)).tolist() == pytest.approx([0] * 8 + [1] * 8, abs=1e-6)
    for source, message in (
        ([], "source is empty"),
        (3, "must be a folder"),
        ([3], "source holds int"),
        (tmp_path / "none.png", "no such file"),
    ):
        with pytest.raises(nfs.NeuroFlySimError, match=message):
            nfs.flow.photographs(source)
    (tmp_path / "empty").mkdir()
    with pytest.raises(nfs.InvalidValueError, match="holds no picture"):
        nfs.flow.photographs(tmp_path / "empty")


def test_photographs_in_the_box_are_those_of_their_provenance():
    folder = files("neuroflysim.flow.data")
    told = json.loads((folder / "provenance.json").read_text())["pictures"]
    pictures = nfs.flow.example_photographs()
    assert [f"{name}.png" for name in pictures] == sorted(told)
    for name, facts in told.items():
        content = (folder / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == facts["sha256"]
        assert facts["license"] == "CC0-1.0" and facts["given_by"] and facts["source"]
    for picture in pictures.values():
        assert max(picture.shape) == 256
        assert picture.min() >= 0 and picture.max() <= 1 and picture.std() > 0.05
