"""Whether elements of a MATLAB file (v5 to v7.2) have kinds that exist, and lie within each other.

SciPy looks kinds up in a table without asking whether they stand there, and a damaged one ends the
whole process. MAT-File Format, version 5, tables 1-1 and 1-3.
"""

from __future__ import annotations

import struct
import zlib

_MATRIX, _COMPRESSED = 14, 15
_KINDS = {1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14, 15, 16, 17, 18}
_DEEPEST = 50


def why_unsound(content: bytes, order: str, begin: int = 128, depth: int = 0) -> str:
    """Return what is wrong with the elements of a file, or nothing.

    Parameters
    ----------
    content : bytes
    order : {"<", ">"}
        Of the bytes of numbers.
    begin : int
        Where elements begin.
    depth : int
        In how many others these lie.
    """
    place, end = begin, len(content)
    if depth > _DEEPEST:
        return f"elements lie in more than {_DEEPEST} others"
    while end - place >= 8:
        kind, size = struct.unpack_from(f"{order}2I", content, place)
        data = place + 8
        if kind >> 16:  # a small element keeps its size beside its kind
            kind, size, data = kind & 0xFFFF, kind >> 16, place + 4
        if kind not in _KINDS or data + size > end or (data == place + 4 and size > 4):
            return f"the element at byte {place} is of kind {kind} and {size} bytes"
        inside = content[data : data + size]
        wrong = ""
        if kind == _COMPRESSED:
            try:
                wrong = why_unsound(zlib.decompress(inside), order, 0, depth + 1)
            except zlib.error as error:
                wrong = str(error)
        elif kind == _MATRIX:
            wrong = why_unsound(inside, order, 0, depth + 1)
        if wrong:
            return wrong
        place = data + size if kind == _COMPRESSED or not depth else max(place + 8, data + size)
        place += 0 if kind == _COMPRESSED else -(place - begin) % 8
    return ""
