"""The dynamics that come with the package: each file of this folder that defines one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from neuroflysim import names
from neuroflysim.checks import none_of
from neuroflysim.dynamics.dynamics import Dynamics
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def checked_dynamics(dynamics: Any) -> Dynamics:
    """Return the dynamics that a name stands for; a `Dynamics` is returned as it is.

    Parameters
    ----------
    dynamics : Dynamics or str

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the library has none of this name; lists those that there are.

    Examples
    --------
    >>> checked_dynamics("graded").name
    'graded'
    """
    if isinstance(dynamics, Dynamics):
        return dynamics
    known = names.dynamics_names()
    if not isinstance(dynamics, str):
        raise InvalidTypeError(
            f"dynamics is {type(dynamics).__name__}, but must be a Dynamics or the name of one of"
            f" the library: {', '.join(known)}."
        )
    if dynamics not in known:
        raise InvalidValueError(
            f"{none_of('dynamics', dynamics, known)} A dynamics of your own is given as it is:"
            " dynamics=nfs.Dynamics(...)."
        )
    return _of_file(dynamics)


@cache
def _of_file(name: str) -> Dynamics:
    """Return what a file of the folder defines; always the same object."""
    module = import_module(f"neuroflysim.dynamics.{name}")
    found = [one for one in vars(module).values() if isinstance(one, Dynamics)]
    (defined,) = [one for one in found if one.name == name]
    return defined
