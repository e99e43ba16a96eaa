"""Scoring a population: in this process, or in parts by workers. The scores are the same."""

from __future__ import annotations

import pickle
import time
from functools import lru_cache
from itertools import pairwise

import numpy as np

from neuroflysim.connectome import Connectome
from neuroflysim.fit.objective import Objective, Scores
from neuroflysim.fit.recipe import Recipe
from neuroflysim.flow.clips import Clips
from neuroflysim.workers import Workers
from neuroflysim.workers.one_thread import one_thread

#: Candidates in one run of the network: few, so that what they read stays in the cache. Always as
#: many, so that nothing depends on how a population is dealt out.
AT_ONCE = 2

#: Pieces of work for each worker and generation: more, so that none has to wait for long.
PIECES = 2


class Evaluator:
    """Scores candidates of a recipe.

    Parameters
    ----------
    recipe : Recipe
    connectome : Connectome
    workers : Workers, optional
        Who compute; this process, if not given.
    threads : int
        Of this process, if it computes.
    """

    def __init__(
        self, recipe: Recipe, connectome: Connectome, workers: Workers | None, threads: int = 1
    ):
        # A message to our own workers, and the key by which they know what they have; no file.
        self._setting = pickle.dumps((recipe, connectome))
        self._workers, self._threads = workers, threads
        self.core_seconds = 0.0  #: that workers spent

    def begin(self, z: np.ndarray, worlds: Clips) -> list:
        """Begin to score candidates z, shape (candidate, parameter); `finish` returns scores."""
        if self._workers is None:
            scores, _ = score(self._setting, self._threads, z, _seen(worlds))
            return [_Now((scores, 0.0))]
        n_runs = -(-len(z) // AT_ONCE)
        n_pieces = min(n_runs, PIECES * self._workers.n_workers)
        edges = AT_ONCE * np.round(np.linspace(0, n_runs, n_pieces + 1)).astype(int)
        seen = _seen(worlds)
        return [
            self._workers.submit(score, self._setting, 1, z[first:last], seen)
            for first, last in pairwise(edges)
        ]

    def finish(self, begun: list) -> Scores:
        """Return the scores, in the order of the candidates."""
        pieces, core_seconds = zip(*(piece.result() for piece in begun), strict=True)
        self.core_seconds += sum(core_seconds)
        return Scores(
            loss=np.concatenate([piece.loss for piece in pieces]),
            r2=np.concatenate([piece.r2 for piece in pieces]),
        )

    def scores(self, z: np.ndarray, worlds: Clips) -> Scores:
        """Score candidates."""
        return self.finish(self.begin(z, worlds))


class _Now:
    """A future that is past."""

    def __init__(self, value):
        self._value = value

    def result(self):
        return self._value


def _seen(worlds: Clips) -> dict:
    """Return what Clips are made of; flow that is the same in all columns is told once."""
    return {
        "luminance": worlds.luminance,
        "flow": worlds.flow[:, :, :1],
        "time_step": worlds.time_step,
        "lattice": worlds.lattice,
        "scene": worlds.scene,
    }


def score(setting: bytes, threads: int, z: np.ndarray, seen: dict) -> tuple[Scores, float]:
    """Score candidates, wherever this is called.

    Parameters
    ----------
    setting : bytes
        Recipe and connectome, pickled; the network for it is compiled once in each process.
    threads : int
    z : ndarray, shape (candidate, parameter)
    seen : dict
        Arguments of `Clips`.

    Returns
    -------
    Scores
    float
        Seconds that it took, summed over cores.
    """
    began = time.process_time()
    objective, worlds = _objective(setting, threads), Clips(**seen)
    with one_thread():
        scores = objective.scores(z, worlds)
    return scores, time.process_time() - began


@lru_cache(maxsize=1)
def _objective(setting: bytes, threads: int) -> Objective:
    recipe, connectome = pickle.loads(setting)
    return Objective(recipe, connectome, n_candidates=AT_ONCE, threads=threads)
