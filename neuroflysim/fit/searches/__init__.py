"""How the coordinates of a fit are searched: one kind of search a file.

A new search is a file here that does what `contract.py` says, and a line in `SEARCHES`.
"""

from __future__ import annotations

import numpy as np

from neuroflysim.fit.searches.contract import Kind, Strategy

#: What "cma" learns of the landscape: a scale of each coordinate, all covariances, or scales and
#: one direction.
COVARIANCES = ("diagonal", "full", "restricted")


def _cma(
    mean: np.ndarray,
    step_size: float,
    population: int,
    seed: list[int],
    covariance: str = COVARIANCES[0],
) -> Strategy:
    from neuroflysim.fit.searches.cma import Cma  # pycma takes a moment to import

    return Cma(mean, step_size, population, seed, covariance)


def _dd_cma(mean: np.ndarray, step_size: float, population: int, seed: list[int]) -> Strategy:
    from neuroflysim.fit.searches.dd_cma import DdCma

    return DdCma(mean, step_size, population, seed)


def _cr_fm_nes(mean: np.ndarray, step_size: float, population: int, seed: list[int]) -> Strategy:
    from neuroflysim.fit.searches.cr_fm_nes import CrFmNes  # scipy.optimize does, too

    return CrFmNes(mean, step_size, population, seed)


def _open_es(mean: np.ndarray, step_size: float, population: int, seed: list[int]) -> Strategy:
    from neuroflysim.fit.searches.open_es import OpenEs

    return OpenEs(mean, step_size, population, seed)


def _adam(mean: np.ndarray, step_size: float, population: int, seed: list[int]) -> Strategy:
    from neuroflysim.fit.searches.adam import Adam

    return Adam(mean, step_size, population, seed)


#: By the name that a `Stage` has for them.
SEARCHES: dict[str, Kind] = {
    "cma": Kind(_cma, "CMA-ES"),
    "dd-cma": Kind(_dd_cma, "dd-CMA"),
    "cr-fm-nes": Kind(_cr_fm_nes, "CR-FM-NES", mirrored=True),
    "open-es": Kind(_open_es, "OpenAI-ES", mirrored=True, largest_step=0.1),
    "adam": Kind(_adam, "Adam", by_gradient=True, largest_step=0.03),
}


def begin(
    search: str,
    mean: np.ndarray,
    step_size: float,
    population: int,
    seed: list[int],
    covariance: str = COVARIANCES[0],
) -> Strategy:
    """Return a strategy that has not asked yet.

    Parameters
    ----------
    search : str
        One of `SEARCHES`.
    mean : ndarray, shape (coordinate,)
        Where it begins.
    step_size : float
        Standard deviation along each coordinate at its beginning.
    population : int
        Candidates of a generation.
    seed : list of int
        Of its random numbers.
    covariance : str
        Of "cma", see `Stage`.

    Examples
    --------
    >>> begin("open-es", np.zeros(3), 0.1, 8, [0]).ask().shape
    (8, 3)
    """
    if search == "cma":
        return _cma(mean, step_size, population, seed, covariance)
    return SEARCHES[search].begin(mean, step_size, population, seed)


__all__ = ["COVARIANCES", "SEARCHES", "Kind", "Strategy", "begin"]
