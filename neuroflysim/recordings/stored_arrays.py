"""Files that hold arrays by name (MATLAB, NumPy): which one is the signal, and its recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen
from brian2 import Quantity, hertz, second

from neuroflysim.checks import one_of, truth_value
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.recordings.from_arrays import Conditions, recording_of_array
from neuroflysim.recordings.labels import utf8_text
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.reader import listing
from neuroflysim.recordings.recording import Recording


@frozen
class StoredArray:
    """One array of a file, which is read when it is asked for."""

    shape: tuple[int, ...]
    kind: str  #: as the file has it: float32, double, struct
    read: Callable[[], np.ndarray]
    why_not: str = ""  #: why it is no array of numbers; empty if it is one

    @property
    def told(self) -> str:
        """Its shape and kind, as MATLAB tells them."""
        return f"{' x '.join(map(str, self.shape)) or '1'} {self.kind}"

    @property
    def row_shape(self) -> tuple[int, ...]:
        """The shape without dimensions of size 1 in front of, and behind, a single row."""
        large = [size for size in self.shape if size != 1]
        n = int(np.prod(self.shape, dtype=object))
        return self.shape if len(large) > 1 else (n,)


@frozen
class Options:
    """What the functions that read such files take beside the path."""

    variable: str | None
    rate: Quantity | str | None
    unit: str | None
    time_first: bool
    cell_type: str | Sequence[str] | None
    onsets: Quantity | str | None
    before: Quantity | None
    after: Quantity | None
    conditions: Conditions


def recording_of_stored(path: Path, arrays: dict[str, StoredArray], options: Options) -> Recording:
    """Return the recording that one of the arrays of a file is.

    Parameters
    ----------
    path : Path
    arrays : dict of str to StoredArray
    options : Options
    """
    truth_value("time_first", options.time_first)
    name = _chosen(path, arrays, options.variable)
    values = _numbers(path, arrays, "variable", name)
    values = values.reshape(arrays[name].row_shape)
    if options.rate is None or options.unit is None:
        lacking, example = ("rate", "30*Hz") if options.rate is None else ("unit", "'mV'")
        raise InvalidTypeError(
            f"{path}, {name} ({arrays[name].told}): nothing in the file says what its {lacking} is;"
            f" give {lacking}={example}."
        )
    rate, onsets = options.rate, options.onsets
    if isinstance(rate, str):
        rate = _rate_told(path, arrays, rate)
    if isinstance(onsets, str):
        onsets = np.ravel(_numbers(path, arrays, "onsets", onsets)).astype(float) * second
    return recording_of_array(
        values.T if options.time_first else values,
        rate,
        options.unit,
        cell_type=options.cell_type,
        onsets=onsets,
        before=options.before,
        after=options.after,
        conditions=options.conditions,
        where=f"{path}, {name}",
        labels={"file": utf8_text(path.name), "channel": utf8_text(name)},
    )


def _rate_told(path: Path, arrays: dict[str, StoredArray], name: str) -> Quantity:
    """Return the rate that a file tells in an array of one number."""
    found = _numbers(path, arrays, "rate", name).astype(float)
    if found.size != 1 or not 0 < found.item() < np.inf:
        raise InvalidValueError(
            f"{path}: rate is {name!r}, which is {arrays[name].told}, but must be one number above"
            " 0, in Hz; give rate=30*Hz."
        )
    return found.item() * hertz


def contents_of_stored(arrays: dict[str, StoredArray]) -> pd.DataFrame:
    """Return what `recording_contents` tells of arrays: nothing but their sizes is known."""
    rows = []
    for name, one in arrays.items():
        shape = one.row_shape
        n = int(np.prod(shape, dtype=object))
        sizes = (0, 0) if one.why_not or not n else (n // shape[-1], shape[-1])
        rows.append((name, "", *sizes, np.nan, np.nan, one.told))
    return listing(rows, "holds")


def _chosen(path: Path, arrays: dict[str, StoredArray], variable: str | None) -> str:
    """Return the name of the array that is the signal."""
    if variable is not None:
        return one_of(f"{path}: variable", variable, arrays)
    signals = [
        name for name, one in arrays.items()
        if not one.why_not and len(one.row_shape) in (1, 2) and one.row_shape[-1] > 1
    ]  # fmt: skip
    if len(signals) == 1:
        return signals[0]
    shown = [f"{name} ({one.told})" for name, one in list(arrays.items())[:8]]
    told = f"{', '.join(shown)}{', ...' if len(arrays) > 8 else ''}" if shown else "nothing"
    cure = f"choose one: variable={signals[0]!r}" if signals else "name another file"
    raise InvalidValueError(f"{path} holds {told}; {cure}.")


def _numbers(path: Path, arrays: dict[str, StoredArray], role: str, name: str) -> np.ndarray:
    one = arrays[one_of(f"{path}: {role}", name, arrays)]
    if one.why_not:
        raise InvalidTypeError(f"{path}: {name} is {one.told} and is not read: {one.why_not}.")
    require_room(path, name, 8 * int(np.prod(one.shape, dtype=object)))
    return one.read()
