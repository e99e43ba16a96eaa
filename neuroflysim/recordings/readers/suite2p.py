"""Folders of suite2p: the fluorescence of regions of interest, less that of the neuropil."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from brian2 import Quantity, hertz

from neuroflysim.checks import finite_number, one_of
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.building import chosen_numbers
from neuroflysim.recordings.from_arrays import Conditions, recording_of_array
from neuroflysim.recordings.labels import utf8_text
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.reader import Reader, listing
from neuroflysim.recordings.readers.numpy_files import stored_npy
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.suite2p_options import numbers_told

#: Of the neuropil's fluorescence, suite2p's own default (neucoeff).
NEUROPIL_FACTOR = 0.7

#: By which its folders are known.
TRACES = "F.npy"


def load_suite2p(
    path: str | os.PathLike[str],
    *,
    cells: str | int | Sequence[int] | None = None,
    neuropil_factor: float | None = None,
    rate: Quantity | None = None,
    cell_type: str | Sequence[str] | None = None,
    onsets: Quantity | None = None,
    before: Quantity | None = None,
    after: Quantity | None = None,
    conditions: Conditions = None,
) -> Recording:
    """Read what suite2p extracted from one plane: F - neuropil_factor * Fneu, in a.u.

    Parameters
    ----------
    path : path-like
        The folder of the plane, with F.npy, Fneu.npy, iscell.npy and ops.npy.
    cells : int or sequence of int, or "all", optional
        Numbers of regions of interest, from 0 as in suite2p; those that iscell.npy calls cells, if
        not given.
    neuropil_factor : float, optional
        What part of the neuropil's fluorescence is taken away; 0 for nothing. If not given, what
        ops.npy says (neucoeff), or 0.7, which is suite2p's default.
    rate : Quantity [Hz], optional
        Frames of the plane in a second; what ops.npy says (fs), if not given. Nobody may have told
        suite2p: its default is 10.
    onsets : Quantity [s], optional
        When stimuli began, counted from the first frame.
    cell_type, before, after, conditions : optional
        As in `Recording.from_array`; a list of cell types has one for each cell that is read.

    Returns
    -------
    Recording
        ``signal.attrs["neuropil_factor"]`` tells the factor; the label channel, which region.

    Raises
    ------
    InvalidValueError
        If the files do not fit each other; names the file, and what would do. ops.npy is a pickle:
        numbers are looked up in it, and nothing of it is run.

    Examples
    --------
    >>> import tempfile
    >>> from brian2 import Hz
    >>> plane = Path(tempfile.mkdtemp())
    >>> np.save(plane / "F.npy", [[10.0, 12.0, 17.0], [5.0, 5.0, 5.0]])
    >>> np.save(plane / "Fneu.npy", [[10.0, 10.0, 10.0], [1.0, 1.0, 1.0]])
    >>> np.save(plane / "iscell.npy", [[1.0, 0.9], [0.0, 0.2]])
    >>> np.save(plane / "ops.npy", {"fs": 30.0}, allow_pickle=True)
    >>> recording = load_suite2p(plane, cell_type="T4a")
    >>> recording.signal.to_numpy().tolist(), recording.signal.attrs["neuropil_factor"]
    ([[3.0, 5.0, 10.0]], 0.7)
    """
    folder = _folder(path)
    traces = _checked(folder, TRACES)
    told = _options(folder, traces.shape[1])
    chosen = _chosen(folder, cells, len(traces))
    if neuropil_factor is None:
        neuropil_factor = told.get("neucoeff", NEUROPIL_FACTOR)
    factor = finite_number("neuropil_factor", neuropil_factor, 0, 2)
    if rate is None:
        if "fs" not in told:
            raise InvalidTypeError(
                f"{folder} does not tell in ops.npy how many frames there are in a second (fs);"
                " give rate=30*Hz."
            )
        rate = told["fs"] * hertz
    require_room(folder, "its traces", 3 * 8 * len(chosen) * traces.shape[1])
    values = traces[chosen].astype(np.float64)
    if factor:
        neuropil = _checked(folder, "Fneu.npy")
        if neuropil.shape != traces.shape:
            raise InvalidValueError(
                f"{folder}: Fneu.npy has the shape {neuropil.shape}, but F.npy {traces.shape}; they"
                " are of two runs of suite2p. Copy the folder again, or give neuropil_factor=0."
            )
        values -= factor * neuropil[chosen].astype(np.float64)
    recording = recording_of_array(
        values,
        rate,
        "a.u.",
        cell_type=cell_type,
        onsets=onsets,
        before=before,
        after=after,
        conditions=conditions,
        where=str(folder),
        labels={
            "file": utf8_text(folder.name),
            "channel": [f"roi {number}" for number in chosen],
        },
        time_is_last=True,
    )
    return Recording(recording.signal.assign_attrs(neuropil_factor=factor))


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the folder; see `recording_contents`."""
    folder = _folder(path)
    traces = _checked(folder, TRACES)
    n, n_frames = traces.shape
    rate = _options(folder, n_frames).get("fs", 0)
    step = 1 / rate if rate > 0 else np.nan
    called = ["not said whether a cell"] * n
    if (folder / "iscell.npy").exists():
        called = [
            f"{'cell' if is_cell else 'no cell'}, probability {probability:.2f}"
            for is_cell, probability in _is_cell(folder, n)
        ]
    return listing(
        [(f"roi {k}", "a.u.", 1, n_frames, step, 0.0, called[k]) for k in range(n)], "holds"
    )


def _folder(path) -> Path:
    if not isinstance(path, str | os.PathLike) or not os.path.isdir(path):
        path = existing(path).parent  # says what is no path; a file of the folder will do
    path = Path(path)
    if not (path / TRACES).exists():
        raise InvalidValueError(
            f"{path} holds no {TRACES}, so it is no folder of suite2p; name that of one plane, for"
            " example suite2p/plane0."
        )
    return path.resolve()


def _checked(folder: Path, name: str) -> np.ndarray:
    """Return an array of numbers (roi, ...) of the folder, of which nothing has been read yet."""
    path = existing(folder / name)
    stored = stored_npy(path)
    if stored.why_not:
        raise InvalidValueError(f"{path} is not read: {stored.why_not}.")
    if len(stored.shape) != 2 or 0 in stored.shape:
        raise InvalidValueError(
            f"{path} has the shape {stored.shape}, but suite2p writes a row for each region of"
            " interest there; name a folder that suite2p wrote."
        )
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _options(folder: Path, n_frames: int) -> dict[str, float]:
    """Return what ops.npy says of rate and neuropil, if it is there and fits the traces."""
    if not (folder / "ops.npy").exists():
        return {}
    path = existing(folder / "ops.npy")
    require_room(path, "its options", path.stat().st_size)
    told = numbers_told(path, ("fs", "neucoeff", "nframes"))
    if told.get("nframes", n_frames) != n_frames:
        raise InvalidValueError(
            f"{folder}: ops.npy tells of {told['nframes']:g} frames, but F.npy has {n_frames}; they"
            " are of two runs of suite2p. Copy the folder again."
        )
    if "fs" in told and not 0 < told["fs"] < np.inf:
        raise InvalidValueError(
            f"{path} says that there are {told['fs']:g} frames in a second (fs); take ops.npy out"
            " of the folder and give rate=30*Hz."
        )
    return told


def _is_cell(folder: Path, n: int) -> np.ndarray:
    """Return whether each region is a cell and how probably, shape (roi, 2)."""
    table = np.asarray(_checked(folder, "iscell.npy"), dtype=float)
    if table.shape != (n, 2) or not np.isin(table[:, 0], (0, 1)).all():
        raise InvalidValueError(
            f"{folder}: iscell.npy has the shape {table.shape}, but must have 0 or 1 and a"
            f" probability for each of the {n} rows of F.npy; copy the folder again, or name the"
            " cells: cells=[0, 4]."
        )
    return table


def _chosen(folder: Path, cells, n: int) -> list[int]:
    if isinstance(cells, str):
        one_of("cells", cells, ("all",))
        return list(range(n))
    if cells is not None:
        return chosen_numbers(f"{folder}: cells", cells, n)
    if not (folder / "iscell.npy").exists():
        raise InvalidValueError(
            f"{folder} holds no iscell.npy, which says which regions are cells; name them: cells="
            "[0, 4], or cells='all'."
        )
    found = np.flatnonzero(_is_cell(folder, n)[:, 0]).tolist()
    if not found:
        raise InvalidValueError(
            f"{folder}: iscell.npy calls none of {n} regions a cell; name some: cells=[0, 4], or"
            " cells='all'."
        )
    return found


READER = Reader((), load_suite2p, contents, folder=TRACES)
