"""What a mutator is, and what it may expect of the reader."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

#: The file says nonsense: whoever takes it is wrong, whatever is made of it.
REFUSE = "refuse"
#: The file may say something else that makes sense; the kind's own reading tells.
EITHER = "either"
#: The file says the same in other bytes: the meaning must be the same, or the file is refused.
SAME = "same"


class NotApplicableError(Exception):
    """Nothing in this file can be changed in this way; another mutator takes its turn."""


@frozen
class Mutation:
    """What was done to a file."""

    expects: str  #: REFUSE, EITHER or SAME
    what: str  #: in words, for a report
    place: tuple = ()  #: keys that lead to a changed value in a document
    new: str = ""  #: what stands there now
    always_nonsense: bool = True  #: where it may also make sense at places that are free: False
    instead: str = ""  #: of what is in the folder, what is to be read in place of the file


@frozen
class Mutator:
    """One way to change a file."""

    name: str
    change: Callable[[Path, random.Random], Mutation]

    def __call__(self, path: Path, rng: random.Random) -> Mutation:
        """Change a file in place."""
        return self.change(path, rng)


def collector(family: list[Mutator]):
    """Return a decorator that adds a function to a family of mutators under its own name."""

    def add(change):
        family.append(Mutator(change.__name__, change))
        return change

    return add
