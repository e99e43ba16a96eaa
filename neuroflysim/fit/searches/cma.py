"""CMA-ES by pycma: Hansen and Ostermeier, Evolutionary Computation 9, 159 (2001)."""

from __future__ import annotations

from collections.abc import Mapping

import cma
import numpy as np
from cma.restricted_gaussian_sampler import GaussVDSampler

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.searches.named_arrays import fits
from neuroflysim.fit.searches.normal import Normal
from neuroflysim.fit.searches.pycma_state import give_state, state_of

#: Reasons for which pycma would stop: none, for a search ends with its evaluations.
_NEVER = {
    "maxiter": np.inf,
    "tolfun": 0,
    "tolfunhist": 0,
    "tolfunrel": 0,
    "tolx": 0,
    "tolstagnation": np.inf,
    "tolflatfitness": np.inf,
    "tolconditioncov": np.inf,
    "verbose": -9,
}


class Cma:
    """CMA-ES.

    Parameters
    ----------
    mean : ndarray, shape (coordinate,)
    step_size : float
    population : int
    seed : list of int
    covariance : str
        What is learned of the landscape: "diagonal", "full" or "restricted" of a `Stage`;
        "decoded" is "full" with scales of the coordinates that are learned beside it.
    """

    def __init__(
        self, mean: np.ndarray, step_size: float, population: int, seed: list[int], covariance: str
    ):
        self._made_by = mean, step_size, population, covariance
        self._normal = Normal(seed)
        self._begin()

    def _begin(self) -> None:
        mean, step_size, population, covariance = self._made_by
        options = {
            **_NEVER,
            "popsize": population,
            "seed": np.nan,  # pycma's own random numbers are not used
            "randn": self._normal,
            "CMA_diagonal": covariance == "diagonal",
            "CMA_diagonal_decoding": covariance == "decoded",
        }
        if covariance == "restricted":
            options = GaussVDSampler.extend_cma_options(options)
            # Else those of numpy, which all share.
            options["CMA_sampler_options"] = {"randn": self._normal}
        self._pycma = cma.CMAEvolutionStrategy(mean, step_size, options)

    @property
    def mean(self) -> np.ndarray:
        """Middle of the distribution."""
        return np.array(self._pycma.mean)

    @property
    def step_size(self) -> float:
        """Overall standard deviation, sigma."""
        return float(self._pycma.sigma)

    @property
    def told(self) -> int:
        """Generations that it was told of."""
        return int(self._pycma.countiter)

    def ask(self) -> np.ndarray:
        """Return the candidates of a generation."""
        return np.array(self._pycma.ask())

    def tell(
        self, candidates: np.ndarray, loss: np.ndarray, gradient: np.ndarray | None = None
    ) -> None:
        """Learn from a generation."""
        self._pycma.tell(list(candidates), list(loss))

    @property
    def state(self) -> dict[str, np.ndarray]:
        """See `Strategy`."""
        return {"normal": self._normal.state, **state_of(self._pycma, self._made_by[-1])}

    def go_on_from(self, state: Mapping[str, np.ndarray]) -> None:
        """See `Strategy`."""
        state = dict(state)
        normal = state.pop("normal", np.empty(0))
        if not fits(normal, "normal", len(self.mean)):
            raise InvalidValueError("the state of the search lacks that of its random numbers.")
        self._begin()  # what pycma derives from its options is as at the beginning
        give_state(self._pycma, self._made_by[-1], state)
        self._normal.state = normal
