"""What an Axon file (.abf) says of its sweeps, held against what is in it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from attrs import evolve

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.building import Sweep

#: pClamp's modes in which all sweeps are of one length, and the one without gaps.
_FIXED, _GAP_FREE = (2, 5), 3


def as_counted(
    path: str | os.PathLike[str], info: dict, sweeps: Iterable[Sweep], n_channels: int
) -> Iterator[Sweep]:
    """Yield the sweeps of an Axon file if they are as many, and as long, as the file says.

    Where sweeps are of one length and the file has no list of them, neo takes all for a single
    one. They are parted, and taken to follow each other.

    Parameters
    ----------
    path : path-like
        For messages.
    info : dict
        Neo's, of the header.
    sweeps : iterable of Sweep
        Of all channels.
    n_channels : int
    """
    old = info["fFileVersionNumber"] < 2
    mode = info["nOperationMode"] if old else info["protocol"]["nOperationMode"]
    sections = info.get("sections", {})
    told = info["lActualAcqLength"] if old else sections["DataSection"]["llNumEntries"]
    sweeps, n_told = list(sweeps), info["lActualEpisodes"]
    if mode not in (*_FIXED, _GAP_FREE):
        yield from sweeps
        return
    found = sum(len(one.values) for one in sweeps)
    if found != told:
        raise InvalidValueError(
            f"{path} says that it holds {told} samples, but its sweeps hold {found}; it is damaged"
            " or was cut: copy or export it anew."
        )
    n_found = len(sweeps) // n_channels
    if mode == _GAP_FREE or n_told == n_found:
        yield from sweeps
        return
    if n_found != 1 or n_told < 1 or any(len(one.values) % n_told for one in sweeps):
        raise InvalidValueError(
            f"{path} says that it holds {n_told} sweeps, but {n_found} are listed; it is damaged or"
            " was cut: copy or export it anew."
        )
    for number in range(n_told):
        for one in sweeps:
            length = len(one.values) // n_told
            yield evolve(
                one,
                values=one.values[number * length : (number + 1) * length],
                sweep=number,
                clock_time=one.clock_time + number * length * one.time_step,
            )
