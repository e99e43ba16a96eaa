"""What the arrays of responses must be: real numbers whose labels say one thing each."""

from __future__ import annotations

import re

import numpy as np
import xarray as xr

from neuroflysim.checks import require_growing
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def require_labels(voltage: xr.DataArray) -> None:
    """Raise if a label does not say one thing of one candidate, condition, time or cell."""
    for name, label in voltage.coords.items():
        if label.ndim > 1:
            raise InvalidValueError(
                f"the label {name!r} has the dimensions {label.dims}, but must lie along one."
            )
    if "cell_type" in voltage.coords:
        wrong = [one for one in voltage["cell_type"].to_numpy().ravel().tolist() if not _named(one)]
        if wrong:
            raise InvalidTypeError(f"cell_type holds {wrong[0]!r}, but must be names.")
    if "parameters_sha256" in voltage.coords:
        for one in voltage["parameters_sha256"].to_numpy().ravel().tolist():
            if not isinstance(one, str) or not re.fullmatch("[0-9a-f]{64}", one):
                raise InvalidValueError(
                    f"parameters_sha256 holds {one!r}, but must be 64 digits from 0 to f."
                )


def _named(cell_type: object) -> bool:
    return isinstance(cell_type, str) and cell_type != ""


def require_times(voltage: xr.DataArray) -> None:
    """Raise if times, where there are any, are not finite numbers that grow."""
    if "time" not in voltage.coords:
        return
    times = voltage["time"].to_numpy()
    if times.dtype.kind not in "iuf" or not np.isfinite(times).all():
        raise InvalidTypeError("time must be finite numbers, in seconds.")
    require_growing(times)


def require_numbers(voltage: xr.DataArray, what: str = "voltage") -> None:
    """Raise if values are not real, or are infinite; NaN may stand after the end of a condition."""
    if voltage.dtype.kind not in "iuf":
        raise InvalidTypeError(f"{what} must be real numbers, but is of type {voltage.dtype}.")
    if np.isinf(voltage.to_numpy()).any():
        require_finite(voltage, what)


def require_finite(voltage: xr.DataArray, what: str = "voltage") -> None:
    """Raise if a value is NaN or infinite; says where."""
    finite = np.isfinite(voltage.to_numpy())
    if not finite.all():
        at = tuple(map(int, np.argwhere(~finite)[0]))
        where = ", ".join(f"{name} {k}" for name, k in zip(voltage.dims, at, strict=True))
        raise InvalidValueError(
            f"{what} is {voltage.to_numpy()[at]:g} at {where}; every one must be finite."
        )
