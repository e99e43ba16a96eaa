"""Recordings that `Recording.save` wrote as netCDF."""

from __future__ import annotations

import os

import pandas as pd

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing, netcdf
from neuroflysim.recordings.reader import Reader
from neuroflysim.recordings.recording import Recording


def load_netcdf(path: str | os.PathLike[str]) -> Recording:
    """Read a recording that `Recording.save` wrote, with all that was done to it.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Recording

    Raises
    ------
    InvalidValueError
        If the file is damaged, or was changed since it was written: a checksum in it tells.

    Warns
    -----
    UncheckedFileWarning
        If another program wrote the file, so that there is no checksum.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cell.nc"
    >>> import xarray as xr
    >>> signal = xr.DataArray(
    ...     [[1.0, 2.0]], dims=("trial", "time"), coords={"time": [0.0, 0.1]},
    ...     attrs={"units": "mV"})
    >>> Recording(signal).save(file)
    >>> load_netcdf(file)
    <Recording: 1 trial, 2 time, in mV>
    """
    path = existing(path)
    signal = netcdf.read(path, "signal")
    try:
        return Recording(signal)
    except (InvalidTypeError, InvalidValueError) as error:
        raise InvalidValueError(
            f"{path} holds no recording: {error} They are written by Recording.save('... .nc')."
        ) from None


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    recording = load_netcdf(path)
    return pd.DataFrame(
        {
            "channel": ["signal"],
            "units": [recording.units],
            "sweeps": [recording.signal.sizes["trial"]],
            "samples": [recording.signal.sizes["time"]],
            "time_step": [recording.time_step],
            "begin": [float(recording.signal["time"][0])],
        }
    )


READER = Reader((".nc",), load_netcdf, contents)
