"""The lines of docs/notebooks.md run as they would in a notebook, and what it says is so."""

import base64
import io
import re
import sys
from io import StringIO
from pathlib import Path

import pytest
from brian2 import ms
from matplotlib import pyplot as plt
from PIL import Image

import neuroflysim as nfs
from neuroflysim.explore import coding, contents
from neuroflysim.progress import progress_bar

pytestmark = pytest.mark.docs

PAGE = (Path(__file__).parents[1] / "docs" / "notebooks.md").read_text()


def played(movie):
    """The GIF that a notebook shows."""
    text = movie._repr_html_()
    (content,) = re.findall(r'^<img [^<>]*src="data:image/gif;base64,([^"]*)"[^<>]*>$', text)
    return Image.open(io.BytesIO(base64.b64decode(content)))


@pytest.mark.compile
def test_each_cell_of_the_page_ends_with_what_a_notebook_shows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for cell in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        small = cell.replace("extent=15", "extent=1").replace("(15, 10 * ms)", "(1, 10 * ms)")
        small = small.replace("end=300", "end=-80")
        exec(small, names)
        last = cell.strip().splitlines()[-1].split(" ")[0]
        assert names[last]._repr_html_().startswith("<")
    assert played(names["movie"]).n_frames == 3
    assert (tmp_path / "edges.html").read_text(encoding="utf-8") == names["page"].html
    assert "10 cell types" in names["page"].told


def test_a_protocol_plays_frame_by_frame_and_leaves_no_figure():
    flash = nfs.protocols.flash(
        intensity=1, pre_time=60 * ms, stim_time=100 * ms, tail_time=40 * ms
    )
    movie = played(flash.animate(extent=1))
    middles = []
    for frame in range(movie.n_frames):
        movie.seek(frame)
        image = movie.convert("L")
        middles.append(image.getpixel((image.width // 2, round(image.height * 0.55))))
    assert movie.n_frames * movie.info["duration"] == 10 * 50  # 10 frames of 20 ms, 20 a second
    assert [value > 240 for value in middles] == [False] * 3 + [True] * 5 + [False] * 2
    assert plt.get_fignums() == []


def test_a_movie_that_was_written_plays_too(tmp_path):
    flash = nfs.protocols.flash(pre_time=0 * ms, stim_time=40 * ms, tail_time=40 * ms)
    movie = flash.animate(tmp_path / "flash.gif", extent=1)
    with Image.open(tmp_path / "flash.gif") as written:
        assert written.n_frames == played(movie).n_frames


def test_bars_are_shown_where_there_is_a_notebook(monkeypatch):
    seen = StringIO()
    monkeypatch.setattr(sys, "stderr", seen)
    assert list(progress_bar(True, [1, 2], file=seen)) == [1, 2] and not seen.getvalue()
    monkeypatch.setitem(sys.modules, "ipykernel", sys)
    assert list(progress_bar(True, [1, 2], file=seen)) == [1, 2] and "2/2" in seen.getvalue()


def test_the_numbers_of_the_page_are_those_of_the_package():
    assert f"each cell type has {coding.STEPS:,} steps" in PAGE
    assert PAGE.count(f"{contents.MOST_BYTES / 1e6:g} MB") == 2
    assert f"more than {contents.MOST_SAMPLES} samples" in PAGE
