"""CMA-ES as a state that can be stopped and goes on to the same end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cma
import numpy as np
from cma.restricted_gaussian_sampler import GaussVDSampler

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.recipe import Stage
from neuroflysim.fit.strategy_state import give_state, state_of
from neuroflysim.workers.one_thread import one_thread

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
        self._rng = np.random.Generator(np.random.PCG64(seed))

    @property
    def state(self) -> np.ndarray:
        """Six whole numbers: two of 128 bits, halved, and a half of 64 bits that is left over."""
        state = self._rng.bit_generator.state
        whole = (state["state"]["state"], state["state"]["inc"])
        halves = [half for number in whole for half in divmod(number, 2**64)]
        return np.array([*halves, state["has_uint32"], state["uinteger"]], dtype=np.uint64)

    @state.setter
    def state(self, numbers: np.ndarray) -> None:
        high, low, inc_high, inc_low, has_uint32, uinteger = map(int, numbers)
        self._rng.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": high * 2**64 + low, "inc": inc_high * 2**64 + inc_low},
            "has_uint32": has_uint32,
            "uinteger": uinteger,
        }

    def __call__(self, *shape):
        return self._rng.standard_normal(shape)


class Search:
    """Asks for candidates and is told their losses, stage by stage.

    All that the future depends on is in `state`: a search that was given the state of another one
    goes on exactly as that one.

    Parameters
    ----------
    stages : sequence of Stage
    seed : int
    n_coordinates : int
    """

    def __init__(self, stages: Sequence[Stage], seed: int, n_coordinates: int):
        self.stages, self.seed = tuple(stages), seed
        self.stage_number, self.generation = 0, 0  #: generation counts within the stage
        self._strategy = self._begin(np.zeros(n_coordinates))

    def _begin(self, mean: np.ndarray) -> cma.CMAEvolutionStrategy:
        stage = self.stage
        normal = self._normal = _Normal([self.seed, self.stage_number, 1])
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
        return self.stages[self.stage_number]

    @property
    def world_seed(self) -> list[int]:
        """Seed of the worlds of this generation."""
        return [self.seed, self.stage_number, 0, self.generation]

    def next_worlds(self) -> tuple[Stage, list[int]] | None:
        """Return stage and seed of the worlds of the generation after this one, if there is one."""
        number, generation = self.stage_number, self.generation + 1
        if generation == self.stage.generations:
            number, generation = number + 1, 0
        if number == len(self.stages):
            return None
        return self.stages[number], [self.seed, number, 0, generation]

    @property
    def finished(self) -> bool:
        """Whether all stages are over."""
        last = self.stage_number == len(self.stages) - 1
        return last and self.generation == self.stage.generations

    @property
    def generations_done(self) -> int:
        """Generations made, of all stages."""
        before = self.stages[: self.stage_number]
        return sum(stage.generations for stage in before) + self.generation

    @property
    def evaluations(self) -> int:
        """Evaluations made."""
        before = self.stages[: self.stage_number]
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

    @property
    def state(self) -> dict[str, np.ndarray]:
        """The whole state between two generations, as numbers and arrays by name."""
        return {
            "stage_number": np.array(self.stage_number),
            "generation": np.array(self.generation),
            "normal": self._normal.state,
            **state_of(self._strategy, self.stage.covariance),
        }

    def go_on_from(self, state: Mapping[str, np.ndarray]) -> None:
        """Take the state of another search of these stages, seed and number of coordinates.

        Parameters
        ----------
        state : mapping of str to ndarray

        Raises
        ------
        InvalidValueError
            If this is no state of such a search.
        """
        state = dict(state)
        places = [state.pop(name, np.array("none")) for name in ("stage_number", "generation")]
        normal = state.pop("normal", None)
        if not all(p.shape == () and p.dtype.kind == "i" for p in places):
            raise InvalidValueError("the state of the search does not tell its generation.")
        stage_number, generation = (int(place) for place in places)
        stages = self.stages
        if not 0 <= stage_number < len(stages) or not (
            0 <= generation <= stages[stage_number].generations
        ):
            raise InvalidValueError("the state of the search is of no generation of the search.")
        if normal is None or normal.shape != (6,) or normal.dtype != np.uint64:
            raise InvalidValueError("the state of the search lacks that of its random numbers.")
        self.stage_number, self.generation = stage_number, generation
        self._strategy = self._begin(np.zeros(len(self.mean)))
        if int(state.get("countiter", -1)) != generation:
            raise InvalidValueError("the state of the search is of another generation.")
        give_state(self._strategy, self.stage.covariance, state)
        self._normal.state = normal
