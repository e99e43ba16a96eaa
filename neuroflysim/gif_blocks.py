"""The blocks of a GIF: whether all of them are there, in the order that the format asks for.

Pillow leaves out what it does not understand and stops where it finds no more, so that a damaged
movie would be a shorter one.

References
----------
Graphics Interchange Format, version 89a, https://www.w3.org/Graphics/GIF/spec-gif89a.txt
"""

from __future__ import annotations

import os
import struct

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import read_bytes

_EXTENSION, _PICTURE, _END = 0x21, 0x2C, 0x3B


def count_frames(path: str | os.PathLike) -> int:
    """Return how many pictures a GIF holds, or raise if its blocks are not whole.

    Examples
    --------
    >>> count_frames("/dev/null")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: /dev/null is a device and no file; name a regular file.
    """
    content = read_bytes(path)
    try:
        return _count(content)
    except (IndexError, struct.error, ValueError) as error:
        told = str(error) if isinstance(error, ValueError) else "it ends too early"
        raise InvalidValueError(
            f"{path} is damaged: {told}; copy it again from where it came."
        ) from None


def _count(content: bytes) -> int:
    if content[:6] not in (b"GIF87a", b"GIF89a"):
        raise ValueError(f"a GIF begins with GIF87a or GIF89a, not with {content[:6]!r}")
    screen = struct.unpack_from("<HH", content, 6)
    at, n_frames = 13 + _colors(content[10]), 0
    while content[at] != _END:
        if content[at] == _EXTENSION:
            at = _after_data(content, at + 2)
        elif content[at] == _PICTURE:
            left, top, width, height = struct.unpack_from("<HHHH", content, at + 1)
            if n_frames == 0 and (left, top, width, height) != (0, 0, *screen):
                raise ValueError("its first frame does not cover the whole picture")
            if left + width > screen[0] or top + height > screen[1]:
                raise ValueError(f"frame {n_frames} reaches beyond the picture")
            at += 10 + _colors(content[at + 9])
            if not 2 <= content[at] <= 8:
                raise ValueError(f"frame {n_frames} has codes of {content[at]} bits, not of 2 to 8")
            at = _after_data(content, at + 1)
            n_frames += 1
        else:
            raise ValueError(f"byte {at} is {content[at]}, which begins no block of a GIF")
    return n_frames


def _colors(packed: int) -> int:
    """Return the bytes of a table of colours, of which a byte of flags tells."""
    return 3 * 2 ** (packed % 8 + 1) if packed & 0x80 else 0


def _after_data(content: bytes, at: int) -> int:
    """Return where a chain of blocks of data ends: each says its length, the last one 0."""
    while content[at]:
        at += content[at] + 1
    return at + 1
