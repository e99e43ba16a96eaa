"""Values of tables without a digit lost: ids of neurons are whole numbers of up to 64 bits.

A float holds whole numbers to 2**53 only. The ids of FlyWire are larger: 720575940629970489 and its
neighbour are one and the same float. Ids that went through floats are therefore never taken.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim.errors import InvalidValueError

#: The largest id that 64 bits hold.
LARGEST_ID = 2**64 - 1

_DIGITS = re.compile(r"[0-9]+", re.ASCII)
_WHOLE = re.compile(r"[+-]?[0-9]+(\.0*)?", re.ASCII)
_AS_FLOAT = re.compile(r"[+-]?([0-9]+\.[0-9]*|[0-9]*\.?[0-9]+[eE][+-]?[0-9]+)", re.ASCII)


@frozen
class Place:
    """Where values stand, for messages: which table, and how its rows are counted."""

    table: str  #: the file, or what a DataFrame is
    first: int = 0  #: number of the first row of these values
    a_row: str = "row"  #: lines of a text file count from its header, rows of other tables from 0

    def of(self, row: int | np.integer) -> str:
        """Return where a row is, counted among these values."""
        return f"{self.table}, {self.a_row} {self.first + int(row)}"


def wrong(place: Place, row: int | np.integer, column: str, value: Any, cure: str) -> Exception:
    """Return the error about one cell of a table."""
    shown = repr(value.item() if isinstance(value, np.generic) else value)
    shown = shown if len(shown) <= 60 else f"{shown[:60]}..."
    return InvalidValueError(f"{place.of(row)}: {column} is {shown}; {cure}.")


def exact_ids(values: Any, column: str, place: Place) -> np.ndarray:
    """Return ids as unsigned whole numbers of 64 bits, or say which is none.

    Parameters
    ----------
    values : Series or ndarray
        Whole numbers, or texts of digits.
    column : str
    place : Place

    Returns
    -------
    ndarray of uint64

    Raises
    ------
    InvalidValueError
        If they are floats, whatever they hold, negative, missing or larger than 64 bits.

    Examples
    --------
    >>> exact_ids(["720575940629970489"], "pre", Place("here"))
    array([720575940629970489], dtype=uint64)
    """
    values = pd.Series(values)
    kind = _kind(values)
    if kind == "f":
        _refuse_floats(values, column, place)
    if kind in "iu":
        if values.isna().any():  # integers of pandas may be missing
            raise wrong(place, values.isna().to_numpy().argmax(), column, None, _GIVE_AN_ID)
        numbers = values.to_numpy(dtype=np.uint64 if kind == "u" else np.int64)
        if kind == "i" and len(numbers) and numbers.min() < 0:
            row = int((numbers < 0).argmax())
            raise wrong(place, row, column, numbers[row], "ids are 0 or more")
        return numbers.astype(np.uint64, copy=False)
    return np.array(
        [_one_id(value, row, column, place) for row, value in enumerate(values.tolist())],
        dtype=np.uint64,
    )


def whole_numbers(
    values: Any, column: str, place: Place, *, missing: bool = False, minimum: int | None = None
) -> np.ndarray:
    """Return small whole numbers, such as columns of the eye and numbers of synapses.

    Parameters
    ----------
    values : Series or ndarray
        Numbers, or texts of them.
    column : str
    place : Place
    missing : bool
        Whether some may be missing.
    minimum : int, optional

    Returns
    -------
    ndarray of int64, or of float if some may be missing
        NaN for those that are.
    """
    values = pd.Series(values)
    kind = _kind(values)
    if kind in "iuf":
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
    else:
        numbers = np.array(
            [_one_number(value, row, column, place) for row, value in enumerate(values.tolist())],
            dtype=float,
        )
    there = ~np.isnan(numbers)
    cure = "write a whole number" + (", or leave the cell empty" if missing else "")
    bad = (there & (numbers != np.round(numbers))) | np.isinf(numbers) | (np.abs(numbers) > 2**53)
    if not missing:
        bad |= ~there
    if minimum is not None and not bad.any():
        bad = numbers < minimum
        cure = f"write a whole number of {minimum} or more"
    if bad.any():
        row = int(bad.argmax())
        raise wrong(place, row, column, values.iloc[row], cure)
    return numbers if missing else numbers.astype(np.int64)


def texts(values: Any, column: str, place: Place) -> np.ndarray:
    """Return texts without spaces around them; what is missing is an empty text.

    Parameters
    ----------
    values : Series or ndarray
    column : str
    place : Place

    Returns
    -------
    ndarray of object
    """
    values = pd.Series(values)
    listed = ["" if value is None or value is pd.NA or value != value else value
              for value in values.tolist()]  # fmt: skip
    for row, value in enumerate(listed):
        if not isinstance(value, str):
            raise wrong(place, row, column, value, "write a text, or leave the cell empty")
    made = np.empty(len(listed), dtype=object)
    made[:] = [value.strip() for value in listed]
    return made


_GIVE_AN_ID = "give each row an id, or remove the row"


def _kind(values: pd.Series) -> str:
    """Return what kind of numbers these are: i, u, f or O, of types of pandas and Arrow, too."""
    kind = getattr(values.dtype, "kind", "O")
    return kind if kind in "iuf" else "O"


def _refuse_floats(values: pd.Series, column: str, place: Place) -> None:
    missing = bool(values.isna().any())
    row = int(values.isna().to_numpy().argmax()) if missing else 0
    told = (
        f"a missing id at {place.of(row)} makes pandas read the column so. Give each row an id"
        if missing
        else f"the first stands at {place.of(row)}"
    )
    raise InvalidValueError(
        f"{place.table}: {column} holds floats ({values.dtype}), but ids are whole numbers: above"
        " 9,007,199,254,740,992 a float loses the last digits of an id, so that neighbours become"
        f" one, and they cannot be had back; {told}. Read the original file with"
        f" dtype={{{column!r}: 'uint64'}}, or give its path."
    )


def _one_id(value: Any, row: int, column: str, place: Place) -> int:
    if isinstance(value, bool | np.bool_) or value is None or value is pd.NA or value != value:
        raise wrong(place, row, column, value, _GIVE_AN_ID)
    if isinstance(value, float | np.floating):
        raise wrong(
            place, row, column, value,
            "ids are whole numbers, and a float loses their last digits; write all digits",
        )  # fmt: skip
    if isinstance(value, int | np.integer):
        number = int(value)
    else:
        text = str(value).strip()
        if not text:
            raise wrong(place, row, column, value, _GIVE_AN_ID)
        if not _DIGITS.fullmatch(text):
            cure = "write an id with digits only"
            if _AS_FLOAT.fullmatch(text):
                cure = (
                    "this is a float, which loses the last digits of ids; write the file again"
                    " with whole numbers"
                )
            raise wrong(place, row, column, value, cure)
        number = int(text) if len(text) <= 40 else LARGEST_ID + 1
    if number < 0:
        raise wrong(place, row, column, value, "ids are 0 or more")
    if number > LARGEST_ID:
        raise wrong(
            place, row, column, value, f"an id has at most 64 bits, which is {LARGEST_ID:,}"
        )
    return number


def _one_number(value: Any, row: int, column: str, place: Place) -> float:
    if value is None or value is pd.NA or value != value:
        return np.nan
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip()
    if text == "":
        return np.nan
    if isinstance(value, bool) or not _WHOLE.fullmatch(text):
        raise wrong(place, row, column, value, "write a whole number")
    return float(text)
