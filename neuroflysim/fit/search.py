"""CMA-ES as a state that can be stopped and goes on to the same end."""

from __future__ import annotations

import pickle

import cma
import numpy as np
from cma.restricted_gaussian_sampler import GaussVDSampler

from neuroflysim.fit.one_thread import one_thread
from neuroflysim.fit.recipe import Recipe, Stage

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


class _Normal:
    """Normal numbers for pycma from a generator of its own, which is part of the state."""

    def __init__(self, seed: list[int]):
        self._rng = np.random.default_rng(seed)

    def __call__(self, *shape):
        return self._rng.standard_normal(shape)


class Search:
    """Asks for candidates and is told their losses, stage by stage.

    All that the future depends on is inside: a search that was written to bytes and read again goes
    on exactly as the one that was not.

    Parameters
    ----------
    recipe : Recipe
    seed : int
    n_coordinates : int
    """

    def __init__(self, recipe: Recipe, seed: int, n_coordinates: int):
        self.recipe, self.seed = recipe, seed
        self.stage_number, self.generation = 0, 0  #: generation counts within the stage
        self._strategy = self._begin(np.zeros(n_coordinates))

    def _begin(self, mean: np.ndarray) -> cma.CMAEvolutionStrategy:
        stage = self.stage
        normal = _Normal([self.seed, self.stage_number, 1])
        options = {
            **_NEVER,
            "popsize": stage.population,
            "seed": np.nan,  # pycma's own random numbers are not used
            "randn": normal,
            "CMA_diagonal": stage.covariance == "diagonal",
        }
        if stage.covariance == "restricted":
            options = GaussVDSampler.extend_cma_options(options)
            options["CMA_sampler_options"] = {"randn": normal}  # else numpy's, that all share
        return cma.CMAEvolutionStrategy(mean, stage.step_size, options)

    @property
    def stage(self) -> Stage:
        """The stage that is under way."""
        return self.recipe.stages[self.stage_number]

    @property
    def world_seed(self) -> list[int]:
        """Seed of the worlds of this generation."""
        return [self.seed, self.stage_number, 0, self.generation]

    def next_worlds(self) -> tuple[Stage, list[int]] | None:
        """Return stage and seed of the worlds of the generation after this one, if there is one."""
        number, generation = self.stage_number, self.generation + 1
        if generation == self.stage.generations:
            number, generation = number + 1, 0
        if number == len(self.recipe.stages):
            return None
        return self.recipe.stages[number], [self.seed, number, 0, generation]

    @property
    def finished(self) -> bool:
        """Whether all stages are over."""
        last = self.stage_number == len(self.recipe.stages) - 1
        return last and self.generation == self.stage.generations

    @property
    def evaluations(self) -> int:
        """Evaluations made."""
        before = self.recipe.stages[: self.stage_number]
        done = sum(stage.generations * stage.population for stage in before)
        return done + self.generation * self.stage.population

    @property
    def mean(self) -> np.ndarray:
        """Middle of the distribution: what the search has found, shape (parameter,)."""
        return np.array(self._strategy.mean)

    @property
    def step_size(self) -> float:
        """Overall standard deviation, sigma."""
        return float(self._strategy.sigma)

    def ask(self) -> np.ndarray:
        """Return the candidates of a generation, shape (candidate, parameter)."""
        with one_thread():
            return np.array(self._strategy.ask())

    def tell(self, candidates: np.ndarray, loss: np.ndarray) -> None:
        """Learn from losses; go on to the next generation or stage."""
        with one_thread():
            self._strategy.tell(list(candidates), list(loss))
        self.generation += 1
        if self.generation == self.stage.generations and not self.finished:
            mean = self.mean
            self.stage_number, self.generation = self.stage_number + 1, 0
            self._strategy = self._begin(mean)

    def to_bytes(self) -> bytes:
        """Return the whole state."""
        return pickle.dumps(self)

    @staticmethod
    def from_bytes(state: bytes) -> Search:
        """Return the search that `to_bytes` wrote."""
        return pickle.loads(state)
