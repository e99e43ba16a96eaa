"""Arguments that several pictures take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from brian2 import Quantity, have_same_dimensions, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def chosen_types(cell_types: Sequence[str], known: Iterable[str]) -> list[str]:
    """Return the cell types that are to be drawn, one panel each."""
    if isinstance(cell_types, str):
        raise InvalidTypeError(
            f"cell_types is {cell_types!r}, but must be a list: [{cell_types!r}]."
        )
    cell_types = checks.words("cell_types", cell_types)
    known = [str(name) for name in known]
    names = [checks.one_of("a cell type", name, known) for name in cell_types]
    if not names:
        raise InvalidValueError("cell_types is empty; name one cell type or more.")
    return names


def moment(name: str, value: Quantity) -> float:
    """Return a time from stimulus onset, which may be negative, in seconds."""
    if not isinstance(value, Quantity) or not have_same_dimensions(value, second):
        raise InvalidTypeError(
            f"{name} is {value!r}, but must be a time with its unit, for example 100*ms."
        )
    return float(value)


def number_below(name: str, value: int, n: int) -> int:
    """Return the number of a condition or a candidate, of which there are n."""
    value = checks.whole_number(name, value)
    if value >= n:
        there = f"there are {n}, from 0 to {n - 1}" if n > 1 else "the only one is 0"
        raise InvalidValueError(f"{name} is {value}, but {there}.")
    return value
