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
from neuroflysim.experiments.study import Against, Measurement
from neuroflysim.perturbations import INTACT

#: How far a coordinate may be from what a condition says, as a part of it: rounding of decimals.
TOLERANCE = 1e-3


def by_fly(result: xr.DataArray) -> xr.DataArray:
    """Give the flies that were shown the same a dimension of their own: perturbation.

    Parameters
    ----------
    result : DataArray, dims (candidate, ...)
        Along candidate all flies of the first parameters, then all of the second.

    Returns
    -------
    DataArray, dims (perturbation, candidate, ...)
        As it was, if nothing was done to any fly.

    Examples
    --------
    >>> result = xr.DataArray([1, 2, 3, 4], dims="candidate",
    ...     coords={"perturbation": ("candidate", ["intact", "l1_silenced"] * 2)})
    >>> by_fly(result).sel(perturbation="l1_silenced").to_numpy().tolist()
    [2, 4]
    """
    if "perturbation" not in result.coords:
        return result
    label = result["perturbation"].to_numpy()
    flies = list(dict.fromkeys(label.tolist()))
    bare = result.drop_vars(
        [name for name, labels in result.coords.items() if labels.dims == ("candidate",)]
    )
    parts = [bare.isel(candidate=label == fly) for fly in flies]
    return xr.concat(parts, dim="perturbation").assign_coords(perturbation=flies)


def value_at(result: xr.DataArray, row: Measurement, against: Against | None = None) -> np.ndarray:
    """Return the model's value for a measurement, one for each candidate.

    Parameters
    ----------
    result : DataArray, dims (candidate, cell_type, ...)
        What a function of `neuroflysim.analysis` returns, in SI units and degrees; with a
        dimension perturbation if there are several flies, see `by_fly`.
    row : Measurement
        Without a perturbation in its condition, it is of the intact fly.
    against : Against, optional
        The fly by whose value it is divided, or from whose value it differs.

    Returns
    -------
    ndarray, shape (candidate,)
        In the unit of the row. NaN for a ratio to a value that is not above 0: what a fly does not
        have, a perturbation can neither leave nor take away.

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
    condition = parse_condition(row.condition)
    units = str(result.attrs.get("units", "1"))
    value = _of_types(result, row.cell_type, condition)
    if against is not None:
        there = {**condition, "perturbation": against.perturbation}
        other = _of_types(result, row.cell_type, there)
        if against.by == "ratio":
            value, units = value / np.where(other > 0, other, np.nan), "1"
        else:
            value = value - other
    return value / _scale(row.unit, units)


def _of_types(result: xr.DataArray, cell_types: str, condition: dict) -> np.ndarray:
    """Return the mean over cell types, or the difference of two means, for each candidate."""
    types = [str(name) for name in result["cell_type"].to_numpy()]
    sides = parse_cell_types(cell_types, tuple(types))
    chosen = _at_condition(result, condition)
    chosen = chosen.transpose("candidate", "cell_type").to_numpy().astype(float)
    means = [chosen[:, [types.index(name) for name in side]].mean(axis=1) for side in sides]
    return means[0] if len(means) == 1 else means[0] - means[1]


def _at_condition(result: xr.DataArray, condition: dict) -> xr.DataArray:
    if "perturbation" in result.dims:
        condition = {"perturbation": INTACT, **condition}
    for name, wanted in condition.items():
        result = _select(result, name, wanted)
    left = [str(name) for name in result.dims if name not in ("candidate", "cell_type")]
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
        along = [str(c) for c in result.coords if result[c].dims == (name,)]
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
