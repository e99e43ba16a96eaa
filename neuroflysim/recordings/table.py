"""A table with units behind the names of its columns, checked line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen
from brian2 import Quantity

from neuroflysim.checks import near_words, seconds
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files.text_tables import decimal_comma, read_text_table
from neuroflysim.recordings.column_names import plain_unit, same_unit, split_unit
from neuroflysim.recordings.labels import MISSING, NUMBER, WORDS
from neuroflysim.recordings.signal_checks import require_even_times

SEPARATORS = {".csv": ",", ".tsv": "\t"}
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "min": 60.0}


@frozen
class Table:
    """Rows of text, or of numbers in some columns, with the lines of the file as their index."""

    name: str
    rows: pd.DataFrame
    units: dict[str, str]  #: of each column, empty where its name does not tell it
    a_row: str = "line"  #: what a row is called in messages

    def place(self, row: int, column: str) -> str:
        """Return where a cell is, for messages."""
        return f"{self.name}, {self.a_row} {row}, column {column}"

    def column(self, role: str, name: str) -> str:
        """Return the name of a column that exists; it may be written with its unit."""
        bare = split_unit(name)[0] if isinstance(name, str) else name
        if isinstance(bare, str) and bare in self.units:
            return bare
        near = near_words(bare, list(self.units))
        if not near and role == "time":
            near = [one for one, unit in self.units.items() if plain_unit(unit) in SECONDS]
        cure = " or ".join(f"{role}={one!r}" for one in near or self.units)
        raise InvalidValueError(
            f"{self.name}: no column is called {bare!r}, but there are"
            f" {', '.join(map(repr, self.units))}; name it: {cure}."
        )

    def columns(self, role: str, names: Sequence[str]) -> list[str]:
        """Return names of columns that exist, at least one."""
        found = [self.column(role, name) for name in names]
        if not found:
            raise InvalidValueError(
                f"{self.name}: there is no column for {role}; there are {', '.join(self.units)}."
            )
        return found

    def numbers(self, name: str, rows: pd.DataFrame) -> np.ndarray:
        """Return some rows of a column as finite numbers."""
        texts = rows[name]
        if texts.dtype.kind in "iuf":
            values = texts.to_numpy().astype(float)
        else:
            plain = texts.str.fullmatch(NUMBER).to_numpy(bool)
            values = texts.where(plain, "nan").to_numpy().astype(float)
        wrong = ~np.isfinite(values)
        if wrong.any():
            k = int(np.argmax(wrong))
            text = texts.iloc[k]
            raise InvalidValueError(
                f"{self.place(rows.index[k], name)}: {text!r} {_no_number(str(text))}"
            )
        return values

    def times(self, name: str, rows: pd.DataFrame, scale: float) -> tuple[float, float]:
        """Return the first of evenly spaced times and their step, in seconds."""
        times = self.numbers(name, rows) * scale
        first, last = rows.index[0], rows.index[-1]
        require_even_times(f"{self.name}, {self.a_row}s {first} to {last}, column {name}", times)
        return float(times[0]), float(times[-1] - times[0]) / (len(times) - 1)

    def seconds_in(self, name: str, unit: Quantity | str | None) -> float:
        """Return how many seconds the unit of a column of times is."""
        if isinstance(unit, str):
            if plain_unit(unit) not in SECONDS:
                raise InvalidValueError(
                    f"{self.name}: time_unit is {unit!r}, but must be one of"
                    f" {', '.join(SECONDS)}, or a duration of Brian2, for example ms."
                )
            return SECONDS[plain_unit(unit)]
        if unit is not None:
            return seconds("time_unit", unit)
        unit_of_file = plain_unit(self.units[name])
        if unit_of_file not in SECONDS:
            raise InvalidValueError(
                f"{self.name}: the column {name} has {self.units[name]!r} for its unit, but must"
                f" have one of {', '.join(SECONDS)}; write it like 'time (ms)', or give"
                " time_unit=ms."
            )
        return SECONDS[unit_of_file]

    def unit_of(self, names: Sequence[str], unit: str | None) -> str:
        """Return the unit that columns share."""
        if unit is not None:
            if not isinstance(unit, str) or not unit.strip():
                raise InvalidTypeError(f"unit is {unit!r}, but must be text, for example 'mV'.")
            return unit
        for name in names:
            if not self.units[name]:
                raise InvalidValueError(
                    f"{self.name}: the unit of the column {name} is not known; write it like"
                    f" '{name} (mV)', or give unit='mV'."
                )
            if not same_unit(self.units[name], self.units[names[0]]):
                raise InvalidValueError(
                    f"{self.name}: the column {name} is in {self.units[name]}, but {names[0]} in"
                    f" {self.units[names[0]]}; name columns of one unit: values=[...]."
                )
        return self.units[names[0]]

    def one_value(self, name: str, rows: pd.DataFrame) -> str:
        """Return what a column says in all rows of a trial."""
        texts = rows[name]
        other = texts != texts.iloc[0]
        if other.any():
            k = int(np.argmax(other))
            here, first = as_text(texts.iloc[k]), as_text(texts.iloc[0])
            raise InvalidValueError(
                f"{self.place(rows.index[k], name)}: {here!r} is not what stands in {self.a_row}"
                f" {rows.index[0]} of the same trial ({first!r}); a label has one value in a trial."
            )
        return as_text(texts.iloc[0])

    def is_numbers(self, name: str) -> bool:
        """Return whether a column holds a number in each row."""
        column = self.rows[name]
        return column.dtype.kind in "iuf" or bool(column.str.fullmatch(NUMBER).all())

    def missing(self, name: str) -> np.ndarray:
        """Return in which rows a column says nothing."""
        column = self.rows[name]
        if column.dtype.kind in "iuf":
            return column.isna().to_numpy()
        return column.str.lower().isin(MISSING).to_numpy()

    def labels(self, name: str, lines: Sequence[int], texts: Sequence[str]) -> np.ndarray:
        """Return one text of each trial as numbers, as True and False, or else as words.

        Parameters
        ----------
        name : str
            Of the column.
        lines : sequence of int
            Where the trials begin, for messages.
        texts : sequence of str
        """
        for line, text in zip(lines, texts, strict=True):
            if text.lower() in MISSING:
                raise InvalidValueError(
                    f"{self.place(line, name)}: the label of this trial is missing"
                    f" ({text!r}); fill it in, or take the trial out."
                )
        if set(texts) <= {"True", "False"} and name not in WORDS:
            return np.array([text == "True" for text in texts])
        numbers = [re.fullmatch(NUMBER, text) is not None for text in texts]
        if name in WORDS or not any(numbers):
            return np.asarray(texts, dtype=str)
        if not all(numbers):
            k = numbers.index(False)
            raise InvalidValueError(
                f"{self.place(lines[k], name)}: {texts[k]!r} is no number, but"
                f" {texts[numbers.index(True)]!r} in {self.a_row} {lines[numbers.index(True)]} is;"
                " write numbers in all rows, or words."
            )
        values = np.array([float(text) for text in texts])
        if not np.isfinite(values).all():
            k = int(np.argmin(np.isfinite(values)))
            raise InvalidValueError(
                f"{self.place(lines[k], name)}: {texts[k]!r} is too large a number."
            )
        whole = all(re.fullmatch("[+-]?[0-9]+", text) for text in texts)
        return values.astype(np.int64) if whole and (np.abs(values) < 2**53).all() else values


def read_table(path: Path, separator: str | None) -> Table:
    """Read a table as text.

    Parameters
    ----------
    path : Path
    separator : str, optional
        By the suffix, if not given.
    """
    separator = SEPARATORS.get(path.suffix.lower(), ",") if separator is None else separator
    found = read_text_table(path, separator)
    return with_units(found.name, found.rows, f"line {found.header_line}")


def as_text(value: Any) -> str:
    """Return a cell as text: numbers as Python writes them, nothing as an empty text."""
    if isinstance(value, str):
        return value.strip()
    if value is None or (np.ndim(value) == 0 and pd.isna(value)):
        return ""
    if isinstance(value, float):  # numpy's, too
        return repr(float(value))
    return str(value)[:200]


def with_units(name: str, rows: pd.DataFrame, where: str, a_row: str = "line") -> Table:
    """Return a table whose columns are named without their units.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    rows : DataFrame
        Its columns are named with their units.
    where : str
        The names of columns stand, for messages.
    a_row : str
        What a row is called.
    """
    units = {}
    for column in rows:
        bare, unit = split_unit(column)
        if bare in units:
            raise InvalidValueError(
                f"{name}, {where}: two columns of one name, {bare!r}; keep one, or give them names"
                " of their own."
            )
        units[bare] = unit
    if not len(rows):
        raise InvalidValueError(f"{name} has no rows below the names of its columns.")
    return Table(name, rows.set_axis(list(units), axis=1), units, a_row)


def _no_number(text: str) -> str:
    if decimal_comma(text):
        return "has a decimal comma; write decimals with a point (English notation)."
    return "is no finite number; fill it in, or take this trial out."
