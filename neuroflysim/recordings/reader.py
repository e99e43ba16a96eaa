"""What a reader of a file format is, and what it says where a package is missing."""

from __future__ import annotations

import os
from collections.abc import Callable

from attrs import frozen

from neuroflysim.errors import InvalidValueError


@frozen
class Reader:
    """One format of recordings."""

    suffixes: tuple[str, ...]
    load: Callable  #: (path, *, ...) -> Recording
    contents: Callable  #: (path) -> DataFrame, one row for each channel or series


def missing_package(
    path: str | os.PathLike[str], name: str, error: ImportError
) -> InvalidValueError:
    """Return the error that says how to install what a format needs."""
    return InvalidValueError(
        f"{path} needs {name}, which cannot be imported ({error}); pip install"
        " 'neuroflysim[recordings]'."
    )


def one_sentence(error: Exception) -> str:
    """Return what went wrong in a library, as one line of at most 200 characters."""
    text = " ".join(str(error).split())
    text = text if len(text) <= 200 else f"{text[:200]}..."
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
