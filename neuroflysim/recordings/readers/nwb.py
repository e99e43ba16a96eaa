"""Neurodata Without Borders (.nwb), by pynwb: series, and tables of intervals such as trials."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches

import numpy as np
import pandas as pd

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.building import Sweep, chosen_numbers, recording_of
from neuroflysim.recordings.reader import Reader, missing_package
from neuroflysim.recordings.recording import Recording, require_even_times


def load_nwb(
    path: str | os.PathLike,
    *,
    series: str | Sequence[str] | None = None,
    columns: int | Sequence[int] | None = None,
    cell_type: str | Sequence[str] | None = None,
    conditions: Mapping | None = None,
) -> Recording:
    """Read time series of an NWB file.

    Parameters
    ----------
    path : path-like
    series : str or sequence of str, optional
        Names; where two series share one, with what holds them: "ophys/Fluorescence/left". Not
        needed if there is but one. `recording_contents` lists them.
    columns : int or sequence of int, optional
        For series of several columns, such as regions of interest: which ones, from 0; all if not
        given.
    cell_type : str or sequence of str, optional
        Which cell it was; a list has one for each column of each series.
    conditions : mapping of str to value or sequence, optional
        What was shown, see `load_neo`.

    Returns
    -------
    Recording
        One trial for each column of each series, values times their conversion, in the unit that
        the file names. Time counts from where the series begins. `load_nwb_intervals` reads when
        stimuli began.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import xarray as xr
    >>> from neuroflysim.responses import Responses
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "model.nwb"
    >>> voltage = xr.DataArray(
    ...     [[[[0.5], [0.7]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1], "cell_type": ["T4a"], "angle": ("condition", [90])})
    >>> Responses(voltage).save(file)
    >>> load_nwb(file, series="T4a_condition_0_candidate_0", cell_type="T4a")
    <Recording: 1 trial, 2 time, in 1>
    """
    path = existing(path)
    with _opened(path) as file:
        found = _series(file)
        if series is None and len(found) == 1:
            series = list(found)
        if series is None:
            raise InvalidValueError(
                f"{path} has {len(found)} series ({', '.join(list(found)[:8])}"
                f"{', ...' if len(found) > 8 else ''}); choose one or more: series=[...]."
            )
        names = [series] if isinstance(series, str) else list(series)
        if not names:
            raise InvalidValueError("series is empty; name one or more.")
        sweeps = [
            sweep
            for number, name in enumerate(names)
            for sweep in _sweeps(path, _named(path, found, name), name, number, columns)
        ]
    return recording_of(path, sweeps, cell_type, conditions)


def load_nwb_intervals(path: str | os.PathLike, table: str = "trials") -> pd.DataFrame:
    """Read a table of intervals of an NWB file, which tells when what was shown.

    Parameters
    ----------
    path : path-like
    table : str
        "trials", "epochs", or the name of another table of intervals.

    Returns
    -------
    DataFrame
        One row for each interval: start_time and stop_time in seconds on the clock of the file,
        and the columns that the laboratory added.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import xarray as xr
    >>> from neuroflysim.responses import Responses
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "model.nwb"
    >>> voltage = xr.DataArray(
    ...     [[[[0.5], [0.7]]]], dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.0, 0.1], "cell_type": ["T4a"], "angle": ("condition", [90])})
    >>> Responses(voltage).save(file)
    >>> load_nwb_intervals(file)[["onset_time", "angle"]].to_numpy().tolist()
    [[0.1, 90.0]]
    """
    path = existing(path)
    with _opened(path) as file:
        tables = {**(file.intervals or {})}
        if file.trials is not None:
            tables["trials"] = file.trials
        if file.epochs is not None:
            tables["epochs"] = file.epochs
        if not tables:
            raise InvalidValueError(
                f"{path} has no table of intervals; give the onsets yourself, or find them in a"
                " channel of the stimulus: recordings.threshold_crossings."
            )
        frame = tables[one_of(f"{path}: the table of intervals", table, tables)].to_dataframe()
    return frame.drop(columns=["timeseries", "timeseries_index"], errors="ignore")


def contents(path: str | os.PathLike) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    path = existing(path)
    rows = []
    with _opened(path) as file:
        for name, one in _series(file).items():
            step, begin = _clock(one)
            rows.append((name, one.unit, 1, len(one.data), step, begin))
    names = ["channel", "units", "sweeps", "samples", "time_step", "begin"]
    return pd.DataFrame(rows, columns=names)


@contextmanager
def _opened(path) -> Iterator:
    try:
        from pynwb import NWBHDF5IO
    except ImportError as error:
        raise missing_package(path, "pynwb", error) from None
    try:
        reader = NWBHDF5IO(str(path), mode="r")
    except Exception as error:  # of HDF5, of versions of NWB, of extensions
        raise _no_nwb(path, error) from error
    with reader:
        try:
            file = reader.read()
        except Exception as error:
            raise _no_nwb(path, error) from error
        yield file


def _no_nwb(path, error: Exception) -> InvalidValueError:
    return InvalidValueError(
        f"{path} cannot be read as NWB ({type(error).__name__}: {error}); is it whole, and is it"
        " NWB 2?"
    )


def _series(file) -> dict:
    """Return the series of numbers by name; those that share one by their address in the file."""
    from pynwb import TimeSeries

    found = [
        one
        for one in file.objects.values()
        if isinstance(one, TimeSeries)
        and np.dtype(getattr(one.data, "dtype", object)).kind in "iuf"
        and len(one.data.shape) <= 2
        and len(one.data) > 1
    ]
    found.sort(key=_address)  # the order in which they stand in HDF5 tells nothing
    names = [one.name for one in found]
    return {one.name if names.count(one.name) == 1 else _address(one): one for one in found}


def _address(one) -> str:
    """Return the names of what holds a series and its own, below the file."""
    parts = []
    while one.parent is not None:
        parts.append(one.name)
        one = one.parent
    return "/".join(reversed(parts))


def _named(path, found: dict, name: str):
    if name in found:
        return found[name]
    near = get_close_matches(str(name), found, n=3) or list(found)[:8]
    raise InvalidValueError(
        f"{path}: series is {name!r}, but no series is named so; there are {', '.join(near)}"
        f"{', ...' if len(near) < len(found) else ''}. recordings.recording_contents lists all."
    )


def _sweeps(path, one, name: str, number: int, columns: int | Sequence[int] | None) -> list[Sweep]:
    """Return one sweep for each column of a series."""
    values = np.asarray(one.data[:], dtype=np.float64)
    n_columns = 1 if values.ndim == 1 else values.shape[1]
    values = values.reshape(len(values), n_columns) * one.conversion + one.offset
    if getattr(one, "channel_conversion", None) is not None:
        values = values * np.asarray(one.channel_conversion[:])
    chosen = chosen_numbers(f"{path}: columns of {name}", columns, n_columns)
    if one.rate is None:
        require_even_times(f"{path}, {name}", np.asarray(one.timestamps[:], dtype=np.float64))
    step, begin = _clock(one)
    return [
        Sweep(
            values=values[:, column],
            time_step=step,
            units=one.unit,
            channel=name if n_columns == 1 else f"{name}[{column}]",
            sweep=number,
            clock_time=begin,
        )
        for column in chosen
    ]


def _clock(one) -> tuple[float, float]:
    """Return the time step of a series, the mean where it has timestamps, and when it begins."""
    if one.rate is not None:
        return 1 / float(one.rate), float(one.starting_time)
    first, last = float(one.timestamps[0]), float(one.timestamps[-1])
    return (last - first) / (len(one.data) - 1), first


READER = Reader((".nwb",), load_nwb, contents)
