"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neuroflysim.errors import InvalidTypeError, InvalidValueError


def writable(path: str | os.PathLike) -> Path:
    """Return the path if a file can be made there; long runs ask before they begin."""
    if not isinstance(path, str | os.PathLike):
        raise InvalidTypeError(f"a file name is needed, not {path!r}.")
    path = Path(path)
    if path.is_dir():
        raise InvalidValueError(f"{path} is a folder; name a file in it.")
    if not path.parent.is_dir():
        raise InvalidValueError(f"the folder {path.parent} does not exist; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise InvalidValueError(f"the folder {path.parent} may not be written to.")
    return path


@contextmanager
def written_whole(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`, and move it there only when all went well.

    Whoever reads `path` therefore sees the old file or the new one, never half of one. The
    suffix is kept, because many writers choose their format by it.

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
    handle, name = tempfile.mkstemp(
        dir=path.parent, prefix=f".{path.stem}-", suffix="".join(path.suffixes)
    )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        if temporary.stat().st_size == 0:
            raise InvalidValueError(f"nothing was written to {path}.")
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)  # mkstemp makes files that only their owner may read
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
