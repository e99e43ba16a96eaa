"""Numbers with units, read from text."""

import numpy as np
import pytest
from brian2 import Quantity, have_same_dimensions, ms, second
from hypothesis import given
from hypothesis import strategies as st

import neuroflysim as nfs
from neuroflysim import degree
from neuroflysim.quantity_text import UNITS, as_typed, parse_quantity, parse_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("20 ms", 20 * ms),
        ("20ms", 0.02 * second),
        (" -1.5e1 s ", -15 * second),
        ("2 Hz", 2 / second),
        ("50 deg/s", 50 * degree / second),
        ("30 deg", 30),
        ("80 %", 0.8),
        (".5 1", 0.5),
        ("inf deg", float("inf")),
        ("7", 7),
    ],
)
def test_a_number_takes_the_dimension_of_its_unit(text, value):
    parsed = parse_quantity(text)
    assert isinstance(parsed, Quantity) == isinstance(value, Quantity)
    assert have_same_dimensions(parsed, value)
    assert float(parsed) == pytest.approx(float(value), rel=1e-15)


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(["", " s", " deg"]))
def test_every_number_that_python_writes_is_read(number, unit):
    assert float(parse_quantity(f"{number!r}{unit}")) == number


@pytest.mark.parametrize(
    "text",
    ["", "ms", "20 m", "20 ms 3", "1 2", "2*3 ms", "__import__('os')", "nan", "20 MS", "12 11",
     "1_000", "0x10", "infinity", "1 000 ms", "5 5 ms", "\uff11 ms", "\u0663", "1e400 ms", "2e-400",
     "9" * 5000, "\u221220 ms"],
)  # fmt: skip
def test_other_text_is_refused_and_the_units_are_told(text):
    with pytest.raises(nfs.InvalidValueError, match=r"ms, s, Hz, deg, deg/s, %, 1|too large or"):
        parse_quantity(text)
    with pytest.raises(nfs.InvalidValueError):
        parse_value(text)


@pytest.mark.parametrize("text", ["(1, 2", "1), (2", "(1)(2)", "()", "1,", "((1, 0), (0, 0)"])
def test_brackets_that_do_not_close_and_empty_places_are_refused(text):
    with pytest.raises(nfs.InvalidValueError, match="must be one number"):
        parse_value(text)


@pytest.mark.parametrize("word", ["nan", "NaN", "Infinity", "None", "null"])
def test_what_programs_write_for_a_missing_number_is_no_word(word):
    with pytest.raises(nfs.InvalidValueError, match="must be one number"):
        parse_value(word)


def test_brackets_beyond_reason_are_refused():
    with pytest.raises(nfs.InvalidValueError, match="more than 3 brackets"):
        parse_value("(" * 100_000 + "1" + ")" * 100_000)


def test_a_unit_that_is_allowed_is_not_a_word():
    for unit in set(UNITS) - {"1"}:
        with pytest.raises(nfs.InvalidValueError):
            parse_value(unit)


def test_lists_words_and_tuples_are_told_apart():
    assert parse_value("sine") == "sine"
    assert parse_value("sine, square") == ["sine", "square"]
    assert parse_value("(1, -1)") == (1, -1)
    assert parse_value("(1, -1), (0, 2)") == [(1, -1), (0, 2)]
    assert parse_value("((1, 0), (0, 0)), ((0, 0), (1, 0))") == [
        ((1, 0), (0, 0)),
        ((0, 0), (1, 0)),
    ]
    assert parse_value("true") is True
    assert (parse_value("20 ms, 0.04 s") == [20, 40] * ms).all()
    with pytest.raises(nfs.InvalidTypeError):
        parse_value("20 ms, 3 deg")
    with pytest.raises(nfs.InvalidTypeError):
        parse_quantity(3)


@pytest.mark.parametrize(
    "value",
    [0.5, 7, float("inf"), [0, 90], 160 * ms, 2 * second, [14, 56] / second, "sine", True,
     [(0, 0), (1, -1)]],
)  # fmt: skip
def test_what_is_written_as_typed_is_read_back(value):
    back = parse_value(as_typed(value, "deg/s"))
    assert np.array_equal(np.asarray(back), np.asarray(value))
    assert isinstance(value, str | bool) or have_same_dimensions(back, value)
