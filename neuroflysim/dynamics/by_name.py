"""What a dynamics declares comes in dicts by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from neuroflysim.errors import InvalidTypeError


def require_by_name(where: str, argument: str, one: str, held: str, given: Any) -> None:
    """Raise unless something is a dict whose keys can stand in equations.

    Parameters
    ----------
    where : str
        Whose it is, for messages.
    argument, one, held : str
        What the dict is called, what one of it is, and of what it must be: ("inputs", "an input",
        "SynapticSum").
    given : object

    Raises
    ------
    InvalidTypeError
    """
    if not isinstance(given, Mapping):
        raise InvalidTypeError(
            f"{where}: {argument} must be a dict of {held} by name, but is {type(given).__name__}."
        )
    for name in given:
        if not isinstance(name, str) or not name.isidentifier():
            raise InvalidTypeError(f"{where}: {name!r} is no name of {one}; write one word.")
