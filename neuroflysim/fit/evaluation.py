"""Scoring a population: in this process, or in parts by workers. The scores are the same."""

from __future__ import annotations

import pickle
import time
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from neuroflysim.fit.contract import Differentiable, DifferentiableScorer, Scorer, Scores
from neuroflysim.fit.objectives.flow_task import FlowTask
from neuroflysim.fit.problem import Problem
from neuroflysim.workers import Workers
from neuroflysim.workers.one_thread import one_thread
from neuroflysim.workers.sending import require_sendable

#: Pieces of work for each worker and generation: more, so that none has to wait for long.
PIECES = 2


class Evaluator:
    """Scores candidates of a problem.

    Parameters
    ----------
    problem : Problem
    workers : Workers, optional
        Who compute; this process, if not given.
    threads : int
        Of this process, if it computes.
    """

    def __init__(self, problem: Problem, workers: Workers | None, threads: int = 1):
        self._setting = _sendable(problem, workers)
        self._at_once = problem.objective.at_once
        self._workers, self._threads = workers, threads
        self.core_seconds = 0.0  #: that workers spent

    def begin(self, z: np.ndarray, shown: Any) -> list:
        """Begin to score candidates z, shape (candidate, coordinate); `finish` returns scores."""
        if self._workers is None:
            scores, _ = score(self._setting, self._threads, z, shown)
            return [_Now((scores, 0.0))]
        n_runs = -(-len(z) // self._at_once)
        n_pieces = min(n_runs, PIECES * self._workers.n_workers)
        edges = self._at_once * np.round(np.linspace(0, n_runs, n_pieces + 1)).astype(int)
        return [
            self._workers.submit(score, self._setting, 1, z[first:last], shown)
            for first, last in pairwise(edges)
        ]

    def finish(self, begun: list) -> Scores:
        """Return the scores, in the order of the candidates."""
        pieces, core_seconds = zip(*(piece.result() for piece in begun), strict=True)
        self.core_seconds += sum(core_seconds)
        return Scores(
            loss=np.concatenate([piece.loss for piece in pieces]),
            score=np.concatenate([piece.score for piece in pieces]),
        )

    def scores(self, z: np.ndarray, shown: Any) -> Scores:
        """Score candidates."""
        return self.finish(self.begin(z, shown))

    def scores_and_gradient(self, z: np.ndarray, shown: Any) -> tuple[Scores, np.ndarray]:
        """Score candidates, and return the derivatives of their losses by z, of the shape of z."""
        if self._workers is None:
            scores, gradient, _ = differentiate(self._setting, self._threads, z, shown)
            return scores, gradient
        begun = self._workers.submit(differentiate, self._setting, 1, z, shown)
        scores, gradient, core_seconds = begun.result()
        self.core_seconds += core_seconds
        return scores, gradient


class _Now:
    """A future that is past."""

    def __init__(self, value):
        self._value = value

    def result(self):
        return self._value


def _sendable(problem: Problem, workers: Workers | None) -> bytes | Problem:
    """Return a message to our own workers, and the key by which they know what they have; no file.

    What cannot be sent, such as a lambda, is kept as it is where nobody else computes.
    """
    try:
        message = pickle.dumps(problem)
    except Exception:
        require_sendable(workers, objective=problem.objective)
        return problem
    if not isinstance(problem.objective, FlowTask):
        # What can be sent may be nothing that is known there.
        require_sendable(workers, objective=problem.objective)
    return message


def score(
    setting: bytes | Problem, threads: int, z: np.ndarray, shown: Any
) -> tuple[Scores, float]:
    """Score candidates, wherever this is called.

    Parameters
    ----------
    setting : bytes or Problem
        A `Problem`, pickled if it can be; its network is compiled once in each process.
    threads : int
    z : ndarray, shape (candidate, coordinate)
    shown : object
        What `Objective.shown` returned.

    Returns
    -------
    Scores
    float
        Seconds that it took, summed over cores.
    """
    began = time.process_time()
    problem, scorer = _compiled(setting, threads)
    with one_thread():
        scores = scorer.scores(problem.candidates(z), shown)
    return scores, time.process_time() - began


def differentiate(
    setting: bytes | Problem, threads: int, z: np.ndarray, shown: Any
) -> tuple[Scores, np.ndarray, float]:
    """Score candidates and differentiate their losses, wherever this is called; see `score`.

    Returns
    -------
    Scores
    ndarray, shape (candidate, coordinate)
    float
        Seconds that it took, summed over cores.
    """
    began = time.process_time()
    problem, scorer = _differentiable(setting, threads)
    with one_thread():
        candidates = problem.candidates(z)
        scores, slopes = scorer.scores_and_slopes(candidates, shown)
        gradient = problem.gradient(z, slopes)
    return scores, gradient, time.process_time() - began


@lru_cache(maxsize=1)
def _differentiable(setting: bytes | Problem, threads: int) -> tuple[Problem, DifferentiableScorer]:
    problem = setting if isinstance(setting, Problem) else pickle.loads(setting)
    objective = problem.objective
    assert isinstance(objective, Differentiable)  # as was looked at before the search
    return problem, objective.differentiable_scorer(problem.model, threads)


@lru_cache(maxsize=1)
def _compiled(setting: bytes | Problem, threads: int) -> tuple[Problem, Scorer]:
    problem = setting if isinstance(setting, Problem) else pickle.loads(setting)
    return problem, problem.objective.scorer(problem.model, threads)
