"""Cutting recordings into trials at stimulus onsets, and finding the onsets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from brian2 import Quantity, have_same_dimensions, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.recordings.building import checked_labels
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.recording import ONSET, Recording, checked_recording
from neuroflysim.recordings.signal_checks import place

#: Part of a step within which an onset counts as on a sample.
_ON_SAMPLE = 1e-6


def align(
    recording: Recording,
    onsets: Quantity,
    *,
    before: Quantity,
    after: Quantity,
    conditions: Mapping | Sequence[Mapping] | None = None,
) -> Recording:
    """Cut a recording into trials that count time from stimulus onset.

    Where an onset lies between two samples, values are interpolated linearly, so that all trials
    have the same times; on a sample they are what was recorded.

    Parameters
    ----------
    recording : Recording
        As loaded.
    onsets : Quantity [s]
        One time: the onset in each sweep, from where its time counts. A list: when stimuli began
        on the clock of the file; each is cut out of every sweep that holds it.
    before, after : Quantity [s]
        How much of each trial to keep before and after the onset.
    conditions : mapping of str to value or sequence, or sequence of mappings, optional
        Parameters of the stimulus: one value for all onsets, or one for each of the list (of the
        sweeps, for one onset). A list has one dictionary for each.

    Returns
    -------
    Recording
        One trial for each onset in each sweep that holds it, in the order of the onsets.

    Raises
    ------
    InvalidValueError
        If the recording does not reach from `before` to `after` an onset.

    Examples
    --------
    >>> signal = xr.DataArray(
    ...     [[0.0, 1.0, 2.0, 3.0, 4.0]], dims=("trial", "time"),
    ...     coords={"time": [0.0, 0.1, 0.2, 0.3, 0.4]}, attrs={"units": "mV"})
    >>> trials = align(
    ...     Recording(signal), [0.1, 0.25] * second, before=0.1 * second, after=0.1 * second,
    ...     conditions={"angle": [0, 90]})
    >>> trials.signal.round(6).to_numpy().tolist()
    [[0.0, 1.0, 2.0], [1.5, 2.5, 3.5]]
    """
    signal = checked_recording(recording)
    step, times = recording.time_step, signal["time"].to_numpy()
    earlier = checks.seconds("before", before, allow_zero=True)
    later = checks.seconds("after", after)
    grid = np.arange(-_steps(earlier, step), _steps(later, step) + 1)
    onsets = onset_times(onsets)
    rows, positions, number = _found(signal, onsets, times[0], step)
    inside = (positions + grid[0] > -_ON_SAMPLE) & (
        positions + grid[-1] < len(times) - 1 + _ON_SAMPLE
    )
    listed = onsets.ndim == 1
    n_labels = len(onsets) if listed else len(rows)
    held = np.unique(number[inside])
    if len(held) < n_labels:
        missing = int(np.setdiff1d(np.arange(n_labels), held)[0])
        raise InvalidValueError(_outside(signal, onsets, missing, earlier, later))
    labels = checked_labels(None, conditions, n_labels, "onsets" if listed else "sweeps")
    rows, positions, number = rows[inside], positions[inside], number[inside]
    if len(grid) < 2:
        raise InvalidValueError(
            f"before and after hold one sample of {step:g} s; take more before or after the onset."
        )
    require_room("the recording", "its trials", 8 * len(rows) * len(grid))
    cut = np.stack([_cut(signal.to_numpy()[row], at + grid)
                    for row, at in zip(rows, positions, strict=True)])  # fmt: skip
    taken = {
        name: ("trial", values.to_numpy()[rows])
        for name, values in signal.coords.items()
        if values.dims == ("trial",) and name not in labels
    }
    if "clock_time" in taken:
        taken["clock_time"] = ("trial", taken["clock_time"][1] + times[0] + positions * step)
    return Recording(
        xr.DataArray(
            cut,
            dims=("trial", "time"),
            coords={
                "time": ("time", np.round(grid * step, 12), {"units": "s"}),
                **taken,
                **{name: ("trial", values[number]) for name, values in labels.items()},
            },
            name=signal.name,
            attrs={**signal.attrs, "time_zero": ONSET},
        )
    )


def threshold_crossings(
    recording: Recording,
    level: float,
    *,
    rising: bool = True,
    dead_time: Quantity = 0 * second,
) -> Quantity:
    """Find stimulus onsets in a channel that shows them: a TTL pulse, a photodiode.

    Parameters
    ----------
    recording : Recording
        Of that channel.
    level : float
        In the unit of the channel. The signal crosses it between two samples, where it is
        interpolated linearly.
    rising : bool
        Whether it crosses upwards.
    dead_time : Quantity [s]
        How long after a crossing others do not count, for pulses that bounce or flicker.

    Returns
    -------
    Quantity [s]
        Times on the clock of the file, in order, as `align` takes them.

    Examples
    --------
    >>> pulse = xr.DataArray(
    ...     [[0.0, 5.0, 5.0, 0.0, 5.0]], dims=("trial", "time"),
    ...     coords={"time": [0.0, 0.1, 0.2, 0.3, 0.4]}, attrs={"units": "V"})
    >>> threshold_crossings(Recording(pulse), 2.5)
    array([ 50., 350.]) * msecond
    """
    signal = checked_recording(recording)
    level = checks.finite_number("level", level)
    dead = checks.seconds("dead_time", dead_time, allow_zero=True)
    values, times = signal.to_numpy(), signal["time"].to_numpy()
    above = values >= level if rising else values <= level
    rows, k = np.nonzero(~above[:, :-1] & above[:, 1:])
    if not len(rows):
        raise InvalidValueError(
            f"{place(signal, 0)}: the signal does not cross {level:g} {recording.units}"
            f" {'upwards' if rising else 'downwards'}; it lies between {values.min():g} and"
            f" {values.max():g} {recording.units}. Choose a level in between."
        )
    part = (level - values[rows, k]) / (values[rows, k + 1] - values[rows, k])
    crossed = np.unique(_clock(signal)[rows] + times[k] + part * (times[k + 1] - times[k]))
    kept = [crossed[0]]
    for time in crossed[1:]:
        if time - kept[-1] >= dead:
            kept.append(time)
    return np.array(kept) * second


def onset_times(onsets: Quantity) -> np.ndarray:
    """Return one time or a list of times in seconds."""
    if not isinstance(onsets, Quantity) or not have_same_dimensions(onsets, second):
        raise InvalidTypeError(
            "onsets must be one time or a list of times with its unit, for example 500*ms or"
            f" [1.5, 4]*second, but is {type(onsets).__name__} {str(onsets)[:60]!r}."
        )
    if np.asarray(onsets).dtype.kind not in "iuf":
        raise InvalidTypeError(f"onsets is of type {np.asarray(onsets).dtype}, but must be times.")
    times = np.asarray(onsets, dtype=float)
    if times.ndim > 1 or times.size == 0 or not np.isfinite(times).all():
        raise InvalidValueError(f"onsets has the shape {times.shape}, but must be finite times.")
    return times


def _found(signal: xr.DataArray, onsets: np.ndarray, first: float, step: float):
    """Return row, position in samples and number of each onset, in every row."""
    n_rows = signal.sizes["trial"]
    if onsets.ndim == 0:
        positions = np.full(n_rows, (float(onsets) - first) / step)
        return np.arange(n_rows), positions, np.arange(n_rows)
    if "file" in signal.coords and len(np.unique(signal["file"])) > 1:
        raise InvalidValueError(
            "onsets are times on the clock of a file, but the recording is of several files; align"
            " each, then join_recordings."
        )
    number, rows = (part.ravel() for part in np.indices((len(onsets), n_rows)))
    return rows, (onsets[number] - _clock(signal)[rows] - first) / step, number


def _clock(signal: xr.DataArray) -> np.ndarray:
    """Return what the clock of the file shows at time 0 of each row."""
    if "clock_time" in signal.coords:
        return signal["clock_time"].to_numpy()
    return np.zeros(signal.sizes["trial"])


def _steps(duration: float, step: float) -> int:
    return int(np.floor(duration / step + _ON_SAMPLE))


def _cut(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return values at positions in samples, which lie one apart."""
    begin = int(np.round(at[0]))
    if abs(at[0] - begin) < _ON_SAMPLE:
        return values[begin : begin + len(at)]
    return np.interp(at, np.arange(len(values)), values)


def _outside(signal: xr.DataArray, onsets, number: int, earlier: float, later: float) -> str:
    """Tell which onset no sweep holds, and how far the sweeps reach."""
    times, clock = signal["time"].to_numpy(), _clock(signal)
    if onsets.ndim == 0:
        onset, where, begin, end = float(onsets), place(signal, number), times[0], times[-1]
    else:
        onset = float(onsets[number])
        where = f"{signal['file'].to_numpy()[0]}, " if "file" in signal.coords else ""
        where += f"onset {number}"
        begin, end = clock.min() + times[0], clock.max() + times[-1]
    return (
        f"{where}: the onset at {onset:g} s needs {onset - earlier:g} to {onset + later:g} s, but"
        f" no sweep holds all of that; the recording reaches from {begin:g} to {end:g} s. Leave"
        " the onset out, take less before or after it, or mind its unit (ms, s)."
    )
