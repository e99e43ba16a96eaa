"""CR-FM-NES: Nomura and Ono, IEEE Congress on Evolutionary Computation 2022, arXiv:2201.11422.

A natural evolution strategy for many coordinates. It learns a scale of each coordinate and one
direction, draws mirrored samples, and steps more boldly while the mean moves than while it stays.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy.optimize import brentq

from neuroflysim.fit.searches.named_arrays import given, taken
from neuroflysim.fit.searches.natural_gradient import natural_gradient
from neuroflysim.fit.searches.normal import Normal
from neuroflysim.fit.searches.ranks import by_rank

_KINDS = {
    "normal": "normal",
    "told": "count",
    "mean": "vector",
    "step_size": "positive",
    "scale": "positive vector",
    "direction": "vector",
    "path": "vector",
    "sigma_path": "vector",
}

#: No scale shrinks to less than this share of itself in a generation; else it might fall below 0.
_LEAST = 0.01


class CrFmNes:
    """A natural evolution strategy with scales and one direction.

    Parameters
    ----------
    mean : ndarray, shape (coordinate,)
    step_size : float
    population : int
        Even.
    seed : list of int
    """

    def __init__(self, mean: np.ndarray, step_size: float, population: int, seed: list[int]):
        n = len(mean)
        self.mean, self.step_size = np.array(mean, dtype=float), float(step_size)
        self.told = 0
        self.normal = Normal(seed)
        self.scale = np.ones(n)  #: D
        self.direction = self.normal(n) / np.sqrt(n)  #: v
        self.path, self.sigma_path = np.zeros((2, n))  #: p_c and p_sigma
        self._rates = _Rates(n, population)

    def ask(self) -> np.ndarray:
        """Return the candidates of a generation; the second half are mirror images."""
        z = self.normal(self._rates.population // 2, len(self.mean))
        y = _stretched(np.concatenate([z, -z]), self.direction, 1)
        return self.mean + self.step_size * self.scale * y

    def tell(
        self, candidates: np.ndarray, loss: np.ndarray, gradient: np.ndarray | None = None
    ) -> None:
        """Learn from a generation."""
        rates = self._rates
        y = (candidates - self.mean) / (self.step_size * self.scale)
        z = _stretched(y, self.direction, -1)
        rank = by_rank(rates.rank, loss)  # above 0
        even = rank / rank.sum() - 1 / len(rank)
        self.sigma_path = (1 - rates.c_sigma) * self.sigma_path + rates.gain_sigma * even @ z
        length = float(np.linalg.norm(self.sigma_path)) / rates.chi
        if length >= 1:  # the mean moves: candidates that are far out count more
            distance = rates.alpha * np.linalg.norm(z, axis=1)
            far = rank * np.exp(distance - distance.max())
            weights, eta = far / far.sum() - 1 / len(rank), 1.0
        else:
            weights, eta = even, rates.stagnation if length >= 0.1 else rates.convergence
        step = weights @ (candidates - self.mean)
        self.path = (1 - rates.c) * self.path + rates.gain * step / self.step_size
        self.mean = self.mean + step
        of_v, of_scale = natural_gradient(np.vstack([y, self.path / self.scale]), self.direction)
        share = np.append(rates.eta_b * weights, rates.c1)
        self.direction = self.direction + share @ of_v
        scale = self.scale * np.maximum(1 + share @ of_scale, _LEAST)
        volume = np.log(scale).mean() + np.log1p(self.direction @ self.direction) / (2 * len(scale))
        self.scale = scale / np.exp(volume)
        self.step_size *= float(np.exp(eta / 2 * (weights @ (z * z - 1)).mean()))
        self.told += 1

    @property
    def state(self) -> dict[str, np.ndarray]:
        """See `Strategy`."""
        return taken(self, _KINDS)

    def go_on_from(self, state: Mapping[str, np.ndarray]) -> None:
        """See `Strategy`."""
        given(self, _KINDS, state, len(self.mean))


class _Rates:
    """What follows from the numbers of coordinates and candidates."""

    def __init__(self, n: int, population: int):
        self.population = population
        hat = np.log(population / 2 + 1) - np.log(np.arange(1, population + 1))
        self.rank = np.maximum(hat, 0)  #: weights by rank
        mu = self.rank.sum() ** 2 / (self.rank**2).sum()
        self.c_sigma = (mu + 2) / (n + mu + 5)
        self.c = (4 + mu / n) / (n + 4 + 2 * mu / n)
        self.gain_sigma = np.sqrt(self.c_sigma * (2 - self.c_sigma) * mu)
        self.gain = np.sqrt(self.c * (2 - self.c) * mu)
        # The paper is for many coordinates: for less than five, this rate would be below 0.
        self.c1 = max(0, (n - 5) / 6) * 2 / ((n + 1.3) ** 2 + mu)
        self.eta_b = np.tanh((min(0.02 * population, 3 * np.log(n)) + 5) / (0.23 * n + 25))
        self.stagnation = np.tanh((0.024 * population + 0.7 * n + 20) / (n + 12))
        self.convergence = 2 * np.tanh((0.025 * population + 0.75 * n + 10) / (n + 4))
        self.chi = np.sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n**2))
        self.alpha = _distance_weight(n) * min(1, np.sqrt(population / n))


def _distance_weight(n: int) -> float:
    """Return h^-1: how much farther candidates count, so that a step is as long as it may be."""
    return brentq(lambda a: np.log1p(a * a) + a * a / 2 - np.log(0.24 * (n + 10)), 0, 50)


def _stretched(y: np.ndarray, v: np.ndarray, sign: int) -> np.ndarray:
    """Return (1 + v v')^(sign / 2) y of each row: -1 undoes what 1 did."""
    square = v @ v
    return y + ((1 + square) ** (sign / 2) - 1) / square * (y @ v)[:, None] * v
