"""Arrays that NumPy wrote (.npy, .npz): never the pickles that such files may hold."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from brian2 import Quantity

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.from_arrays import Conditions
from neuroflysim.recordings.npy_headers import no_numbers, npy_header
from neuroflysim.recordings.reader import Reader, one_sentence
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.stored_arrays import (
    Options,
    StoredArray,
    contents_of_stored,
    recording_of_stored,
)


def load_numpy(
    path: str | os.PathLike[str],
    *,
    rate: Quantity | str | None = None,
    unit: str | None = None,
    variable: str | None = None,
    time_first: bool = False,
    cell_type: str | Sequence[str] | None = None,
    onsets: Quantity | str | None = None,
    before: Quantity | None = None,
    after: Quantity | None = None,
    conditions: Conditions = None,
) -> Recording:
    """Read an array that NumPy wrote: a trace, trials over time, or cells over time.

    Parameters
    ----------
    path : path-like
        .npy, or .npz with arrays by name.
    rate : Quantity [Hz] or str
        How many samples there are in a second, or the name of the array that tells it in Hz.
        Needed: no such file tells it by itself.
    unit : str
        Of the signal, for example "mV". Needed, too.
    variable : str, optional
        Name of the array in .npz; not needed if there is but one of samples.
    time_first : bool
        Whether the array is (time, trial) or (time, cell).
    onsets : Quantity [s] or str, optional
        When stimuli began, or the name of the array that tells it in seconds.
    cell_type, before, after, conditions : optional
        As in `Recording.from_array`.

    Returns
    -------
    Recording

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a file is damaged, or holds Python objects: these are pickles, which are never read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from brian2 import Hz
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cells.npy"
    >>> np.save(file, [[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]])
    >>> load_numpy(file, rate=30*Hz, unit="dF/F", cell_type=["T4a", "T4b"])
    <Recording: 2 trial, 3 time, in dF/F>
    """
    options = Options(
        variable, rate, unit, time_first, cell_type, onsets, before, after, conditions
    )
    path = existing(path)
    return recording_of_stored(path, _arrays(path), options)


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    return contents_of_stored(_arrays(existing(path)))


def stored_npy(path: Path) -> StoredArray:
    """Return the array of a .npy file, of which nothing but the head has been read.

    Parameters
    ----------
    path : Path
        A regular file.
    """
    with open(path, "rb") as file:
        shape, dtype = npy_header(str(path), file)
        held = path.stat().st_size - file.tell()
    declared = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if not dtype.hasobject and held != declared:
        raise InvalidValueError(
            f"{path} says that it holds {declared:,} bytes of numbers, but {held:,} are there; it"
            " is damaged or was cut: copy it again."
        )
    return StoredArray(
        shape, str(dtype), partial(np.load, path, allow_pickle=False), no_numbers(dtype)
    )


def _arrays(path: Path) -> dict[str, StoredArray]:
    if path.suffix.lower() == ".npy":
        return {path.stem: stored_npy(path)}
    found = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                name = entry.filename.removesuffix(".npy")
                with archive.open(entry) as file:
                    shape, dtype = npy_header(f"{path}, {name}", file)
                    held = entry.file_size - file.tell()
                declared = int(np.prod(shape, dtype=object)) * dtype.itemsize
                if not dtype.hasobject and held != declared:
                    raise InvalidValueError(
                        f"{path}, {name} says that it holds {declared:,} bytes of numbers, but"
                        f" {held:,} are there; it is damaged: copy the file again."
                    )
                read = partial(_member, path, entry.filename)
                found[name] = StoredArray(shape, str(dtype), read, no_numbers(dtype))
    except InvalidValueError:
        raise
    except Exception as error:  # of zipfile and zlib, on a damaged file
        raise InvalidValueError(
            f"{path} cannot be read as .npz ({one_sentence(error)}); was it written by numpy.savez,"
            " and is it whole?"
        ) from None
    return found


def _member(path: Path, name: str) -> np.ndarray:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(name) as file:
            return np.lib.format.read_array(file, allow_pickle=False)
    except Exception as error:  # a checksum of the archive, a damaged stream
        raise InvalidValueError(
            f"{path}, {name} cannot be read ({one_sentence(error)}); copy the file again."
        ) from None


READER = Reader((".npy", ".npz"), load_numpy, contents)
