"""Where state variables begin, so that slow ones need not settle first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from brian2 import get_dimensions
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.units.fundamentalunits import Dimension
from brian2.utils.stringtools import get_identifiers

from neuroflysim.dynamics.constants_by_type import require_constant
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.expressions import dimensions_of, value_of


def require_initial(
    where: str, initial: Any, states: Mapping[str, Dimension], known: Mapping[str, Dimension]
) -> None:
    """Raise unless each value or expression is one of a state variable, of its unit.

    Parameters
    ----------
    where : str
        The dynamics, for messages.
    initial : mapping of str to number, Quantity or str
    states : mapping of str to Dimension
        State variables.
    known : mapping of str to Dimension
        What expressions may use.
    """
    if not isinstance(initial, Mapping):
        raise InvalidTypeError(
            f"{where}: initial must be a dict by state variable, but is {type(initial).__name__}."
        )
    slow = sorted(set(states) - {"voltage"})
    for name, value in initial.items():
        if name not in slow:
            raise InvalidValueError(
                f"{where}: initial has {name!r}, but may have the state variables"
                f" {', '.join(slow) or '(none)'}; the voltage begins at the resting potential, or"
                " where a simulation is told."
            )
        what = f"{where}: initial of {name!r}"
        if isinstance(value, str):
            found = _dimensions(what, value, known)
        else:
            require_constant(what, value)
            found = get_dimensions(value)
        if found is not states[name]:
            raise InvalidValueError(
                f"{what} has the unit {found}, but must have {states[name]} as it is declared."
            )


def _dimensions(what: str, expression: str, known: Mapping[str, Dimension]) -> Dimension:
    brians = {*DEFAULT_FUNCTIONS, *DEFAULT_CONSTANTS, *DEFAULT_UNITS, "and", "or", "not"}
    unknown = sorted(get_identifiers(expression) - set(known) - brians)
    if unknown:
        raise InvalidValueError(
            f"{what} uses {unknown[0]!r}, but may use {', '.join(sorted(known))}, and functions and"
            " units of Brian2: there is no input yet at the beginning (grey has the luminance 0.5)."
        )
    try:
        return dimensions_of(expression, known)
    except InvalidValueError as error:
        raise InvalidValueError(f"{what}: {error}") from None


def names_of_initial(initial: Mapping) -> set[str]:
    """Return what the expressions use.

    Parameters
    ----------
    initial : mapping of str to number, Quantity or str

    Examples
    --------
    >>> sorted(names_of_initial({"adaptation": "strength*voltage", "mean_light": 0.5}))
    ['strength', 'voltage']
    """
    expressions = [value for value in initial.values() if isinstance(value, str)]
    return set().union(*map(get_identifiers, expressions))


def initial_states(
    initial: Mapping, states: Iterable[str], known: Mapping[str, Any]
) -> dict[str, np.ndarray]:
    """Return where state variables begin, in SI units; 0 where nothing is said.

    Parameters
    ----------
    initial : mapping of str to number, Quantity or str
    states : iterable of str
        Those that are asked for.
    known : mapping of str to array_like
        What expressions may use, in SI units; the voltage among them tells the shape.
    """
    found = {}
    for name in states:
        given = initial.get(name, 0.0)
        value = value_of(given, known) if isinstance(given, str) else float(given)
        found[name] = np.array(np.broadcast_to(value, np.shape(known["voltage"])), dtype=float)
        if not np.isfinite(found[name]).all():
            raise InvalidValueError(
                f"initial of {name!r}, {given!r}, is not finite with these parameters; change the"
                " expression or the parameters that it uses."
            )
    return found
