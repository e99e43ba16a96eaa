"""Modulators: numbers of the whole brain that the equations of all cells may use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neuroflysim.checks import finite_number
from neuroflysim.errors import InvalidTypeError


def checked_modulators(where: str, modulators: Any) -> dict[str, float]:
    """Return the levels of modulators where nothing is said, by name.

    Parameters
    ----------
    where : str
        The dynamics, for messages.
    modulators : mapping of str to float

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If a name is no word, or a level no finite number without a unit.

    Examples
    --------
    >>> checked_modulators("dynamics mine", {"octopamine": 0})
    {'octopamine': 0.0}
    """
    if not isinstance(modulators, Mapping):
        raise InvalidTypeError(
            f"{where}: modulators must be a dict of levels by name, such as {{'octopamine': 0}},"
            f" but is {type(modulators).__name__}."
        )
    for name in modulators:
        if not isinstance(name, str) or not name.isidentifier():
            raise InvalidTypeError(f"{where}: {name!r} is no name of a modulator; write one word.")
    return {
        name: finite_number(f"{where}: the level of the modulator {name!r}", level)
        for name, level in modulators.items()
    }
