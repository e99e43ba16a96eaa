"""The oldest dependencies are those that setup.cfg allows, and rows of the table are kept."""

import csv
import doctest
from configparser import ConfigParser
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def matrix():
    return SimpleNamespace(**run_path(str(ROOT / "tests" / "matrix.py")))


def row(**changes):
    return {
        "Python": "3.12.1", "dependencies": "oldest", "numpy": "2.1.0", "scipy": "1.14.1",
        "pandas": "2.2.3", "xarray": "2025.1", "brian2": "2.10.1", "date": "2026-11-30",
        "tests": "all", "passed": "9", "skipped": "1", "failed": "0", **changes,
    }  # fmt: skip


def test_everything_that_is_needed_has_a_lower_bound_and_the_oldest_is_that(matrix):
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    needed = [
        Requirement(line)
        for line in config["options"]["install_requires"].split("\n")
        if line and line != "setuptools"  # any has what Brian2 asks for
    ]
    oldest = dict(line.split(" == ") for line in matrix.oldest())
    for one in needed:
        assert one.specifier.contains(oldest[one.name]), one
        below = [each for each in one.specifier if each.operator in (">", "~=", "<", "<=", "!=")]
        assert not below, f"{one}: write >= the oldest, so that it can be tried"


def test_a_row_takes_the_place_of_the_one_before_it(matrix, tmp_path):
    table = tmp_path / "versions.csv"
    rows = [
        row(dependencies="newest"),
        row(Python="3.13.0"),
        row(),
        row(Python="3.12.4", passed="10"),
    ]
    for each in rows:
        matrix.keep(each, table)
    with table.open() as file:
        kept = list(csv.DictReader(file))
    assert kept == [rows[3], rows[0], rows[1]]


@pytest.mark.parametrize("name", ["counted", "named"])
def test_what_the_examples_of_the_script_show_is_so(matrix, name):
    (test,) = doctest.DocTestFinder().find(getattr(matrix, name), name, globs=vars(matrix))
    assert test.examples and doctest.DocTestRunner().run(test).failed == 0


def test_where_no_test_ran_none_is_counted(matrix):
    assert matrix.counted("no tests ran in 0.01s")["failed"] == "no test ran"


@pytest.mark.slow
def test_a_python_that_is_not_here_has_no_version(matrix, tmp_path):
    assert matrix.version_of(str(tmp_path / "python3.99")) is None


def test_the_table_of_the_pages_has_the_columns_of_the_script(matrix):
    with matrix.TABLE.open() as file:
        rows = list(csv.DictReader(file))
    assert rows and all(tuple(each) == matrix.COLUMNS for each in rows)
