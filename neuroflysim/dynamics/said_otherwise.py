"""What equations of Brian2 may say and those of a cell here may not, and what to write instead.

Cells are stepped together and pass on numbers, in a network whose sums have no memory: so there are
no events, and nothing of the past but what a state variable keeps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from neuroflysim.checks import none_of
from neuroflysim.errors import InvalidTypeError

PLACE = "docs/dynamics.md, 'What cannot be said'"

RATE = (
    "cells pass on a rate and no spikes: let the output rise around the threshold, as in"
    " output = 1/(1 + exp(-(voltage - half)/slope)) : 1, and let a state variable that follows the"
    f" output be subtracted for what a spike leaves behind ({PLACE})"
)
DELAY = (
    "connections have no delay: let the output be the last of a chain of low-passes, as in"
    " dlate_1/dt = (rectified - late_1)/(latency/2) : 1, dlate_2/dt = (late_1 - late_2)/(latency/2)"
    f" : 1, output = late_2 : 1, which pass it on by the latency later ({PLACE})"
)
STATEMENT = (
    "Statements such as voltage += 1 are none of the equations, which hold at all times: " + RATE
)
SUMS = "what comes from other cells is a sum by a name: inputs={'excitation': nfs.SynapticSum(...)}"

#: By the words of Brian2: arguments, names in equations, and flags.
INSTEAD = {
    **dict.fromkeys(("threshold", "reset", "refractory", "events", "order"), RATE),
    **dict.fromkeys(("spike", "spikes", "spiked", "lastspike", "not_refractory"), RATE),
    **dict.fromkeys(("refractory_until", "unless refractory"), RATE),
    **dict.fromkeys(("delay", "delays"), DELAY),
    **dict.fromkeys(("on_pre", "on_post", "pre", "post", "event-driven", "clock-driven"), SUMS),
    "model": "they are given as equations=",
    "namespace": "values of names are given as constants=, with units",
    "method": "nfs.simulate and nfs.compile take method=, of all cells",
    "dt": "nfs.simulate and nfs.compile take time_step=, of all cells",
    "clock": "nfs.simulate and nfs.compile take time_step=, of all cells",
    "N": "the connectome says how many cells there are",
}


def instead_of(word: str) -> str:
    """Return what to write in place of a word of Brian2; nothing, if there is no such word.

    Parameters
    ----------
    word : str

    Examples
    --------
    >>> instead_of("lastspike") == instead_of("reset") != ""
    True
    """
    return INSTEAD.get(word, "")


def has_statement(equations: str) -> bool:
    """Return whether a line does something once, as code that follows a spike.

    Parameters
    ----------
    equations : str

    Examples
    --------
    >>> has_statement("voltage += 1"), has_statement("output = voltage : 1")
    (True, False)
    """
    return any(re.match(r"\s*\w+\s*[-+*/]=", line) for line in equations.splitlines())


def is_called(name: str, equations: str) -> bool:
    """Return whether equations use a variable like a function, as for its value at another time.

    Parameters
    ----------
    name, equations : str

    Examples
    --------
    >>> is_called("voltage", "output = voltage(t - 5*ms) : 1")
    True
    """
    without_comments = re.sub("#.*", "", equations)
    return re.search(rf"\b{re.escape(name)}\s*\(", without_comments) is not None


def require_no_others(what: str, words: Iterable[str], known: Iterable[str]) -> None:
    """Raise if arguments were given that there are not.

    Parameters
    ----------
    what : str
        Whose arguments, for messages.
    words : iterable of str
    known : iterable of str
        Arguments that there are.

    Raises
    ------
    InvalidTypeError
        Tells what to write in place of a word of Brian2, or lists what there is.
    """
    for word in words:
        cure = instead_of(word)
        if cure:
            raise InvalidTypeError(f"{what} has no {word}: {cure}.")
        raise InvalidTypeError(none_of(f"an argument of {what}", word, list(known)))
