"""Adam (Kingma and Ba, arXiv:1412.6980, 2014): down the gradient of the loss, one model at a time.

Worlds differ from generation to generation, and so do their gradients. What was found is therefore
a mean over the last steps, as section 7.2 of the article proposes.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.searches.named_arrays import given, taken

#: As the authors propose: memory of the gradient and of its square, and what keeps a coordinate
#: without a gradient where it is.
_BETA, _BETA_OF_SQUARE, _EPSILON = 0.9, 0.999, 1e-8

#: Memory of the mean of steps: some hundred of them.
_BETA_OF_MEAN = 0.99

_KINDS = {
    "told": "count",
    "place": "vector",
    "average": "vector",
    "gradient": "vector",
    "square": "vector",
}


class Adam:
    """Steps along the gradient, each coordinate at its own scale.

    Parameters
    ----------
    mean : ndarray, shape (coordinate,)
    step_size : float
        Adam's rate: how far a coordinate goes at most in a step.
    population : int
        1: there is one gradient to follow.
    seed : list of int
        Not looked at, for nothing is drawn by chance.
    """

    def __init__(self, mean: np.ndarray, step_size: float, population: int, seed: list[int]):
        self.step_size = step_size
        self.told = 0
        self._start = np.array(mean, dtype=float)
        self.place = self._start.copy()  #: where the next gradient is asked for
        self.average, self.gradient, self.square = np.zeros((3, len(mean)))

    @property
    def mean(self) -> np.ndarray:
        """What was found: the mean of the last steps, the latest counting most."""
        if not self.told:
            return self._start
        return self.average / (1 - _BETA_OF_MEAN**self.told)

    def ask(self) -> np.ndarray:
        """Return the one place at which the gradient is asked for."""
        return self.place[None].copy()

    def tell(
        self, candidates: np.ndarray, loss: np.ndarray, gradient: np.ndarray | None = None
    ) -> None:
        """Learn from the gradient, shape (candidate, coordinate); where it is NaN, stay."""
        if gradient is None:
            raise InvalidValueError("'adam' follows gradients, but was told of losses alone.")
        self.told += 1
        slope = np.where(np.isfinite(gradient[0]), gradient[0], 0.0)
        self.gradient = _BETA * self.gradient + (1 - _BETA) * slope
        self.square = _BETA_OF_SQUARE * self.square + (1 - _BETA_OF_SQUARE) * slope**2
        first = self.gradient / (1 - _BETA**self.told)
        second = self.square / (1 - _BETA_OF_SQUARE**self.told)
        self.place = self.place - self.step_size * first / (np.sqrt(second) + _EPSILON)
        self.average = _BETA_OF_MEAN * self.average + (1 - _BETA_OF_MEAN) * self.place

    @property
    def state(self) -> dict[str, np.ndarray]:
        """See `Strategy`."""
        return {**taken(self, _KINDS), "start": self._start.copy()}

    def go_on_from(self, state: Mapping[str, np.ndarray]) -> None:
        """See `Strategy`."""
        state = dict(state)
        start = np.asarray(state.pop("start", np.zeros(0)))
        if start.shape != self.place.shape or not np.isfinite(start).all():
            raise InvalidValueError("the state of the search has a wrong start.")
        given(self, _KINDS, state, len(self.place))
        self._start = start.copy()
