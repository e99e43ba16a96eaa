"""Neurodata Without Borders (.nwb), by pynwb: series, and tables of intervals such as trials."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

import numpy as np
import pandas as pd

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.building import recording_of
from neuroflysim.recordings.nwb_files import opened
from neuroflysim.recordings.nwb_series import clock_as_told, sweeps_of, why_no_signal
from neuroflysim.recordings.reader import Reader
from neuroflysim.recordings.recording import Recording


def load_nwb(
    path: str | os.PathLike[str],
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
    with opened(path) as file:
        found = _series(file)
        signals = [name for name, one in found.items() if why_no_signal(one) is None]
        if series is None and len(signals) == 1:
            series = signals
        if not signals:
            raise InvalidValueError(f"{path} holds no series of numbers over time.")
        if series is None:
            raise InvalidValueError(
                f"{path} has {len(signals)} series ({', '.join(signals[:8])}"
                f"{', ...' if len(signals) > 8 else ''}); choose one or more: series=[...]."
            )
        names = [series] if isinstance(series, str) or not np.iterable(series) else list(series)
        if not names:
            raise InvalidValueError(f"{path}: series is empty; name one or more.")
        sweeps = [
            sweep
            for number, name in enumerate(names)
            for sweep in sweeps_of(path, _named(path, found, name), name, number, columns)
        ]
    return recording_of(path, sweeps, cell_type, conditions)


def load_nwb_intervals(path: str | os.PathLike[str], table: str = "trials") -> pd.DataFrame:
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
    with opened(path) as file:
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
    _require_intervals(f"{path}, {table}", frame)
    return frame.drop(columns=["timeseries", "timeseries_index"], errors="ignore")


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file, as the file tells it; see `recording_contents`.

    The time step is NaN where it makes no sense, so that a wrong series hides no other.
    """
    path = existing(path)
    rows = []
    with opened(path) as file:
        for name, one in _series(file).items():
            if why_no_signal(one) is not None:
                continue
            step, begin = clock_as_told(one)
            rows.append((name, one.unit, 1, len(one.data), step, begin))
    names = ["channel", "units", "sweeps", "samples", "time_step", "begin"]
    return pd.DataFrame(rows, columns=names)


def _require_intervals(where: str, frame: pd.DataFrame) -> None:
    """Raise if an interval ends before it begins, or nobody knows when it begins."""
    start = frame["start_time"].to_numpy(float)
    if not np.isfinite(start).all():
        row = int(np.argmin(np.isfinite(start)))
        raise InvalidValueError(
            f"{where}: start_time of row {row} is {start[row]}; write the time into the file."
        )
    stop = frame["stop_time"].to_numpy(float)  # NaN where nobody saw the end
    if (stop < start).any():
        row = int(np.argmax(stop < start))
        raise InvalidValueError(
            f"{where}: row {row} starts at {start[row]:g} s, but stops at {stop[row]:g} s; mend"
            " the file."
        )


def _series(file) -> dict:
    """Return the series by name; those that share one by their address in the file."""
    from pynwb import TimeSeries

    found = [one for one in file.objects.values() if isinstance(one, TimeSeries)]
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


READER = Reader((".nwb",), load_nwb, contents)
