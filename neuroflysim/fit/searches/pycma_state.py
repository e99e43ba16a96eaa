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
from neuroflysim.fit.searches.named_arrays import fits

#: pycma adapts the step size by it from 300 coordinates on, and not before.
_OF_LARGE = "adapt_sigma.s"

#: Kinds are those of `fits`.
_OF_ALL = {
    "countiter": "count",
    "countevals": "count",
    "sigma": "positive",
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

_OF_FULL = {
    "sm.C": "matrix",
    "sm.B": "matrix",
    "sm.D": "vector",
    "sm.last_update": "count",
    "sm.count_tell": "count",
    "sm.count_eigen": "count",
    "sm._corr_condition": "number",
    "sm._corr_condition_count_eigen": "count",
}

#: By the covariance of a `Cma`.
_OF_SAMPLER = {
    "diagonal": {},
    "full": _OF_FULL,
    "decoded": _OF_FULL,
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


def state_of(strategy: cma.CMAEvolutionStrategy, covariance: str) -> dict[str, np.ndarray]:
    """Return the state of a search between two generations.

    Parameters
    ----------
    strategy : CMAEvolutionStrategy
    covariance : str
        Of the `Cma`.
    """
    found = {}
    for name, kind in (_OF_ALL | _OF_SAMPLER[covariance]).items():
        owner, attribute = _owner(strategy, name)
        if hasattr(owner, attribute):  # some come into being with the first generation
            value = getattr(owner, attribute)
            found[name] = np.array(float(value) if kind in ("number", "positive") else value)
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
    for name, value in state.items():
        if name not in kinds or not fits(value, kinds[name], n):
            raise InvalidValueError(f"the state of the search has a wrong {name}.")
    begun = "countiter" in state and int(state["countiter"]) > 0
    for name in kinds:
        owner, attribute = _owner(strategy, name)
        comes_later = begun and name != _OF_LARGE  # which is there from the beginning, or never
        if name not in state and (comes_later or hasattr(owner, attribute)):
            raise InvalidValueError(f"the state of the search lacks {name}.")
    for name, value in state.items():
        owner, attribute = _owner(strategy, name)
        setattr(owner, attribute, _as_kept(value, kinds[name]))
    if isinstance(strategy.sm, GaussFullSampler):
        strategy.sm._inverse_root_C = None
    strategy._updateBDfromSM(strategy.sm)
    strategy.timer = ElapsedWCTime()  # else made by the first generation


def _owner(strategy, name: str):
    *owners, attribute = name.split(".")
    return (getattr(strategy, owners[0]) if owners else strategy), attribute


def _as_kept(value: np.ndarray, kind: str):
    """Return what pycma has under such a name."""
    if kind in ("number", "positive", "count", "truth"):
        return value.item()
    if kind == "vectors":
        return [row.copy() for row in value]
    return value.copy(order="K")
