"""The dynamics that a word names: each file of this folder defines one, or a file of one's own."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from neuroflysim import names
from neuroflysim.checks import none_of
from neuroflysim.dynamics.dynamics import Dynamics, load_dynamics
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def checked_dynamics(dynamics: Any) -> Dynamics:
    """Return the dynamics that a name or a file stands for; a `Dynamics` is returned as it is.

    Parameters
    ----------
    dynamics : Dynamics, str or path-like
        A word that ends in .json is a file of `Dynamics.save`.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the library has none of this name, which lists those that there are, or a file holds
        none.

    Examples
    --------
    >>> checked_dynamics("graded").name
    'graded'
    """
    if isinstance(dynamics, Dynamics):
        return dynamics
    if isinstance(dynamics, str | Path) and Path(dynamics).suffix == ".json":
        return load_dynamics(dynamics)
    known = names.dynamics_names()
    if not isinstance(dynamics, str):
        raise InvalidTypeError(
            f"dynamics is {type(dynamics).__name__}, but must be a Dynamics, the name of one of"
            f" the library ({', '.join(known)}), or a file of Dynamics.save (.json)."
        )
    if dynamics not in known:
        raise InvalidValueError(
            f"{none_of('dynamics', dynamics, known)} A dynamics of your own is given as it is,"
            " dynamics=nfs.Dynamics(...), or by the .json file that its save(...) wrote."
        )
    return _of_file(dynamics)


@cache
def _of_file(name: str) -> Dynamics:
    """Return what a file of the folder defines; always the same object."""
    module = import_module(f"neuroflysim.dynamics.{name}")
    found = [one for one in vars(module).values() if isinstance(one, Dynamics)]
    (defined,) = [one for one in found if one.name == name]
    return defined
