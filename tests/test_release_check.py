"""What a release must be is judged as tests/release_check.py says, and this clone agrees."""

import doctest
import sys
import tarfile
import zipfile
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest

import neuroflysim as nfs

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def release():
    return SimpleNamespace(**run_path(str(ROOT / "tests" / "release_check.py")))


@pytest.mark.parametrize("name", ["wrong_in_sdist", "wrong_in_wheel"])
def test_what_the_examples_of_the_script_show_is_so(release, name):
    (test,) = doctest.DocTestFinder().find(getattr(release, name), name, globs=vars(release))
    assert test.examples and doctest.DocTestRunner().run(test).failed == 0


def test_the_version_stands_in_one_place_and_what_people_read_agrees_with_it(release):
    assert release.version() == nfs.__version__
    told = nfs.__version__.partition(".dev")[0]
    assert release.versions_told() == {"CHANGELOG.md": told, "CITATION.cff": told}


@pytest.mark.parametrize("heading", ["0.2.0", "0.2.0 (not released)", "0.2.0 (next week)"])
def test_a_section_without_a_date_is_no_release(release, tmp_path, heading):
    (tmp_path / "CHANGELOG.md").write_text(
        f"# Changelog\n\n## {heading}\n\n## 0.1.0 (2026-11-30)\n"
    )
    (tmp_path / "CITATION.cff").write_text("version: 0.2.0\n")
    told = release.versions_told(tmp_path)
    assert told["CITATION.cff"] == "0.2.0" and "no version with a date" in told["CHANGELOG.md"]


@pytest.mark.slow
def test_a_built_file_is_looked_into(release, tmp_path):
    version, expected = release.version(), sorted(release.tracked())
    sdist, wheel = tmp_path / f"n-{version}.tar.gz", tmp_path / f"n-{version}.whl"
    (stale := tmp_path / "a.pyc").touch()
    with tarfile.open(sdist, "w:gz") as archive:
        for name in [*expected, *release.BESIDE]:
            archive.add(stale, f"n-{version}/{name}")
        archive.add(stale, f"n-{version}/tests/__pycache__/a.pyc")
    assert release.wrong_in(sdist) == ["holds tests/__pycache__/a.pyc"]
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in expected[1:]:
            below = name if name.startswith("neuroflysim/") else f"neuroflysim/{name}"
            archive.writestr(below, "")
    assert release.wrong_in(wheel) == [f"lacks neuroflysim/{expected[0]}"]
    other = wheel.rename(tmp_path / "n-9.9.whl")
    assert release.wrong_in(other)[0] == f"is not of version {version}"


@pytest.mark.slow
def test_a_script_that_ends_with_an_error_is_told(release, tmp_path, capsys):
    for name, code in (("good", "import os; open('here', 'w')"), ("bad", "raise SystemExit(3)")):
        (tmp_path / f"{name}.py").write_text(code)
    scripts = [tmp_path / "good.py", tmp_path / "bad.py"]
    assert release.failed(sys.executable, scripts, tmp_path) == ["bad.py ends with an error"]
    assert (tmp_path / "here").is_file()
    assert "good.py runs" in capsys.readouterr().out


def test_no_test_is_part_of_what_people_install():
    assert "prune tests" in (ROOT / "MANIFEST.in").read_text().splitlines()
