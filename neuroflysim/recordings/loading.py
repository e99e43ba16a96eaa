"""Reading a recording from any file that there is a reader for."""

from __future__ import annotations

import inspect
import os
from typing import Any

import pandas as pd

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.reader import Reader
from neuroflysim.recordings.readers import READERS
from neuroflysim.recordings.recording import Recording


def load_recording(path: str | os.PathLike[str], **options: Any) -> Recording:
    """Read a recording; the suffix of the file says how.

    Parameters
    ----------
    path : path-like
        NWB (.nwb), Axon (.abf) and what else neo reads, tables (.csv, .tsv), or netCDF that
        `Recording.save` wrote (.nc).
    **options
        What the file does not say: the cell type, which channel or series, what was shown. Each
        format has a function of its own, which tells its options: `recordings.load_nwb`,
        `load_neo`, `load_csv`, `load_netcdf`.

    Returns
    -------
    Recording
        Trials are the sweeps of the file; see `recordings.align` for cutting them at onsets.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the file or an option is wrong; says where in the file, and what would do.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cell.csv"
    >>> _ = file.write_text("time (ms),first (mV),second (mV)\\n0,-60,-61\\n10,-58,-57\\n")
    >>> load_recording(file, cell_type="Mi1", conditions={"intensity": [0, 1]})
    <Recording: 2 trial, 2 time, in mV>
    """
    load = _reader(path).load
    known = list(inspect.signature(load).parameters)[1:]
    for name in options:
        if name not in known:
            raise InvalidTypeError(
                f"{os.path.basename(path)} is read by {load.__name__}, which has no option"
                f" {name!r}; there are {', '.join(known) or 'none'}."
            )
    return load(path, **options)


def recording_contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in a file: its channels, series or columns.

    Parameters
    ----------
    path : path-like
        As for `load_recording`.

    Returns
    -------
    DataFrame
        One row for each channel, series or column: channel (its name), units, sweeps, samples
        (of the first sweep), time_step (s), begin (s, on the clock of the file).

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cell.csv"
    >>> _ = file.write_text("time (ms),voltage (mV)\\n0,-60\\n10,-58\\n")
    >>> recording_contents(file)
       channel units  sweeps  samples  time_step  begin
    0  voltage    mV       1        2       0.01    0.0
    """
    return _reader(path).contents(path)


def _reader(path: str | os.PathLike[str]) -> Reader:
    path = existing(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InvalidValueError(
            f"{path}: there is no reader for {path.suffix or 'files without a suffix'}, but for"
            f" {', '.join(sorted(READERS))}; recordings.load_neo tries all that neo can read."
        )
    return reader
