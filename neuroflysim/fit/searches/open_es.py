"""The evolution strategy of Salimans et al., arXiv:1703.03864 (2017), often called OpenAI-ES.

Candidates lie around the mean in pairs of mirror images, all at the same standard deviation. Their
centred ranks give an estimate of the gradient, which Adam (Kingma and Ba, arXiv:1412.6980, 2014)
follows.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neuroflysim.fit.searches.named_arrays import given, taken
from neuroflysim.fit.searches.normal import Normal
from neuroflysim.fit.searches.ranks import by_rank

#: Of Adam, as its authors propose: memory of the gradient and of its square, and what keeps a
#: coordinate without a gradient where it is.
_BETA, _BETA_OF_SQUARE, _EPSILON = 0.9, 0.999, 1e-8

_KINDS = {
    "normal": "normal",
    "told": "count",
    "mean": "vector",
    "gradient": "vector",
    "square": "vector",
}


class OpenEs:
    """Gradient of ranks by mirrored samples, and Adam.

    The step size is both the standard deviation of candidates and Adam's rate. It stays as it is:
    a search comes to within a few steps of a minimum, and one that is to come closer has a further
    stage with a smaller step.

    Parameters
    ----------
    mean : ndarray, shape (coordinate,)
    step_size : float
    population : int
        Even.
    seed : list of int
    """

    def __init__(self, mean: np.ndarray, step_size: float, population: int, seed: list[int]):
        self.step_size = step_size
        self.mean = np.array(mean, dtype=float)
        self.told = 0
        self.normal = Normal(seed)
        self.gradient, self.square = np.zeros((2, len(mean)))  #: as Adam remembers them
        self._utility = 0.5 - np.arange(population) / (population - 1)

    def ask(self) -> np.ndarray:
        """Return the candidates of a generation; the second half are mirror images."""
        z = self.normal(len(self._utility) // 2, len(self.mean))
        return self.mean + self.step_size * np.concatenate([z, -z])

    def tell(
        self, candidates: np.ndarray, loss: np.ndarray, gradient: np.ndarray | None = None
    ) -> None:
        """Learn from a generation."""
        self.told += 1
        z = (candidates - self.mean) / self.step_size
        gradient = by_rank(self._utility, loss) @ z / len(z)
        self.gradient = _BETA * self.gradient + (1 - _BETA) * gradient
        self.square = _BETA_OF_SQUARE * self.square + (1 - _BETA_OF_SQUARE) * gradient**2
        first = self.gradient / (1 - _BETA**self.told)
        second = self.square / (1 - _BETA_OF_SQUARE**self.told)
        self.mean = self.mean + self.step_size * first / (np.sqrt(second) + _EPSILON)

    @property
    def state(self) -> dict[str, np.ndarray]:
        """See `Strategy`."""
        return taken(self, _KINDS)

    def go_on_from(self, state: Mapping[str, np.ndarray]) -> None:
        """See `Strategy`."""
        given(self, _KINDS, state, len(self.mean))
