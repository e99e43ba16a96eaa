"""The table of the paper's studies against the folders of the experiments database."""

import csv
from importlib.resources import files

import pytest

import neuroflysim as nfs

DATABASE = files("neuroflysim.experiments_db")
with DATABASE.joinpath("paper_studies.csv").open(encoding="utf-8") as table:
    ROWS = list(csv.DictReader(table))


def test_the_paper_compares_with_26_studies():
    assert len({row["study"] for row in ROWS}) == 26
    assert all(row["why"] for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row["key"] or row["study"] for row in ROWS])
def test_the_table_says_of_a_study_what_its_folder_can_replay(row):
    if not row["key"]:
        assert row["replayable"] == "no"
        return
    study = nfs.load_study(row["key"])
    assert str(study.citation.year) in row["study"]
    expected = "no" if not study.measures else "partly" if study.not_replayed else "yes"
    assert row["replayable"] == expected
