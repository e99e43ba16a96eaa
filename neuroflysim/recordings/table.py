"""A table of text with units behind the names of its columns, checked line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen
from brian2 import Quantity

from neuroflysim.checks import one_of, seconds
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.recordings.recording import require_even_times

SEPARATORS = {".csv": ",", ".tsv": "\t"}
SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "min": 60.0}


@frozen
class Table:
    """Rows of text; row k stands in line k + 2 of the file."""

    name: str
    rows: pd.DataFrame
    units: dict[str, str]  #: of each column, empty where its name does not tell it

    def column(self, role: str, name: str) -> str:
        """Return the name of a column that exists; it may be written with its unit."""
        bare = _split(name)[0] if isinstance(name, str) else name
        return one_of(f"{self.name}: {role}", bare, self.units)

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
        values = pd.to_numeric(rows[name], errors="coerce").to_numpy(float)
        wrong = ~np.isfinite(values)
        if wrong.any():
            k = int(np.argmax(wrong))
            text = rows[name].iloc[k]
            raise InvalidValueError(
                f"{self.name}, line {rows.index[k] + 2}, column {name}: {text!r} is no finite"
                " number; fill it in, or take this trial out."
            )
        return values

    def times(self, name: str, rows: pd.DataFrame, scale: float) -> tuple[float, float]:
        """Return the first of evenly spaced times and their step, in seconds."""
        times = self.numbers(name, rows) * scale
        first, last = rows.index[0] + 2, rows.index[-1] + 2
        require_even_times(f"{self.name}, lines {first} to {last}, column {name}", times)
        return float(times[0]), float(times[-1] - times[0]) / (len(times) - 1)

    def seconds_in(self, name: str, unit: Quantity | None) -> float:
        """Return how many seconds the unit of a column of times is."""
        if unit is not None:
            return seconds("time_unit", unit)
        if self.units[name] not in SECONDS:
            raise InvalidValueError(
                f"{self.name}: the column {name} has {self.units[name]!r} for its unit, but must"
                f" have one of {', '.join(SECONDS)}; write it like 'time (ms)', or give"
                " time_unit=ms."
            )
        return SECONDS[self.units[name]]

    def unit_of(self, names: Sequence[str], unit: str | None) -> str:
        """Return the unit that columns share."""
        if unit is not None:
            if not isinstance(unit, str) or not unit.strip():
                raise InvalidTypeError(f"units is {unit!r}, but must be text, for example 'mV'.")
            return unit
        for name in names:
            if not self.units[name]:
                raise InvalidValueError(
                    f"{self.name}: the unit of the column {name} is not known; write it like"
                    f" '{name} (mV)', or give units='mV'."
                )
            if self.units[name] != self.units[names[0]]:
                raise InvalidValueError(
                    f"{self.name}: the column {name} is in {self.units[name]}, but {names[0]} in"
                    f" {self.units[names[0]]}; name columns of one unit: values=[...]."
                )
        return self.units[names[0]]

    def one_value(self, name: str, rows: pd.DataFrame) -> str:
        """Return what a column says in all rows of a trial."""
        text = rows[name]
        other = text != text.iloc[0]
        if other.any():
            line = text.index[int(np.argmax(other))] + 2
            raise InvalidValueError(
                f"{self.name}, line {line}, column {name}: {text[line - 2]!r} is not what stands"
                f" in line {text.index[0] + 2} of the same trial ({text.iloc[0]!r}); a label has"
                " one value in a trial."
            )
        return text.iloc[0]


def read_table(path: Path, separator: str | None) -> Table:
    """Read a table as text.

    Parameters
    ----------
    path : Path
    separator : str, optional
        By the suffix, if not given.
    """
    separator = SEPARATORS.get(path.suffix.lower(), ",") if separator is None else separator
    try:
        rows = pd.read_csv(
            path, sep=separator, dtype=str, keep_default_na=False, skip_blank_lines=False,
            encoding="utf-8-sig",
        )  # fmt: skip
    except (ValueError, OSError, TypeError) as error:  # also of decoding and of parsing
        raise InvalidValueError(
            f"{path} cannot be read as a table ({error}); save it as UTF-8 with one line of names"
            f" and {separator!r} between columns."
        ) from None
    named = [_split(str(name)) for name in rows]
    units = dict(named)
    if len(units) != len(named) or not len(rows):
        why = "two columns of one name" if len(rows) else "no rows"
        raise InvalidValueError(f"{path.name} has {why}; see its first lines.")
    rows.columns = list(units)
    return Table(path.name, rows, units)


def as_typed(texts: Sequence[str]) -> np.ndarray:
    """Return numbers where all texts are numbers, else the texts."""
    try:
        return pd.to_numeric(pd.Series(texts)).to_numpy()
    except ValueError:
        return np.asarray(texts, dtype=str)


def _split(name: str) -> tuple[str, str]:
    """Part a name from the unit in brackets behind it."""
    found = re.fullmatch(r"\s*(.*?)\s*[(\[]([^()\[\]]*)[)\]]\s*", name)
    return (found[1], found[2].strip()) if found and found[1] else (name.strip(), "")
