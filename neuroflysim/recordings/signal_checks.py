"""Whether an array is the signal of a recording: its unit, labels, times and samples."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuroflysim.checks import require_growing
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.recordings.labels import label_values

#: Samples may lie this part of a step beside an even grid: clocks of acquisition boards jitter.
LARGEST_JITTER = 0.1


def require_unit(unit: object) -> None:
    """Raise if the unit of a signal is no line of text."""
    if not isinstance(unit, str) or not unit.strip() or not unit.isprintable():
        raise InvalidValueError(
            f"the unit of the signal is {unit!r}, but must be a line of text, for example"
            " signal.attrs['units'] = 'mV'; what has no unit is in '1'."
        )


def labels_checked(signal: xr.DataArray) -> xr.DataArray:
    """Return the signal with plain arrays of labels; raise if one is missing."""
    plain = {}
    for name, values in signal.coords.items():
        if name == "time":
            continue
        if not isinstance(name, str) or values.dims != ("trial",):
            raise InvalidValueError(
                f"the label {name!r} has the dimensions {values.dims}, but labels of trials have a"
                " name and the dimensions ('trial',)."
            )
        found = label_values(name, values.to_numpy())
        if name == "cell_type" and found.dtype.kind != "U":
            raise InvalidTypeError(
                f"cell_type is {found[0]!r}, but must be the name of a cell type."
            )
        if name == "clock_time" and found.dtype.kind not in "iuf":
            raise InvalidTypeError(f"clock_time is {found[0]!r}, but must be seconds.")
        if name == "trial" and len(np.unique(found)) < len(found):
            raise InvalidValueError(
                "two trials have the same number or name; signal.drop_vars('trial') leaves it out."
            )
        if values.dtype.kind not in "iufbU":
            plain[name] = ("trial", found, values.attrs)
    return signal.assign_coords(plain) if plain else signal


def require_even_times(where: str, times: np.ndarray) -> None:
    """Raise if times do not grow, or lie too far from an even grid."""
    if np.asarray(times).dtype.kind not in "iuf":
        raise InvalidTypeError(
            f"{where}: time is of type {np.asarray(times).dtype}, but must be numbers of seconds."
        )
    times = np.asarray(times, dtype=float)
    if len(times) < 2 or not np.isfinite(times).all():
        raise InvalidValueError(f"{where}: time must be two finite numbers or more, in seconds.")
    require_growing(times, f"{where}: ")
    even = np.linspace(times[0], times[-1], len(times))
    beside, growth = np.abs(times - even), np.diff(times)
    if beside.max() > LARGEST_JITTER * (even[1] - even[0]):
        k = int(np.argmax(np.abs(growth - np.median(growth))))
        raise InvalidValueError(
            f"{where}: samples are not evenly spaced: {growth[k]:g} s lie between samples {k} and"
            f" {k + 1}, but {np.median(growth):g} s between most. Fill the gap, or bring the"
            " samples onto an even grid (numpy.interp)."
        )


def require_numbers(signal: xr.DataArray) -> None:
    """Raise if a sample is no finite number; says in which trial."""
    if signal.dtype.kind not in "iuf":
        raise InvalidTypeError(f"signal must be real numbers, but is of type {signal.dtype}.")
    wrong = ~np.isfinite(signal.to_numpy())
    if wrong.any():
        trial, k = map(int, np.argwhere(wrong)[0])
        raise InvalidValueError(
            f"{place(signal, trial)}: sample {k} ({float(signal['time'][k]):g} s) is"
            f" {float(signal[trial, k]):g}; leave this trial out, or fill the gap."
        )


def place(signal: xr.DataArray, trial: int) -> str:
    """Tell where a trial stands: file, channel and sweep, as far as they are known."""
    named = [
        f"{'' if name == 'file' else f'{name} '}{signal[name].to_numpy()[trial]}"
        for name in ("file", "channel", "sweep")
        if name in signal.coords
    ]
    return ", ".join([*named, f"trial {trial}"])
