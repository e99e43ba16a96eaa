"""docs/architecture.md names files that exist, and its picture shows the layers of setup.cfg."""

import json
import re
from configparser import ConfigParser
from pathlib import Path
from runpy import run_path

import matplotlib
import pytest
from PIL import Image

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text()
PICTURE = ROOT / "docs" / "figures" / "architecture.png"

#: What stands as code on the page and looks like a file; folders end with a slash.
FILES = sorted({
    name
    for name in re.findall(r"`([\w.][\w./-]*)`", PAGE)
    if name.endswith("/") or Path(name).suffix in (".py", ".h", ".cu", ".cfg", ".md", ".json")
})  # fmt: skip


@pytest.fixture(scope="module")
def script():
    return run_path(str(ROOT / "docs" / "figures" / "architecture.py"))


@pytest.fixture(scope="module")
def layers():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["importlinter:contract:layers"]["layers"]
    return re.findall(r"neuroflysim\.(\w+)", listed)


def test_the_page_tells_of_many_files():
    assert len(FILES) > 80


@pytest.mark.parametrize("name", FILES)
def test_each_file_of_the_page_exists(name):
    assert (ROOT / name).exists() or (ROOT / "neuroflysim" / name).exists(), name


def test_what_the_page_says_is_in_a_file_is_there():
    """NAME in `file`, where NAME is a table, a number, a function or a method of that file."""
    said = re.findall(r"`(\w+)`\s+(?:in|of)\s+`([\w./]+\.py)`", PAGE)
    assert len(said) >= 8
    for name, file in said:
        content = (ROOT / "neuroflysim" / file).read_text()
        assert re.search(rf"^( *def |class )?{name}\b", content, re.MULTILINE), (name, file)


def test_each_link_of_the_page_leads_to_a_section():
    for page, anchor in re.findall(r"\]\((\w+\.md)#([\w-]+)\)", PAGE):
        titles = re.findall(r"^##+ (.*)$", (ROOT / "docs" / page).read_text(), re.MULTILINE)
        assert anchor in [title.lower().replace(" ", "-") for title in titles], (page, anchor)


@pytest.mark.slow
def test_the_picture_shows_each_layer_and_all_imports_go_down(script, layers):
    assert script["layers"]() == layers
    figure = script["draw"]()
    (ax,) = figure.axes
    assert [label.get_text() for label in ax.get_yticklabels()] == layers
    assert [label.get_text() for label in ax.get_xticklabels()] == layers
    place = {name: number for number, name in enumerate(layers)}
    found = script["imports"](layers)
    assert found["cli", "simulation"] and found["simulation", "connectome"]
    up = [pair for pair in found if place[pair[0]] > place[pair[1]]]
    # Protocol.plot and Responses.animate, the exceptions
    assert sorted(up) == [("responses", "plotting"), ("stimulus", "plotting")]
    exception = matplotlib.colors.to_rgba(script["EXCEPTION"])
    red = [dots for dots in ax.collections if tuple(dots.get_facecolor()[0]) == exception]
    assert sorted(tuple(dots.get_offsets()[0]) for dots in red) == sorted(
        (place["plotting"], place[layer]) for layer in ("stimulus", "responses")
    )


def test_imports_are_those_of_the_files(script, tmp_path):
    file = tmp_path / "one.py"
    file.write_text(
        "import numpy\nimport neuroflysim.lattice\nfrom neuroflysim import checks\n"
        "def draw():\n    from neuroflysim.plotting.protocol import plot_thumbnail\n"
    )
    assert script["imported_by"](file) == {"lattice", "checks", "plotting"}


def test_the_picture_in_the_repository_is_of_the_layers_of_today(layers):
    with Image.open(PICTURE) as picture:
        shown = json.loads(picture.info["Description"])
    assert shown == layers, "make figures, or python docs/figures/architecture.py, draws it anew"
