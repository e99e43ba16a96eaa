"""What the head of an array that NumPy wrote says, looked at before anything is read."""

from __future__ import annotations

from typing import IO

import numpy as np

from neuroflysim.errors import InvalidValueError

#: Why arrays of Python objects are not read.
PICKLED = (
    "it holds Python objects, which NumPy keeps as a pickle, a program that would run with your"
    " rights; save numbers alone, in an array with a dtype of numbers"
)


def npy_header(where: str, file: IO[bytes]) -> tuple[tuple[int, ...], np.dtype]:
    """Return shape and type of the array that begins where a file stands.

    Parameters
    ----------
    where : str
        File and array, for messages.
    file : binary file
    """
    try:
        version = np.lib.format.read_magic(file)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read(file)
    except Exception as error:  # of NumPy, and of Python's parser on a damaged head
        raise InvalidValueError(
            f"{where} is no array of NumPy ({type(error).__name__}); was it written by numpy.save,"
            " and is it whole?"
        ) from None
    if any(size < 0 for size in shape):
        raise InvalidValueError(f"{where}: its shape is {shape}; the file is damaged.")
    return tuple(map(int, shape)), dtype


def no_numbers(dtype: np.dtype) -> str:
    """Return why an array of this type holds no real numbers, or nothing if it does."""
    if dtype.hasobject:
        return PICKLED
    if dtype.kind not in "biuf":
        return "it holds no real numbers"
    return ""
