"""What a person or a program is told of the protocols in the library."""

from __future__ import annotations

import inspect
import re

from neuroflysim.errors import NeuroFlySimError
from neuroflysim.protocols import LIBRARY
from neuroflysim.quantity_text import as_typed, parse_value


def first_lines() -> dict[str, str]:
    """Return, for each protocol, the first line of what it says of itself."""
    return {name: _about(name).partition("\n")[0] for name in LIBRARY}


def _about(name: str) -> str:
    """Return what a protocol says of itself: nothing, perhaps, if another package brings it."""
    return inspect.getdoc(LIBRARY[name]) or ""


def describe_protocol(name: str) -> str:
    """Return the parameters of a protocol as one types them after --set, and all about it.

    Parameters
    ----------
    name : str
    """
    lines = [f"{name}, with these parameters unless --set gives others (...: see below):"]
    lines += [f"  {word}={text}" for word, text in typed_defaults(name).items()]
    return "\n".join([*lines, "", _about(name)])


def protocol_summary(name: str) -> dict:
    """Return the same for programs.

    Parameters
    ----------
    name : str
    """
    return {"protocol": name, "parameters": typed_defaults(name), "about": _about(name)}


def typed_defaults(name: str) -> dict[str, str]:
    """Return the parameters of a protocol, each as one types it.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> typed_defaults("moving_edge")["speed"]
    '110 deg/s'
    """
    make, defaults = LIBRARY[name], {}
    for word, argument in inspect.signature(make).parameters.items():
        speed = re.search(rf"^{word} : .*degrees / s", _about(name), re.MULTILINE)
        defaults[word] = _typed(argument.default, "deg/s" if speed else "Hz")
    return defaults


def _typed(value, unit: str) -> str:
    if value is None or value is inspect.Parameter.empty:
        return "..."
    try:
        parse_value(text := as_typed(value, unit))
    except NeuroFlySimError:  # what can be given in Python only
        return "..."
    return text
