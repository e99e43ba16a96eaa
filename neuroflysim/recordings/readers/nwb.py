"""Neurodata Without Borders (.nwb), by pynwb: series, and tables of intervals such as trials."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.building import recording_of
from neuroflysim.recordings.nwb_choice import chosen_series
from neuroflysim.recordings.nwb_files import opened
from neuroflysim.recordings.nwb_series import clock_as_told, held_by, sweeps_of, why_no_signal
from neuroflysim.recordings.reader import Reader, listing
from neuroflysim.recordings.recording import Recording


def load_nwb(
    path: str | os.PathLike[str],
    *,
    series: str | Sequence[str] | None = None,
    columns: int | Sequence[int] | None = None,
    cell_type: str | Sequence[str] | None = None,
    conditions: Mapping | Sequence[Mapping] | None = None,
) -> Recording:
    """Read time series of an NWB file.

    Parameters
    ----------
    path : path-like
    series : str or sequence of str, optional
        Names; where two series share one, with what holds them: "ophys/Fluorescence/left". "all"
        for all signals, and patterns such as "sweep_*" (``*``, ``?``, ``[0-9]``) for those that
        fit, in the order of their names, numbers by value. Not needed if there is but one.
        `recording_contents` lists them.
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
        names = chosen_series(path, series, signals, list(found))
        sweeps = [
            sweep
            for number, name in enumerate(names)
            for sweep in sweeps_of(path, found[name], name, number, columns)
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
        tables = _intervals(file)
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

    The time step is NaN where it makes no sense, so that a wrong series hides no other. Tables of
    intervals follow the series: their rows are told as samples.
    """
    path = existing(path)
    rows = []
    with opened(path) as file:
        for name, one in _series(file).items():
            if why_no_signal(one) is not None:
                continue
            step, begin = clock_as_told(one)
            rows.append((name, one.unit, 1, len(one.data), step, begin, held_by(one)))
        for name, table in _intervals(file).items():
            begin = float(table["start_time"][0]) if len(table) else np.nan
            told = f"intervals: {', '.join(table.colnames)}"
            rows.append((name, "", 0, len(table), np.nan, begin, told))
    return listing(rows, "holds")


def _intervals(file) -> dict:
    """Return the tables of intervals by name, trials and epochs among them."""
    tables = {**(file.intervals or {})}
    if file.trials is not None:
        tables["trials"] = file.trials
    if file.epochs is not None:
        tables["epochs"] = file.epochs
    return tables


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


READER = Reader((".nwb",), load_nwb, contents)
