"""What stands in the way when code does not compile, and how to mend it."""

from __future__ import annotations

import errno
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from brian2 import BrianObjectException
from distutils.ccompiler import new_compiler  # pyright: ignore[reportMissingModuleSource]  (of setuptools)
from distutils.sysconfig import customize_compiler  # pyright: ignore[reportMissingModuleSource]  (of setuptools)

from neuroflysim.errors import InvalidValueError, SimulationError

#: How the system, and so the compiler, says that there is no room.
_FULL = {
    errno.ENOSPC: "No space left on device",
    errno.EDQUOT: "Disk quota exceeded",
    errno.EFBIG: "File too large",
}

_TOLD_OF_FULL = (*_FULL.values(), "File size limit exceeded")

#: Less than this is called full: a piece of code and what the compiler notes down on the way.
ROOM = 20e6

INSTALL = (
    "install g++ (Debian and Ubuntu: apt install g++; macOS: xcode-select --install; conda: conda"
    " install cxx-compiler)"
)

_SET = "HOME, or brian2.prefs.codegen.runtime.cython.cache_dir,"


def trouble(error: BaseException, log: str, folder: Path) -> SimulationError:
    """Return the error to raise when code could not be compiled or kept.

    Parameters
    ----------
    error : Exception
        What Cython, setuptools or the system raised.
    log : str
        What they printed.
    folder : Path
        Where the compiled code should go.
    """
    causes = list(causes_of(error))
    if isinstance(causes[0], SimulationError):
        return causes[0]
    system = next((e for e in causes if isinstance(e, OSError) and e.errno), None)
    number = None if system is None else system.errno
    if number in _FULL or any(words in log for words in _TOLD_OF_FULL):
        return SimulationError(f"the compiled code does not fit: {_what_is_full(log, folder)}.")
    compiler = missing_compiler()
    if compiler:
        return SimulationError(f"{compiler} is not on the PATH: {INSTALL}.")
    if system is not None:
        where = system.filename or folder
        return SimulationError(
            f"{where}: {system.strerror}: compiled code is kept in {folder}, where this process"
            f" must be able to write. Make it writable, or set {_SET} to a folder that is."
        )
    if "Python.h" in log:
        return SimulationError(
            "the compiler does not find Python.h: install the headers of Python (Debian and Ubuntu:"
            " apt install python3-dev)."
        )
    if "out of memory" in log or "Killed" in log:
        return SimulationError(
            "the compiler was killed or ran out of memory: end other programs, or ask for more."
        )
    told = _told(log) or f"{type(error).__name__}: {error}"
    return SimulationError(
        f"code that Brian2 wrote does not compile: {told}. If a name in your equations, parameters"
        " or constants stands there, choose another: it means something else in C++ or Cython. If"
        " not, `neuroflysim doctor` checks the compiler."
    )


def missing_compiler() -> str | None:
    """Return the name of the C++ compiler, if it is not there."""
    compiler = new_compiler()
    customize_compiler(compiler)
    words = getattr(compiler, "compiler_so_cxx", None) or getattr(compiler, "compiler_cxx", None)
    return words[0] if words and shutil.which(words[0]) is None else None


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what it came from; those of ours first."""
    chain = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    yield from sorted(chain, key=lambda each: not isinstance(each, SimulationError))


def _what_is_full(log: str, folder: Path) -> str:
    """Say which disk is full, as far as can be known."""
    temporary = Path(tempfile.gettempdir())
    for place, cure in (
        (folder, f"free some space, or set {_SET} to a folder on another disk"),
        (temporary, "free some space, or set TMPDIR to a folder on another disk"),
    ):
        if room_in(place) < ROOM:
            return f"the disk of {place} is full ({room_in(place) / 1e6:.0f} MB left); {cure}"
    line = next((ln for ln in log.splitlines() if any(w in ln for w in _TOLD_OF_FULL)), "")
    return (
        f"the system allows no more or no larger files in {folder} or {temporary}"
        f"{f' ({line.strip()})' if line else ''}; free some space, raise the quota or the limit"
        " (ulimit -f), or set HOME or TMPDIR to another place"
    )


def room_in(folder: Path) -> float:
    """Return how many bytes may still be written to the disk of a folder that may be missing."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return float("inf")


def _told(log: str) -> str:
    """Return the first thing that Cython or the compiler complained of."""
    by_cython = re.findall(r"^\S.*\.pyx:\d+:\d+: (.+)$", log, re.MULTILINE)
    by_compiler = re.findall(r"\berror: (.+)$", log, re.MULTILINE)
    return (by_cython or by_compiler or [""])[0].strip().rstrip(".")


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Turn what Brian2 or the compiler raise into one error of ours that says where to look."""
    try:
        yield
    except (SimulationError, InvalidValueError):
        raise
    except (BrianObjectException, RuntimeError, OSError) as error:
        causes = list(causes_of(error))
        if isinstance(causes[0], SimulationError | InvalidValueError):
            raise causes[0] from error
        cause = error.__cause__ or error
        raise SimulationError(
            f"Brian2 could not build or run the network: {type(cause).__name__}: {cause}. If you"
            " wrote the dynamics, look at their equations; else `neuroflysim doctor` checks the"
            " compiler."
        ) from error
