"""Values of labels as users type them, with units or without, as the labels hold them."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Set
from typing import Any

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: Texts of units as people type them.
_TYPED = {"s": "seconds, for example 500*ms", "s^-1": "per second, for example 2*Hz"}


def bounds_of(name: str, label: xr.DataArray, wanted: slice) -> tuple[Any, Any]:
    """Return the ends of a slice as the label has them, None for an open end.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If the slice has a step, or an end is not what can be compared with the label.
    """
    if wanted.step is not None:
        raise InvalidValueError(
            f"{name} is {wanted}, but a slice of labels has no step: slice(start, stop), or"
            " isel(...) for every second place and so on."
        )
    ends = [wanted.start, wanted.stop]
    _require_one_unit(name, ends, f"slice({_told(ends[0])}, {_told(ends[1])})")
    low, high = (None if end is None else _bound(name, label, end) for end in ends)
    return low, high


def values_of(name: str, label: xr.DataArray, wanted: Any) -> list[Any]:
    """Return one value or several as a list of values such as the label has.

    Raises
    ------
    InvalidTypeError
        If a value has another unit than the label, or some have one and some have none.
    """
    if np.ndim(wanted) == 0 or isinstance(wanted, str | bytes | Mapping | Set):
        several = [wanted]
    else:
        several = list(wanted)
        _require_one_unit(name, several, f"[{', '.join(map(_told, several))}]")
    return [_plain(name, label, one) for one in several]


def number_of(name: str, value: Any) -> float:
    """Return what must be a number, to be compared with numbers."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Real):
        raise InvalidTypeError(f"{name} is {value!r}, but must be a number, or have a unit.")
    return float(value)


def _bound(name: str, label: xr.DataArray, end: Any) -> Any:
    """Return one end of a slice; of names one may take the slice in their alphabet's order."""
    end = _plain(name, label, end)
    if label.dtype.kind in "biuf":
        return number_of(f"an end of the slice of {name}", end)
    if not isinstance(end, str):
        raise InvalidTypeError(f"an end of the slice of {name} is {end!r}, but must be a name.")
    return end


def _plain(name: str, label: xr.DataArray, value: Any) -> Any:
    """Return a value without its unit, which must be that of the label."""
    if not isinstance(value, Quantity):
        return value
    unit = label.attrs.get("units", "s" if name == "time" else "1")
    if str(value.dim) != unit and not (value.is_dimensionless and unit == "1"):
        needed = _TYPED.get(unit, "plain numbers" if unit == "1" else f"of the unit {unit}")
        raise InvalidTypeError(f"{name} is {value}, but must be {needed}.")
    return np.asarray(value).item()


def _require_one_unit(name: str, values: list[Any], told: str) -> None:
    """Raise if some values have a unit and others have none; 0 and infinity need none."""
    some = [one for one in values if one is not None]
    with_unit = [one for one in some if isinstance(one, Quantity) and not one.is_dimensionless]
    plain = [one for one in some if not isinstance(one, Quantity) and not _needs_no_unit(one)]
    if with_unit and plain:
        raise InvalidTypeError(
            f"{name} is {told}: some of it with a unit and some without; give each its unit, like"
            " slice(-100*ms, 500*ms), or none of them, which is in SI units, seconds for times."
        )


def _needs_no_unit(value: Any) -> bool:
    return isinstance(value, numbers.Real) and (value == 0 or abs(value) == np.inf)


def _told(value: Any) -> str:
    return str(value) if isinstance(value, Quantity) else repr(value)
