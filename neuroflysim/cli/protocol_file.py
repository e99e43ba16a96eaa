"""A protocol of one's own, named by its file instead of by its name in the library."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.stimulus.protocol import Protocol


def is_file_name(name: str) -> bool:
    """Return whether what was typed names a file of Python and not a protocol of the library.

    Parameters
    ----------
    name : str

    Examples
    --------
    >>> is_file_name("./mine.py"), is_file_name("flash")
    (True, False)
    """
    return name.endswith(".py") or os.sep in name


def function_in(name: str) -> Callable:
    """Run a file, as Python would, and return the function in it that makes the protocol.

    Parameters
    ----------
    name : str
        Of the file. The function has the name of the file, as in the library.

    Raises
    ------
    InvalidValueError
        If there is no such file, or no such function in it.
    """
    path = Path(name)
    if path.suffix != ".py" or not path.is_file():
        raise InvalidValueError(
            f"there is no file of Python {name}; give the path of a .py file, or the name of a"
            " protocol that 'neuroflysim protocols' lists."
        )
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise InvalidValueError(f"{name} cannot be imported by Python.")
    module = module_from_spec(spec)
    sys.modules.setdefault(path.stem, module)  # so that functions in it can be sent to processes
    sys.path.insert(0, str(path.resolve().parent))  # it may import its neighbours
    spec.loader.exec_module(module)
    make = getattr(module, path.stem, None)
    if not callable(make):
        raise InvalidValueError(
            f"{name} has no function {path.stem}; a file holds a function of its own name that"
            " returns a Protocol."
        )
    return make


def require_protocol_made(name: str, made: object) -> Protocol:
    """Return what a function made, if it is a protocol.

    Parameters
    ----------
    name : str
        What was typed for it.
    made : object
    """
    if not isinstance(made, Protocol):
        raise InvalidTypeError(
            f"the function of {name} returns {type(made).__name__}, but must return a Protocol."
        )
    return made
