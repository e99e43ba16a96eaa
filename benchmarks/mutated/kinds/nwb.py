"""Recordings in NWB, which laboratories write: no checksum tells what was written."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest import mock
from uuid import UUID

import h5py
import numpy as np

import neuroflysim as nfs
from mutated.kinds.kind import Kind
from mutated.plain import Nonsense, require

NAME = "cell.nwb"
WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def _make(folder) -> None:
    import pynwb

    numbers = iter(range(1, 10_000))
    # Identifiers are drawn by chance, and would give each run other mutants.
    with mock.patch("hdmf.container.uuid4", lambda: UUID(int=next(numbers))):
        file = pynwb.NWBFile("made for mutation", "id", WHEN, file_create_date=WHEN)
        file.add_acquisition(
            pynwb.TimeSeries(
                name="voltage",
                data=np.arange(8) / 4 - 60,
                unit="mV",
                rate=10.0,
                starting_time=0.5,
            )
        )
        file.add_acquisition(
            pynwb.TimeSeries(
                name="fluorescence",
                data=np.arange(16).reshape(8, 2) / 4,
                unit="a.u.",
                timestamps=np.arange(8) / 10,
                conversion=2.0,
            )
        )
        with pynwb.NWBHDF5IO(str(folder / NAME), "w") as output:
            output.write(file)


def _read(path):
    return {
        name: _plain(nfs.load_recording(path, series=name, cell_type="Mi1"))
        for name in ("voltage", "fluorescence")
    }


def _plain(recording):
    signal = recording.signal
    return {
        "signal": signal.to_numpy(),
        "time": signal["time"].to_numpy(),
        "clock": signal["clock_time"].to_numpy(),
        "units": recording.units,
    }


def _series(one) -> dict:
    data = one["data"]
    require(data.dtype.kind in "iufb" and data.ndim in (1, 2), "no numbers")
    require(data.size < 10_000, "beyond reason")
    values = data[()].astype(float)
    attributes = data.attrs
    conversion, offset = (
        float(attributes.get(k, d)) for k, d in (("conversion", 1), ("offset", 0))
    )
    values = values.reshape(len(values), -1).T * conversion + offset
    require(bool(np.isfinite(values).all()) and values.shape[1] > 1, "no finite numbers")
    unit = attributes.get("unit", "unknown")  # what pynwb says where nothing is said
    unit = unit.decode() if isinstance(unit, bytes) else unit
    require(isinstance(unit, str) and unit != "", "no unit")
    if "timestamps" in one:
        clock = one["timestamps"][()].astype(float)
        require(clock.shape == values.shape[1:], "another number of times")
        require(bool((np.diff(clock) > 0).all()), "time does not grow")
        begin, step = clock[0], (clock[-1] - clock[0]) / (len(clock) - 1)
        even = begin + step * np.arange(len(clock))
        require(bool(np.abs(clock - even).max() <= 0.1 * step), "uneven times")
    else:
        begin = float(one["starting_time"][()])
        rate = float(one["starting_time"].attrs["rate"])
        require(np.isfinite(rate) and rate > 0 and np.isfinite(begin), "rate")
        step = 1 / rate
    return {
        "signal": values,
        "time": np.round(step * np.arange(values.shape[1]), 12),
        "clock": np.full(len(values), begin),
        "units": unit,
    }


def _expected(folder, original, mutation):
    try:
        with h5py.File(folder / NAME) as file:
            return {name: _series(file["acquisition"][name]) for name in original}
    except (OSError, KeyError, ValueError, TypeError, RuntimeError, UnicodeError) as error:
        raise Nonsense(f"no NWB: {error}") from None


KINDS = [
    Kind(
        name="nwb",
        title="recordings NWB",
        make=_make,
        forms={NAME: "hdf5"},
        main=NAME,
        read=_read,
        expected=_expected,
        tolerance=1e-9,
    )
]
