"""The measures that have a derivative, by their names, and what may stand for one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from attrs import frozen

from neuroflysim import checks
from neuroflysim.analysis.measures import MEASURES
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.gradients.contract import DifferentiableMeasure
from neuroflysim.gradients.direction_selectivity import (
    DirectionSelectivityIndex,
    PreferredDirection,
)
from neuroflysim.gradients.flash_response import FlashResponseIndex
from neuroflysim.gradients.peaks import PeakResponse, VoltageRange
from neuroflysim.gradients.voltages import MeanVoltage, VoltageAt

#: Of one cell, by the names of the functions of `neuroflysim.analysis` that they are, if they are.
DIFFERENTIABLE: dict[str, Callable[[str], DifferentiableMeasure]] = {
    one.name: one
    for one in (
        DirectionSelectivityIndex,
        FlashResponseIndex,
        MeanVoltage,
        PeakResponse,
        PreferredDirection,
        VoltageAt,
        VoltageRange,
    )
}


@frozen
class Given:
    """A function of voltages that returns its values and derivatives, as a measure."""

    function: Callable[[xr.DataArray], Any]

    @property
    def name(self) -> str:
        """That of the function."""
        return getattr(self.function, "__name__", "function")

    def value_and_derivative(self, voltage: xr.DataArray) -> tuple[np.ndarray, np.ndarray]:
        """See `DifferentiableMeasure`."""
        returned = self.function(voltage)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise InvalidTypeError(
                f"{self.name} returned {type(returned).__name__}, but a measure of one's own"
                " returns two arrays: its values, one for each candidate, and its derivatives, of"
                " the shape of the voltages. A function of nfs.analysis has no derivative; these"
                f" measures of nfs.gradients do: {', '.join(DIFFERENTIABLE)}."
            )
        return returned


def checked_measure(measure: Any, cell_type: str | None = None) -> DifferentiableMeasure:
    """Return what a word, a measure or a function stands for.

    Parameters
    ----------
    measure : str, measure or callable
        A word is a name of `DIFFERENTIABLE`, and needs a cell type.
    cell_type : str, optional
    """
    if isinstance(measure, str):
        if measure in MEASURES and measure not in DIFFERENTIABLE:
            raise InvalidValueError(
                f"the measure {measure!r} has no derivative; these have one:"
                f" {', '.join(DIFFERENTIABLE)}. Or give a function of voltages that returns values"
                " and derivatives."
            )
        make = DIFFERENTIABLE[checks.one_of("a measure", measure, DIFFERENTIABLE)]
        if cell_type is None:
            raise InvalidValueError(
                f"the measure {measure!r} is taken of one cell: give cell_type, for example"
                " cell_type='T4a'."
            )
        return make(cell_type)
    if cell_type is not None:
        raise InvalidValueError(
            "cell_type belongs to a measure that is given by its name; this one has its own."
        )
    if isinstance(measure, type):
        raise InvalidTypeError(
            f"the measure is the class {measure.__name__}; make one of it, for example"
            f" nfs.gradients.{measure.__name__}('T4a')."
        )
    if hasattr(measure, "value_and_derivative"):
        return measure
    if callable(measure):
        return Given(measure)
    raise InvalidTypeError(
        f"a measure is {type(measure).__name__}, but must be a name"
        f" ({', '.join(DIFFERENTIABLE)}), a measure of nfs.gradients, or a function of voltages"
        " that returns values and derivatives."
    )


def named_measures(loss: Any, cell_type: str | None) -> dict[str, DifferentiableMeasure]:
    """Return one measure or several by the names that tables have.

    Parameters
    ----------
    loss : str, measure, callable, or sequence or mapping of them
        Of a mapping, its names.
    cell_type : str, optional
        Of measures that are given by their names.
    """
    if isinstance(loss, Mapping):
        named = {str(name): checked_measure(one, cell_type) for name, one in loss.items()}
    elif isinstance(loss, Sequence) and not isinstance(loss, str):
        listed = [checked_measure(one, cell_type) for one in loss]
        named = {_told(one, listed, k): one for k, one in enumerate(listed)}
    else:
        one = checked_measure(loss, cell_type)
        named = {one.name: one}
    if not named:
        raise InvalidValueError("loss is empty; give one measure or more.")
    return named


def _told(one: DifferentiableMeasure, listed: list, k: int) -> str:
    """Return the name of one of several measures, with what tells those of one name apart."""
    if sum(other.name == one.name for other in listed) == 1:
        return one.name
    told = f"{one.name} {getattr(one, 'cell_type', k)}"
    again = [
        other for other in listed[:k] if f"{other.name} {getattr(other, 'cell_type', k)}" == told
    ]
    return f"{told} {k}" if again else told


def evaluated(
    name: str, measure: DifferentiableMeasure, voltage: xr.DataArray
) -> tuple[np.ndarray, np.ndarray]:
    """Return values and derivatives of a measure, once their shapes and numbers are looked at.

    A candidate whose voltages are NaN, because it ran away, has the value NaN and derivatives 0.
    """
    lost = np.isnan(voltage.to_numpy()).any(axis=tuple(range(1, voltage.ndim)))
    there = voltage.isel(candidate=~lost)
    value, derivative = np.full(len(lost), np.nan), np.zeros(voltage.shape)
    if not lost.all():
        own_value, own_derivative = (np.asarray(a) for a in measure.value_and_derivative(there))
        own_value = np.atleast_1d(own_value)
        _require_shape(name, "value", own_value, there.shape[:1])
        _require_shape(name, "derivative", own_derivative, there.shape)
        value[~lost], derivative[~lost] = own_value, own_derivative
    known = ~np.isnan(value) & ~lost
    wrong = ~np.isfinite(derivative[known])
    if wrong.any():
        first = tuple(int(k) for k in np.argwhere(wrong)[0])
        raise InvalidValueError(
            f"the derivative of {name} is not finite at (candidate, condition, time, cell) {first},"
            " although its value is: leave that sample out, or give its derivative as 0."
        )
    derivative[~known] = 0
    return value, derivative


def _require_shape(name: str, what: str, array: np.ndarray, shape: tuple[int, ...]) -> None:
    if array.shape != shape or array.dtype.kind not in "iuf":
        raise InvalidValueError(
            f"the {what} of {name} has shape {array.shape} and type {array.dtype}, but must be"
            f" numbers of shape {shape}: the {what} of a measure has"
            f" {'one for each candidate' if what == 'value' else 'the shape of the voltages'}."
        )
