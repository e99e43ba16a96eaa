"""The recording in a file as trials beside a protocol: cut, where the file says when they began."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import typer
from brian2 import ms, second

from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings import Recording, align, load_nwb_intervals, load_recording, resample
from neuroflysim.recordings.recording import ONSET
from neuroflysim.stimulus.protocol import Protocol

#: Of the model that is shown what was recorded; recordings of a shorter step are resampled to it.
TIME_STEP = 10 * ms

#: Columns of a table of trials that tell when a stimulus began; the first that is there counts.
ONSETS = ("onset_time", "start_time")


def recorded_trials(
    path: str, shown: Protocol, cell_type: str | None, connectome: Connectome
) -> Recording:
    """Return the recording of a file, aligned, labelled and sampled for a fit.

    Parameters
    ----------
    path : str
        Of NWB, the table of trials tells onsets and conditions; other files hold trials that are
        aligned already.
    shown : Protocol
    cell_type : str, optional
        That was recorded. If neither this nor the file tells, a series that is called as a cell
        type is of it.
    connectome : Connectome

    Raises
    ------
    InvalidValueError
        If the file does not tell when stimuli began.
    """
    named = {} if cell_type is None else {"cell_type": cell_type}
    recording = load_recording(path, **named)
    if recording.signal.attrs.get("time_zero") != ONSET:
        recording = _cut(path, recording, shown)
    signal = recording.signal
    if "cell_type" not in signal.coords and "channel" in signal.coords:
        names = signal["channel"].to_numpy()
        if set(names.tolist()) <= set(connectome.cell_types.index):
            recording = Recording(signal.assign_coords(cell_type=("trial", names)))
    if recording.time_step < float(TIME_STEP) * (1 - 1e-9):
        typer.echo(
            f"{path} has a sample every {1000 * recording.time_step:.4g} ms; it is resampled to"
            f" {float(TIME_STEP / ms):g} ms.",
            err=True,
        )
        recording = resample(recording, TIME_STEP)
    return recording


def _cut(path: str, recording: Recording, shown: Protocol) -> Recording:
    """Return a recording cut into the trials of its file, with labels of the protocol."""
    if Path(path).suffix != ".nwb":
        raise InvalidValueError(
            f"time in {path} does not count from the onset of a stimulus, and only of NWB the table"
            " of trials is read. Cut and label it in Python, and name the file that you save:"
            " nfs.recordings.align(nfs.load_recording(...), onsets, before=..., after=...,"
            " conditions=...).save('trials.nc')."
        )
    table = load_nwb_intervals(path)
    names = [name for name in shown.conditions if name in table]
    onsets = table[next(name for name in ONSETS if name in table)].to_numpy(dtype=float)
    before, after = _room(recording, table, onsets, shown)
    open_ones = [name for name, one in shown.conditions.items() if one.nunique() > 1]
    told = f"their table tells {', '.join(names) or 'nothing of the protocol'}"
    if untold := [name for name in open_ones if name not in names]:
        told += f", and not {', '.join(untold)} (--set {untold[0]}=... shows one)"
    typer.echo(
        f"{path}: {len(table)} trials, from {before:.4g} s before each onset to {after:.4g} s after"
        f" it; {told}.",
        err=True,
    )
    return align(
        recording,
        onsets * second,
        before=before * second,
        after=after * second,
        conditions={name: table[name].tolist() for name in names} or None,
    )


def _room(
    recording: Recording, table: pd.DataFrame, onsets: np.ndarray, shown: Protocol
) -> tuple[float, float]:
    """Return how many seconds before and after onsets all trials have, up to those shown.

    A trial ends where its table says so, or else where the next one begins.
    """
    signal, step = recording.signal, recording.time_step
    clock = float(signal["clock_time"].min()) if "clock_time" in signal.coords else 0.0
    end = clock + float(signal["time"][-1])
    order = np.argsort(onsets)
    began, stops = onsets[order], table["stop_time"].to_numpy(dtype=float)[order]
    stops = np.minimum(stops, np.append(began[1:], end))
    before = np.min(began - np.append(clock, stops[:-1]))
    after = np.min(stops - began)
    most = float(shown.stim_time) + float(shown.tail_time)
    whole = np.floor(np.array([min(before, float(shown.pre_time)), min(after, most)]) / step + 1e-6)
    if whole[0] < 0 or whole[1] < 1:
        raise InvalidValueError(
            f"the table of trials has one of {after:g} s that begins {before:g} s after the one"
            " before ended; its times must be those of the recording."
        )
    return float(whole[0] * step), float(whole[1] * step)
