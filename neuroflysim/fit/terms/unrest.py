"""Voltages that do not settle at grey."""

from __future__ import annotations

import numpy as np

from neuroflysim.connectome import Connectome
from neuroflysim.fit.settling import Settling, penalty
from neuroflysim.fit.terms.contract import Seen


class Unrest:
    """Counts orders of magnitude above what has settled, on an eye with borders."""

    def __init__(self, connectome: Connectome, threads: int):
        self._settling = Settling(connectome, threads)

    def loss(self, seen: Seen) -> np.ndarray:
        """See `Term`."""
        return penalty(self._settling.unrest(seen.candidates, seen.voltage))

    def close(self) -> None:
        """See `Term`."""
        self._settling.close()
