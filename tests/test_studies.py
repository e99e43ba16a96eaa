"""The studies of the database: each loads, and what it says can be found in its files."""

import csv
import json
from importlib.resources import files
from pathlib import Path

import pytest
from brian2 import ms
from jsonschema import Draft202012Validator

import neuroflysim as nfs
from neuroflysim.experiments.row_syntax import (
    FlyValue,
    parse_cell_types,
    parse_condition,
    parse_fly_value,
)
from neuroflysim.experiments.study import argument_values

EXAMPLES = Path(__file__).parent / "data" / "studies"
DATABASE = Path(str(files("neuroflysim.experiments_db")))
KEYS = sorted(folder.name for folder in DATABASE.iterdir() if (folder / "study.yaml").exists())


def test_the_published_schema_is_a_valid_schema():
    schema = json.loads((DATABASE / "study.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("key", KEYS)
def test_every_study_loads_and_its_rows_stand_where_it_says(key):
    study = nfs.load_study(key)
    lines = (DATABASE / key / "measurements.csv").read_text(encoding="utf-8").splitlines()
    for row in study.measurements:
        (cells,) = csv.reader([lines[row.row - 1]])
        assert cells[:5] == [row.measure, row.cell_type, row.condition, row.value, row.unit]
        assert study.place(row) == f"{key}/measurements.csv:{row.row}"
    assert {row.measure for row in study.measurements} == {*study.measures, *study.not_replayed}


def test_the_list_of_studies_has_them_all_and_says_why_some_are_not_replayed():
    table = nfs.studies()
    assert list(table.index) == KEYS
    silent = table[(table["replayed_rows"] == 0) & (table["rows"] > 0)]
    assert (silent["not_replayed"] != "").all()
    assert (table["replayed_rows"] <= table["rows"]).all()


def test_a_folder_is_loaded_as_it_is_written():
    study = nfs.load_study(EXAMPLES / "edges2001")
    assert study.key == "edges2001"
    assert str(study.citation) == "A Tester (2001). Made-up edges"
    experiment = study.experiments["edges"]
    assert experiment.time_step == 20 * ms
    protocol = experiment.build()
    assert protocol.conditions["angle"].unique().tolist() == [0, 90, 180, 270]
    assert protocol.conditions["speed"].unique().tolist() == [110]
    assert study.measures["preferred_direction"].signal == study.signal
    own = study.measures["flash_size"].signal
    assert own.arguments() == {"kind": "calcium", "threshold": 0, "decay_time": 200 * ms}
    first, *_, last = study.measurements
    assert (first.value, first.unit, first.spread, first.n, first.row) == (
        "180",
        "deg",
        "SD 10",
        12,
        2,
    )
    assert (last.n, last.row, last.strict) == (None, 16, True)
    assert [row.row for row in study.measurements if not row.strict] == [11]
    assert study.table.loc[8, "measure"] == "vector_strength"


def test_the_library_of_a_study_is_shown_once_by_studies_that_show_the_same():
    one, other = (nfs.load_study(EXAMPLES / key) for key in ("edges2001", "edges2002"))
    assert one.experiments["edges"].shown == other.experiments["edges"].shown
    assert one.experiments["edges"].shown != one.experiments["steps"].shown


@pytest.mark.parametrize(
    ("text", "low", "high", "word"),
    [
        ("71", 71, 71, ""),
        ("-0.5e-3", -0.0005, -0.0005, ""),
        ("<30", -float("inf"), 30, ""),
        ("> 500", 500, float("inf"), ""),
        ("20..40", 20, 40, ""),
        ("-2 .. -1", -2, -1, ""),
    ],
)
def test_numbers_bounds_and_ranges_are_read(text, low, high, word):
    assert parse_fly_value(text) == FlyValue(low, high, word)
    assert parse_fly_value(text).is_number == (low == high)


def test_words_are_read():
    assert parse_fly_value("low_pass").word == "low_pass"
    assert not parse_fly_value("ON").is_number


@pytest.mark.parametrize("text", ["", "..", "1..", "40..20", "<", "~3", "1 2", "1e999"])
def test_what_is_neither_is_refused(text):
    with pytest.raises(nfs.InvalidValueError):
        parse_fly_value(text)


def test_conditions_are_read_in_si_units():
    read = parse_condition(" angle=30 ;stim_time=160 ms; speed=28 deg/s; shown=both ")
    assert read == {"angle": 30, "stim_time": 0.16, "speed": 28, "shown": "both"}
    assert parse_condition("") == {}


def test_families_lists_and_differences_of_cell_types_are_read(connectome):
    known = tuple(connectome.cell_types.index)
    assert parse_cell_types("T5", known) == (("T5a", "T5b", "T5c", "T5d"),)
    assert parse_cell_types("CT1(Lo1)", known) == (("CT1(Lo1)",),)
    assert parse_cell_types("Mi1, Tm3", known) == (("Mi1", "Tm3"),)
    assert parse_cell_types("Mi9 - T4", known) == (("Mi9",), ("T4a", "T4b", "T4c", "T4d"))
    with pytest.raises(nfs.InvalidValueError, match="cell_type is 'T6'"):
        parse_cell_types("T6", known)


def test_arguments_of_yaml_become_quantities_numbers_words_and_tuples():
    read = argument_values(
        {
            "time": "160 ms",
            "speeds": ["14 deg/s", "28 deg/s"],
            "waveform": "square",
            "columns": [[0, 0], [1, 0]],
            "contrast": ["80 %", 1],
        }
    )
    assert read["time"] == 160 * ms
    assert (read["speeds"] * ms).tolist() == pytest.approx([0.014, 0.028])
    assert read["waveform"] == "square"
    assert read["columns"] == [(0, 0), (1, 0)]
    assert read["contrast"] == [0.8, 1]
