"""Whether HDF5 can walk through a file: a damaged heap of texts would keep it for ever.

HDF5 reads texts and references of any length from global heaps. Where one says that a piece of it
has no length, the library goes on from where it is, without end, and nothing can interrupt it.
HDF5 File Format Specification, version 3.0, section III.E.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from neuroflysim.errors import InvalidValueError

#: How a global heap begins: its name, its version and three zeros; then its length, of 8 bytes.
_BEGIN = b"GCOL\1\0\0\0"
_HEAD = 16

#: Before each piece of a heap: number, count of references, zeros, and its length, of 8 bytes.
_PIECE_HEAD = 16


def require_sound_heaps(path: str | os.PathLike[str]) -> None:
    """Raise if HDF5 would never come back from a heap of a file.

    Parameters
    ----------
    path : path-like
        A regular file.

    Raises
    ------
    InvalidValueError
        Says at which byte the heap is.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "damaged.h5"
    >>> _ = file.write_bytes(b"GCOL" + bytes([1, 0, 0, 0, 64]) + bytes(100))
    >>> require_sound_heaps(file)
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: ...damaged.h5 is damaged: the heap at byte 0...
    """
    if not Path(path).stat().st_size:
        return
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        begin = content.find(_BEGIN)
        while begin >= 0:
            if not _ends(content, begin):
                raise InvalidValueError(
                    f"{path} is damaged: the heap at byte {begin} holds pieces without length;"
                    " copy the file again from where it came."
                )
            begin = content.find(_BEGIN, begin + _HEAD)


def _ends(content: mmap.mmap, begin: int) -> bool:
    """Return whether whoever goes from piece to piece of a heap comes to its end."""
    place, end = begin + _HEAD, begin + int.from_bytes(content[begin + 8 : begin + 16], "little")
    while place + _PIECE_HEAD <= min(end, len(content)):
        number = int.from_bytes(content[place : place + 2], "little")
        length = int.from_bytes(content[place + 8 : place + 16], "little")
        # What is free has number 0, and its length counts its head; others are padded to 8.
        step = length if number == 0 else _PIECE_HEAD + -(-length // 8) * 8
        if step < _PIECE_HEAD:
            return False
        place += step
    return True
