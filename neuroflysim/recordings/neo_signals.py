"""Sweeps of the files that neo reads, with the units that stand in the file.

Most of neo's readers give plain numbers and the text of the unit. Its signals with units would lose
a unit that the package quantities does not know, such as a.u. or dB.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.axon_counts import as_counted
from neuroflysim.recordings.building import Sweep
from neuroflysim.recordings.memory import require_room

#: What a recording is in where its file does not tell.
UNKNOWN = "unknown"


def sweeps_of(path: str | os.PathLike[str], reader: Any) -> Iterator[Sweep]:
    """Yield each sweep of each channel; channels of one name get a number.

    Parameters
    ----------
    path : path-like
        For messages.
    reader : object
        One of neo's, which has opened the file.
    """
    if not hasattr(reader, "get_analogsignal_chunk"):
        segments = [segment for block in reader.read() for segment in block.segments]
        for number, segment in enumerate(segments):
            yield from _of_signals(segment.analogsignals, number)
        return
    require_room(path, "its signals", _bytes(reader))
    places = [
        (block, segment)
        for block in range(reader.block_count())
        for segment in range(reader.segment_count(block))
    ]
    sweeps = (
        sweep
        for number, (block, segment) in enumerate(places)
        for sweep in _of_channels(path, reader, block, segment, number)
    )
    info = getattr(reader, "_axon_info", None)
    if info is not None:
        sweeps = as_counted(path, info, sweeps, len(reader.header["signal_channels"]))
    yield from sweeps


def _of_channels(path, reader, block: int, segment: int, number: int) -> Iterator[Sweep]:
    seen: Counter[str] = Counter()
    for stream in range(reader.signal_streams_count()):
        raw = reader.get_analogsignal_chunk(block, segment, stream_index=stream)
        rate = float(reader.get_signal_sampling_rate(stream))
        begin = float(reader.get_signal_t_start(block, segment, stream))
        streams, channels = reader.header["signal_streams"], reader.header["signal_channels"]
        channels = channels[channels["stream_id"] == streams[stream]["id"]]
        for k, channel in enumerate(channels):
            name, gain, offset = str(channel["name"]), float(channel["gain"]), channel["offset"]
            if not (np.isfinite(gain) and gain != 0 and np.isfinite(offset)):
                raise InvalidValueError(
                    f"{path}, channel {name}: its scale is {gain:g} and its offset {offset:g}, so"
                    " the file does not tell what was measured; export it anew."
                )
            seen[name] += 1
            yield Sweep(
                values=np.asarray(raw[:, k]) * gain + float(offset),
                time_step=1 / rate if rate else np.nan,
                units=str(channel["units"]).strip() or UNKNOWN,
                channel=name if seen[name] == 1 else f"{name} ({seen[name]})",
                sweep=number,
                clock_time=begin,
            )


def _of_signals(signals, number: int) -> Iterator[Sweep]:
    """Yield the sweeps of readers that know no plain numbers."""
    seen: Counter[str] = Counter()
    for signal in signals:
        units = signal.units.dimensionality.string
        names = signal.array_annotations.get("channel_names")
        if names is None:
            names = [signal.name or "signal"] * signal.shape[1]
        for name, values in zip(map(str, names), np.asarray(signal.magnitude).T, strict=True):
            seen[name] += 1
            yield Sweep(
                values=values,
                time_step=float(signal.sampling_period.rescale("s").magnitude),
                units="1" if units == "dimensionless" else units,
                channel=name if seen[name] == 1 else f"{name} ({seen[name]})",
                sweep=number,
                clock_time=float(signal.t_start.rescale("s").magnitude),
            )


def _bytes(reader) -> int:
    """Return how large all signals are as float64."""
    channels = reader.header["signal_channels"]["stream_id"]
    streams = reader.header["signal_streams"]["id"]
    return 8 * sum(
        reader.get_signal_size(block, segment, number) * int((channels == stream).sum())
        for block in range(reader.block_count())
        for segment in range(reader.segment_count(block))
        for number, stream in enumerate(streams)
    )
