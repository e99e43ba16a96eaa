"""How far a candidate is from where the fit began, in the coordinates of the search."""

from __future__ import annotations

import numpy as np

from neuroflysim.fit.contract import Model
from neuroflysim.fit.terms.contract import Seen, TermSlopes


class Prior:
    """Counts the mean square of what the search varies: a Gaussian prior about the start."""

    def __init__(self, model: Model, threads: int):
        pass

    def loss(self, seen: Seen) -> np.ndarray:
        """See `Term`."""
        return seen.candidates.distance

    def slopes(self, seen: Seen) -> TermSlopes:
        """See `DifferentiableTerm`."""
        z, weight = seen.candidates.z[0], seen.candidates.prior_weight
        of_z = 2 * z / len(z) * (1.0 if weight is None else weight)
        return TermSlopes(by_coordinate=of_z)

    def close(self) -> None:
        """See `Term`."""
