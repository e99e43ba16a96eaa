"""How far a candidate is from where the fit began, in the coordinates of the search."""

from __future__ import annotations

import numpy as np

from neuroflysim.connectome import Connectome
from neuroflysim.fit.terms.contract import Seen


class Prior:
    """Counts the mean square of what the search varies: a Gaussian prior of unit variance."""

    def __init__(self, connectome: Connectome, threads: int):
        pass

    def loss(self, seen: Seen) -> np.ndarray:
        """See `Term`."""
        return np.mean(seen.z**2, axis=1)

    def close(self) -> None:
        """See `Term`."""
