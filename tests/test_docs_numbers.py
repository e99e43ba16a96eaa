"""Numbers, files and links that README and the pages name are those of the package."""

import re
from pathlib import Path

import pytest

import neuroflysim as nfs

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def number(pattern, text=README):
    """The number that stands in the one place where the pattern does."""
    (found,) = {match.replace(",", "") for match in re.findall(pattern, text)}
    return int(found)


def test_the_readme_counts_what_is_there(connectome):
    network = connectome.network(15)
    assert number(r"(\d+) cell types") == len(connectome.cell_types)
    assert number(r"(\d+) columns") == network.lattice.n_columns
    assert number(r"([\d,]+) neurons") == network.n_neurons
    assert number(r"([\d,]+)\s+connected pairs") == network.n_pairs
    assert number(r"each of (\d+)\s+connections") == len(connectome.connections)
    vector = nfs.Parameters.uniform(connectome).to_vector()
    assert number(r"(\d+) numbers\s+are free") == len(vector)
    assert number(r"(\d+) published sources") == len(nfs.studies())
    tutorials = list((ROOT / "examples").glob("[0-9]*.py"))
    assert len(tutorials) == 14
    assert "fourteen tutorials" in README


def test_the_changelog_counts_the_same_studies():
    studies = number(r"database of (\d+) published studies", (ROOT / "CHANGELOG.md").read_text())
    assert studies + 1 == len(nfs.studies())  # and the labels of the published model


def test_the_equations_stand_in_one_short_file():
    file = ROOT / "neuroflysim" / "dynamics" / "graded.py"
    assert nfs.GRADED.equations.strip().splitlines()[0].strip() in file.read_text()
    assert len(file.read_text().splitlines()) < 60


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_files_that_a_page_names_are_there(page):
    folders = "benchmarks|docs|examples|experiments_db|neuroflysim|protocols|tests"
    named = re.findall(rf"`((?:{folders})/[\w/.]+\.\w+)`", page.read_text())
    made_by_the_reader = {
        "protocols/NAME.py",
        "protocols/brightening_disc.py",
        "benchmarks/results/gpu_checks.txt",  # on a machine with a GPU
    }
    missing = [name for name in named if not (ROOT / name).exists()]
    assert set(missing) <= made_by_the_reader
    for link in re.findall(
        r"\]\(((?!http)[^)#]+\.(?:md|png|gif|cff))(?:#[^)]*)?\)", page.read_text()
    ):
        assert (page.parent / link).exists() or (ROOT / link).exists(), link
