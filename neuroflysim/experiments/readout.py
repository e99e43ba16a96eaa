"""From what an analysis function returns to the value that stands beside one measurement."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.row_syntax import (
    UNITS,
    parse_cell_types,
    parse_condition,
)
from neuroflysim.experiments.study import Measurement

#: How far a coordinate may be from what a condition says, as a part of it: rounding of decimals.
TOLERANCE = 1e-3


def value_at(result: xr.DataArray, row: Measurement) -> np.ndarray:
    """Return the model's value for a measurement, one for each candidate.

    Parameters
    ----------
    result : DataArray, dims (candidate, cell_type, ...)
        What a function of `neuroflysim.analysis` returns, in SI units and degrees.
    row : Measurement

    Returns
    -------
    ndarray, shape (candidate,)
        In the unit of the row.

    Raises
    ------
    InvalidValueError
        If the row does not say which value is meant, or in a unit that does not fit.

    Examples
    --------
    >>> result = xr.DataArray(
    ...     [[[0.1, 0.2], [0.3, 0.5]]], dims=("candidate", "cell_type", "angle"),
    ...     coords={"cell_type": ["T4a", "T4b"], "angle": [0, 90]}, attrs={"units": "s"})
    >>> row = Measurement("m", "T4", "angle=90", "300", "ms", "", None, "", "primary", "", 2)
    >>> value_at(result, row)
    array([350.])
    """
    for name in ("candidate", "cell_type"):
        if name not in result.dims:
            raise InvalidValueError(
                f"the function's result has the dimensions {result.dims}, but needs {name!r}; use"
                " a function that gives one value for each cell type."
            )
    types = [str(name) for name in result["cell_type"].to_numpy()]
    sides = parse_cell_types(row.cell_type, tuple(types))
    chosen = _at_condition(result, parse_condition(row.condition))
    chosen = chosen.transpose("candidate", "cell_type").to_numpy().astype(float)
    means = [chosen[:, [types.index(name) for name in side]].mean(axis=1) for side in sides]
    value = means[0] if len(means) == 1 else means[0] - means[1]
    return value / _scale(row.unit, str(result.attrs.get("units", "1")))


def _at_condition(result: xr.DataArray, condition: dict) -> xr.DataArray:
    for name, wanted in condition.items():
        result = _select(result, name, wanted)
    left = [name for name in result.dims if name not in ("candidate", "cell_type")]
    several = [name for name in left if result.sizes[name] > 1]
    if several:
        listed = "; ".join(_choices(result, name) for name in several)
        raise InvalidValueError(
            f"the condition leaves open which {' and '.join(several)} is meant; add it to the"
            f" condition: {listed}."
        )
    return result.isel(dict.fromkeys(left, 0))


def _select(result: xr.DataArray, name: str, wanted) -> xr.DataArray:
    """Keep what has this coordinate, be it a dimension, a label along one, or the same for all."""
    ours = ({"candidate"}, {"cell_type"})
    along = [c for c, labels in result.coords.items() if set(labels.dims) not in ours]
    if name not in along:
        raise InvalidValueError(
            f"the condition names {name!r}, but the function's result has"
            f" {', '.join(map(str, along)) or 'no condition'}; name one of these or remove it."
        )
    coordinate = result[name]
    given = np.atleast_1d(coordinate.to_numpy())
    fits = _close(given, wanted)
    if not fits.any():
        raise InvalidValueError(
            f"the condition says {name}={wanted:g}, but the experiment has"
            f" {_choices(result, name)}; change one of them."
            if not isinstance(wanted, str)
            else f"the condition says {name}={wanted}, but the experiment has"
            f" {_choices(result, name)}; change one of them."
        )
    if coordinate.ndim == 0:
        return result
    (dimension,) = coordinate.dims
    return result.isel({dimension: np.flatnonzero(fits)})


def _close(given: np.ndarray, wanted) -> np.ndarray:
    if isinstance(wanted, str) or given.dtype.kind not in "biuf":
        return np.array([str(value) == str(wanted) for value in given])
    if np.isinf(wanted):
        return given == wanted
    return np.abs(given - wanted) <= TOLERANCE * max(abs(wanted), 1e-3)


def _choices(result: xr.DataArray, name: str) -> str:
    if name not in result.coords:
        along = [c for c in result.coords if result[c].dims == (name,)]
        return "; ".join(_choices(result, c) for c in along) or f"{name} (without labels)"
    values = np.unique(np.atleast_1d(result[name].to_numpy()))
    shown = [f"{value:g}" if value.dtype.kind in "biuf" else str(value) for value in values[:12]]
    return f"{name}={' or '.join(shown)}{' ...' if len(values) > 12 else ''}"


def _scale(unit: str, of_result: str) -> float:
    """Return by what the result is divided to be in the unit of the row."""
    kind, scale = UNITS.get(unit, (None, 1.0))
    if kind is None:  # words, and sizes of signals
        return 1.0
    # Angles have no dimension in Brian2: its 1 / s is a speed or a frequency.
    fitting = {"1": ("1", ""), "s": ("s",), "deg": ("deg",), "Hz": ("Hz", "s^-1")}
    fitting["deg/s"] = ("deg/s", "s^-1")
    if of_result not in fitting[kind]:
        raise InvalidValueError(
            f"the unit is {unit!r}, but the function gives {of_result!r}; write the value in a unit"
            " of that."
        )
    return scale
