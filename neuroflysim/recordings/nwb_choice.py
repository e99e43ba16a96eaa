"""Which series of an NWB file are meant: by name, by pattern, or all."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.natural_order import natural

#: The word for each signal of a file.
ALL = "all"


def chosen_series(
    path: Path, series: str | Sequence[str] | None, signals: list[str], names: list[str]
) -> list[str]:
    """Return the names of the series that were asked for.

    Parameters
    ----------
    path : Path
        For messages.
    series : str or sequence of str, optional
        Names, patterns, or "all"; a name that a series has is no pattern.
    signals : list of str
        The series that hold a signal, among which patterns choose.
    names : list of str
        Those and all others.
    """
    if not signals:
        raise InvalidValueError(f"{path} holds no series of numbers over time.")
    if series is None and len(signals) == 1:
        return signals
    if series is None:
        raise InvalidValueError(
            f"{path} has {len(signals)} series ({', '.join(signals[:8])}"
            f"{', ...' if len(signals) > 8 else ''}); choose one or more: series=[...], a pattern"
            f" like series='{signals[0][:4]}*', or series='all'."
        )
    asked = [series] if isinstance(series, str) or not np.iterable(series) else list(series)
    if not asked:
        raise InvalidValueError(f"{path}: series is empty; name one or more.")
    chosen = [name for one in asked for name in _fitting(path, one, signals, names)]
    for place, name in enumerate(chosen):
        if name in chosen[:place]:
            raise InvalidValueError(
                f"{path}: series chooses {name!r} twice; leave one of its names or patterns out."
            )
    return chosen


def _fitting(path: Path, asked, signals: list[str], names: list[str]) -> list[str]:
    if asked in names:
        return [asked]
    if asked == ALL:
        return sorted(signals, key=natural)
    if isinstance(asked, str) and any(letter in asked for letter in "*?["):
        fitting = [name for name in signals if fnmatchcase(name, asked)]
        if fitting:
            return sorted(fitting, key=natural)
    near = get_close_matches(str(asked), names, n=3) or names[:8]
    raise InvalidValueError(
        f"{path}: series is {asked!r}, but no series is named so; there are {', '.join(near)}"
        f"{', ...' if len(near) < len(names) else ''}. recordings.recording_contents lists all."
    )
