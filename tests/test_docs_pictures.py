"""The lines of docs/pictures.md run, at small extents; each of its pictures is there."""

import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from matplotlib import pyplot as plt
from PIL import Image

import neuroflysim as nfs
from neuroflysim import plotting
from neuroflysim.validation.headline import QUANTITIES

pytestmark = pytest.mark.docs

DOCS = Path(__file__).parents[1] / "docs"
PAGE = (DOCS / "pictures.md").read_text()


@pytest.fixture
def blocks(monkeypatch):
    """Reads the page as the script does that makes its pictures."""
    monkeypatch.syspath_prepend(DOCS / "figures")
    import pictures

    yield pictures.blocks(PAGE)
    del sys.modules["pictures"]


def short(*_, **__):
    """What stands for a fit of a minute."""
    curve = {"evaluations": [64, 128], "r2_median": 0.1, "r2_best": 0.2, "step_size": 0.3}
    return SimpleNamespace(learning_curve=pd.DataFrame(curve))


def predictions(*_, **__):
    """What stands for predictions of all models, that the ensembles' page keeps."""
    table = pd.read_csv(DOCS / "figures" / "predictions_flow.csv", index_col=[0, 1])
    return table.assign(studies=table["studies"].fillna(""))


def validate(*_, **__):
    """What stands for the headline numbers."""
    names = [f"{who}{end}" for who in ("model", "flyvis") for end in ("", "_min", "_max")]
    return pd.DataFrame(0.5, list(QUANTITIES), [*names, "untrained_start"])


def screen(*_, **__):
    """What stands for a screen of all types."""
    rows = {"candidate": 0, "perturbation": ["a", "b"], "cell_type": "T4a", "intact": 0.4}
    return pd.DataFrame(rows | {"perturbed": [0.1, 0.5], "change": [-0.3, 0.1]})


@pytest.mark.compile
def test_the_lines_of_the_page_draw_its_pictures(blocks, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, stand_in in (
        ("fit", short),
        ("predictions", predictions),
        ("validate", validate),
        ("screen", screen),
    ):
        monkeypatch.setattr(nfs, name, stand_in)
    names = {}
    for code, picture in blocks:
        names.pop("axes", None)
        small = re.sub(r"extent=(6|8|15)\b", "extent=1", code).replace("end=900", "end=0")
        exec(compile(small, "pictures.md", "exec"), names)
        assert not picture or "axes" in names or picture.endswith(".gif")
        plt.close("all")
    assert (tmp_path / "movie.gif").read_bytes().startswith(b"GIF")
    assert (tmp_path / "figure_1.pdf").read_bytes().startswith(b"%PDF")


def test_each_picture_of_the_page_is_there_and_small(blocks):
    pictures = [DOCS / picture for _, picture in blocks if picture]
    assert len(pictures) == len(set(re.findall(r"!\[[^\]]*\]\(([^)]*)\)", PAGE)))
    for path in pictures:
        with Image.open(path) as image:
            assert image.width > 300
        assert path.stat().st_size < (300_000 if path.suffix == ".gif" else 150_000)


def test_the_page_names_every_function():
    assert [name for name in plotting.__all__ if f"`{name}`" not in PAGE] == []
