"""Numbers with units as people type them: on the command line and in study files."""

from __future__ import annotations

import re

import numpy as np
from brian2 import Quantity, hertz, ms, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: What a parameter of a protocol or a measure may be.
Value = int | float | Quantity | bool | str | tuple | list

#: Angles are plain numbers of degrees, and 100 % is 1.
UNITS = {
    "ms": ms,
    "s": second,
    "Hz": hertz,
    "deg": 1,
    "deg/s": 1 / second,
    "%": 0.01,
    "1": 1,
}

#: Digits are 0 to 9: Python's own `float` takes those of all scripts, and 1_000.
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*(?:e[+-]?[0-9]+)?|\.[0-9]+(?:e[+-]?[0-9]+)?|inf)"

#: Brackets in each other: a sequence of flashes is a tuple of columns, which are tuples.
_DEEPEST = 3

#: Words that programs write where a number is missing.
_NO_NUMBERS = ("nan", "infinity", "none", "null")


def parse_quantity(text: str) -> int | float | Quantity:
    """Read a number, or a number and its unit.

    Parameters
    ----------
    text : str
        For example ``0.5``, ``20 ms`` or ``50 deg/s``. The space before the unit may be left out.
        ``inf`` is a number, too.

    Returns
    -------
    int, float or Quantity
        Degrees and numbers without a unit are plain numbers, and percent become fractions.

    Raises
    ------
    InvalidTypeError
        If `text` is no string.
    InvalidValueError
        If it is not one number and one of the units ms, s, Hz, deg, deg/s, % and 1, or none.

    Examples
    --------
    >>> parse_quantity("20 ms"), parse_quantity("50 deg/s"), parse_quantity("30 deg")
    (20. * msecond, 50. * hertz, 30)
    >>> parse_quantity("80 %"), parse_quantity("3")
    (0.8, 3)
    """
    if not isinstance(text, str):
        raise InvalidTypeError(
            f"{text!r} ({type(text).__name__}) must be text, for example '20 ms'."
        )
    found = re.fullmatch(
        rf"\s*({_NUMBER})(?:\s*([^0-9\s.].*|\s1))?\s*", text, re.IGNORECASE | re.ASCII
    )
    if found is None or (unit := (found[2] or "1").strip()) not in UNITS:
        raise InvalidValueError(
            f"{_shortened(repr(text))} must be one number, or one number and a unit, for example"
            f" '20 ms'; the units are {', '.join(UNITS)}."
        )
    number = _number(found[1])
    if unit == "%":
        return number / 100  # 0.8 and not 80 * 0.01 = 0.8000...04
    return number if unit in ("deg", "1") else number * UNITS[unit]


def _number(digits: str) -> int | float:
    number = float(digits)
    wanted_zero = not re.search(r"[1-9]", re.split("[eE]", digits)[0])
    if "inf" not in digits.lower() and (np.isinf(number) or (number == 0) != wanted_zero):
        raise InvalidValueError(f"{_shortened(digits)} is too large or too small for a number.")
    whole = re.fullmatch(r"[+-]?[0-9]{1,15}", digits)
    return int(digits) if whole else number


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."


def parse_value(text: str) -> Value:
    """Read what one may give to a parameter of a protocol or a measure.

    Parameters
    ----------
    text : str
        A quantity, a word, a tuple of such in round brackets, or several with commas between.

    Returns
    -------
    int, float, Quantity, bool, str, tuple or list
        A list if there is a comma outside of brackets; ``true`` and ``false`` become bool.

    Raises
    ------
    InvalidTypeError
        If `text` is no string, or quantities with unlike units stand in one list.
    InvalidValueError
        If a part of it is neither a quantity nor a word.

    Examples
    --------
    >>> parse_value("0, 90"), parse_value("square"), parse_value("(0, 0), (1, 0)")
    ([0, 90], 'square', [(0, 0), (1, 0)])
    >>> parse_value("25 deg/s, 50 deg/s")
    array([25., 50.]) * hertz
    """
    if not isinstance(text, str):
        return parse_quantity(text)
    values = [_one(part) for part in _parts(text)]
    if len(values) == 1:
        return values[0]
    if any(isinstance(value, Quantity) for value in values):
        return checks.quantities(repr(text), values)
    return values


def as_typed(value: Value, unit: str = "Hz") -> str:
    """Write a value as one types it: the way back from `parse_value`.

    Parameters
    ----------
    value : int, float, Quantity, bool, str, tuple or list
    unit : {"Hz", "deg/s"}
        Of rates: degrees have no dimension, so a speed cannot be told from a frequency.

    Returns
    -------
    str

    Examples
    --------
    >>> as_typed(range(0, 360, 90)), as_typed(0.5*second), as_typed(28*hertz, "deg/s")
    ('0,90,180,270', '500 ms', '28 deg/s')
    """
    if isinstance(value, str | bool):
        return str(value)
    if np.iterable(value):
        return ",".join(
            f"({as_typed(part)})" if isinstance(part, tuple) else as_typed(part, unit)
            for part in value
        )
    if isinstance(value, int | float) or value.is_dimensionless:
        return f"{float(value):g}"
    if value.dim == hertz.dim:
        return f"{float(value):g} {unit}"
    return f"{float(value / ms):g} ms" if value < 1 * second else f"{float(value):g} s"


def _parts(text: str) -> list[str]:
    """Split at the commas that stand outside of brackets."""
    depth, parts = 0, [""]
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if depth > _DEEPEST:
            raise InvalidValueError(
                f"{_shortened(repr(text))} has more than {_DEEPEST} brackets in each other."
            )
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def _one(text: str):
    word = re.fullmatch(r"[^\W\d]\w*", text) and text not in UNITS and text.lower() != "inf"
    if word and text.lower() not in _NO_NUMBERS:
        return {"true": True, "false": False}.get(text.lower(), text)
    if text.startswith("(") and text.endswith(")"):
        return tuple(_one(part) for part in _parts(text[1:-1]))
    return parse_quantity(text)
