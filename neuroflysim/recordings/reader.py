"""What a reader of a file format is, and how all of them open a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from neuroflysim.errors import InvalidTypeError, InvalidValueError


@frozen
class Reader:
    """One format of recordings."""

    suffixes: tuple[str, ...]
    load: Callable  #: (path, *, ...) -> Recording
    contents: Callable  #: (path) -> DataFrame, one row for each channel or series


def existing(path: str | os.PathLike) -> Path:
    """Return the path if a file is there."""
    if not isinstance(path, str | os.PathLike):
        raise InvalidTypeError(f"path must name a file, but is {path!r}.")
    path = Path(path)
    if not path.is_file():
        raise InvalidValueError(f"{path}: no such file; look at the name and the folder.")
    return path


def missing_package(path, name: str, error: ImportError) -> InvalidValueError:
    """Return the error that says how to install what a format needs."""
    return InvalidValueError(
        f"{path} needs {name}, which cannot be imported ({error}); pip install"
        " 'neuroflysim[recordings]'."
    )
