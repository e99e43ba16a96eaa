"""Files of optic flow as Middlebury has them (.flo).

Baker et al., Int. J. Comput. Vis. 92, 1 (2011); https://vision.middlebury.edu/flow/code/flow-code.
Little-endian: the float32 202021.25 (the bytes PIEH), width and height as int32, and then for each
pixel, row by row from the top, the motion to the right and downwards in pixels, as float32.
"""

from __future__ import annotations

import os

import numpy as np
import numpy.typing as npt

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing, written_whole

MAGIC = b"PIEH"

#: Where flow is not known, files hold numbers above this.
UNKNOWN = 1e9

#: Nothing is followed that moves by so many pictures from one frame to the next.
MOST_FRAMES = 10


def read_flo(path: str | os.PathLike[str]) -> np.ndarray:
    """Return the flow in a file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    ndarray of float32, shape (height, width, 2), pixels
        From one frame to the next, to the right and downwards, as in the file; nan where the file
        says that it is not known.

    Raises
    ------
    InvalidValueError
        If the file is none of these, not whole, or says that a pixel moves further than ten
        pictures. Other damage cannot be seen: the format has no checksum.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_flo(Path(folder) / "frame.flo", np.ones((3, 4, 2)))
    ...     read_flo(Path(folder) / "frame.flo").shape
    (3, 4, 2)
    """
    path = existing(path)
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            head = file.read(12)
            if head[:4] != MAGIC:
                raise InvalidValueError(
                    f"{path} begins with {head[:4]!r}, but a file of flow begins with {MAGIC!r};"
                    " name a .flo file as Middlebury and Sintel have them."
                )
            width, height = np.frombuffer(head[4:].ljust(8, b"\0"), dtype="<i4").tolist()
            expected = 12 + 8 * width * height
            if width < 1 or height < 1 or size != expected:
                raise InvalidValueError(
                    f"{path} says {width} x {height} pixels, which needs {expected} bytes, but has"
                    f" {size}; copy it again from where it came."
                )
            content = file.read(expected - 12)
    except OSError as error:
        raise InvalidValueError(f"{path} cannot be read: {error.strerror}.") from None
    flow = np.frombuffer(content, dtype="<f4").reshape(height, width, 2)
    known = np.abs(flow) <= UNKNOWN  # False for nan, too
    known = known.all(axis=2, keepdims=True)
    _require_motion(path, np.where(known, flow, 0), width, height)
    return np.where(known, flow, np.float32(np.nan))


def _require_motion(where, flow: np.ndarray, width: int, height: int) -> None:
    """Raise if something moves so far that a frame cannot show it: such numbers are damaged."""
    most = MOST_FRAMES * max(width, height)
    wrong = np.abs(flow) > most
    if wrong.any():
        row, column, _ = map(int, np.argwhere(wrong)[0])
        raise InvalidValueError(
            f"{where}: flow is {flow[row, column].tolist()} pixels in row {row}, column {column},"
            f" but the picture has {width} x {height}; the file is damaged, or does not hold"
            f" pixels. What is not known is marked by numbers above {UNKNOWN:g}."
        )


def write_flo(path: str | os.PathLike[str], flow: npt.ArrayLike) -> None:
    """Write flow into a file.

    Parameters
    ----------
    path : path-like
    flow : array_like, shape (height, width, 2), pixels
        From one frame to the next, to the right and downwards.

    Raises
    ------
    InvalidValueError
        If flow is not finite, or moves further than any file that `read_flo` takes.
    FileError
        If the disk is full; the old file is still there.

    Examples
    --------
    See `read_flo`.
    """
    flow = checks.numeric_array("flow", flow)
    if flow.ndim != 3 or flow.shape[2] != 2 or 0 in flow.shape:
        raise InvalidValueError(f"flow has shape {flow.shape}, but must be (height, width, 2).")
    height, width = flow.shape[:2]
    size = np.array([width, height], dtype="<i4")
    _require_motion(path, flow, width, height)
    with written_whole(path) as temporary:
        temporary.write_bytes(MAGIC + size.tobytes() + flow.astype("<f4").tobytes())
