"""Trials of the same cell type and condition: put together, and averaged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.recordings.baseline import ROUNDING, require_aligned
from neuroflysim.recordings.column_names import same_unit
from neuroflysim.recordings.natural_order import natural
from neuroflysim.recordings.recording import Recording, checked_recording


def join_recordings(recordings: Sequence[Recording]) -> Recording:
    """Put the trials of several recordings into one: of several files, cells, or cell types.

    Parameters
    ----------
    recordings : sequence of Recording
        With the same times, unit and labels.

    Returns
    -------
    Recording

    Examples
    --------
    >>> def one(cell_type):
    ...     return Recording(xr.DataArray(
    ...         [[1.0, 2.0]], dims=("trial", "time"),
    ...         coords={"time": [0.0, 0.1], "cell_type": ("trial", [cell_type])},
    ...         attrs={"units": "mV"}))
    >>> join_recordings([one("Mi1"), one("Tm3")]).signal["cell_type"].to_numpy().tolist()
    ['Mi1', 'Tm3']
    """
    if isinstance(recordings, Recording) or not len(recordings):
        raise InvalidTypeError("recordings must be a list of one Recording or more.")
    # Numbers of trials that were given by hand would stand twice.
    signals = [checked_recording(one).drop_vars("trial", errors="ignore") for one in recordings]
    first = signals[0]
    for number, signal in enumerate(signals):
        for name in ("units", "time_zero", "baseline"):
            ours, theirs = signal.attrs.get(name), first.attrs.get(name)
            alike = same_unit(str(ours), str(theirs)) if name == "units" else ours == theirs
            if not alike:
                raise InvalidValueError(
                    f"{name} of recording {number} is {ours!r}, but that of"
                    f" recording 0 {theirs!r}; treat all alike before joining them."
                )
        ours, theirs = signal["time"].to_numpy(), first["time"].to_numpy()
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=0, atol=ROUNDING):
            raise InvalidValueError(
                f"recording {number} reaches from {ours[0]:g} to {ours[-1]:g} s in steps of"
                f" {recordings[number].time_step:g} s, but recording 0 from {theirs[0]:g} to"
                f" {theirs[-1]:g} s in steps of {recordings[0].time_step:g} s; resample and align"
                " all in the same way."
            )
        lacking = set(first.coords) ^ set(signal.coords)
        if lacking:
            raise InvalidValueError(
                f"recording {number} and recording 0 do not both have the label"
                f" {sorted(map(str, lacking))[0]!r}; say it of both when they are loaded."
            )
        for name in recordings[0].labels:
            if _is_word(signal[name]) != _is_word(first[name]):
                raise InvalidValueError(
                    f"{name} of recording {number} is {signal[name].to_numpy()[0]!r}, but that of"
                    f" recording 0 {first[name].to_numpy()[0]!r}; give numbers to all, or words."
                )
    signals = [signal.assign_coords(time=first["time"]) for signal in signals]
    units = first.attrs["units"]
    signals = [signal.assign_attrs(units=units) for signal in signals]
    return Recording(xr.concat(signals, "trial", combine_attrs="drop_conflicts"))


def average_trials(recording: Recording) -> xr.Dataset:
    """Return mean and standard error over the trials of each cell type and condition.

    Parameters
    ----------
    recording : Recording
        Aligned to onsets.

    Returns
    -------
    Dataset
        ``mean`` and ``sem``, dims (cell_type, condition, time), labelled along condition like
        `Responses`, in the order of names and values; ``n_trials``, dims (cell_type, condition).
        NaN where there is no trial, and ``sem`` also where there is one.

    Examples
    --------
    >>> from neuroflysim.recordings.recording import ONSET
    >>> signal = xr.DataArray(
    ...     [[1.0, 2.0], [3.0, 2.0]], dims=("trial", "time"),
    ...     coords={"time": [0.0, 0.1], "cell_type": ("trial", ["Mi1", "Mi1"])},
    ...     attrs={"units": "mV", "time_zero": ONSET})
    >>> average = average_trials(Recording(signal))
    >>> average["mean"].to_numpy().ravel().tolist(), average["sem"].to_numpy().ravel().tolist()
    ([2.0, 2.0], [1.0, 0.0])
    """
    require_aligned(recording)
    signal, conditions = recording.signal, recording.conditions
    names = sorted(set(cell_types_of(recording).tolist()), key=natural)
    shape = (len(names), len(conditions), signal.sizes["time"])
    mean, sem = np.full(shape, np.nan), np.full(shape, np.nan)
    n_trials = np.zeros(shape[:2], dtype=int)
    for name, condition, trials in groups(recording):
        at = names.index(name), condition
        n_trials[at], mean[at] = len(trials), trials.mean(axis=0)
        if len(trials) > 1:
            sem[at] = trials.std(axis=0, ddof=1) / np.sqrt(len(trials))
    dims, attrs = ("cell_type", "condition", "time"), {"units": recording.units}
    return xr.Dataset(
        {
            "mean": (dims, mean, attrs),
            "sem": (dims, sem, attrs),
            "n_trials": (dims[:2], n_trials),
        },
        coords={
            "cell_type": names,
            "time": signal["time"],
            **{label: ("condition", conditions[label].to_numpy()) for label in conditions},
        },
        attrs=signal.attrs,
    )


def _is_word(values: xr.DataArray) -> bool:
    return values.dtype.kind not in "iufb"


def groups(recording: Recording) -> Iterator[tuple[str, int, np.ndarray]]:
    """Yield cell type, number of the condition, and its trials, shape (trial, time), in order."""
    signal, conditions = recording.signal, recording.conditions
    names = cell_types_of(recording)
    shown = [(signal[label].to_numpy(), conditions[label].to_numpy()) for label in conditions]
    counted = 0
    for name in sorted(set(names.tolist()), key=natural):
        for condition in range(len(conditions)):
            held = names == name
            for values, settings in shown:
                held &= values == settings[condition]
            counted += int(held.sum())
            if held.any():
                yield name, condition, signal.to_numpy()[held]
    if counted != len(names):  # somebody changed labels in place, behind the checks of Recording
        raise InvalidValueError(
            f"{len(names) - counted} of {len(names)} trials belong to no condition, for a label of"
            " theirs is missing; make a new Recording(signal), which names it."
        )


def cell_types_of(recording: Recording) -> np.ndarray:
    """Return the cell type of each trial."""
    signal = checked_recording(recording)
    if "cell_type" not in signal.coords:
        raise InvalidValueError(
            "the recording does not say of which cell type it is: give cell_type='...' when it is"
            " loaded."
        )
    return signal["cell_type"].to_numpy()
