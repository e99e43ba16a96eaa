"""A recording made of an array: a trace, trials over time, or cells over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from brian2 import Quantity, have_same_dimensions, hertz, second

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.recordings.aligning import align, onset_times
from neuroflysim.recordings.building import checked_labels
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.recording import ONSET, Recording

#: What conditions of an array may be.
Conditions = Mapping | Sequence[Mapping] | pd.DataFrame | None


def recording_of_array(
    values: np.ndarray,
    rate: Quantity,
    unit: str,
    *,
    cell_type: str | Sequence[str] | None = None,
    onsets: Quantity | None = None,
    before: Quantity | None = None,
    after: Quantity | None = None,
    conditions: Conditions = None,
    where: str = "",
    labels: Mapping[str, str | Sequence[str]] | None = None,
    time_is_last: bool = False,
) -> Recording:
    """Return an array as a `Recording`; see `Recording.from_array`.

    Parameters
    ----------
    values, rate, unit, cell_type, onsets, before, after, conditions
    where : str
        The file and variable that the array is of, in front of messages.
    labels : mapping of str to str or sequence of str, optional
        file and channel: one for all rows, or one for each.
    time_is_last : bool
        Whether that is known, so that there may be more rows than samples.
    """
    rows = _rows(where, values)
    if not isinstance(unit, str) or not unit.strip():
        raise InvalidTypeError(
            f"unit is {unit!r}, but must be the unit of the values as text, for example unit='mV';"
            " what has none is in '1'."
        )
    step = 1 / samples_per_second("rate", rate)
    listed = onsets is not None and np.ndim(onsets) == 1
    told = checked_labels(cell_type, None if listed else conditions, len(rows), "rows of values")
    if not time_is_last:
        _require_time_last(where, rows, cell_type, conditions, listed)
    places = {name: np.asarray(one) for name, one in (labels or {}).items()}
    times = np.round(np.arange(rows.shape[1]) * step, 12)
    signal = xr.DataArray(
        rows,
        dims=("trial", "time"),
        coords={
            "time": ("time", times, {"units": "s"}),
            **{name: ("trial", np.broadcast_to(one, len(rows))) for name, one in places.items()},
            "sweep": ("trial", np.arange(len(rows))),
            "clock_time": ("trial", np.zeros(len(rows))),
            **{name: ("trial", of_rows) for name, of_rows in told.items()},
        },
        name="signal",
        attrs={"units": unit, "time_zero": "begin of the sweep"},
    )
    recording = Recording(signal)
    if onsets is None:
        _require_no_window(before, after)
        return recording
    if listed:
        _require_window(onsets, before, after)
        return align(recording, onsets, before=before, after=after, conditions=conditions)
    return _counted_from(recording, onsets, before, after)


def samples_per_second(name: str, rate: Quantity) -> float:
    """Return a sampling rate in Hz.

    Parameters
    ----------
    name : str
        Of the argument, for messages.
    rate : Quantity [Hz]
    """
    if not isinstance(rate, Quantity) or not have_same_dimensions(rate, hertz):
        raise InvalidTypeError(
            f"{name} is {rate!r}, but must be how many samples there are in a second, with its"
            f" unit, for example {name}=30*Hz (from brian2 import Hz); of a time step, 1/(20*ms)."
        )
    if np.ndim(rate) != 0 or not 0 < float(np.asarray(rate).item()) < np.inf:
        raise InvalidValueError(
            f"{name} is {rate!r}, but must be one number above 0, for example {name}=30*Hz."
        )
    return float(rate)


def _rows(where: str, values) -> np.ndarray:
    """Return an array as float64, shape (trial, time)."""
    name = f"{where}: the variable" if where else "values"
    if isinstance(values, Quantity):
        raise InvalidTypeError(
            f"{name} has a unit of Brian2, but must be plain numbers beside their unit, for"
            " example Recording.from_array(values/mV, unit='mV', ...)."
        )
    if isinstance(values, Recording):
        raise InvalidTypeError(f"{name} is a Recording already; align cuts it into trials.")
    if np.ma.isMaskedArray(values) and np.ma.getmaskarray(values).any():
        raise InvalidValueError(
            f"{name} is a masked array with missing samples; fill the gaps, or leave these rows"
            " out."
        )
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):  # lists of several lengths
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "biuf":
        raise InvalidTypeError(
            f"{name} must be an array of real numbers of one shape, (time,), (trial, time) or"
            f" (cell, time), but is {type(values).__name__} of {array.dtype}; rows of several"
            " lengths are read one by one, aligned, and put together by join_recordings."
        )
    if array.ndim not in (1, 2):
        raise InvalidValueError(
            f"{name} has the shape {array.shape}, but must be (time,), (trial, time) or (cell,"
            " time); values.reshape(-1, n_samples) puts trials of several cells below each other,"
            " where time is last."
        )
    if 0 in array.shape or array.shape[-1] < 2:
        raise InvalidValueError(
            f"{name} has the shape {array.shape}, but time, which is last, needs two samples or"
            " more."
        )
    require_room(name, "its numbers", 8 * array.size)
    return np.atleast_2d(array).astype(np.float64)


def _require_time_last(where, rows, cell_type, conditions, listed: bool) -> None:
    """Raise if there are more rows than samples, and nothing says that it is meant so."""
    n_rows, n_samples = rows.shape
    told = cell_type is not None and not isinstance(cell_type, str)
    told |= conditions is not None and not listed
    if n_rows > n_samples and not told:
        name = f"{where}: the variable" if where else "values"
        cure = "time_first=True" if where else "values.T"
        raise InvalidValueError(
            f"{name} has {n_rows} rows of {n_samples} samples, so time may be first, but it must be"
            f" last: {cure} turns it. If it is right, give each row its cell_type, as a list."
        )


def _require_window(onsets, before, after) -> None:
    times = onset_times(onsets)
    for name, given in (("before", before), ("after", after)):
        if given is None:
            apart = f"; they lie {np.diff(times).min():g} s apart" if len(times) > 1 else ""
            raise InvalidTypeError(
                f"onsets is a list, along which the rows are cut, so {name} is needed: how much of"
                f" each trial to keep {name} the onset, for example"
                f" {name}={'500*ms' if name == 'before' else '1*second'}{apart}."
            )


def _require_no_window(before, after) -> None:
    for name, given in (("before", before), ("after", after)):
        if given is not None:
            raise InvalidTypeError(
                f"{name} is {given!r}, but there is no onset to count it from; give"
                " onsets=500*ms, the time of the stimulus in each row, or a list of times."
            )


def _counted_from(recording: Recording, onset, before, after) -> Recording:
    """Return rows that count time from one onset, cut where that is asked for."""
    signal, time = recording.signal, float(onset_times(onset))
    last = float(signal["time"][-1])
    if not 0 <= time <= last:
        raise InvalidValueError(
            f"onsets is {time:g} s, but the rows reach from 0 to {last:g} s; mind its unit (ms, s)"
            " and the rate."
        )
    if before is not None or after is not None:
        before = time * second if before is None else before
        after = (last - time) * second if after is None else after
        return align(recording, onset, before=before, after=after)
    # No sample is interpolated: those that are there count from elsewhere.
    times = np.round(signal["time"].to_numpy() - time, 12)
    return Recording(
        signal.assign_coords(
            time=("time", times, {"units": "s"}), clock_time=signal["clock_time"] + time
        ).assign_attrs(time_zero=ONSET)
    )
