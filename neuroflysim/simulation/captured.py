"""What this process and the compilers that it starts print, caught."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from typing import TextIO

_OUTPUTS = (1, 2)


@contextmanager
def captured_output() -> Iterator[Callable[[], str]]:
    """Catch what is printed, and yield a function that returns it.

    Brian2 can do this too, but leaves files behind when it is killed, and fails where the standard
    error is closed or the temporary folder is full.
    """
    with ExitStack() as stack:
        for number in _filled_up():
            stack.callback(os.close, number)
        file = stack.enter_context(_nameless_file())
        for stream in (sys.stdout, sys.stderr):
            with suppress(AttributeError, OSError, ValueError):  # it may be None, closed, or broken
                stream.flush()
        for number in _OUTPUTS:
            before = os.dup(number)
            stack.callback(os.close, before)
            stack.callback(os.dup2, before, number, os.get_inheritable(number))
            os.dup2(file.fileno(), number)
        stack.enter_context(redirect_stdout(file))
        stack.enter_context(redirect_stderr(file))

        def printed() -> str:
            file.flush()
            here = file.tell()
            file.seek(0)
            text = file.read()
            file.seek(here)
            return text

        yield printed


def _filled_up() -> list[int]:
    """Open what is missing of the three standard streams, to nowhere; return their numbers."""
    opened = []
    while True:
        number = os.open(os.devnull, os.O_RDWR)
        if number > max(_OUTPUTS):
            os.close(number)
            return opened
        opened.append(number)


def _nameless_file() -> TextIO:
    """Return a file that vanishes with this process; in memory, where the system has such files."""
    if hasattr(os, "memfd_create"):
        memory = os.memfd_create("output-of-compilers")
        return open(memory, "w+", encoding="utf-8", errors="replace")
    return tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")
