"""Which part of responses bears a label: the same for all that is held."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from brian2 import Quantity, have_same_dimensions, second

from neuroflysim.checks import did_you_mean, none_of
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def places_at(signal: xr.DataArray, name: str, wanted: Any) -> dict[str, Any]:
    """Return the places of a dimension at which some labels stand.

    Parameters
    ----------
    signal : DataArray
    name : str
        Of a label.
    wanted : object
        A value of it, a list or a slice of them; times as numbers are seconds.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If nothing stands there; says what there is.
    """
    labels = signal.coords.get(name)
    if labels is None or labels.ndim != 1:
        there = [str(one) for one, label in signal.coords.items() if label.ndim == 1]
        raise InvalidValueError(none_of("a label of these responses", name, there))
    (dimension,) = labels.dims
    if name == "time":
        wanted = _in_seconds(wanted)
    if isinstance(wanted, slice):
        values = labels.to_numpy()
        low = values >= wanted.start if wanted.start is not None else np.full(len(values), True)
        high = values <= wanted.stop if wanted.stop is not None else np.full(len(values), True)
        if not (low & high).any():
            raise InvalidValueError(
                f"no {name} of these responses lies between {wanted.start} and {wanted.stop}; they"
                f" have {values.min()} to {values.max()}."
            )
        return {str(dimension): low & high}
    several = wanted if isinstance(wanted, list | tuple | np.ndarray) else [wanted]
    values = labels.to_numpy()
    for one in several if name != "time" else ():
        if not (values == one).any():
            known = dict.fromkeys(values.tolist())
            there = ", ".join(map(repr, known))
            near = did_you_mean(one, [label for label in known if isinstance(label, str)])
            raise InvalidValueError(f"{name} is {one!r}, but these responses have {there}.{near}")
    if name == "time":
        return {"time": [_sample_at(values, float(one)) for one in several]}
    return {str(dimension): np.isin(values, list(several))}


def _in_seconds(wanted: Any) -> Any:
    """Return a time, a list or a slice of them without units; plain numbers are seconds."""
    if isinstance(wanted, slice):
        return slice(_in_seconds(wanted.start), _in_seconds(wanted.stop))
    if isinstance(wanted, list | tuple):
        return [_in_seconds(one) for one in wanted]
    if not isinstance(wanted, Quantity):
        return wanted
    if not have_same_dimensions(wanted, second):
        raise InvalidTypeError(f"time is {wanted}, but must be seconds, for example 500*ms.")
    return np.asarray(wanted) if np.ndim(wanted) else float(wanted)


def _sample_at(times: np.ndarray, time: float) -> int:
    """Return the sample that is nearest to a time, which must lie among them."""
    margin = np.diff(times).max() if len(times) > 1 else 0.0
    if not times[0] - margin <= time <= times[-1] + margin:
        raise InvalidValueError(
            f"time is {time:g} s, but these responses last from {times[0]:g} s to {times[-1]:g} s."
        )
    return int(np.abs(times - time).argmin())
