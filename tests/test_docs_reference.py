"""The reference names all that is public, and nothing that is not there."""

import re
from pathlib import Path

import pytest

import neuroflysim as nfs

pytestmark = pytest.mark.docs

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {path.stem: path.read_text() for path in sorted(DOCS.glob("api*.md"))}
NAMED = re.findall(r"^\.\. (?:auto\w+|py:data):: (\w+)$", PAGES["api"], re.MULTILINE)
MODULES = re.findall(r"automodule:: neuroflysim\.(\w+)", "".join(PAGES.values()))


def test_every_public_name_stands_in_the_reference_once():
    assert sorted([*NAMED, *MODULES]) == sorted(nfs.__all__)


@pytest.mark.parametrize("name", MODULES)
def test_the_page_of_a_module_shows_all_its_names(name):
    page, module = PAGES[f"api_{name}"], getattr(nfs, name)
    assert f"automodule:: neuroflysim.{name}\n   :members:\n   :imported-members:" in page
    left_out = re.findall(r"exclude-members: (.*)", page)
    left_out = left_out[0].split(", ") if left_out else []
    assert set(left_out) <= set(module.__all__)
    assert set(left_out) - {"LIBRARY"} <= set(NAMED)  # else they would stand there twice
    assert f"api_{name}\n" in PAGES["api"]
