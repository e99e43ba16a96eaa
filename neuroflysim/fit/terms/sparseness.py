"""Outputs that are active most of the time."""

from __future__ import annotations

import numpy as np

from neuroflysim.fit.contract import Model
from neuroflysim.fit.terms.contract import Seen, TermSlopes

#: Added to the mean square of an output, so that one that is 0 throughout has a sparseness.
NEVER_ACTIVE = 1e-12


class Sparseness:
    """Counts the mean lifetime sparseness of outputs: 1 if they never change.

    Mean squared over mean square (Rolls and Tovee, J. Neurophysiol. 73, 713, 1995), of pooled
    outputs over all columns, frames and worlds. The less often an output is active, the smaller it
    is. One that never is counts 0: that is for the penalty on silent cells.
    """

    def __init__(self, model: Model, threads: int):
        pass

    def loss(self, seen: Seen) -> np.ndarray:
        """See `Term`."""
        return (seen.mean**2 / (seen.mean_square + NEVER_ACTIVE)).mean(axis=1)

    def slopes(self, seen: Seen) -> TermSlopes:
        """See `DifferentiableTerm`."""
        of_sums, own = np.zeros(seen.sums.shape[1:]), seen.own
        mean, square = seen.mean[0], seen.mean_square[0] + NEVER_ACTIVE
        each = seen.sums[0, 0, 0] * len(own)
        of_sums[0, own] = 2 * mean / square / each
        of_sums[own, own] = -((mean / square) ** 2) / each
        return TermSlopes(of_sums)

    def close(self) -> None:
        """See `Term`."""
