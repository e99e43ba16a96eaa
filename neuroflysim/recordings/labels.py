"""Labels of trials: numbers or words, one for each trial, none of them missing."""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
from brian2 import DimensionMismatchError, Quantity

from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: Labels that tell where trials come from and not what was shown. clock_time is what the clock of
#: the file shows at time 0 of the trial.
NOT_CONDITIONS = ("cell_type", "file", "channel", "sweep", "clock_time")

#: Labels that are words in a table of text, also where they look like numbers.
WORDS = ("cell_type", "file", "channel")

#: Decimal notation and no more: Python's float takes 1_000 and digits of all scripts, too.
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

#: Words of programs for a value that is missing.
MISSING = ("", "nan", "na", "n/a", "<na>", "nat", "null", "#n/a")


def label_values(name: str, values: Iterable, of_what: str = "trial") -> np.ndarray:
    """Return the values of a label as an array of numbers, of words, or of true and false.

    A missing value equals nothing, not even itself: trials with one would fall out of each
    average without a word.

    Parameters
    ----------
    name : str
        Of the label, for messages.
    values : array-like, shape (n,)
        Also columns of pandas, with its own kinds of missing values, and masked arrays.
    of_what : str
        What has one value each, for messages.

    Raises
    ------
    InvalidValueError
        If a value is missing or no finite number; says which.
    InvalidTypeError
        If values are neither numbers nor words, or some of each.

    Examples
    --------
    >>> label_values("angle", pd.array([0, 90], dtype="Int64"))
    array([ 0, 90])
    >>> label_values("angle", pd.array([0, None], dtype="Int64"))
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: angle of trial 1 is missing (<NA>); give it a value, or...
    """
    if getattr(values, "ndim", 1) > 1:
        raise InvalidTypeError(f"{name} is a table, but must be one value for each {of_what}.")
    if isinstance(values, Quantity):  # plain numbers in SI units, as in Responses
        values = np.asarray(values)
    listed = list(values)
    for number, value in enumerate(listed):
        if value is np.ma.masked or (np.ndim(value) == 0 and pd.isna(value)):
            raise InvalidValueError(
                f"{name} of {of_what} {number} is missing ({value}); give it a value, or leave"
                f" this {of_what} out."
            )
    array = _array(name, listed, of_what)
    if array.dtype.kind == "U":
        broken = [text != utf8_text(text) for text in array.tolist()]
        if any(broken):  # pandas and netCDF would refuse it later
            number = broken.index(True)
            raise InvalidValueError(
                f"{name} of {of_what} {number} is {str(array[number])!r}, which is no text in"
                " UTF-8; mend it where it comes from."
            )
    if array.ndim != 1 or array.dtype.kind not in "iufbU":
        raise InvalidTypeError(
            f"{name} holds {_kind(listed[0])}, but must be one number or one word for each"
            f" {of_what}."
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        number = int(np.argmin(np.isfinite(array)))
        raise InvalidValueError(f"{name} of {of_what} {number} is {array[number]}; must be finite.")
    if array.dtype.kind == "U":
        empty = [not text.strip() for text in array]
        if any(empty):
            raise InvalidValueError(
                f"{name} of {of_what} {empty.index(True)} is an empty text; give it a value, or"
                f" leave this {of_what} out."
            )
    return array


def utf8_text(text: str) -> str:
    """Return a text with a question mark for each letter that UTF-8 does not have.

    Names of files and of what is in them may hold bytes that are no UTF-8; Python keeps these as
    halves of letters, which tables of pandas refuse.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> utf8_text("Zelle \\udcff.csv")
    'Zelle ?.csv'
    """
    return text.encode("utf-8", "replace").decode()


def as_text_again(name: str, values: np.ndarray) -> str | None:
    """Return the first word that a table of text would not give back, if there is one.

    Parameters
    ----------
    name : str
        Of the label.
    values : ndarray
        Of all trials.
    """
    if values.dtype.kind in "iufb":
        return None
    for text in map(str, values):
        number = name not in WORDS and re.fullmatch(NUMBER, text)
        if number or text.lower() in MISSING or text != text.strip() or text in ("True", "False"):
            return text
    return None


def _array(name: str, listed: list, of_what: str) -> np.ndarray:
    """Return values of one kind; numpy would make words of numbers that stand beside words."""
    if not listed:
        raise InvalidValueError(f"{name} has no values; give one for each {of_what}.")
    if any(isinstance(value, Quantity) for value in listed):
        try:
            listed = list(np.asarray(Quantity(listed)))
        except (DimensionMismatchError, TypeError, ValueError):
            raise InvalidTypeError(
                f"{name} holds values of several units or of none; give all in one unit."
            ) from None
    words = [isinstance(value, str) for value in listed]
    if any(words) and not all(words):
        number = words.index(not words[0])
        raise InvalidTypeError(
            f"{name} of {of_what} {number} is {listed[number]!r}, but that of {of_what} 0"
            f" {listed[0]!r}; give numbers to all, or words."
        )
    try:
        return np.asarray(listed)
    except (ValueError, TypeError):  # lists of several lengths
        raise InvalidTypeError(
            f"{name} holds {_kind(listed[0])}, but must be one number or one word for each"
            f" {of_what}."
        ) from None


def _kind(value) -> str:
    return f"{type(value).__name__} ({str(value)[:40]})"
