"""Checks of arguments: each returns the value in the form that is used inside, or raises."""

from __future__ import annotations

import numbers
from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import suppress
from difflib import get_close_matches
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
from brian2 import DimensionMismatchError, Quantity, have_same_dimensions, second

from neuroflysim.errors import InvalidTypeError, InvalidValueError


def one_of(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Return `value` if it is one of the `allowed` words."""
    allowed = list(allowed)
    if isinstance(value, str) and value in allowed:
        return value
    raise InvalidValueError(none_of(name, value, allowed))


def none_of(name: str, value: Any, allowed: list[str]) -> str:
    """Say that `value` is none of the `allowed` words, and which of them it is like."""
    return (
        f"{name} is {value!r}, but must be one of {', '.join(map(repr, allowed))}."
        f"{did_you_mean(value, allowed)}"
    )


def did_you_mean(value: Any, allowed: list[str]) -> str:
    """Return a sentence that asks for the words that `value` is like, or nothing."""
    near = near_words(value, allowed)
    return f" Did you mean {' or '.join(map(repr, near))}?" if near else ""


def near_words(value: Any, allowed: list[str]) -> list[str]:
    """Return which of the `allowed` words begin with `value`, or else are spelt much alike."""
    if not isinstance(value, str) or not value:
        return []
    near = [word for word in allowed if word.startswith(value)][:4]
    near = near or [word for word in allowed if word.casefold() == value.casefold()]
    return near or get_close_matches(value, allowed, n=1)


def truth_value(name: str, value: Any) -> bool:
    """Return `value` if it is True or False."""
    if not isinstance(value, bool | np.bool_):
        raise InvalidTypeError(f"{name} is {str(value)[:60]!r}, but must be True or False.")
    return bool(value)


def words(name: str, values: Any) -> list[str]:
    """Return a list of words; a word is no list of its letters, nor a mapping one of its names."""
    if isinstance(values, str | bytes | Mapping) or not np.iterable(values):
        raise InvalidTypeError(f"{name} is {str(values)[:60]!r}, but must be a list of words.")
    values = list(values)
    for value in values:
        if not isinstance(value, str):
            raise InvalidTypeError(f"{name} holds {str(value)[:60]!r}, but must hold words only.")
    return values


def table(
    name: str, value: Any, made_by: str, columns: Iterable[str] = (), rows: Iterable[str] = ()
) -> pd.DataFrame:
    """Return `value` if it is a DataFrame with some columns and rows, as a function makes it."""
    if not isinstance(value, pd.DataFrame):
        raise InvalidTypeError(
            f"{name} must be a DataFrame, but is {type(value).__name__}; {made_by} makes it."
        )
    for what, wanted, there in (
        ("column", columns, value.columns), ("row", rows, value.index),
    ):  # fmt: skip
        missing = [one for one in wanted if one not in there]
        if missing:
            raise InvalidValueError(f"{name} has no {what} {missing[0]!r}; {made_by} makes it.")
    return value


def option_names(
    what: str, given: Iterable[str], function: Callable, taken: Iterable[str] = ()
) -> None:
    """Raise if a function does not take one of the options that are handed on to it."""
    known = [
        name
        for name, argument in signature(function).parameters.items()
        if argument.kind is argument.KEYWORD_ONLY and name not in set(taken)
    ]
    for name in given:
        one_of(f"an option of {what}", name, known)


def float_type(name: str, value: Any, allowed: Iterable[str]) -> str:
    """Return the name of a type of numbers; numpy's own types stand for their names."""
    if not isinstance(value, str):
        with suppress(TypeError):
            value = np.dtype(value).name if value is not None else value
    return one_of(name, value, allowed)


def unmasked(name: str, value: Any) -> Any:
    """Return `value` unless some of it is masked: what is missing is no number."""
    if np.ma.isMaskedArray(value) and np.ma.getmaskarray(value).any():
        first = tuple(int(k) for k in np.argwhere(np.ma.getmaskarray(value))[0])
        raise InvalidValueError(
            f"{name} is masked at index {first}; every entry must be a number. Fill what is missing"
            " (array.filled(...)) or leave it out."
        )
    return value


def whole_number(name: str, value: int, minimum: int = 0) -> int:
    """Return `value` as int if it is a whole number of at least `minimum`."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise InvalidTypeError(
            f"{name} is {value!r} ({type(value).__name__}), but must be a whole number."
        )
    if value < minimum:
        raise InvalidValueError(f"{name} is {value}, but must be at least {minimum}.")
    return int(value)


def whole_numbers(name: str, values: Any, minimum: int = 0) -> np.ndarray:
    """Return a number or a list of numbers as a list, if all are whole and at least `minimum`."""
    listed = quantities(name, values)
    if _has_unit(listed):
        raise InvalidTypeError(f"{name} is {listed}, but must be whole numbers without a unit.")
    numbers_listed = np.asarray(listed)
    if not (numbers_listed == np.floor(numbers_listed)).all() or np.isinf(numbers_listed).any():
        raise InvalidValueError(f"{name} is {numbers_listed.tolist()}, but must be whole numbers.")
    if numbers_listed.min() < minimum:
        raise InvalidValueError(f"{name} is {numbers_listed.min():g}, but must be >= {minimum}.")
    return numbers_listed


def bounded_numbers(
    name: str, values: Any, minimum: float = -np.inf, maximum: float = np.inf
) -> np.ndarray:
    """Return a number or a list of numbers as a list, if all are finite and within the bounds."""
    listed = quantities(name, values)
    for value in listed:
        finite_number(name, value, minimum, maximum)
    return np.asarray(listed)


def lowest_and_highest(
    name: str, values: Any, minimum: float = -np.inf, maximum: float = np.inf
) -> tuple[float, float]:
    """Return a pair of numbers in order, both within the bounds."""
    listed = bounded_numbers(name, values, minimum, maximum)
    if len(listed) != 2 or listed[0] > listed[1]:
        raise InvalidValueError(
            f"{name} is {listed.tolist()}, but must be two numbers: the lowest and the highest."
        )
    return tuple(listed.tolist())


def start_and_stop(start: Any, stop: Any) -> tuple[float, float]:
    """Return where a motion starts and where it stops, in degrees, if the first is smaller."""
    start, stop = (
        finite_number(name, value, -360, 360) for name, value in (("start", start), ("stop", stop))
    )
    if not start < stop:
        raise InvalidValueError(f"start is {start} and stop is {stop}, but start must be smaller.")
    return start, stop


def require_growing(times: np.ndarray, where: str = "") -> None:
    """Raise if a sample is not later than the one before it.

    Parameters
    ----------
    times : ndarray
        In seconds.
    where : str
        What the error begins with.
    """
    growth = np.diff(times)
    if (growth <= 0).any():
        k = int(np.argmax(growth <= 0))
        raise InvalidValueError(
            f"{where}time does not grow from sample {k} ({times[k]:g} s) to sample {k + 1}"
            f" ({times[k + 1]:g} s); put the samples in order, without doubles."
        )


def lengths(name: str, values: Any, minimum: float = 0) -> np.ndarray:
    """Return one length or a list of them as a list, if all are at least `minimum` or infinite."""
    listed = quantities(name, values)
    for value in listed:
        if _has_unit(value) or value != np.inf:
            finite_number(name, value, minimum)
    return np.asarray(listed)


def contrasts(name: str, values: Any, background: Any, deviations: float = 1) -> np.ndarray:
    """Return contrasts as a list, if black and white leave room for them around a background.

    Luminance is background*(1 + contrast*s), with s from -deviations to deviations.
    """
    background = finite_number("background", background, 0, 1)
    if background == 0:
        raise InvalidValueError(
            f"background is 0, but {name} is relative to it and nothing would be seen; take a"
            " background above black."
        )
    room = min(1, 1 / background - 1) / deviations
    listed = bounded_numbers(name, values, 0)
    if listed.max() > room * (1 + 1e-9):
        raise InvalidValueError(
            f"{name} is {listed.max():g}, but must be between 0 and {room:.3g}: on a background of"
            f" {background:g} more would be darker than black or brighter than white."
        )
    return listed


def finite_number(
    name: str, value: float, minimum: float = -np.inf, maximum: float = np.inf
) -> float:
    """Return `value` as float if it is a finite plain number within the bounds."""
    if _has_unit(value):
        raise InvalidTypeError(f"{name} is {value}, but must be a plain number without a unit.")
    if isinstance(value, bool | np.bool_ | str | bytes) or np.iterable(value):
        raise InvalidTypeError(f"{name} is {value!r}, but must be one plain number.")
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        raise InvalidTypeError(f"{name} is {value!r}, but must be one plain number.") from None
    if not np.isfinite(number) or not minimum <= number <= maximum:
        bounds = "" if np.isinf(minimum) else f" and at least {minimum}"
        bounds = bounds if np.isinf(maximum) else f" and between {minimum} and {maximum}"
        raise InvalidValueError(f"{name} is {number}, but must be finite{bounds}.")
    return number


def seconds(name: str, value: Any, allow_zero: bool = False) -> float:
    """Return a duration (a Brian2 quantity) as a positive float in seconds."""
    if not isinstance(value, Quantity) or not have_same_dimensions(value, second):
        raise InvalidTypeError(
            f"{name} is {value!r}, but must be a duration with a unit, for example 20*ms."
        )
    if np.ndim(value) != 0:
        raise InvalidTypeError(f"{name} must be one duration, but has shape {np.shape(value)}.")
    duration = float(value)
    if not np.isfinite(duration) or duration < 0 or (duration == 0 and not allow_zero):
        bound = "zero or more" if allow_zero else "greater than zero"
        raise InvalidValueError(f"{name} is {duration} s, but must be finite and {bound}.")
    return duration


def numeric_array(name: str, value: Any) -> np.ndarray:
    """Return `value` as a float64 array if every entry is a finite plain number."""
    if _holds_units(value):
        raise InvalidTypeError(f"{name} has a unit, but must be plain numbers.")
    unmasked(name, value)
    try:
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise TypeError
        array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise InvalidTypeError(
            f"{name} must be an array of real numbers of one shape, but is"
            f" {type(value).__name__} {str(value)[:60]!r}."
        ) from None
    if not np.isfinite(array).all():
        first = tuple(int(k) for k in np.argwhere(~np.isfinite(array))[0])
        raise InvalidValueError(
            f"{name} holds {array[first]} at index {first}; every entry must be finite."
        )
    return array


def quantities(name: str, values: Any) -> Quantity:
    """Return a number, a list of numbers or a list of quantities as a one-dimensional Quantity."""
    unmasked(name, values)
    if isinstance(values, Mapping | Set):  # a dict would give its names, a set no order
        raise InvalidTypeError(f"{name} is {values!r}, but must be a number or a list of numbers.")
    try:
        listed = np.atleast_1d(Quantity(list(values) if np.iterable(values) else values))
    except (TypeError, ValueError, DimensionMismatchError) as error:
        raise InvalidTypeError(f"{name} is no list of numbers: {error}") from None
    if listed.ndim != 1 or listed.size == 0:
        raise InvalidValueError(f"{name} needs a list of one value or more.")
    if listed.dtype.kind not in "biuf" or np.isnan(np.asarray(listed)).any():
        raise InvalidTypeError(f"{name} must be numbers, but is {listed!r}.")
    return listed


def positive_quantities(
    name: str, values: Any, unit: Any, example: str, allow_zero: bool = False
) -> Quantity:
    """Return one quantity or a list of them, all with the dimension of `unit` and above zero."""
    listed = quantities(name, values)
    if not have_same_dimensions(listed, unit):
        raise InvalidTypeError(f"{name} is {values!r}, but must be like {example}, with its unit.")
    numbers_in_si = np.asarray(listed)
    above = numbers_in_si >= 0 if allow_zero else numbers_in_si > 0
    if not (above & np.isfinite(numbers_in_si)).all():
        bound = "0 or more" if allow_zero else "greater than 0"
        wrong = listed[~(above & np.isfinite(numbers_in_si))][0]
        told = _as_typed(wrong, example)
        raise InvalidValueError(f"{name} is {told}, but must be finite and {bound}.")
    return listed


def _as_typed(value: Quantity, example: str) -> str:
    """Return a quantity as one types it: degrees have no dimension, so the example tells them."""
    number = float(value)
    if have_same_dimensions(value, 1 / second):
        return f"{number:g} {'deg/s' if 'degree' in example else 'Hz'}"
    if have_same_dimensions(value, second):
        return f"{1000 * number:g} ms" if abs(number) < 1 else f"{number:g} s"
    return str(value)


def columns(name: str, values: Any) -> list[tuple[int, int]]:
    """Return one pair of axial coordinates (u, v), or a list of them, as a list."""
    unmasked(name, values)
    try:
        array = np.asarray(values)
        if array.ndim == 1:
            array = array[None]
        if array.ndim != 2 or array.shape[1] != 2 or not len(array) or array.dtype.kind not in "iu":
            raise ValueError
    except (TypeError, ValueError):
        raise InvalidTypeError(
            f"{name} is {values!r}, but must be columns (u, v) of whole numbers, for example"
            " [(0, 0), (1, 0)]."
        ) from None
    return [(u, v) for u, v in array.tolist()]


def _holds_units(value: Any) -> bool:
    """Look into lists and tables, too: numpy drops units there without a word."""
    if _has_unit(value):
        return True
    kind = getattr(getattr(value, "dtype", None), "kind", "O")  # "O": an array of objects
    if kind != "O" or isinstance(value, str | bytes | Mapping) or not np.iterable(value):
        return False
    return any(_holds_units(entry) for entry in value)


def _has_unit(value: Any) -> bool:
    return isinstance(value, Quantity) and not have_same_dimensions(value, 1)
