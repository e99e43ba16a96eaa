"""A GIF that is cut or damaged is no shorter movie."""

import io

import numpy as np
import pytest
from PIL import Image

import neuroflysim as nfs
from neuroflysim.errors import InvalidValueError
from neuroflysim.stimulus.gif_blocks import frames_in


def gif(n_frames=3, **options):
    pixels = np.random.default_rng(0).integers(0, 256, (n_frames, 12, 9)).astype(np.uint8)
    first, *others = [Image.fromarray(frame) for frame in pixels]
    content = io.BytesIO()
    options = {"duration": 40, **options}
    first.save(content, "GIF", save_all=True, append_images=others, **options)
    return content.getvalue()


@pytest.mark.parametrize(
    "options",
    [{}, {"loop": 0}, {"comment": b"made by hand"}, {"optimize": True}, {"disposal": 2}],
)
@pytest.mark.parametrize("n_frames", [1, 2, 7])
def test_as_many_frames_are_found_as_were_written(n_frames, options, tmp_path):
    (tmp_path / "movie.gif").write_bytes(gif(n_frames, **options))
    assert frames_in(tmp_path / "movie.gif") == n_frames


def test_wherever_a_gif_is_cut_it_is_refused(tmp_path):
    content = gif()
    for length in range(0, len(content), 7):
        (tmp_path / "movie.gif").write_bytes(content[:length])
        with pytest.raises(InvalidValueError, match=r"movie\.gif is damaged"):
            frames_in(tmp_path / "movie.gif")


def test_zeros_behind_the_end_are_taken_and_other_bytes_not(tmp_path):
    (tmp_path / "movie.gif").write_bytes(gif() + bytes(512))
    assert frames_in(tmp_path / "movie.gif") == 3
    (tmp_path / "movie.gif").write_bytes(gif() + gif())
    with pytest.raises(InvalidValueError, match="something else follows"):
        frames_in(tmp_path / "movie.gif")


def test_a_damaged_gif_shows_no_part_of_its_frames(tmp_path):
    content = bytearray(gif())
    content[len(content) // 2 : len(content) // 2 + 300] = bytes(300)
    (tmp_path / "movie.gif").write_bytes(content)
    with pytest.raises(InvalidValueError, match=r"movie\.gif is damaged"):
        nfs.protocols.movie(tmp_path / "movie.gif", degrees_per_pixel=2)


@pytest.mark.parametrize(
    ("place", "size", "message"),
    [(6, 10, "leaves a part of the picture empty"), (8, 3, "lies outside of the picture")],
)
def test_frames_fill_the_picture_and_no_more(place, size, message, tmp_path):
    content = bytearray(gif())
    content[place] = size  # width, or height, of the whole
    (tmp_path / "movie.gif").write_bytes(content)
    with pytest.raises(InvalidValueError, match=message):
        frames_in(tmp_path / "movie.gif")
