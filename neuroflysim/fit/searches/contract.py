"""What a search offers to a fit: it asks for candidates, and is told their losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
from attrs import frozen


class Strategy(Protocol):
    """A distribution from which candidates are drawn, and which learns from their losses.

    It depends on the order of losses and not on their size, for a loss of what ran away is
    arbitrary; or on their gradients. All that its future depends on is in `state`: a strategy that
    was made alike and given the state of another one goes on as that one, to the bit.
    """

    @property
    def mean(self) -> np.ndarray:
        """Middle of the distribution: what was found, shape (coordinate,)."""
        ...

    @property
    def step_size(self) -> float:
        """Overall standard deviation."""
        ...

    @property
    def told(self) -> int:
        """Generations that it was told of."""
        ...

    def ask(self) -> np.ndarray:
        """Return the candidates of a generation, shape (candidate, coordinate)."""
        ...

    def tell(
        self, candidates: np.ndarray, loss: np.ndarray, gradient: np.ndarray | None = None
    ) -> None:
        """Learn from a generation.

        Parameters
        ----------
        candidates : ndarray, shape (candidate, coordinate)
            As they were asked for.
        loss : ndarray, shape (candidate,)
            Finite numbers; less is better.
        gradient : ndarray, shape (candidate, coordinate), optional
            Derivatives of the losses, which a search is told that is ``by_gradient``.
        """
        ...

    @property
    def state(self) -> dict[str, np.ndarray]:
        """The whole state between two generations, as arrays of numbers by name."""
        ...

    def go_on_from(self, state: Mapping[str, np.ndarray]) -> None:
        """Take the state of another strategy that was made alike.

        Raises
        ------
        InvalidValueError
            If this is no state of such a strategy.
        """
        ...


#: Makes a strategy of the mean to begin at, the step size, the population, and the seed of its
#: random numbers.
Begin = Callable[[np.ndarray, float, int, list[int]], Strategy]


@frozen
class Kind:
    """A kind of search, as the table `SEARCHES` holds it."""

    begin: Begin
    title: str  #: for people
    mirrored: bool = False  #: draws candidates in pairs, so that their number must be even
    #: Follows the gradient of the loss, of one candidate at a time.
    by_gradient: bool = False
    #: The largest step size to take it with in place of another search, if no step is asked for:
    #: of those that cannot make a step smaller that was chosen for one that can.
    largest_step: float | None = None
