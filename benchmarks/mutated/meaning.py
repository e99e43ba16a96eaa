"""What a file means: plain values, compared to the last bit where they are numbers."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs
import numpy as np
import pandas as pd
import xarray as xr


def plain(value):
    """Return lists, dicts, numbers and texts; what is told by nothing of these, by its repr."""
    if attrs.has(type(value)):
        return {
            field.name: plain(getattr(value, field.name)) for field in attrs.fields(type(value))
        }
    if isinstance(value, xr.DataArray):
        return {
            "dims": list(value.dims),
            "values": plain(value.to_numpy()),
            "coords": {str(k): plain(v.to_numpy()) for k, v in sorted(value.coords.items())},
            "attrs": plain(dict(value.attrs)),
        }
    if isinstance(value, pd.DataFrame):
        return {str(name): plain(value[name].to_numpy()) for name in value}
    if isinstance(value, pd.Series | pd.Index):
        return plain(value.to_numpy())
    if isinstance(value, np.ndarray):
        return value if value.dtype.kind in "iufb" else [plain(one) for one in value.tolist()]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {k if isinstance(k, str) else repr(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, str | bytes | bool | int | float) or value is None:
        return value
    return os.fspath(value) if isinstance(value, os.PathLike) else repr(value)


def same(first, second, tolerance: float = 0) -> bool:
    """Return whether two meanings are one.

    Parameters
    ----------
    first, second
        What `plain` returned.
    tolerance : float
        Relative to the largest number of an array, for values that are computed from a file's.
    """
    if isinstance(first, np.ndarray) or isinstance(second, np.ndarray):
        return _same_arrays(first, second, tolerance)
    if isinstance(first, Mapping):
        return (
            isinstance(second, Mapping)
            and first.keys() == second.keys()
            and all(same(value, second[key], tolerance) for key, value in first.items())
        )
    if isinstance(first, list):
        if not isinstance(second, list) or len(first) != len(second):
            return False
        return all(same(one, other, tolerance) for one, other in zip(first, second, strict=True))
    if isinstance(first, bool) or isinstance(second, bool):
        return first is second
    if isinstance(first, float | int) and isinstance(second, float | int):
        if np.isnan(first) or np.isnan(second):
            return np.isnan(first) and np.isnan(second)
        return abs(first - second) <= tolerance * abs(first) if tolerance else first == second
    return type(first) is type(second) and first == second


def _same_arrays(first, second, tolerance) -> bool:
    try:
        first, second = np.asarray(first), np.asarray(second)
    except ValueError:  # ragged
        return False
    if first.shape != second.shape or first.dtype.kind not in "iufb" + second.dtype.kind:
        return False
    if second.dtype.kind not in "iufb":
        return first.tolist() == second.tolist()
    if not tolerance:
        return np.array_equal(first, second, equal_nan=True)
    scale = np.abs(first).max(initial=0)
    return np.allclose(first, second, rtol=tolerance, atol=tolerance * scale, equal_nan=True)
