"""Not computing again what was computed from the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps

import numpy as np

__all__: list[str] = []

#: Calls that are remembered: those of one measure of a study for as many models as fit into a run.
CALLS = 1024


def remembered(function: Callable) -> Callable:
    """Have a slow function of arrays of one dimension return what it did for the same numbers.

    Several measures of a study may be parts of one fit: the widths of centre and surround of a
    receptive field, and the ratio of their heights.

    Examples
    --------
    >>> calls = []
    >>> @remembered
    ... def total(values):
    ...     calls.append(values)
    ...     return values.sum()
    >>> float(total(np.array([1, 2]))), float(total(np.array([1.0, 2.0]))), len(calls)
    (3.0, 3.0, 1)
    """

    @lru_cache(CALLS)
    def of_bytes(*packed: bytes):
        return function(*(np.frombuffer(numbers) for numbers in packed))

    @wraps(function)
    def of_arrays(*arrays: np.ndarray):
        return of_bytes(*(np.asarray(numbers, dtype=float).tobytes() for numbers in arrays))

    return of_arrays
