"""What the variables of a cell's equations depend on."""

from __future__ import annotations

from brian2 import Equations
from brian2.equations.equations import SUBEXPRESSION


def used_by(name: str, parsed: Equations) -> set[str]:
    r"""Return what a variable depends on at once: itself, and what is in its subexpressions.

    Parameters
    ----------
    name : str
    parsed : Equations

    Examples
    --------
    >>> from brian2 import Equations
    >>> sorted(used_by("rate", Equations("rate = 2*high : 1\nhigh = voltage + 1 : 1")))
    ['high', 'rate', 'voltage']
    """
    if not _is_subexpression(name, parsed):
        return {name}
    return {name}.union(*(used_by(other, parsed) for other in parsed[name].identifiers))


def leaves(name: str, parsed: Equations) -> set[str]:
    r"""Return what a variable is made of, with the contents of subexpressions in their place.

    Parameters
    ----------
    name : str
    parsed : Equations

    Examples
    --------
    >>> from brian2 import Equations
    >>> leaves("rate", Equations("rate = 2*high : 1\nhigh = voltage + 1 : 1"))
    {'voltage'}
    """
    return {each for each in used_by(name, parsed) if not _is_subexpression(each, parsed)}


def _is_subexpression(name: str, parsed: Equations) -> bool:
    return name in parsed.names and parsed[name].type == SUBEXPRESSION
