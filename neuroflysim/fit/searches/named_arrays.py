"""The state of a search as named arrays: what each of them must be."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.searches.normal import Normal, is_state_of_normal

#: Kinds, and how many axes of coordinates each has: numbers, and those above 0; counts, which are
#: whole; truths; and any number of vectors.
AXES = {
    "number": 0,
    "positive": 0,
    "count": 0,
    "truth": 0,
    "vector": 1,
    "positive vector": 1,
    "matrix": 2,
    "vectors": 2,
}


def fits(value: np.ndarray, kind: str, n: int) -> bool:
    """Return whether an array is of a kind.

    Parameters
    ----------
    value : ndarray
    kind : str
        One of `AXES`; "scaling", a number at first and a vector later; or "normal", the state of
        random numbers.
    n : int
        Number of coordinates.
    """
    if kind == "normal":
        return is_state_of_normal(value)
    if value.dtype.kind not in {"count": "iu", "truth": "b"}.get(kind, "f"):
        return False
    if kind == "count":
        return value.ndim == 0 and bool(-1 <= value < 2**53)
    if kind == "scaling":
        return value.shape in ((), (n,)) and bool(np.isfinite(value).all())
    return (
        value.ndim == AXES[kind]
        and all(size == n for size in value.shape[kind == "vectors" :])
        and bool(np.isfinite(value).all())
        and not (kind.startswith("positive") and bool((value <= 0).any()))
    )


def taken(owner: object, kinds: Mapping[str, str]) -> dict[str, np.ndarray]:
    """Return the state of a strategy whose attributes are named as its state.

    Parameters
    ----------
    owner : object
    kinds : mapping of str to str
        Kind of each attribute, see `fits`.
    """
    return {
        name: value.state if isinstance(value, Normal) else np.array(value)
        for name in kinds
        for value in [getattr(owner, name)]
    }


def given(owner: object, kinds: Mapping[str, str], state: Mapping[str, np.ndarray], n: int) -> None:
    """Put a strategy into a state that `taken` returned; first all of it is looked at.

    Parameters
    ----------
    owner : object
    kinds : mapping of str to str
    state : mapping of str to ndarray
    n : int
        Number of coordinates.

    Raises
    ------
    InvalidValueError
        If this is no state of such a strategy; names what is wrong.
    """
    for name in kinds:
        if name not in state:
            raise InvalidValueError(f"the state of the search lacks {name}.")
    for name, value in state.items():
        if name not in kinds or not fits(np.asarray(value), kinds[name], n):
            raise InvalidValueError(f"the state of the search has a wrong {name}.")
    for name, value in state.items():
        if kinds[name] == "normal":
            getattr(owner, name).state = value
        else:
            setattr(owner, name, value.item() if AXES[kinds[name]] == 0 else value.copy())
