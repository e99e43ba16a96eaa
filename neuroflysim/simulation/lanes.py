"""Batches: several candidates and conditions as lanes of one group of neurons."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from attrs import frozen


@frozen(slots=False)
class Lanes:
    """How candidates and conditions lie in the arrays of Brian2.

    Every pair of a candidate and a condition is a lane. Lanes are computed by vectors of equal
    width: the arrays have the shape (vector, neuron, lane of the vector). Lanes beyond the last
    pair repeat it.

    Parameters
    ----------
    n_candidates, n_conditions : int
        Pairs in one run: their product.
    n_vectors : int
    width : int
        Lanes of a vector; all vectors together have at least as many lanes as there are pairs.
    """

    n_candidates: int
    n_conditions: int
    n_vectors: int
    width: int

    @property
    def n_lanes(self) -> int:
        """Number of lanes that are computed."""
        return self.n_vectors * self.width

    @property
    def n_used(self) -> int:
        """Number of pairs of a candidate and a condition."""
        return self.n_candidates * self.n_conditions

    @cached_property
    def candidate(self) -> np.ndarray:
        """Candidate of each lane, shape (lane,)."""
        return np.minimum(np.arange(self.n_lanes), self.n_used - 1) // self.n_conditions

    @cached_property
    def condition(self) -> np.ndarray:
        """Condition of each lane, shape (lane,)."""
        return np.minimum(np.arange(self.n_lanes), self.n_used - 1) % self.n_conditions

    def arrange(self, by_lane: np.ndarray) -> np.ndarray:
        """Return values of shape (lane, item) in the order of the arrays, flat."""
        by_vector = by_lane.reshape(self.n_vectors, self.width, -1)
        return by_vector.swapaxes(1, 2).reshape(-1)

    def by_lane(self, flat: np.ndarray) -> np.ndarray:
        """Return values in the order of the arrays as (used lane, item), the inverse of arrange."""
        by_vector = flat.reshape(self.n_vectors, -1, self.width)
        return by_vector.swapaxes(1, 2).reshape(self.n_lanes, -1)[: self.n_used]

    def indices(self, items: np.ndarray, n_items: int) -> np.ndarray:
        """Return where `items` lie in the arrays, in the order of used lanes, then of items."""
        where = self.by_lane(np.arange(self.n_lanes * n_items))
        return where[:, items].reshape(-1)

    def traces(self, recorded: np.ndarray) -> np.ndarray:
        """Return what was recorded at `indices`, shape (time, lane and item), by lane.

        Returns
        -------
        ndarray, shape (candidate, condition, time, item)
        """
        shape = (len(recorded), self.n_candidates, self.n_conditions)
        by_lane = recorded.reshape(*shape, recorded.shape[1] // self.n_used)
        return np.moveaxis(by_lane, 0, 2)
