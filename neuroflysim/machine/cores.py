"""How many cores there are to work on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_only_one: ContextVar[bool] = ContextVar("only_one", default=False)


@contextmanager
def one_core() -> Iterator[None]:
    """Have `available_cores` return 1 meanwhile: others work beside this process."""
    before = _only_one.set(True)
    try:
        yield
    finally:
        _only_one.reset(before)


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    if _only_one.get():
        return 1
    if hasattr(os, "sched_getaffinity"):  # where the system tells
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
