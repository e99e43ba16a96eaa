"""Tables of text (.csv, .tsv)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import pandas as pd
from brian2 import Quantity

from neuroflysim.files import existing
from neuroflysim.recordings.reader import Reader
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.table import SEPARATORS, read_table
from neuroflysim.recordings.table_recordings import (
    TableOptions,
    contents_of_table,
    recording_of_table,
)


def load_csv(
    path: str | os.PathLike[str],
    *,
    time: str = "time",
    values: str | Sequence[str] | None = None,
    trial: str | None = None,
    labels: Sequence[str] | None = None,
    time_unit: Quantity | str | None = None,
    unit: str | None = None,
    cell_type: str | Sequence[str] | None = None,
    conditions: Mapping | Sequence[Mapping] | None = None,
    separator: str | None = None,
) -> Recording:
    """Read a table with a line of names on top: ``time (ms),first (mV),second (mV)``.

    Units stand behind the names, in round or square brackets; options name columns without them.
    A table that `Recording.save` wrote needs no option.

    Parameters
    ----------
    path : path-like
    time : str
        Column of the times, which are evenly spaced.
    values : str or sequence of str, optional
        Columns of the signal, one for each trial; with `trial` it is one. Those that are left
        over, if not given.
    trial : str, optional
        Column that numbers or names the trials, where a row is one sample of one trial.
    labels : sequence of str, optional
        With `trial`: columns that have one value in each trial, and tell what was shown, or the
        cell_type. Those that are left over, if not given.
    time_unit : str or Quantity [s], optional
        For example "ms", or ``ms`` of Brian2, if the name of the column does not tell it.
    unit : str, optional
        Of the signal, for example "mV", if the names of its columns do not tell it.
    cell_type, conditions : optional
        As in `load_neo`, for what no column tells: one value for all, or one for each trial.
    separator : str, optional
        Between columns: a comma in .csv, a tab in .tsv, if not given.

    Returns
    -------
    Recording

    Raises
    ------
    InvalidValueError
        Names file, line and column.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cells.csv"
    >>> _ = file.write_text(
    ...     "time (s),trial,cell_type,angle,F (a.u.)\\n"
    ...     "0,1,T4a,0,5\\n0.1,1,T4a,0,6\\n0,2,T4a,90,5\\n0.1,2,T4a,90,5\\n")
    >>> load_csv(file, trial="trial", values="F").conditions["angle"].tolist()
    [0, 90]
    """
    options = TableOptions(time, values, trial, labels, time_unit, unit, cell_type, conditions)
    path = existing(path)
    return recording_of_table(path, read_table(path, separator), options)


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    return contents_of_table(read_table(existing(path), None))


READER = Reader(tuple(SEPARATORS), load_csv, contents)
