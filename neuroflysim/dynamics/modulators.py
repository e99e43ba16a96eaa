"""Modulators: numbers of the whole brain that the equations of all cells may use."""

from __future__ import annotations

from typing import Any

from neuroflysim.checks import finite_number
from neuroflysim.dynamics.by_name import require_by_name


def require_modulators(where: str, modulators: Any) -> None:
    """Raise unless modulators are levels by name: those where nothing is said.

    Parameters
    ----------
    where : str
        The dynamics, for messages.
    modulators : mapping of str to float

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If a name is no word, or a level no finite number without a unit.
    """
    require_by_name(where, "modulators", "a modulator", "levels", modulators)
    for name, level in modulators.items():
        finite_number(f"{where}: the level of the modulator {name!r}", level)
