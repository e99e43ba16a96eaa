"""Series of an NWB file: their numbers, clock and unit, held against each other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.building import Sweep, chosen_numbers
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.signal_checks import require_even_times

#: How a file may call the one unit of time that NWB knows.
_SECONDS = ("seconds", "second", "s", "sec")

if TYPE_CHECKING:
    from pynwb import TimeSeries


def why_no_signal(one: TimeSeries) -> str | None:
    """Return why a series holds no signal over time, or nothing if it does."""
    shape = getattr(one.data, "shape", None)
    kind = np.dtype(getattr(one.data, "dtype", object)).kind
    if shape is None or kind not in "biuf":
        return "holds no real numbers"
    if len(shape) not in (1, 2):
        return f"has {len(shape)} dimensions, but a signal has time, or time and columns"
    if shape[0] < 2 or 0 in shape:
        return f"has {shape[0]} samples, but two are needed at least"
    return None


def clock_as_told(one: TimeSeries) -> tuple[float, float]:
    """Return time step and begin as the file tells them; NaN where it makes no sense."""
    if one.rate is not None:
        rate = float(one.rate)
        return 1 / rate if rate > 0 else np.nan, float(one.starting_time)
    if one.timestamps is None or len(one.timestamps) < 2:
        return np.nan, np.nan
    first, last = float(one.timestamps[0]), float(one.timestamps[-1])
    return (last - first) / (len(one.timestamps) - 1), first


def held_by(one: TimeSeries) -> str:
    """Return what the columns of a series are: regions of interest, electrodes, or one signal.

    Regions and electrodes are told as the file has them, also where their number is wrong.
    """
    n_columns = 1 if len(one.data.shape) == 1 else one.data.shape[1]
    for attribute, called in (("rois", "regions of interest"), ("electrodes", "electrodes")):
        region = getattr(one, attribute, None)
        if region is not None:
            table = getattr(region, "table", None)
            where = "" if table is None or table.name == called else f" of {table.name}"
            return f"{len(region.data)} {called}{where}"
    return "1 signal" if n_columns == 1 else f"{n_columns} columns"


def sweeps_of(
    path: str | os.PathLike[str],
    one: TimeSeries,
    name: str,
    number: int,
    columns: int | Sequence[int] | None,
) -> list[Sweep]:
    """Return one sweep for each column of a series, if all that the file says of it agrees.

    Parameters
    ----------
    path : path-like
    one : pynwb.TimeSeries
    name : str
        Of the series, for messages and as channel.
    number : int
        Of the series, as sweep.
    columns : int or sequence of int, optional
        All if not given.
    """
    where = f"{path}, {name}"
    why = why_no_signal(one)
    if why is not None:
        raise InvalidValueError(f"{where}: the series {why}; choose another.")
    n_columns = 1 if len(one.data.shape) == 1 else one.data.shape[1]
    step, begin = _clock(where, one)
    _require_time_first(where, one, n_columns, columns)
    chosen = chosen_numbers(f"{path}: columns of {name}", columns, n_columns)
    scale, offset = _scale(where, one, n_columns)
    require_room(path, f"the series {name}", 8 * int(np.prod(one.data.shape, dtype=object)))
    values = np.asarray(one.data[:], dtype=np.float64).reshape(-1, n_columns) * scale + offset
    unit = str(one.unit or "").strip()
    # Where the file has none, pynwb says "unknown" itself.
    if not unit or (hasattr(one.data, "attrs") and "unit" not in one.data.attrs):
        raise InvalidValueError(f"{where}: the series has no unit; write it into the file.")
    return [
        Sweep(
            values=values[:, column],
            time_step=step,
            units=unit,
            channel=name if n_columns == 1 else f"{name}[{column}]",
            sweep=number,
            clock_time=begin,
        )
        for column in chosen
    ]


def _clock(where: str, one) -> tuple[float, float]:
    """Return the time step of a series, the mean where it has timestamps, and when it begins."""
    if one.timestamps is None and one.rate is None:
        raise InvalidValueError(f"{where}: the series has neither a rate nor timestamps.")
    _require_seconds(where, one)
    if one.rate is not None:
        rate, begin = float(one.rate), float(one.starting_time)
        if not (np.isfinite(rate) and rate > 0):
            raise InvalidValueError(
                f"{where}: the rate of the series is {rate:g} Hz, but must be above 0; mend it in"
                " the file, or write timestamps."
            )
        if not np.isfinite(begin):
            raise InvalidValueError(f"{where}: the starting_time of the series is {begin} s.")
    if one.timestamps is None:
        return 1 / rate, begin
    n, samples = len(one.timestamps), len(one.data)
    if n != samples:
        told = f"{where}: the series has {samples} samples, but {n} timestamps"
        if one.data.shape[1:] == (n,):
            raise InvalidValueError(
                f"{told}, as many as columns: it was stored (column, time), but NWB asks for (time,"
                " column); write data.T."
            )
        raise InvalidValueError(
            f"{told}, so it is not known when each sample was taken; write as many of both."
        )
    require_room(where, "the timestamps", 8 * n)
    times = np.asarray(one.timestamps[:], dtype=np.float64)
    require_even_times(where, times)
    step, first = float(times[-1] - times[0]) / (n - 1), float(times[0])
    if one.rate is not None and (abs(step * rate - 1) > 0.01 or abs(first - begin) > 0.5 * step):
        raise InvalidValueError(
            f"{where}: the series has a rate of {rate:g} Hz from {begin:g} s, but timestamps"
            f" {step:g} s apart from {first:g} s; leave the wrong ones out."
        )
    return step, first


def _require_seconds(where: str, one) -> None:
    """Raise if the file tells another unit of time than pynwb, which knows seconds only."""
    told = {}
    if hasattr(one.timestamps, "attrs"):
        told["timestamps"] = one.timestamps.attrs.get("unit")
    group = getattr(one.data, "parent", None)  # of HDF5; a link may lead to another series
    if group is not None and group.name.endswith(f"/{one.name}") and "starting_time" in group:
        told["starting_time"] = group["starting_time"].attrs.get("unit")
    for name, unit in told.items():
        unit = unit.decode() if isinstance(unit, bytes) else unit
        if unit is not None and str(unit).lower() not in _SECONDS:
            raise InvalidValueError(
                f"{where}: the unit of {name} is {unit!r}, but must be 'seconds'; write seconds."
            )


def _require_time_first(where: str, one, n_columns: int, columns) -> None:
    """Raise if columns are not as many as the file says, or look like the samples."""
    region = getattr(one, "rois", None)
    region = getattr(one, "electrodes", None) if region is None else region
    if region is not None and len(region.data) != n_columns:
        transposed = len(region.data) == len(one.data)
        raise InvalidValueError(
            f"{where}: the series has {n_columns} columns, but {len(region.data)} regions or"
            f" electrodes{'; it was stored (column, time): write data.T' if transposed else ''}."
        )
    if region is None and one.timestamps is None and columns is None and n_columns > len(one.data):
        raise InvalidValueError(
            f"{where}: the series has {len(one.data)} samples of {n_columns} columns, so it may"
            " have been stored (column, time); if it is right, say which columns: columns=[...]."
        )


def _scale(where: str, one, n_columns: int) -> tuple[np.ndarray, float]:
    """Return what the numbers of each column are to be multiplied by, and what is added."""
    scale = np.full(n_columns, float(one.conversion))
    if getattr(one, "channel_conversion", None) is not None:
        of_channels = np.asarray(one.channel_conversion[:], dtype=np.float64)
        if of_channels.shape != (n_columns,):
            raise InvalidValueError(
                f"{where}: channel_conversion has {len(of_channels)} numbers for {n_columns}"
                " columns."
            )
        scale = scale * of_channels
    offset = float(one.offset)
    if not (np.isfinite(scale).all() and (scale != 0).all() and np.isfinite(offset)):
        raise InvalidValueError(
            f"{where}: the series has a conversion of {one.conversion:g} and an offset of"
            f" {offset:g}, so the file does not tell what was measured; mend it."
        )
    return scale, offset
