"""What may stand in a row of measurements.csv: values, units, cell types, conditions."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
from attrs import frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.parameters import lobula_plate
from neuroflysim.quantity_text import parse_value

#: The unit in which the model answers, and how many of it one unit of the table is.
UNITS = {
    "1": ("1", 1.0),
    "%": ("1", 0.01),
    "ms": ("s", 1e-3),
    "s": ("s", 1.0),
    "Hz": ("Hz", 1.0),
    "deg": ("deg", 1.0),
    "deg/s": ("deg/s", 1.0),
}

#: Sizes of a recorded signal: only their order, sign or course can be compared with the model.
UNITS_OF_SIGNALS = ("mV", "dF/F")

NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"

#: What was measured in flies is smaller, in any unit.
LARGEST = 1e9


@frozen
class FlyValue:
    """A value of the table: a number, an interval (a bound or a range), or a word."""

    low: float = np.nan
    high: float = np.nan
    word: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is one number."""
        return not self.word and self.low == self.high

    @property
    def is_interval(self) -> bool:
        """Whether it is a bound or a range."""
        return not self.word and self.low != self.high


def parse_fly_value(text: str) -> FlyValue:
    """Read a number, a bound, a range or a word.

    Parameters
    ----------
    text : str

    Returns
    -------
    FlyValue

    Examples
    --------
    >>> parse_fly_value("71"), parse_fly_value("<30"), parse_fly_value("20..40")
    (FlyValue(low=71.0, high=71.0, word=''), FlyValue(low=-inf, high=30.0, word=''), \
FlyValue(low=20.0, high=40.0, word=''))
    >>> parse_fly_value("ON").word
    'ON'
    """
    text = text.strip()
    if any(abs(float(number)) > LARGEST for number in re.findall(NUMBER, text)):
        raise InvalidValueError(f"{text!r} is too large a number.")
    if re.fullmatch(NUMBER, text):
        return FlyValue(float(text), float(text))
    if found := re.fullmatch(rf"([<>])\s*({NUMBER})", text):
        number = float(found[2])
        return FlyValue(-np.inf, number) if found[1] == "<" else FlyValue(number, np.inf)
    if found := re.fullmatch(rf"({NUMBER})\s*\.\.\s*({NUMBER})", text):
        low, high = float(found[1]), float(found[2])
        if not low < high:
            raise InvalidValueError(
                f"the range {text!r} must go from a smaller to a larger number."
            )
        return FlyValue(low, high)
    if re.fullmatch(r"[^\W\d][\w /-]*", text):
        return FlyValue(word=text)
    raise InvalidValueError(
        f"{text!r} is neither a number, a bound (<30, >500), a range (20..40) nor a word."
    )


def parse_condition(text: str) -> dict[str, float | str]:
    """Read the coordinates that a measurement was made at.

    Parameters
    ----------
    text : str

    Returns
    -------
    dict
        Numbers in SI units and degrees, or words.

    Examples
    --------
    >>> parse_condition("angle=30; stim_time=160 ms; shown=both")
    {'angle': 30.0, 'stim_time': 0.16, 'shown': 'both'}
    """
    coordinates = {}
    for part in filter(str.strip, text.split(";")):
        found = re.fullmatch(r"\s*([a-z_][a-z0-9_]*)\s*=\s*(\S.*?)\s*", part)
        if found is None:
            raise InvalidValueError(
                f"the condition {part.strip()!r} must be written name=value, several with ; between"
                " them, for example angle=30; intensity=1."
            )
        if found[1] in coordinates:
            raise InvalidValueError(f"the condition names {found[1]!r} twice; keep one.")
        try:
            value = parse_value(found[2])
        except NeuroFlySimError as error:
            raise InvalidValueError(f"the condition {part.strip()!r}: {error}") from None
        if isinstance(value, list | tuple) or np.ndim(value) != 0:
            raise InvalidValueError(
                f"the condition gives {found[1]} several values; write one row for each."
            )
        coordinates[found[1]] = value if isinstance(value, str) else float(value)
    return coordinates


@cache
def model_cell_types() -> tuple[str, ...]:
    """Return the cell types of the model, and those that the circuit lobula_plate adds to it."""
    return tuple(lobula_plate().cell_types.index)


def parse_cell_types(text: str, known: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    """Read a cell type, a family, a list or a difference.

    Parameters
    ----------
    text : str
        "T4a"; "T4" for T4a, T4b, T4c and T4d; "Mi1, Tm3"; "Mi9 - Mi4".
    known : tuple of str
        The cell types of the model.

    Returns
    -------
    tuple of one or two tuples of cell types
        The value is the mean over the first, minus the mean over the second.

    Examples
    --------
    >>> parse_cell_types("T4 - Mi1", ("T4a", "T4b", "Mi1"))
    (('T4a', 'T4b'), ('Mi1',))
    """
    sides = text.split(" - ")
    if len(sides) > 2:
        raise InvalidValueError(f"the difference {text!r} must be of two: A - B.")
    return tuple(
        tuple(name for word in side.split(",") for name in members(word.strip(), known))
        for side in sides
    )


def members(word: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """Return the cell types that a word means: itself, or the subtypes of a family.

    Parameters
    ----------
    word : str
    known : tuple of str
        The cell types of the model.

    Examples
    --------
    >>> members("T4", ("T4a", "T4b", "Mi1")), members("Mi1", ("T4a", "T4b", "Mi1"))
    (('T4a', 'T4b'), ('Mi1',))
    """
    subtypes = tuple(name for name in known if re.fullmatch(rf"{re.escape(word)}[a-d]", name))
    if word and word not in known and subtypes:
        return subtypes
    return (checks.one_of("cell_type", word, known),)
