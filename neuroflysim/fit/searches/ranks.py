"""What the order of losses says of candidates."""

from __future__ import annotations

import numpy as np


def by_rank(weights: np.ndarray, loss: np.ndarray) -> np.ndarray:
    """Return the weight of each candidate: of its rank, and the mean of them for equal losses.

    Equal losses say nothing of which candidate is better; all that ran away have the same.

    Parameters
    ----------
    weights : ndarray, shape (candidate,)
        By rank; the best comes first.
    loss : ndarray, shape (candidate,)

    Examples
    --------
    >>> by_rank(np.array([1.0, 0.5, 0.0]), np.array([7.0, 2.0, 7.0])).tolist()
    [0.25, 1.0, 0.25]
    """
    group = np.unique(loss, return_inverse=True)[1]
    ordered = np.sort(group)
    return (np.bincount(ordered, weights) / np.bincount(ordered))[group]
