"""Sums of measures: losses of several parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.gradients.contract import DifferentiableMeasure


def _listed(given: Sequence[DifferentiableMeasure]) -> tuple[DifferentiableMeasure, ...]:
    return tuple(given)


def _numbers(given: Sequence[float]) -> tuple[float, ...]:
    return tuple(checks.bounded_numbers("weights", given).tolist())


@frozen
class WeightedMeasures:
    """The sum of several measures, each times its weight.

    Parameters
    ----------
    measures : sequence of measures
    weights : sequence of float
        One for each.
    name : str

    Examples
    --------
    How much more T4a prefers its direction than T4b does:

    >>> from neuroflysim.gradients import DirectionSelectivityIndex
    >>> both = [DirectionSelectivityIndex("T4a"), DirectionSelectivityIndex("T4b")]
    >>> difference = WeightedMeasures(both, [1, -1])
    """

    measures: Sequence[DifferentiableMeasure] = field(converter=_listed)
    weights: Sequence[float] = field(converter=_numbers)
    name: str = "weighted_sum"

    def __attrs_post_init__(self):
        if not self.measures or len(self.measures) != len(self.weights):
            raise InvalidValueError(
                f"there are {len(self.measures)} measures and {len(self.weights)} weights; give one"
                " weight for each measure."
            )

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        value, derivative = np.zeros(voltage.shape[0]), np.zeros(voltage.shape)
        for weight, one in zip(self.weights, self.measures, strict=True):
            own_value, own_derivative = one.value_and_derivative(voltage)
            value += weight * own_value
            derivative += weight * own_derivative
        return value, derivative
