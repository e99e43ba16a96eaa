"""Voltages that do not settle at grey."""

from __future__ import annotations

import numpy as np

from neuroflysim.fit.contract import Model
from neuroflysim.fit.settling import Settling, penalty, penalty_slope
from neuroflysim.fit.terms.contract import Seen, TermSlopes


class Unrest:
    """Counts orders of magnitude above what has settled, on an eye with borders."""

    def __init__(self, model: Model, threads: int):
        self._settling = Settling(model, threads)
        self._model, self._of_one = (model, threads), None

    def loss(self, seen: Seen) -> np.ndarray:
        """See `Term`."""
        return penalty(self._settling.unrest(seen.candidates))

    def slopes(self, seen: Seen) -> TermSlopes:
        """See `DifferentiableTerm`: of the range of the most restless cell."""
        if self._of_one is None:
            self._of_one = Settling(*self._model, at_once=1)
        unrest, by_parameter, by_grey_voltage = self._of_one.slopes(seen.candidates)
        factor = penalty_slope(unrest)
        return TermSlopes(
            by_parameter=factor * by_parameter, by_grey_voltage=factor * by_grey_voltage
        )

    def close(self) -> None:
        """See `Term`."""
        self._settling.close()
        if self._of_one is not None:
            self._of_one.close()
