"""Values of the parameters that a dynamics declares, as users write them: by name, with units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import Declaration, TypeParameter
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.parameters.named_values import by_name


def require_declared(given: Iterable[str], declared: Declaration, others: Iterable[str]) -> None:
    """Raise if a name is no parameter of a dynamics.

    Parameters
    ----------
    given : iterable of str
    declared : Declaration
    others : iterable of str
        What may be given beside what it declares.
    """
    for name in given:
        known = [*others, *declared.parameters]
        if name not in known:
            told = checks.none_of("the name of a parameter", name, known)
            raise InvalidValueError(
                f"{told} The parameters are for the dynamics {declared}; what it does not declare"
                " has no effect (see Parameters.with_dynamics)."
            )


def own_values(name: str, declared: TypeParameter, given: Any, types: pd.Index) -> np.ndarray:
    """Return the values of one parameter in the order of the cell types, in SI units.

    Parameters
    ----------
    name : str
    declared : TypeParameter
    given : Series or mapping by cell_type, Quantity or float
        Numbers without a unit are in SI units in a table. A single value holds for all types;
        None is the default.
    types : Index
    """
    if given is None:
        return declared.defaults(types)
    if not isinstance(given, Mapping | pd.Series):
        return np.full(len(types), declared.in_si(name, given))
    return by_name(name, in_si(name, declared, given), types)


def in_si(name: str, declared: TypeParameter, given: Any) -> Mapping | pd.Series:
    """Return a table of values, some or all with units, as numbers in SI units.

    Parameters
    ----------
    name : str
    declared : TypeParameter
    given : Series or mapping by cell_type
    """
    if not isinstance(given, Mapping | pd.Series):
        raise InvalidTypeError(
            f"{name} is {given!r}, but must be a mapping or Series by cell_type of what changes."
        )
    if isinstance(given, pd.Series) and given.dtype != object:
        return given
    return {
        cell_type: declared.in_si(f"{name} of {cell_type}", value)
        if isinstance(value, Quantity)
        else value
        for cell_type, value in given.items()
    }


def require_within(
    name: str, declared: TypeParameter, values: np.ndarray, connectome: Connectome
) -> None:
    """Raise if a value lies beyond what the dynamics allows.

    Parameters
    ----------
    name : str
    declared : TypeParameter
    values : ndarray, shape (cell_type,)
        In SI units.
    connectome : Connectome
    """
    wrong = ~((values >= declared.lowest) & (values <= declared.highest))
    if wrong.any():
        k = int(np.argmax(wrong))
        lowest, highest = declared.told(declared.lowest), declared.told(declared.highest)
        raise InvalidValueError(
            f"{name} of {connectome.cell_types.index[k]} is {declared.told(values[k])}, but must"
            f" lie between {lowest} and {highest}, as its dynamics declares."
        )


def require_for(parameters: Any, declared: Declaration, what: str) -> None:
    """Raise if parameters were made for another dynamics than the one they are used with.

    Those of the published model say nothing of a dynamics: they are for each that declares nothing.

    Parameters
    ----------
    parameters : Parameters
    declared : Declaration
        Of the dynamics that is used.
    what : str
        What the parameters are called, for messages.
    """
    own = parameters.declaration
    if own.dynamics != declared.dynamics and (not own.is_published or declared.parameters):
        said = "; ".join(declared.differences(own))
        raise InvalidValueError(
            f"{what} has parameters for the dynamics {own}, but is used with {declared}"
            f"{': ' if said else ''}{said}. Give dynamics={own.dynamics!r}, or"
            " parameters.with_dynamics(dynamics), which takes over what both have."
        )
    if said := declared.differences(own):
        raise InvalidValueError(
            f"{what} has parameters for another version of the dynamics {declared.dynamics!r}:"
            f" {'; '.join(said)}. Take them over with parameters.with_dynamics(...)."
        )
    for name, each in declared.parameters.items():
        require_within(name, each, parameters.values_of(name), parameters.connectome)
