"""Progress of what takes long."""

from __future__ import annotations

import multiprocessing
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from tqdm.auto import tqdm


def progress_bar(shown: bool, *things: Any, **options: Any) -> tqdm:
    """Return a progress bar for terminals and notebooks; in files and pipes it stays quiet.

    Parameters
    ----------
    shown : bool
        False is quiet anywhere.
    *things, **options
        For tqdm.

    Examples
    --------
    >>> [k for k in progress_bar(False, [1, 2])]
    [1, 2]
    """
    return tqdm(*things, disable=not (shown and _somebody_looks()), **options)


def _somebody_looks() -> bool:
    # The streams of a notebook do not call themselves a terminal.
    is_terminal = sys.stderr is not None and sys.stderr.isatty()  # None, if it is closed
    return is_terminal or "ipykernel" in sys.modules


#: What was said in the block that is going on; None where nothing is to be said.
_said: ContextVar[set[str] | None] = ContextVar("said", default=None)

#: Whether a block around says that nothing is to be said.
_quiet: ContextVar[bool] = ContextVar("quiet", default=False)


@contextmanager
def telling(shown: bool) -> Iterator[None]:
    """Let `tell` say what takes long in a block, if that is wanted here and in all blocks around.

    Parameters
    ----------
    shown : bool
        What a user said by ``progress=``.

    Examples
    --------
    >>> with telling(False):
    ...     tell("compiling ...")
    """
    quiet = _quiet.get() or not shown
    token = _quiet.set(quiet)
    around = _said.get()
    first = _said.set(None if quiet else set() if around is None else around)
    try:
        yield
    finally:
        _said.reset(first)
        _quiet.reset(token)


def tell(text: str) -> None:
    """Write a line to the standard error, above bars, once in a block of `telling`.

    Quiet where bars are, outside of such a block, and in processes that work for another.

    Parameters
    ----------
    text : str
    """
    said = _said.get()
    if said is None or text in said or multiprocessing.parent_process() is not None:
        return
    said.add(text)
    if _somebody_looks():
        tqdm.write(text, file=sys.stderr)
