"""Sizes that files declare, looked at before anybody makes room for them."""

from __future__ import annotations

import os

from neuroflysim.errors import InvalidValueError
from neuroflysim.machine.free_memory import free_memory

#: Part of the free memory that numbers of a file may take: they are copied while they are read.
_PART = 0.25


def require_room(path: str | os.PathLike[str], what: str, n_bytes: int) -> None:
    """Raise if what a file declares does not fit into the memory.

    Parameters
    ----------
    path : path-like
    what : str
        Of the file, for the message.
    n_bytes : int
    """
    free = free_memory()
    if n_bytes > _PART * free:
        raise InvalidValueError(
            f"{path}: {what} would take {n_bytes / 1e9:.3g} GB, but {free / 1e9:.3g} GB of memory"
            " are free; look whether the file is damaged, or take a part out of it first."
        )
