"""netCDF that another program wrote: it has no checksum, but nonsense in it must be seen."""

from __future__ import annotations

import h5py
import numpy as np

import neuroflysim as nfs
from mutated.kinds.kind import Kind
from mutated.kinds.netcdf import responses
from mutated.kinds.tables import recording
from mutated.plain import Nonsense, require

#: Labels along an axis of their own. The others are known by an attribute, and may be left out.
AXES = {"voltage": ("time", "cell_type"), "signal": ("time",)}


def _make(array, name: str, file: str):
    def make(folder):
        array().to_dataset(name=name).to_netcdf(folder / file, engine="h5netcdf")

    return make


def _told(array, name: str) -> dict:
    """Return what both readings are asked for."""
    labels = {label: array[label].to_numpy() for label in AXES[name] if label in array.coords}
    return {"values": array.to_numpy(), **labels}


def _texts(values: np.ndarray) -> list[str]:
    require(values.dtype.kind in "OS", "no text")
    try:
        return [one.decode() if isinstance(one, bytes) else str(one) for one in values.tolist()]
    except UnicodeDecodeError:
        raise Nonsense("no text") from None


def _expected(file: str, name: str):
    def expected(folder, original, mutation):
        try:
            with h5py.File(folder / file) as content:
                return _understood(content, name)
        except (OSError, KeyError, ValueError, TypeError, RuntimeError, AttributeError) as error:
            raise Nonsense(f"no netCDF: {error}") from None

    return expected


def _understood(content, name: str) -> dict:
    stored = content[name]
    require(stored.dtype.kind in "iuf" and stored.size < 10_000, "no numbers")
    values = stored[()]
    fill = stored.attrs.get("_FillValue", np.nan)
    require(bool(np.isfinite(values).all()) and not np.isin(fill, values).any(), "not finite")
    found = {"values": values}
    for label in AXES[name]:
        axis = content[label]
        require(axis.ndim == 1 and axis.size < 10_000, "no axis")
        found[label] = _texts(axis[()]) if axis.dtype.kind in "OS" else axis[()]
        require(len(found[label]) in values.shape, "another length")
    time = found["time"]
    require(not isinstance(time, list) and time.dtype.kind in "iuf", "time is no number")
    require(bool(np.isfinite(time).all() and (np.diff(time) > 0).all()), "time does not grow")
    require(isinstance(found.get("cell_type", []), list), "cell_type is no text")
    return found


KINDS = [
    Kind(
        name="recording-unchecked",
        title="netCDF of others",
        make=_make(lambda: recording("").signal, "signal", "cell.nc"),
        forms={"cell.nc": "hdf5"},
        main="cell.nc",
        read=lambda path: _told(nfs.load_recording(path).signal, "signal"),
        expected=_expected("cell.nc", "signal"),
    ),
    Kind(
        name="responses-unchecked",
        title="netCDF of others",
        make=_make(lambda: responses().voltage, "voltage", "responses.nc"),
        forms={"responses.nc": "hdf5"},
        main="responses.nc",
        read=lambda path: _told(nfs.load_responses(path).voltage, "voltage"),
        expected=_expected("responses.nc", "voltage"),
    ),
]
