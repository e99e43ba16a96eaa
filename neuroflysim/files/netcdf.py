"""Labelled arrays as netCDF: written whole, with a checksum of all that they hold, which is read.

A file ends with a checksum of its bytes (SHA-256), which is compared before HDF5 opens it: a
damaged file can make HDF5 search without end. An attribute holds another one of its content, so
that what was changed by a program is refused, too. HDF5 itself has one of each block of values
(Fletcher-32), for other readers.
"""

from __future__ import annotations

import hashlib
import os
import warnings
from collections.abc import Mapping, Sequence
from io import BytesIO
from math import ceil, prod
from typing import Any

import h5py
import xarray as xr

from neuroflysim._version import __version__
from neuroflysim.errors import FileError, InvalidValueError, UncheckedFileWarning
from neuroflysim.files import existing, written_whole
from neuroflysim.files.hdf5_heaps import require_sound_heaps
from neuroflysim.files.netcdf_content import content_sha256, storable
from neuroflysim.machine.free_memory import free_memory

#: Attributes of the file. The first says that there must be the others; the third, with the name
#: of a variable behind it, is the same for what stands beside the first array.
WRITTEN_BY, CHECKSUM, CHECKSUM_OF = "written_by", "content_sha256", "content_sha256_of_"
FORMAT_ATTRIBUTE = "format"

#: What a file says that it is. The number grows when a reader of today could not read it.
FORMAT = "neuroflysim arrays 1"

#: What stands behind the file of HDF5, before the checksum of all bytes up to here.
SEAL = b"\nneuroflysim sha256 "

#: No compression of HDF5 that is in common use does better, but for arrays of a single number.
MOST_COMPRESSION = 1100
ALWAYS_ALLOWED = 2**30


def write(
    array: xr.DataArray,
    name: str,
    path: str | os.PathLike[str],
    others: Mapping[str, xr.DataArray] | None = None,
) -> None:
    """Write an array to a netCDF file with its checksum, whole or not at all.

    The bytes are made in memory: HDF5 ends the process when the disk is full.

    Parameters
    ----------
    array : DataArray
        Of numbers, with labels of numbers, bool or text.
    name : str
        Of the variable in the file.
    path : path-like
    others : mapping of str to DataArray, optional
        Other variables with the same labels, by name.

    Raises
    ------
    InvalidValueError
        If a label or an attribute is nothing that netCDF can keep; nothing is written then.
    FileError
        If the disk is full; the old file is still there.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "numbers.nc"
    >>> write(xr.DataArray([1.0, 2.0], dims="time", attrs={"units": "mV"}), "signal", file)
    >>> read(file, "signal").attrs
    {'units': 'mV'}
    """
    stored = {each: storable(values) for each, values in {name: array, **(others or {})}.items()}
    array = stored[name]
    dataset = xr.Dataset(stored)
    dataset.attrs = {FORMAT_ATTRIBUTE: FORMAT, WRITTEN_BY: f"neuroflysim {__version__}"}
    for each, values in stored.items():
        checksum = content_sha256(values, each, dataset.attrs[WRITTEN_BY])
        dataset.attrs[CHECKSUM if each == name else CHECKSUM_OF + each] = checksum
    encoding: dict[Any, dict[str, Any]] = {
        variable: {"_FillValue": None} for variable in dataset.variables
    }
    for each in stored:
        encoding[each]["fletcher32"] = array.size > 0 and array.ndim > 0
    image = BytesIO()
    try:
        dataset.to_netcdf(image, engine="h5netcdf", encoding=encoding)
    except MemoryError:
        raise FileError(
            f"{path} is not written: there is no memory for a copy of {array.nbytes / 1e9:.3g} GB,"
            " which is made first; keep fewer cells or conditions."
        ) from None
    except Exception as error:  # of xarray, h5netcdf and HDF5: names that they keep for themselves
        raise InvalidValueError(
            f"{path} is not written: netCDF cannot keep this array ({_one_line(error)})."
        ) from None
    with written_whole(path) as temporary, open(temporary, "wb") as file:
        file.write(image.getbuffer())
        file.write(SEAL + hashlib.sha256(image.getbuffer()).hexdigest().encode() + b"\n")


def read(path: str | os.PathLike[str], *names: str) -> xr.DataArray:
    """Read an array from a netCDF file, and compare it with the checksum in it.

    Parameters
    ----------
    path : path-like
    *names : str
        Of the variable: the first of these that the file holds.

    Returns
    -------
    DataArray
        In memory.

    Raises
    ------
    InvalidValueError
        If the file is no netCDF, is damaged or was changed, or declares more than it holds.

    Warns
    -----
    UncheckedFileWarning
        If another program wrote the file: there is no checksum to compare it with.

    Examples
    --------
    See `write`.
    """
    return _read(path, names)[0]


def read_with_others(
    path: str | os.PathLike[str], *names: str
) -> tuple[xr.DataArray, dict[str, xr.DataArray]]:
    """Read an array from a netCDF file, and what `write` put beside it.

    Parameters
    ----------
    path : path-like
    *names : str
        As of `read`, which tells the errors.

    Returns
    -------
    array : DataArray
    others : dict of str to DataArray
    """
    return _read(path, names)


def _read(
    path: str | os.PathLike[str], names: Sequence[str]
) -> tuple[xr.DataArray, dict[str, xr.DataArray]]:
    path = existing(path)
    _require_seal(path)
    require_sound_heaps(path)
    others: dict[str, xr.DataArray] = {}
    try:
        with _opened(path, decode=False) as dataset:
            attributes = dataset.attrs
            ours = WRITTEN_BY in attributes or CHECKSUM in attributes
            if ours:
                _require_format(path, attributes.get(FORMAT_ATTRIBUTE))
            name = next((name for name in names if name in dataset.data_vars), None)
            if name is None:
                raise InvalidValueError(
                    f"{path} holds no {' or '.join(names)}: responses of a model hold voltage or"
                    " calcium and are read by nfs.load_responses, recordings hold signal and are"
                    " read by nfs.load_recording."
                )
            _require_whole(path, dataset[name])
            beside = [
                str(each) for each in dataset.data_vars if CHECKSUM_OF + str(each) in attributes
            ]
            for each in beside:
                _require_whole(path, dataset[each])
            if ours:
                array = dataset[name].load()
                others = {each: dataset[each].load().drop_encoding() for each in beside}
        if not ours:
            with _opened(path, decode=True) as dataset:
                array = dataset[name].load()
        array = array.drop_encoding()  # where axes that were made up meet, as well
    except InvalidValueError:
        raise
    except MemoryError:
        raise InvalidValueError(f"{path} does not fit into memory; read a part of it.") from None
    except Exception as error:  # of HDF5, h5netcdf and xarray: what a damaged file makes of them
        raise InvalidValueError(
            f"{path} cannot be read as netCDF-4 ({_one_line(error)}); it is damaged, or something"
            " else: copy it again from where it came."
        ) from None
    if not ours:
        warnings.warn(
            f"{path} has no checksum of neuroflysim, so it cannot be known whether it is whole.",
            UncheckedFileWarning,
            stacklevel=3,
        )
        return array, others
    found = content_sha256(array, name, attributes.get(WRITTEN_BY))
    sums = {CHECKSUM: found}
    for each, values in others.items():
        sums[CHECKSUM_OF + each] = content_sha256(values, each, attributes.get(WRITTEN_BY))
    sums |= {key: "" for key in attributes if key.startswith(CHECKSUM_OF) and key not in sums}
    if any(attributes.get(key) != value for key, value in sums.items()):
        raise InvalidValueError(
            f"{path} was written by neuroflysim, but is not what was written: its checksum"
            f" ({CHECKSUM}) is {'missing' if CHECKSUM not in attributes else 'another'}. Copy it"
            f" again; if it was changed on purpose, delete its attributes {WRITTEN_BY} and"
            f" {CHECKSUM}, and it is read unchecked."
        )
    return array, others


def _require_seal(path) -> None:
    """Raise if the bytes of a file are not those that its last line says. Others have no such line.

    Programs that change a file of HDF5 cut the line off; then the checksum of the content tells.
    """
    try:
        with open(path, "rb") as file:
            size = file.seek(0, os.SEEK_END)
            end = max(0, size - 4 * len(SEAL) - 64)
            file.seek(end)
            tail = file.read()
            start = tail.rfind(SEAL)
            if start < 0:
                return
            file.seek(0)
            digest, left = hashlib.sha256(), end + start
            while left and (part := file.read(min(left, 2**20))):
                digest.update(part)
                left -= len(part)
    except OSError as error:
        raise InvalidValueError(f"{path} cannot be read: {error.strerror}.") from None
    if tail[start + len(SEAL) :] != digest.hexdigest().encode() + b"\n":
        raise InvalidValueError(
            f"{path} is damaged: its bytes are not those that neuroflysim wrote; copy it again from"
            " where it came."
        )


def _require_format(path, found: object) -> None:
    """Raise if a file of ours is of another format."""
    if found != FORMAT:
        raise InvalidValueError(
            f"{path}: its format is {str(found)[:60]!r}, but this version of neuroflysim reads"
            f" {FORMAT!r}; if a newer one wrote it, install that."
        )


def _opened(path, decode: bool) -> xr.Dataset:
    """Open lazily; what we wrote is not scaled, and no label becomes a date."""
    return xr.open_dataset(
        path,
        engine="h5netcdf",
        mask_and_scale=decode,
        decode_times=False,
        decode_timedelta=False,
        phony_dims="access",  # of files that are HDF5 and no netCDF
    )


def _require_whole(path, array: xr.DataArray) -> None:
    """Raise if values are declared that are not there, before memory is taken for them.

    HDF5 makes up what was never written.
    """
    memory = free_memory()
    with h5py.File(path, "r") as file:
        for name in (array.name, *array.coords):
            values: Any = file[name]
            declared, stored = values.size * values.dtype.itemsize, values.id.get_storage_size()
            if values.chunks is None:
                enough = stored >= declared
            else:
                blocks = prod(ceil(n / c) for n, c in zip(values.shape, values.chunks, strict=True))
                enough = values.id.get_num_chunks() == blocks
                enough &= declared <= max(ALWAYS_ALLOWED, MOST_COMPRESSION * stored)
            if not enough or declared > memory:
                raise InvalidValueError(
                    f"{path}: {name} is declared with {values.size:,} values, {declared:,} bytes,"
                    + (
                        f" but {stored:,} bytes are there; the file is not whole: copy it again."
                        if not enough
                        else " which is more than the memory that is free; read a part of it."
                    )
                )


def _one_line(error: Exception) -> str:
    """Return what a library says, without lines that only its authors can read."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200].rstrip(".")
