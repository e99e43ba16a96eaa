"""What a board judges: models that belong together, and what is known of where they come from."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping

from attrs import field, frozen

from neuroflysim.ensembles.readout import Readout
from neuroflysim.parameters import Parameters

#: What rows there are, in the order of a board; within a kind they stand by the alphabet.
KINDS = {
    "published": "models of others, as they published them",
    "fitted here": "ensembles in the box",
    "control": "fits that lack one thing: a part of the connectome, or the task",
    "no fit": "parameters that nothing was fitted to",
    "trivial": "what needs no model of a fly",
    "yours": "a folder that was named",
}


@frozen
class Models:
    """Models of one row, by name.

    Attributes
    ----------
    parameters : dict of str to Parameters
        Those that are judged. They may have different connectomes.
    readout : Readout
        From what flow is read.
    failed : dict of str to str
        Models that have no parameters, because their fit failed, and why.
    """

    parameters: Mapping[str, Parameters]
    readout: Readout = field(factory=Readout)
    failed: Mapping[str, str] = field(factory=dict)


@frozen
class Entry:
    """A row of a board before it is judged.

    Attributes
    ----------
    name : str
    kind : str
        One of `KINDS`.
    seen : str
        What a fit has seen, in words.
    load : callable
        Returns the `Models`; an error of ours is told in the row, and the other rows stand.
    word : str
        What is typed to judge it; its name, if nothing else is said.
    """

    name: str
    kind: str
    seen: str
    load: Callable[[], Models]
    word: str = ""

    @property
    def command(self) -> str:
        """The command that computes it."""
        return shlex.join(["neuroflysim", "board", self.word or self.name])
