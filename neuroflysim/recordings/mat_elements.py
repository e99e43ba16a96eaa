"""Elements of MATLAB files of version 5 to 7.2, one after another, none larger than what holds it.

MAT-File Format, version 5, table 1-1: each has a kind and a size, then its data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator

from attrs import frozen

#: Bytes of one number, by the kind of an element of numbers.
SIZES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}

MATRIX, COMPRESSED = 14, 15

#: Names are of int8 by the document, and of UTF-8 in some files.
NAMES = (1, 16)

#: UTF-8, UTF-16 and UTF-32, or numbers of letters.
TEXTS = (1, 2, 4, 16, 17, 18)


class UnsoundError(ValueError):
    """What is wrong with an element."""


@frozen
class Element:
    """One element: its kind, its data, and whether its data stands where its size would."""

    kind: int
    data: memoryview
    small: bool = False


def elements_of(content: memoryview, order: str) -> Iterator[Element]:
    """Yield the elements of a matrix; raise `UnsoundError` where one does not lie within it.

    Parameters
    ----------
    content : memoryview
    order : {"<", ">"}
        Of the bytes of numbers.

    Examples
    --------
    >>> name = bytes([1, 0, 2, 0]) + b"dF" + bytes(2)
    >>> [(one.kind, bytes(one.data)) for one in elements_of(memoryview(name), "<")]
    [(1, b'dF')]
    """
    words = struct.Struct(f"{order}2I")
    place, end = 0, len(content)
    while place < end:
        if end - place < 8:
            raise UnsoundError(f"{end - place} bytes are left that are no element")
        kind, size = words.unpack_from(content, place)
        data = place + 8
        small = kind > 0xFFFF
        if small:
            kind, size, data = kind & 0xFFFF, kind >> 16, place + 4
        if data + size > end or (small and size > 4):
            raise UnsoundError(f"an element of kind {kind} and {size} bytes does not fit in")
        yield Element(kind, content[data : data + size], small)
        place = place + 8 if small else data + size + -size % 8


def unpacked(compressed: memoryview, order: str) -> Element:
    """Return the element in a compressed one, of no more bytes than it says of itself.

    Parameters
    ----------
    compressed : memoryview
    order : {"<", ">"}
    """
    stream = zlib.decompressobj()
    try:
        head = stream.decompress(compressed, 8)
        kind, size = struct.unpack(f"{order}2I", head) if len(head) == 8 else (0, 0)
        data = stream.decompress(stream.unconsumed_tail, size + 1)
    except zlib.error as error:
        raise UnsoundError(str(error)) from None
    if len(data) != size or not stream.eof:
        raise UnsoundError(f"what is compressed is not the {size} bytes that it says it is")
    return Element(kind, memoryview(data))


def taken(elements: Iterator[Element], what: str, kinds: Collection[int]) -> memoryview:
    """Return the data of the next element, which must be of one of some kinds.

    Parameters
    ----------
    elements : iterator of Element
    what : str
        For the error.
    kinds : collection of int
    """
    found = next(elements, None)
    if found is None:
        raise UnsoundError(f"{what} is not there")
    if found.kind not in kinds:
        raise UnsoundError(f"{what} is of kind {found.kind}")
    if len(found.data) % SIZES.get(found.kind, 1):
        raise UnsoundError(f"{what} ends within a number")
    return found.data
