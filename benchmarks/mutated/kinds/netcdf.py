"""Files of our own in netCDF: responses and recordings. They carry checksums of all they hold."""

from __future__ import annotations

import numpy as np
import xarray as xr

import neuroflysim as nfs
from mutated.kinds.kind import Kind
from mutated.kinds.tables import recording


def responses() -> nfs.Responses:
    """Return responses of two conditions, as `simulate` labels them."""
    voltage = np.arange(2 * 6 * 3).reshape(1, 2, 6, 3) / 32
    return nfs.Responses(
        xr.DataArray(
            voltage,
            dims=("candidate", "condition", "time", "cell_type"),
            coords={
                "time": np.arange(1, 7) * 0.02,
                "cell_type": ["Mi1", "Tm3", "T4a"],
                "angle": ("condition", [0.0, 90.0]),
                "parameters_sha256": ("candidate", ["0123456789abcdef" * 4]),
            },
            attrs={"extent": 1, "time_step": 0.02, "method": "euler", "protocol": "moving_edge"},
        )
    )


def _read_responses(path):
    return nfs.load_responses(path).voltage


def _read_recording(path):
    return nfs.load_recording(path).signal


KINDS = [
    Kind(
        name="recording-netcdf",
        title="recordings netCDF",
        make=lambda folder: recording("").save(folder / "cell.nc"),
        forms={"cell.nc": "hdf5"},
        main="cell.nc",
        read=_read_recording,
    ),
    Kind(
        name="responses",
        title="responses netCDF",
        make=lambda folder: responses().save(folder / "responses.nc"),
        forms={"responses.nc": "hdf5"},
        main="responses.nc",
        read=_read_responses,
    ),
]
