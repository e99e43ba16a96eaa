"""Cells that are silent at grey, and outputs beyond what cells do."""

from __future__ import annotations

import numpy as np

from neuroflysim.fit.contract import Model
from neuroflysim.fit.terms.contract import Seen, TermSlopes

#: The penalty begins where the voltage at grey is below this, and where the root mean square of an
#: output is above that.
LOWEST_VOLTAGE, LARGEST_OUTPUT = 0.05, 3.0


class Activity:
    """Counts how far voltages and outputs are out of bounds, on average over cell types.

    Where voltages at grey are not known, outputs alone count.
    """

    def __init__(self, model: Model, threads: int):
        pass

    def loss(self, seen: Seen) -> np.ndarray:
        """See `Term`."""
        output = np.sqrt(seen.mean_square)
        large = np.maximum(0, output - LARGEST_OUTPUT).mean(axis=1)
        voltage = seen.candidates.grey_voltage
        if voltage is None:
            return large
        return np.maximum(0, LOWEST_VOLTAGE - voltage).mean(axis=1) + large

    def slopes(self, seen: Seen) -> TermSlopes:
        """See `DifferentiableTerm`."""
        of_sums = np.zeros(seen.sums.shape[1:])
        output, own = np.sqrt(seen.mean_square[0]), seen.own
        large = output > LARGEST_OUTPUT
        n_samples = seen.sums[0, 0, 0]
        of_sums[own[large], own[large]] = 1 / (2 * output[large] * n_samples * len(own))
        voltage = seen.candidates.grey_voltage
        if voltage is None:
            return TermSlopes(of_sums)
        return TermSlopes(
            of_sums, np.where(voltage[0] < LOWEST_VOLTAGE, -1 / voltage.shape[1], 0.0)
        )

    def close(self) -> None:
        """See `Term`."""
