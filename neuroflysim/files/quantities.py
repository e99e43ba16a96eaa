"""Units as files of JSON have them: powers of the seven base units of the SI."""

from __future__ import annotations

from typing import Any

from brian2.units.fundamentalunits import Dimension, get_or_create_dimension

from neuroflysim.checks import one_of
from neuroflysim.files.strict_json import of_kind

#: Base units, as files name them.
BASE = ("m", "kg", "s", "A", "K", "mol", "cd")


def powers_of(dimensions: Dimension) -> dict[str, float]:
    """Return the powers of the base units that a unit is made of; none for plain numbers.

    Parameters
    ----------
    dimensions : Dimension

    Examples
    --------
    >>> from brian2 import metre, second
    >>> powers_of((metre / second**2).dim)
    {'m': 1.0, 's': -2.0}
    """
    powers = {name: float(dimensions.get_dimension(name)) for name in BASE}
    return {name: power for name, power in powers.items() if power}


def dimensions_from(powers: Any, what: str) -> Dimension:
    """Return the dimensions that a block of powers stands for.

    Parameters
    ----------
    powers : mapping of str to float
        As `powers_of` gives it.
    what : str
        What has the unit, for messages.

    Raises
    ------
    InvalidValueError
        If it is no block, or a key of it no base unit.
    """
    for unit, power in of_kind(powers, "a block of keys", f"{what}: unit").items():
        one_of(f"{what}: a base unit", unit, BASE)
        of_kind(power, "a number", f"{what}: the power of {unit}")
    return get_or_create_dimension(**powers)
