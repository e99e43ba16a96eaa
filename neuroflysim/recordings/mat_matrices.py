"""Whether an array of a MATLAB file (v5 to v7.2) holds what its class and dimensions say.

MAT-File Format, version 5, table 1-3, and what stands in an array of each class.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from math import prod

from neuroflysim.recordings.mat_elements import (
    MATRIX,
    NAMES,
    SIZES,
    TEXTS,
    Element,
    UnsoundError,
    elements_of,
    taken,
)

_CELL, _STRUCT, _OBJECT, _CHAR, _SPARSE, _FUNCTION, _OPAQUE = 1, 2, 3, 4, 5, 16, 17
_NUMERIC = range(6, 16)
_LOGICAL, _COMPLEX = 1 << 9, 1 << 11
_DEEPEST = 50

#: How many elements without data an array may have: empty texts, or structs without fields.
_MOST_EMPTY = 10**6


def require_matrix(one: Element, order: str, depth: int = 0) -> None:
    """Raise `UnsoundError` if an element is no array that holds what its class says, and no more.

    Parameters
    ----------
    one : Element
    order : {"<", ">"}
        Of the bytes of numbers.
    depth : int
        In how many others it lies.
    """
    if one.kind != MATRIX or one.small:
        raise UnsoundError(f"an element of kind {one.kind} stands in place of an array")
    if depth > _DEEPEST:
        raise UnsoundError(f"it lies in more than {_DEEPEST} others")
    if not len(one.data):
        return
    parts = elements_of(one.data, order)
    flags = taken(parts, "its class", (6,))
    if len(flags) != 8:
        raise UnsoundError(f"its class takes {len(flags)} bytes")
    flags = struct.unpack_from(f"{order}I", flags)[0]
    if flags & 0xFF == _OPAQUE:
        for what in ("its name", "the system of its class", "the name of its class"):
            taken(parts, what, NAMES)
        _require_matrices(parts, 1, order, depth)
    else:
        dimensions = _integers(taken(parts, "its dimensions", (5, 6)), order)
        if not 1 <= len(dimensions) <= 32 or min(dimensions) < 0:
            raise UnsoundError(f"its dimensions are {dimensions[:40]}")
        taken(parts, "its name", NAMES)
        _require_content(parts, flags, dimensions, order, depth)
    if next(parts, None) is not None:
        raise UnsoundError("it holds more than its class and its dimensions say")


def _require_content(
    parts: Iterator[Element], flags: int, dimensions: tuple[int, ...], order: str, depth: int
) -> None:
    """Raise if what comes after the name of an array is not what its class has there."""
    kind, n = flags & 0xFF, prod(dimensions)
    if kind in _NUMERIC:
        for what in ("real", "imaginary")[: 2 if flags & _COMPLEX else 1]:
            _require_numbers(parts, f"its {what} part", n)
    elif kind == _CHAR:
        if not len(taken(parts, "its text", TEXTS)):
            _require_few(n)
    elif kind == _CELL:
        _require_matrices(parts, n, order, depth)
    elif kind in (_STRUCT, _OBJECT):
        if kind == _OBJECT:
            taken(parts, "the name of its class", NAMES)
        n_fields = _fields(parts, order)
        if not n_fields:
            _require_few(n)
        _require_matrices(parts, n * n_fields, order, depth)
    elif kind == _SPARSE:
        _require_sparse(parts, flags, dimensions)
    elif kind == _FUNCTION:
        _require_matrices(parts, 1, order, depth)
    else:
        raise UnsoundError(f"its class is {kind}, which there is none of")


def _require_matrices(parts: Iterator[Element], n: int, order: str, depth: int) -> None:
    """Raise if the next elements are not n sound arrays."""
    for k in range(n):
        one = next(parts, None)
        if one is None:
            raise UnsoundError(f"it holds {k} arrays, where its dimensions say {n}")
        require_matrix(one, order, depth + 1)


def _require_numbers(parts: Iterator[Element], what: str, n: int) -> None:
    found = next(parts, None)
    if found is None or found.kind not in SIZES or len(found.data) != n * SIZES[found.kind]:
        told = f"{len(found.data)} bytes of kind {found.kind}" if found else "not there"
        raise UnsoundError(f"{what} is {told}, where its dimensions say {n} numbers")


def _require_sparse(parts: Iterator[Element], flags: int, dimensions: tuple[int, ...]) -> None:
    """Raise if rows, columns and values of a sparse matrix are not numbers."""
    if len(dimensions) != 2:
        raise UnsoundError(f"it is sparse, and its dimensions are {dimensions}")
    taken(parts, "its rows", (5, 6))
    columns = taken(parts, "its columns", (5, 6))
    if len(columns) < 4 * (dimensions[1] + 1):
        raise UnsoundError(f"it has {len(columns) // 4 - 1} columns, not {dimensions[1]}")
    # MATLAB writes those of truth values as bytes and says that they are doubles.
    kinds = () if flags & _LOGICAL else SIZES
    for what in ("real", "imaginary")[: 2 if flags & _COMPLEX else 1]:
        found = next(parts, None)
        if found is None or found.kind not in SIZES:
            raise UnsoundError(f"its {what} part is of kind {found.kind if found else 'none'}")
        if kinds and len(found.data) % SIZES[found.kind]:
            raise UnsoundError(f"its {what} part ends within a number")


def _require_few(n: int) -> None:
    """Raise if an array says that it has more elements than anybody would keep who has no data."""
    if n > _MOST_EMPTY:
        raise UnsoundError(f"its dimensions say {n:,} elements, and none has data")


def _fields(parts: Iterator[Element], order: str) -> int:
    """Return how many fields a struct has."""
    length = _integers(taken(parts, "the length of names of fields", (5, 6)), order)
    names = taken(parts, "the names of its fields", NAMES)
    if len(length) != 1 or length[0] < 1 or len(names) % length[0]:
        raise UnsoundError(f"its names of fields take {len(names)} bytes, {length[:4]} each")
    n = len(names) // length[0]
    if n > 10_000:  # each is compared with all
        raise UnsoundError(f"it has {n:,} fields")
    return n


def _integers(data: memoryview, order: str) -> tuple[int, ...]:
    return struct.unpack(f"{order}{len(data) // 4}i", data)
