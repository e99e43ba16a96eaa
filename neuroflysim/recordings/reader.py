"""What a reader of a file format is, what its listing is, and what it says of a missing package."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable

import pandas as pd
from attrs import frozen

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.labels import utf8_text

#: What is told of each channel, series or column of a file.
LISTED = ("channel", "units", "sweeps", "samples", "time_step", "begin")


@frozen
class Reader:
    """One format of recordings."""

    suffixes: tuple[str, ...]
    load: Callable  #: (path, *, ...) -> Recording
    contents: Callable  #: (path) -> DataFrame, one row for each channel or series
    folder: str = ""  #: name of a file by which a folder of this format is known


def listing(rows: Iterable[tuple], *more: str) -> pd.DataFrame:
    """Return the table that `recording_contents` gives.

    Parameters
    ----------
    rows : iterable of tuple
        One for each channel or series, as `LISTED` names them.
    *more : str
        Names of what else rows tell.
    """
    # Pandas refuses texts that are no UTF-8 in some of its ways to keep them.
    plain = [tuple(_plain(one) for one in row) for row in rows]
    return pd.DataFrame(plain, columns=[*LISTED, *more])


def missing_package(
    path: str | os.PathLike[str], name: str, error: Exception, to_install: str = ""
) -> InvalidValueError:
    """Return the error that says how to install what a format needs.

    Parameters
    ----------
    path : path-like
    name : str
        Of the package.
    error : Exception
        What was raised for want of it.
    to_install : str, optional
        What pip is to install; the extra "recordings" if not given.
    """
    to_install = to_install or "'neuroflysim[recordings]'"
    return InvalidValueError(
        f"{path} needs {name}, which cannot be imported ({error}); pip install {to_install}."
    )


def one_sentence(error: Exception) -> str:
    """Return what went wrong in a library, as one line of at most 200 characters."""
    text = " ".join(str(error).split())
    text = text if len(text) <= 200 else f"{text[:200]}..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _plain(value):
    return utf8_text(value) if isinstance(value, str) else value
