"""How far a candidate is from where the fit began, in the coordinates of the search."""

from __future__ import annotations

import numpy as np

from neuroflysim.fit.contract import Model
from neuroflysim.fit.terms.contract import Seen


class Prior:
    """Counts the mean square of what the search varies: a Gaussian prior about the start."""

    def __init__(self, model: Model, threads: int):
        pass

    def loss(self, seen: Seen) -> np.ndarray:
        """See `Term`."""
        return seen.candidates.distance

    def close(self) -> None:
        """See `Term`."""
