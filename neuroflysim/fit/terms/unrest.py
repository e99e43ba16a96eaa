"""Voltages that do not settle at grey."""

from __future__ import annotations

import numpy as np

from neuroflysim.fit.contract import Model
from neuroflysim.fit.settling import Settling, penalty
from neuroflysim.fit.terms.contract import Seen


class Unrest:
    """Counts orders of magnitude above what has settled, on an eye with borders."""

    def __init__(self, model: Model, threads: int):
        self._settling = Settling(model, threads)

    def loss(self, seen: Seen) -> np.ndarray:
        """See `Term`."""
        return penalty(self._settling.unrest(seen.candidates))

    def close(self) -> None:
        """See `Term`."""
        self._settling.close()
