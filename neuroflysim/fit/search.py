"""A search of several stages, that can be stopped and goes on to the same end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.recipe import Stage
from neuroflysim.fit.searches import SEARCHES, Strategy, begin
from neuroflysim.workers.one_thread import one_thread


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

    def _begin(self, mean: np.ndarray) -> Strategy:
        stage = self.stage
        return begin(
            stage.search,
            mean,
            stage.step_size,
            stage.population,
            [self.seed, self.stage_number, 1],
            stage.covariance,
        )

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
        return self._strategy.step_size

    def ask(self) -> np.ndarray:
        """Return the candidates of a generation, shape (candidate, parameter)."""
        with one_thread():
            return self._strategy.ask()

    @property
    def by_gradient(self) -> bool:
        """Whether the stage that is under way wants to be told gradients."""
        return SEARCHES[self.stage.search].by_gradient

    def tell(
        self, candidates: np.ndarray, loss: np.ndarray, gradient: np.ndarray | None = None
    ) -> None:
        """Learn from losses; go on to the next generation or stage.

        Gradients are looked at in stages that are `by_gradient`.

        Raises
        ------
        InvalidValueError
            If a loss is no finite number, which has no place in an order.
        """
        if not np.isfinite(loss).all():
            raise InvalidValueError(
                f"losses of {np.sum(~np.isfinite(loss))} of {len(loss)} candidates are not finite,"
                " so that none is better than another; an objective gives"
                " what failed a large loss, and NaN as score."
            )
        with one_thread():
            self._strategy.tell(candidates, loss, gradient)
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
            **self._strategy.state,
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
        if not all(p.shape == () and p.dtype.kind == "i" for p in places):
            raise InvalidValueError("the state of the search does not tell its generation.")
        stage_number, generation = (int(place) for place in places)
        stages = self.stages
        if not 0 <= stage_number < len(stages) or not (
            0 <= generation <= stages[stage_number].generations
        ):
            raise InvalidValueError("the state of the search is of no generation of the search.")
        self.stage_number, self.generation = stage_number, generation
        self._strategy = self._begin(np.zeros(len(self.mean)))
        with one_thread():
            self._strategy.go_on_from(state)
        if self._strategy.told != generation:
            raise InvalidValueError("the state of the search is of another generation.")
