"""The state of pycma's search as numbers and arrays: what its future depends on, and no more.

pycma offers its whole object as a pickle. But to read a pickle is to run what is in it; so the
attributes that matter are named here, one by one, and a search that goes on is made by the same
call as the first one and then given them. Not named is what pycma derives from others, keeps for
its pictures, or would use with options that are not set (best solutions, histories of losses,
archives of solutions that were told already).
"""

from __future__ import annotations

from collections.abc import Mapping

import cma
import numpy as np
from cma.sampler import GaussFullSampler
from cma.utilities.utils import ElapsedWCTime

from neuroflysim.errors import InvalidValueError

#: pycma adapts the step size by it from 300 coordinates on, and not before.
_OF_LARGE = "adapt_sigma.s"

#: Kinds: a number, a count (a whole one), a truth, and arrays with so many axes of coordinates.
#: "vectors" are any number of vectors; "scaling" is a number at first and a vector later.
_OF_ALL = {
    "countiter": "count",
    "countevals": "count",
    "sigma": "number",
    "mean": "vector",
    "mean_old": "vector",
    "mean_after_tell": "vector",
    "pc": "vector",
    "pc2": "vector",
    "pop_injection_directions": "vectors",  # the last shift of the mean, and its mirror image
    "sigma_vec.scaling": "scaling",
    "sigma_vec.is_identity": "truth",
    "sigma_vec.dim": "count",
    _OF_LARGE: "number",
    "adapt_sigma.ps": "vector",
    "adapt_sigma._ps_updated_iteration": "count",
}

_OF_SAMPLER = {
    "diagonal": {},
    "full": {
        "sm.C": "matrix",
        "sm.B": "matrix",
        "sm.D": "vector",
        "sm.last_update": "count",
        "sm.count_tell": "count",
        "sm.count_eigen": "count",
        "sm._corr_condition": "number",
        "sm._corr_condition_count_eigen": "count",
    },
    "restricted": {
        "sm.dvec": "vector",
        "sm.vvec": "vector",
        "sm.norm_v2": "number",
        "sm.norm_v": "number",
        "sm.vn": "vector",
        "sm.vnn": "vector",
        "sm.pc": "vector",
    },
}

_AXES = {"number": 0, "count": 0, "truth": 0, "vector": 1, "matrix": 2, "vectors": 2}


def state_of(strategy: cma.CMAEvolutionStrategy, covariance: str) -> dict[str, np.ndarray]:
    """Return the state of a search between two generations.

    Parameters
    ----------
    strategy : CMAEvolutionStrategy
    covariance : str
        Of the stage, see `Stage`.
    """
    found = {}
    for name, kind in (_OF_ALL | _OF_SAMPLER[covariance]).items():
        owner, attribute = _owner(strategy, name)
        if hasattr(owner, attribute):  # some come into being with the first generation
            value = getattr(owner, attribute)
            found[name] = np.array(float(value) if kind == "number" else value)
    if not strategy.pop_injection_directions:
        found["pop_injection_directions"] = np.empty((0, len(strategy.mean)))
    return found


def give_state(
    strategy: cma.CMAEvolutionStrategy, covariance: str, state: Mapping[str, np.ndarray]
) -> None:
    """Put a search that was just made into a state.

    Parameters
    ----------
    strategy : CMAEvolutionStrategy
        Made by the same call as the one that `state_of` was asked about.
    covariance : str
    state : mapping of str to ndarray

    Raises
    ------
    InvalidValueError
        If this is no state of such a search.
    """
    kinds = _OF_ALL | _OF_SAMPLER[covariance]
    n = len(strategy.mean)
    begun = "countiter" in state and int(state["countiter"]) > 0
    for name in kinds:
        owner, attribute = _owner(strategy, name)
        comes_later = begun and name != _OF_LARGE  # which is there from the beginning, or never
        if name not in state and (comes_later or hasattr(owner, attribute)):
            raise InvalidValueError(f"the state of the search lacks {name}.")
    for name, value in state.items():
        if name not in kinds or not _fits(value, kinds[name], n):
            raise InvalidValueError(f"the state of the search has a wrong {name}.")
        owner, attribute = _owner(strategy, name)
        setattr(owner, attribute, _as_kept(value, kinds[name]))
    if isinstance(strategy.sm, GaussFullSampler):
        strategy.sm._inverse_root_C = None
    strategy._updateBDfromSM(strategy.sm)
    strategy.timer = ElapsedWCTime()  # else made by the first generation


def _owner(strategy, name: str):
    *owners, attribute = name.split(".")
    return (getattr(strategy, owners[0]) if owners else strategy), attribute


def _fits(value: np.ndarray, kind: str, n: int) -> bool:
    if value.dtype.kind not in {"count": "iu", "truth": "b"}.get(kind, "f"):
        return False
    if kind == "count":
        return value.ndim == 0 and bool(-1 <= value < 2**53)
    if kind == "scaling":
        return value.shape in ((), (n,)) and bool(np.isfinite(value).all())
    return (
        value.ndim == _AXES[kind]
        and all(size == n for size in value.shape[kind == "vectors" :])
        and bool(np.isfinite(value).all())
    )


def _as_kept(value: np.ndarray, kind: str):
    """Return what pycma has under such a name."""
    if kind in ("number", "count", "truth"):
        return value.item()
    if kind == "vectors":
        return [row.copy() for row in value]
    return value.copy(order="K")
