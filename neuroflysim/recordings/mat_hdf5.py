"""Variables of MATLAB files of v7.3, which are HDF5 files with the dimensions turned around."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.recordings.hdf5_content import require_own_content
from neuroflysim.recordings.mat_files import WHY_NOT
from neuroflysim.recordings.reader import one_sentence
from neuroflysim.recordings.stored_arrays import StoredArray

#: Where MATLAB keeps what cells and objects lead to.
_OWN = ("#refs#", "#subsystem#")


def is_hdf5(path: Path) -> bool:
    """Return whether a MATLAB file is one of v7.3."""
    return bool(h5py.is_hdf5(path))


def variables_of(path: Path) -> dict[str, StoredArray]:
    """Return the variables of a file by name; fields of a struct s as s.name.

    Parameters
    ----------
    path : Path
        A regular file.
    """
    found: dict[str, StoredArray] = {}
    try:
        require_own_content(path)
        with h5py.File(path, "r") as content:
            waiting = [(name, content[name]) for name in reversed(content) if name not in _OWN]
            while waiting:
                name, one = waiting.pop()
                if isinstance(one, h5py.Dataset):
                    found[name] = _stored(path, one)
                elif "MATLAB_sparse" in one.attrs:
                    found[name] = StoredArray((1, 1), "sparse", _nothing, WHY_NOT["sparse"])
                else:
                    waiting += [(f"{name}.{field}", one[field]) for field in reversed(one)]
    except NeuroFlySimError:
        raise
    except Exception as error:  # of HDF5, on damaged files
        raise _unreadable(path, error) from None
    return found


def _stored(path: Path, one: h5py.Dataset) -> StoredArray:
    kind = one.attrs.get("MATLAB_class", str(one.dtype))
    kind = kind.decode("ascii", "replace") if isinstance(kind, bytes) else str(kind)
    if h5py.check_ref_dtype(one.dtype) is not None:
        kind = kind if kind == "cell" else "struct"
    why_not = WHY_NOT.get(kind, "")
    if "MATLAB_empty" in one.attrs:
        why_not = "it is empty"
    elif not why_not and one.dtype.kind not in "biuf":
        why_not = "it holds no real numbers"
    address = one.name

    def read() -> np.ndarray:
        try:
            with h5py.File(path, "r") as content:
                return content[address][()].T
        except Exception as error:
            raise _unreadable(path, error) from None

    return StoredArray(tuple(reversed(one.shape or ())), kind, read, why_not)


def _nothing() -> np.ndarray:
    return np.empty(0)


def _unreadable(path: Path, error: Exception) -> InvalidValueError:
    return InvalidValueError(
        f"{path} cannot be read as a MATLAB file of v7.3 ({one_sentence(error)}); is it whole?"
    )
