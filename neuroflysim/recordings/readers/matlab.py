"""MATLAB files (.mat) of all versions, v7.3 included: variables by name, fields of structs too."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from brian2 import Quantity

from neuroflysim.files import existing
from neuroflysim.recordings import mat_files, mat_hdf5
from neuroflysim.recordings.from_arrays import Conditions
from neuroflysim.recordings.reader import Reader
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.stored_arrays import (
    Options,
    StoredArray,
    contents_of_stored,
    recording_of_stored,
)


def load_mat(
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
    """Read a variable of a MATLAB file: a trace, trials over time, or cells over time.

    Parameters
    ----------
    path : path-like
        As MATLAB saved it, in any version.
    rate : Quantity [Hz] or str
        How many samples there are in a second, or the name of the variable that tells it in Hz.
        Needed: no such file tells it by itself.
    unit : str
        Of the signal, for example "mV". Needed, too.
    variable : str, optional
        Its name, "dff" or, for a field of a struct, "session.dff"; not needed if there is but one
        of samples. `recording_contents` lists them.
    time_first : bool
        Whether a variable with two dimensions is (time, trial) or (time, cell).
    onsets : Quantity [s] or str, optional
        When stimuli began, or the name of the variable that tells it in seconds.
    cell_type, before, after, conditions : optional
        As in `Recording.from_array`.

    Returns
    -------
    Recording

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the file is damaged, or the variable no array of numbers; names file and variable.

    See Also
    --------
    load_neo : reads what neo's own NeoMatlabIO wrote.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from brian2 import ms, second
    >>> from scipy.io import savemat
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cell.mat"
    >>> savemat(file, {"voltage": [-60.0, -58.0, -50.0, -55.0], "info": {"fs": 10.0}})
    >>> load_mat(file, variable="voltage", rate="info.fs", unit="mV", cell_type="Mi1",
    ...          onsets=100*ms).signal["time"].to_numpy().tolist()
    [-0.1, 0.0, 0.1, 0.2]
    """
    options = Options(
        variable, rate, unit, time_first, cell_type, onsets, before, after, conditions
    )
    path = existing(path)
    return recording_of_stored(path, _variables(path), options)


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    return contents_of_stored(_variables(existing(path)))


def _variables(path: Path) -> dict[str, StoredArray]:
    of_version = mat_hdf5 if mat_hdf5.is_hdf5(path) else mat_files
    return of_version.variables_of(path)


READER = Reader((".mat",), load_mat, contents)
