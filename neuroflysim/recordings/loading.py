"""Reading a recording from any file that there is a reader for."""

from __future__ import annotations

import inspect
import os
from pathlib import Path
from typing import Any

import pandas as pd

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.reader import Reader
from neuroflysim.recordings.readers import FORMATS, READERS
from neuroflysim.recordings.recording import Recording


def load_recording(path: str | os.PathLike[str], **options: Any) -> Recording:
    """Read a recording; the suffix of the file says how.

    Parameters
    ----------
    path : path-like
        NWB (.nwb), Axon (.abf) and what else neo reads, MATLAB (.mat), NumPy (.npy, .npz), tables
        (.csv, .tsv, .xlsx, .parquet), netCDF that `Recording.save` wrote (.nc), or a folder of
        suite2p.
    **options
        What the file does not say: the cell type, which channel or series, what was shown. Each
        format has a function of its own, which tells its options: `recordings.load_nwb`,
        `load_neo`, `load_mat`, `load_numpy`, `load_csv`, `load_excel`, `load_parquet`,
        `load_netcdf`, `load_suite2p`.

    Returns
    -------
    Recording
        Trials are the sweeps of the file; see `recordings.align` for cutting them at onsets.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the file or an option is wrong; says where in the file, and what would do. For a file
        that no reader is for, in three lines of Python: `Recording.from_array`.

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
            cure = _CUT_LATER if name in ("onsets", "before", "after") else ""
            raise InvalidTypeError(
                f"{os.path.basename(path)} is read by {load.__name__}, which has no option"
                f" {name!r}; there are {', '.join(known) or 'none'}.{cure}"
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
        (of the first sweep), time_step (s), begin (s, on the clock of the file). Of NWB also the
        tables of intervals, and of all formats that hold more than traces a column holds, which
        tells what it is: regions of interest, columns of a table, the kind of an array.

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


#: How trials are cut where the reader does not do it.
_CUT_LATER = (
    " Read it without, and cut trials out of what was read:"
    " nfs.recordings.align(recording, onsets, before=..., after=...)."
)

#: How a recording is made of an array that somebody else's program read. A test runs it.
_OF_AN_ARRAY = """
from brian2 import Hz
values = np.loadtxt({name!r})  # or whatever reads it: (time,), (trial, time) or (cell, time)
recording = nfs.Recording.from_array(values, rate=1000*Hz, unit="mV", cell_type="Mi1")"""


def _reader(path: str | os.PathLike[str]) -> Reader:
    if isinstance(path, str | os.PathLike) and os.path.isdir(path):
        return _reader_of_folder(Path(path))
    path = existing(path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InvalidValueError(
            f"{path}: there is no reader for {path.suffix or 'files without a suffix'}, but for"
            f" {', '.join(sorted(READERS))}; recordings.load_neo tries all that neo can read. Of an"
            f" array that you read yourself:{_OF_AN_ARRAY.format(name=str(path))}"
        )
    return reader


def _reader_of_folder(path: Path) -> Reader:
    readers = [reader for reader in FORMATS if reader.folder]
    for reader in readers:
        if (path / reader.folder).is_file():
            return reader
    held = [f"{reader.folder} ({reader.load.__name__})" for reader in readers]
    below = sorted({one.parent for r in readers for one in path.glob(f"*/{r.folder}")})
    there = f"; {' and '.join(str(one) for one in below[:4])} would do" if below else ""
    raise InvalidValueError(
        f"{path} is a folder, and not one that holds {' or '.join(held)}{there}; name a file, or"
        " such a folder."
    )
