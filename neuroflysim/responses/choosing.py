"""Which part of responses bears a label: the same for all that is held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import xarray as xr

from neuroflysim import checks
from neuroflysim.checks import did_you_mean, none_of
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses.label_values import bounds_of, number_of, values_of

#: Said where columns are asked for of responses that have none.
_NO_COLUMNS = (
    "these responses hold the cells at column (0, 0) only, one of each cell type: simulate with"
    ' record="all", or with a list of cell types like record=["T4a"], to choose columns.'
)


def places_at(signal: xr.DataArray, name: str, wanted: Any) -> dict[str, Any]:
    """Return the places of a dimension at which some labels stand.

    Parameters
    ----------
    signal : DataArray
    name : str
        Of a label; or columns, for pairs of the labels u and v.
    wanted : object
        A value of it, a list or a slice of them; times as numbers are seconds.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If nothing stands there; says what there is.
    """
    if name in ("columns", "u", "v") and name not in signal.coords and "u" not in signal.coords:
        raise InvalidValueError(f"{name} is {wanted!r}, but {_NO_COLUMNS}")
    if name == "columns":
        return {"neuron": _in_columns(signal, wanted)}
    labels = signal.coords.get(name)
    if labels is None or labels.ndim != 1:
        there = [str(one) for one, label in signal.coords.items() if label.ndim == 1]
        raise InvalidValueError(none_of("a label of these responses", name, there))
    (dimension,) = labels.dims
    values = labels.to_numpy()
    if isinstance(wanted, slice):
        low, high = bounds_of(name, labels, wanted)
        inside = np.full(len(values), True)
        inside &= values >= low if low is not None else True
        inside &= values <= high if high is not None else True
        if not inside.any():
            raise InvalidValueError(
                f"no {name} of these responses lies between {low} and {high}; they have"
                f" {values.min()} to {values.max()}."
            )
        return {str(dimension): inside}
    several = values_of(name, labels, wanted)
    if name == "time":
        return {"time": [_sample_at(values, number_of("time", one)) for one in several]}
    chosen = np.full(len(values), False)
    for one in several:
        at = values == one
        if not np.any(at):
            known = dict.fromkeys(values.tolist())
            there = ", ".join(map(repr, known))
            near = did_you_mean(one, [label for label in known if isinstance(label, str)])
            raise InvalidValueError(f"{name} is {one!r}, but these responses have {there}.{near}")
        chosen |= at
    return {str(dimension): chosen}


def of_central_cells(signal: xr.DataArray) -> np.ndarray:
    """Return which neurons stand at column (0, 0), or raise if none does."""
    u, v = (signal[name].to_numpy() for name in ("u", "v"))
    at_center = (u == 0) & (v == 0)
    if not at_center.any():
        there = dict.fromkeys(zip(u.tolist(), v.tolist(), strict=True))
        told = ", ".join(map(str, list(there)[:4])) + (", ..." if len(there) > 4 else "")
        raise InvalidValueError(
            f"these responses hold no cell at column (0, 0), but cells at {told or 'none'}: choose"
            " one column of these, responses.sel(columns=[(u, v)])."
        )
    return at_center


def at_one_place(chosen: np.ndarray) -> Callable[[xr.DataArray], xr.DataArray]:
    """Return what makes chosen neurons, one of each type, be told by their type alone."""

    def of_types(values: xr.DataArray) -> xr.DataArray:
        found = values.isel(neuron=chosen).swap_dims(neuron="cell_type")
        return found.drop_vars(["u", "v", "neuron"], errors="ignore")

    return of_types


def _in_columns(signal: xr.DataArray, wanted: Any) -> np.ndarray:
    """Return which neurons stand in one of some columns (u, v)."""
    u, v = (signal[name].to_numpy() for name in ("u", "v"))
    chosen = np.full(len(u), False)
    for column in checks.columns("columns", wanted):
        here = (u == column[0]) & (v == column[1])
        if not here.any():
            raise InvalidValueError(
                f"no cell of these responses is at column {column}; u is {u.min()} to {u.max()}, v"
                f" {v.min()} to {v.max()}, and in a hexagon not each pair of these is a column."
            )
        chosen |= here
    return chosen


def _sample_at(times: np.ndarray, time: float) -> int:
    """Return the sample that is nearest to a time, which must lie among them."""
    margin = np.diff(times).max() if len(times) > 1 else 0.0
    if not times[0] - margin <= time <= times[-1] + margin:
        raise InvalidValueError(
            f"time is {time:g} s, but these responses last from {times[0]:g} s to {times[-1]:g} s."
        )
    return int(np.abs(times - time).argmin())
