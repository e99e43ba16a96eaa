"""dd-CMA by pycma: Akimoto and Hansen, Evolutionary Computation 28, 405 (2020).

Beside all covariances it learns a scale of each coordinate, at a rate of its own: quickly as long
as coordinates are independent. It costs coordinates times coordinates in memory, and a
decomposition of such a matrix now and then.
"""

from __future__ import annotations

import numpy as np

from neuroflysim.fit.searches.cma import Cma


class DdCma(Cma):
    """CMA-ES with diagonal decoding.

    Parameters
    ----------
    mean : ndarray, shape (coordinate,)
    step_size : float
    population : int
    seed : list of int
    """

    def __init__(self, mean: np.ndarray, step_size: float, population: int, seed: list[int]):
        super().__init__(mean, step_size, population, seed, "decoded")
