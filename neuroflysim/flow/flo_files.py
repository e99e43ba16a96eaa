"""Files of optic flow as Middlebury has them (.flo).

Baker et al., Int. J. Comput. Vis. 92, 1 (2011); https://vision.middlebury.edu/flow/code/flow-code.
Little-endian: the float32 202021.25 (the bytes PIEH), width and height as int32, and then for each
pixel, row by row from the top, the motion to the right and downwards in pixels, as float32.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError

MAGIC = b"PIEH"

#: Where flow is not known, files hold numbers above this.
UNKNOWN = 1e9


def read_flo(path) -> np.ndarray:
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
        If the file is none of these, or not whole.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_flo(Path(folder) / "frame.flo", np.ones((3, 4, 2)))
    ...     read_flo(Path(folder) / "frame.flo").shape
    (3, 4, 2)
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InvalidValueError(f"{path} cannot be read: {error.strerror}.") from None
    if content[:4] != MAGIC:
        raise InvalidValueError(
            f"{path} begins with {content[:4]!r}, but a file of flow begins with {MAGIC!r}; name a"
            " .flo file as Middlebury and Sintel have them."
        )
    width, height = np.frombuffer(content[4:12].ljust(8, b"\0"), dtype="<i4").tolist()
    expected = 12 + 8 * width * height
    if width < 1 or height < 1 or len(content) != expected:
        raise InvalidValueError(
            f"{path} says {width} x {height} pixels, which needs {expected} bytes, but has"
            f" {len(content)}; copy it again from where it came."
        )
    flow = np.frombuffer(content, dtype="<f4", offset=12).reshape(height, width, 2)
    known = np.abs(flow) <= UNKNOWN  # False for nan, too
    return np.where(known.all(axis=2, keepdims=True), flow, np.float32(np.nan))


def write_flo(path, flow) -> None:
    """Write flow into a file.

    Parameters
    ----------
    path : path-like
    flow : array_like, shape (height, width, 2), pixels
        From one frame to the next, to the right and downwards.

    Examples
    --------
    See `read_flo`.
    """
    flow = checks.numeric_array("flow", flow)
    if flow.ndim != 3 or flow.shape[2] != 2 or 0 in flow.shape:
        raise InvalidValueError(f"flow has shape {flow.shape}, but must be (height, width, 2).")
    height, width = flow.shape[:2]
    size = np.array([width, height], dtype="<i4")
    Path(path).write_bytes(MAGIC + size.tobytes() + flow.astype("<f4").tobytes())
