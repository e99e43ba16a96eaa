"""Whether a GIF is whole: its blocks follow each other from the first byte to the last.

Readers of pictures look for the next frame behind whatever bytes they do not know, and end with the
frames that they found; of a damaged file that is a shorter movie. The format itself is strict:
GIF89a specification, 31 July 1990, https://www.w3.org/Graphics/GIF/spec-gif89a.txt.
"""

from __future__ import annotations

import os

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import read_bytes

_EXTENSION, _IMAGE, _END, _GRAPHIC_CONTROL = 0x21, 0x2C, 0x3B, 0xF9

#: A flag says that a table of colours follows, and three bits how large it is.
_HAS_COLOURS, _COLOURS = 0x80, 0x07


def frames_in(path: str | os.PathLike[str]) -> int:
    """Return how many frames a GIF has, if it is whole.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    InvalidValueError
        If a block does not begin where the one before ended; says at which byte.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from PIL import Image
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "movie.gif"
    >>> frames = [Image.new("L", (2, 2), level) for level in (0, 100, 200)]
    >>> frames[0].save(file, save_all=True, append_images=frames[1:], duration=40)
    >>> frames_in(file)
    3
    """
    content = read_bytes(path)
    try:
        frames, end = _walked(content)
    except (IndexError, _NotWholeError) as error:
        if not isinstance(error, _NotWholeError):
            error = _NotWholeError(len(content))
        raise InvalidValueError(
            f"{path} is damaged: at byte {error.place} of {len(content)} {error.what}. Save it"
            " again, or copy it again from where it came."
        ) from None
    if content[end:].strip(b"\0"):
        raise InvalidValueError(
            f"{path} is damaged: it ends at byte {end} of {len(content)}, and something else"
            " follows. Save it again, or copy it again from where it came."
        )
    return frames


class _NotWholeError(Exception):
    """What stands at a place is no block, or one that cannot be there."""

    def __init__(self, place: int, what: str = "no block of a GIF begins or ends"):
        self.place, self.what = place, what


def _walked(content: bytes) -> tuple[int, int]:
    """Return the number of frames, and where the last block ends."""
    if content[:6] not in (b"GIF87a", b"GIF89a"):
        raise _NotWholeError(0)
    width, height = _size(content, 6)
    place, frames = _behind_colours(content, 10, 13), 0
    while content[place] != _END:
        if content[place] == _EXTENSION:
            if (
                content[place + 1] == _GRAPHIC_CONTROL
                and content[place + 2 : place + 8 : 5] != b"\4\0"
            ):
                raise _NotWholeError(place)
            place = _behind_data(content, place + 2)
        elif content[place] == _IMAGE:
            (left, top), (wide, high) = _size(content, place + 1), _size(content, place + 5)
            if left + wide > width or top + high > height or not wide * high:
                raise _NotWholeError(place, "a frame lies outside of the picture")
            if not frames and (wide, high) != (width, height):
                raise _NotWholeError(place, "the first frame leaves a part of the picture empty")
            begin = _behind_colours(content, place + 9, place + 10)
            if not 2 <= content[begin] <= 8 or not content[begin + 1]:  # bits of a code, and codes
                raise _NotWholeError(begin)
            place, frames = _behind_data(content, begin + 1), frames + 1
        else:
            raise _NotWholeError(place)
    return frames, place + 1


def _size(content: bytes, place: int) -> tuple[int, int]:
    """Return two numbers of two bytes each, such as width and height."""
    if place + 4 > len(content):
        raise IndexError
    found = content[place : place + 4]
    return int.from_bytes(found[:2], "little"), int.from_bytes(found[2:], "little")


def _behind_colours(content: bytes, flags: int, place: int) -> int:
    """Return what follows on a table of colours that there may be."""
    if not content[flags] & _HAS_COLOURS:
        return place
    return place + 3 * 2 ** ((content[flags] & _COLOURS) + 1)


def _behind_data(content: bytes, place: int) -> int:
    """Return what follows on a chain of blocks, each with its length before it; 0 ends it."""
    while content[place]:
        place += content[place] + 1
    return place + 1
