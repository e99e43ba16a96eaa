"""Variables of MATLAB files up to v7.2, by SciPy: sizes are looked at before they are read."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.mat_sound import require_sound
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.reader import one_sentence
from neuroflysim.recordings.stored_arrays import StoredArray

#: Where the text in front of a file ends, and the number of an element that is compressed.
_HEAD, _COMPRESSED = 128, 15

#: Why a variable is no array of numbers, by what it is.
WHY_NOT = {
    "struct": "save its fields as variables of their own (save cell.mat -struct s)",
    "cell": "make an array of it in MATLAB (cell2mat) and save that",
    "sparse": "save full(x) in its place",
    "char": "it is text",
}


def variables_of(path: Path) -> dict[str, StoredArray]:
    """Return the variables of a file by name; fields of a struct s as s.name.

    Parameters
    ----------
    path : Path
        A regular file.
    """
    from scipy.io import loadmat

    require_room(path, "its variables", _declared(path))
    require_sound(path)
    try:
        with open(path, "rb") as file, warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of what becomes of sparse ones
            content = loadmat(file, struct_as_record=False, squeeze_me=False)
    except Exception as error:  # what SciPy's parser raises depends on the damage
        raise InvalidValueError(
            f"{path} cannot be read as a MATLAB file ({one_sentence(error)}); is it whole, and was"
            " it saved by MATLAB (save) or scipy.io.savemat?"
        ) from None
    if "" in content:  # what SciPy 1.14 makes of zeros
        raise InvalidValueError(
            f"{path} has a variable without a name: it is damaged, or no MATLAB file."
        )
    found: dict[str, StoredArray] = {}
    waiting = [(n, v) for n, v in reversed(content.items()) if not n.startswith("__")]
    while waiting:
        name, value = waiting.pop()
        fields = _fields(value)
        if fields is None:
            found[name] = _stored(value)
        else:
            waiting += [(f"{name}.{field}", fields[field]) for field in reversed(fields)]
    return found


def _declared(path: Path) -> int:
    """Return how many bytes variables take when they are not compressed, as the file tells it."""
    with open(path, "rb") as file:
        order = ">" if file.read(_HEAD)[126:] == b"MI" else "<"
        total = path.stat().st_size
        while len(tag := file.read(8)) == 8:
            kind, size = struct.unpack(f"{order}2I", tag)
            begin = file.tell()
            if kind == _COMPRESSED:
                try:
                    inner = zlib.decompressobj().decompress(file.read(min(size, 1024)), 8)
                except zlib.error:
                    break  # SciPy says it better
                total += struct.unpack(f"{order}2I", inner)[1] if len(inner) == 8 else 0
            file.seek(begin + size)
    return total


def _fields(value) -> dict | None:
    """Return the fields of a single struct by name; None of all others."""
    if not isinstance(value, np.ndarray) or value.dtype != object or value.size != 1:
        return None
    one = value.item()
    if not hasattr(one, "_fieldnames"):
        return None
    return {name: field for name, field in vars(one).items() if name != "_fieldnames"}


def _stored(value) -> StoredArray:
    shape = tuple(np.shape(value))
    kind = _kind(value)
    why_not = WHY_NOT.get(kind, "")
    if not why_not and (not isinstance(value, np.ndarray) or value.dtype.kind not in "biuf"):
        why_not = "it holds no real numbers"
    return StoredArray(shape, kind, lambda: value, why_not)


def _kind(value) -> str:
    if hasattr(value, "tocoo"):
        return "sparse"
    if not isinstance(value, np.ndarray):
        return type(value).__name__
    if value.dtype == object:
        is_struct = value.size > 0 and hasattr(value.flat[0], "_fieldnames")
        return "struct" if is_struct else "cell"
    return "char" if value.dtype.kind in "US" else str(value.dtype)
