"""Programs that pieces of work share: the one that was asked for last, or all of them."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable

from neuroflysim.simulation import Program


class LastProgram:
    """Keeps one program, for to build one takes as long as to run it for a second of model time.

    It is closed as soon as another one is asked for, or this object goes.
    """

    def __init__(self):
        self._key: Hashable = None
        self._close: Callable = lambda: None

    def get(self, key: Hashable, build: Callable[[], Program]) -> Program:
        """Return the program that was kept, if it is of this key; else build it.

        Parameters
        ----------
        key : hashable
            What the program depends on, among those that are asked for here.
        build : callable
        """
        if self._key != key:
            self.close()
            self._program = build()
            self._close = weakref.finalize(self, self._program.close)
            self._key = key
        return self._program

    def close(self) -> None:
        """Close the program, if there is one."""
        self._close()
        self._key = None


class KeptPrograms:
    """Keeps every program: for work that is done again and again.

    They are closed by `close`, or when this object goes.
    """

    def __init__(self):
        self._kept: dict[Hashable, LastProgram] = {}

    def get(self, key: Hashable, build: Callable[[], Program]) -> Program:
        """Return the program of a key, which is built once.

        Parameters
        ----------
        key : hashable
        build : callable
        """
        return self._kept.setdefault(key, LastProgram()).get(key, build)

    def close(self) -> None:
        """Close all of them."""
        for one in self._kept.values():
            one.close()
        self._kept.clear()
