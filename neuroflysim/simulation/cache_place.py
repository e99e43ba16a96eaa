"""Where compiled code is kept if the folder for it cannot be written: told once, and no error."""

from __future__ import annotations

import errno
import logging
import os
import stat
import tempfile
from pathlib import Path

_logger = logging.getLogger("neuroflysim")

#: What the system says where there is no room.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)

#: What was found out in this process: the folder that is taken in the place of each.
_taken: dict[Path, Path] = {}


def usable_place(folder: Path) -> Path:
    """Return a folder, or, if this process cannot write there, another one of the same name.

    That lies below the temporary folder of the system, in one that nobody but this user can write
    to: code from it is run. The first time it is told, with the reason.

    Parameters
    ----------
    folder : Path
        Made, if it is not there.

    Examples
    --------
    >>> here = Path(tempfile.mkdtemp()) / "pieces"
    >>> usable_place(here) == here
    True
    """
    if folder not in _taken:
        why = _why_not(folder)
        if why is None:
            return folder  # and looked at again: a disk may become unwritable
        other = _private_folder() / folder.name
        if _why_not(other) is not None:
            return folder  # nothing is gained; the error will name this one
        _taken[folder] = other
        _logger.warning(
            "Compiled code cannot be kept in %s (%s), and is kept in %s, for as long as that is"
            " there. Make the first one writable, or set HOME, or"
            " brian2.prefs.codegen.runtime.cython.cache_dir, to a folder that is.",
            folder,
            why,
            other,
        )
    return _taken[folder]


def _why_not(folder: Path) -> str | None:
    """Return why nothing can be written to a folder; None if something can.

    A disk that is full is another matter: what stands in the way there is told as it happens.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return None
    except UnicodeEncodeError:
        return None  # told where something is compiled, with what mends it
    except OSError as error:
        full = error.errno in _NO_ROOM
        return None if full else error.strerror or str(error)


def _private_folder() -> Path:
    """Return a folder of this user alone; a new one, if the one of that name belongs to others."""
    name = Path(tempfile.gettempdir()) / f"neuroflysim-cache-{os.getuid()}"
    try:
        name.mkdir(mode=0o700, exist_ok=True)
        found = name.lstat()
        mine = found.st_uid == os.getuid() and stat.S_ISDIR(found.st_mode)
        if mine and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return name
    except OSError:
        pass
    try:
        return Path(tempfile.mkdtemp(prefix="neuroflysim-cache-"))
    except OSError:
        return name
