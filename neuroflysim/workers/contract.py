"""What workers can do, wherever they are: `LocalWorkers` and `DaskWorkers` do it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol


class Piece(Protocol):
    """A call that was handed to workers."""

    def result(self) -> Any:
        """Wait for what it returns; what it raised is raised."""
        ...


class Workers[OwnPiece: Piece](Protocol):
    """Processes that call functions for us, each one call at a time."""

    @property
    def n_workers(self) -> int:
        """How many there are; of a cluster they may come and go."""
        ...

    @property
    def n_beside(self) -> int:
        """How many share the memory of one machine."""
        ...

    @property
    def at_hand(self) -> bool:
        """Whether they are processes of this machine that begin when they are needed.

        Then what is in one piece is as well done by the process that asks.
        """
        ...

    def submit(self, function: Callable, *arguments: Any) -> OwnPiece:
        """Have a worker call a function that it can import; again if the worker dies over it."""
        ...

    def as_completed(self, pieces: Sequence[OwnPiece]) -> Iterator[OwnPiece]:
        """Yield pieces as they are done."""
        ...

    def cancel(self, pieces: Sequence[OwnPiece]) -> None:
        """Let go of pieces; those that nobody works at yet are not begun."""
        ...
