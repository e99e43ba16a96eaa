"""How much memory is free, and a sentence in place of a computation for which it is too little."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from neuroflysim.errors import InvalidValueError

_n_sharing: ContextVar[int] = ContextVar("n_sharing", default=1)


@contextmanager
def shared_memory(n_processes: int) -> Iterator[None]:
    """Have `free_memory` return one part of so many meanwhile: others compute beside this process.

    Parameters
    ----------
    n_processes : int
    """
    before = _n_sharing.set(n_processes)
    try:
        yield
    finally:
        _n_sharing.reset(before)


def free_memory() -> float:
    """Return how many bytes this process may take of those that are free, as the system tells."""
    return _free_on_this_machine() / _n_sharing.get()


def _free_on_this_machine() -> float:
    try:
        with open("/proc/meminfo") as lines:
            (kilobytes,) = (line.split()[1] for line in lines if line.startswith("MemAvailable"))
            return float(kilobytes) * 1024
    except (OSError, ValueError):
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))


def bytes_in_words(n_bytes: float) -> str:
    """Return a number of bytes with a unit.

    Parameters
    ----------
    n_bytes : float

    Examples
    --------
    >>> bytes_in_words(2.5e9), bytes_in_words(3e6)
    ('2.5 GB', '3 MB')
    """
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes >= 1e8 else f"{n_bytes / 1e6:.3g} MB"


def require_memory(what: str, n_bytes: float, cure: str) -> None:
    """Raise if more memory is needed than is free.

    Parameters
    ----------
    what : str
        What needs it.
    n_bytes : float
    cure : str
        What to do.
    """
    free = free_memory()
    if n_bytes > free:
        raise InvalidValueError(
            f"{what} takes {bytes_in_words(n_bytes)} of memory, but {bytes_in_words(free)} are"
            f" free; {cure}."
        )
