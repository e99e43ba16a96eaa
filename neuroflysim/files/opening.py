"""Reading files that are what they are taken for, and writing them whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from neuroflysim.errors import FileError, InvalidTypeError, InvalidValueError

#: Text that a person or this package wrote is far below this; what is above is something else.
LARGEST_TEXT = 2**30


def existing(path: str | os.PathLike[str], most_bytes: int | None = None) -> Path:
    """Return the path if a regular file is there, before anybody opens it.

    A pipe would be waited for without end, and a device such as /dev/zero never ends.

    Parameters
    ----------
    path : path-like
    most_bytes : int, optional
        A larger file is refused.

    Raises
    ------
    InvalidTypeError
        If this is no path.
    InvalidValueError
        If there is no such file, it is a folder, a pipe or a device, or too large.

    Examples
    --------
    >>> existing("/dev/null")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: /dev/null is a device and no file; name a regular file.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidTypeError(f"a file name is needed, not {path!r}.")
    path = Path(path)
    try:
        found = os.stat(path)
    except FileNotFoundError:
        raise InvalidValueError(f"{path}: no such file; look at the name and the folder.") from None
    except (OSError, ValueError) as error:  # a name that is too long, or holds a zero byte
        raise InvalidValueError(f"{_shortened(path)} cannot be read: {_reason(error)}.") from None
    if not stat.S_ISREG(found.st_mode):
        kind = next((text for is_kind, text in _KINDS if is_kind(found.st_mode)), "no regular file")
        raise InvalidValueError(f"{path} is {kind} and no file; name a regular file.")
    if most_bytes is not None and found.st_size > most_bytes:
        raise InvalidValueError(
            f"{path} has {found.st_size:,} bytes, but a file of its kind has at most"
            f" {most_bytes:,}; look whether it is the file that you meant."
        )
    return path


def read_bytes(path: str | os.PathLike[str], most_bytes: int = LARGEST_TEXT) -> bytes:
    """Return what is in a regular file of at most so many bytes."""
    path = existing(path, most_bytes)
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidValueError(f"{path} cannot be read: {_reason(error)}.") from None


def read_text(path: str | os.PathLike[str], most_bytes: int = LARGEST_TEXT) -> str:
    """Return the text of a file in UTF-8; the mark that spreadsheets put in front is left out."""
    content = read_bytes(path, most_bytes)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InvalidValueError(f"{path}, line {line}: is not UTF-8; save it as UTF-8.") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise InvalidValueError(
            f"{path}, line {line}: holds a zero byte, so it is no text; save it as UTF-8."
        )
    return text


def plain_name(where: str, name: object) -> str:
    """Return a name that a file gives to another one beside it, if it is a name and no path.

    Examples
    --------
    >>> plain_name("models.csv, line 2: model", "../000")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: models.csv, line 2: model is '../000', but must be...
    """
    if isinstance(name, str) and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,99}", name):
        return name
    shown = _shortened(repr(name))
    raise InvalidValueError(
        f"{where} is {shown}, but must be a name of letters, digits, '_', '-' and '.', not a path."
    )


def writable(path: str | os.PathLike[str]) -> Path:
    """Return the path if a file can be made there; long runs ask before they begin."""
    if not isinstance(path, str | os.PathLike):
        raise InvalidTypeError(f"a file name is needed, not {path!r}.")
    path = Path(path)
    try:
        exists, is_folder = path.exists(), path.is_dir()
        is_file, has_folder = path.is_file(), path.parent.is_dir()
    except (OSError, ValueError) as error:
        raise InvalidValueError(
            f"{_shortened(path)} cannot be written: {_reason(error)}."
        ) from None
    if is_folder:
        raise InvalidValueError(f"{path} is a folder; name a file in it.")
    if exists and not is_file:
        raise InvalidValueError(f"{path} is no regular file; name another.")
    if not has_folder:
        raise InvalidValueError(f"the folder {path.parent} does not exist; make it first.")
    if not os.access(_target(path).parent, os.W_OK):
        raise InvalidValueError(f"the folder {_target(path).parent} may not be written to.")
    return path


def made_folder(path: str | os.PathLike[str]) -> Path:
    """Return a folder to write into, made if need be; long runs ask before they begin.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    InvalidTypeError
        If this is no path.
    InvalidValueError
        If the folder cannot be made, is no folder, or may not be written to.

    Examples
    --------
    >>> made_folder("/dev/null")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: /dev/null is a file; name a folder.
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidTypeError(f"a name of a folder is needed, not {path!r}.")
    path = Path(path)
    try:
        if path.exists() and not path.is_dir():
            raise InvalidValueError(f"{path} is a file; name a folder.")
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidValueError):
            raise
        raise InvalidValueError(
            f"{_shortened(path)} cannot be made a folder: {_reason(error)}; name another."
        ) from None
    if not os.access(path, os.W_OK):
        raise InvalidValueError(f"the folder {path} may not be written to.")
    return path


@contextmanager
def written_whole(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside `path`, and move it there only when all went well.

    Whoever reads `path` therefore sees the old file or the new one, never half of one. The
    suffix is kept, because many writers choose their format by it. A symbolic link stays, and
    what it points to is written.

    Raises
    ------
    FileError
        If the disk is full, or failed in another way; the old file is still there.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "note.txt"
    >>> with written_whole(target) as temporary:
    ...     _ = temporary.write_text("done")
    >>> target.read_text()
    'done'
    """
    path = writable(path)
    target = _target(path)
    try:
        handle, name = tempfile.mkstemp(
            dir=target.parent,
            prefix=f".{target.stem[:100]}-",
            suffix="".join(target.suffixes)[-50:],
        )
        os.close(handle)
    except OSError as error:
        raise FileError(f"{path} cannot be written: {_reason(error)}.") from None
    temporary = Path(name)
    try:
        yield temporary
        if temporary.stat().st_size == 0:
            raise InvalidValueError(f"nothing was written to {path}.")
        mask = os.umask(0)
        os.umask(mask)
        # mkstemp makes files that only their owner may read. Some file systems know no
        # permissions: the file is kept as it is there.
        with suppress(PermissionError, NotImplementedError):
            temporary.chmod(0o666 & ~mask)
        os.replace(temporary, target)
    except OSError as error:
        if isinstance(error, FileError) or error.errno not in _OF_THE_DISK:
            raise
        raise FileError(
            f"{path} cannot be written: {_reason(error)}. What was there before is unchanged; make"
            " room, or name a file on another disk."
        ) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


#: What a disk does to whoever writes on it, and nobody can foresee.
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG, errno.EROFS}

_KINDS = (
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _target(path: Path) -> Path:
    """Return where a file lies that is written under this name: links are followed."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return "no space is left on the disk"
    return getattr(error, "strerror", None) or str(error)


def _shortened(text: object) -> str:
    text = str(text)
    return text if len(text) <= 200 else f"{text[:80]}... ({len(text)} characters)"
