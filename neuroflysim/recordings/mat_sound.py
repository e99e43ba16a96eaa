"""Whether a MATLAB file (v5 to v7.2) is whole, asked before SciPy reads it.

SciPy looks kinds of elements up in a table without asking whether they stand there, and makes room
for what dimensions say: a damaged file would end the whole process.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.mat_elements import (
    COMPRESSED,
    MATRIX,
    Element,
    UnsoundError,
    unpacked,
)
from neuroflysim.recordings.mat_matrices import require_matrix

#: How many bytes stand in front of the first variable; the last two tell the order of bytes.
_HEAD = 128
_ORDERS = {b"IM": "<", b"MI": ">"}


def require_sound(path: Path) -> None:
    """Raise if SciPy would fall over a MATLAB file.

    Files of version 4 have neither a head nor parts that lead to others: SciPy's reader of these is
    written in Python, and raises where it finds damage.

    Parameters
    ----------
    path : Path
        A regular file.

    Raises
    ------
    InvalidValueError
        Says at which byte the damaged variable begins, and what is wrong with it.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from scipy.io import savemat
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cell.mat"
    >>> savemat(file, {"voltage": [-60.0, -58.0]})
    >>> require_sound(file)
    >>> _ = file.write_bytes(file.read_bytes()[:-8])
    >>> require_sound(file)
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: ...cell.mat cannot be read as a MATLAB file...
    """
    if path.stat().st_size <= _HEAD:
        return  # SciPy says what it lacks
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        if not all(mapped[:4]):
            return
        order = _ORDERS.get(mapped[_HEAD - 2 : _HEAD])
        if order is None:
            wrong = "its head does not end with IM or MI"
        else:
            with memoryview(mapped) as content, content[_HEAD:] as variables:
                wrong = _why_unsound(variables, order)
    if wrong:
        raise InvalidValueError(
            f"{path} cannot be read as a MATLAB file ({wrong}); it is damaged or was cut: copy it"
            " again."
        )


def _why_unsound(content: memoryview, order: str) -> str:
    """Return what is wrong with the variables of a file, or nothing."""
    place = 0
    try:
        while place < len(content):
            if len(content) - place < 8:
                raise UnsoundError("it ends within a variable")
            kind, size = struct.unpack_from(f"{order}2I", content, place)
            inside = content[place + 8 : place + 8 + size]
            if kind not in (MATRIX, COMPRESSED) or not size or len(inside) < size:
                raise UnsoundError(f"an element of kind {kind} and {size} bytes is no variable")
            one = unpacked(inside, order) if kind == COMPRESSED else Element(kind, inside)
            if not len(one.data):
                raise UnsoundError("it is empty")
            require_matrix(one, order)
            place += 8 + size
    except UnsoundError as error:
        return f"the variable at byte {_HEAD + place}: {error}"
    return ""
