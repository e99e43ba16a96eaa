"""Which voltages a measure looks at: those of one cell, in some conditions and samples."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity, have_same_dimensions, second

from neuroflysim import checks
from neuroflysim.analysis.samples import ROUNDING, begins_of_steps
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def cell_index(voltage: xr.DataArray, cell_type: str) -> int:
    """Return where the central cell of a type stands on the last dimension."""
    if voltage.dims[-1] != "cell_type":
        raise InvalidValueError(
            f"voltages have the dimension {voltage.dims[-1]!r}, but this measure is taken of the"
            " central cells: leave record out, or give a function of voltages as the measure."
        )
    names = voltage["cell_type"].to_numpy().tolist()
    return names.index(checks.one_of("cell_type", cell_type, names))


def chosen_conditions(voltage: xr.DataArray, condition: int | None) -> np.ndarray:
    """Return the numbers of the conditions that count: one of them, or all."""
    n_conditions = voltage.sizes["condition"]
    if condition is None:
        return np.arange(n_conditions)
    if checks.whole_number("condition", condition) >= n_conditions:
        raise InvalidValueError(
            f"condition is {condition}, but the stimulus has {n_conditions}, counted from 0."
        )
    return np.array([condition])


def sample_at(voltage: xr.DataArray, time: Quantity | None) -> int:
    """Return the number of the sample at the end of whose step it is `time`; the last for None."""
    times = voltage["time"].to_numpy()
    if time is None:
        return len(times) - 1
    seconds = moment("time", time)
    nearest = int(np.abs(times - seconds).argmin())
    step = times[nearest] - begins_of_steps(voltage)[nearest]
    if abs(times[nearest] - seconds) > step / 2 + ROUNDING:
        raise InvalidValueError(
            f"time is {seconds:g} s, but the voltages are from {times[0]:g} s to {times[-1]:g} s."
        )
    return nearest


def samples_between(
    voltage: xr.DataArray, start: Quantity | None, end: Quantity | None
) -> np.ndarray:
    """Return which samples end after `start` and not after `end`, shape (time,) of bool."""
    times = voltage["time"].to_numpy()
    first = -np.inf if start is None else moment("start", start)
    last = np.inf if end is None else moment("end", end)
    inside = (times > first + ROUNDING) & (times <= last + ROUNDING)
    if not inside.any():
        raise InvalidValueError(
            f"no sample lies between start = {start} and end = {end}; the voltages are from"
            f" {times[0]:g} s to {times[-1]:g} s."
        )
    return inside


def moment(name: str, value: Quantity) -> float:
    """Return a time from onset, which may be negative, in seconds."""
    if not isinstance(value, Quantity) or not have_same_dimensions(value, second):
        raise InvalidTypeError(
            f"{name} is {value!r}, but must be a time with its unit, for example 100*ms."
        )
    return float(value)
