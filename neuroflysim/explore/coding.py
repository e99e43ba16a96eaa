"""Numbers for a page: whole numbers of small steps, as differences over time, compressed.

`data.js` reads what is written here.
"""

from __future__ import annotations

import base64
import zlib

import numpy as np
from attrs import frozen

#: Steps from the lowest to the highest value of a cell type: 12 bits. A step is 0.024 % of the
#: range, and a value on the page is at most half a step beside the one that was simulated.
STEPS = 4095

#: What stands for a value that is missing.
MISSING = 65535

#: Of zlib: 9 takes thrice as long for 3 %.
_LEVEL = 6


@frozen
class Scale:
    """A value is low + step * whole number."""

    low: float
    step: float

    @classmethod
    def of(cls, values: np.ndarray) -> Scale:
        """Return the scale that holds all finite values.

        Parameters
        ----------
        values : ndarray

        Examples
        --------
        >>> Scale.of(np.array([0.0, 40.95]))
        Scale(low=0.0, step=0.01)
        """
        finite = values[np.isfinite(values)]
        if not len(finite):
            return cls(0.0, 1.0)
        low, high = float(finite.min()), float(finite.max())
        return cls(low, (high - low) / STEPS or 1.0)

    def whole(self, values: np.ndarray) -> np.ndarray:
        """Return the whole numbers of values, 65535 where there is none.

        Parameters
        ----------
        values : ndarray
        """
        there = np.isfinite(values)
        whole = np.full(values.shape, MISSING, dtype=np.uint16)
        places = np.round((values[there] - self.low) / self.step).clip(0, STEPS)
        whole[there] = places.astype(np.uint16)
        return whole

    def values(self, whole: np.ndarray) -> np.ndarray:
        """Return what the page takes whole numbers for.

        Parameters
        ----------
        whole : ndarray of uint16
        """
        return np.where(whole == MISSING, np.nan, self.low + self.step * whole)


def packed(whole: np.ndarray) -> str:
    """Return whole numbers as text: of each cell the differences from sample to sample.

    All low bytes come first and then all high ones, which are 0 or 255 nearly everywhere.

    Parameters
    ----------
    whole : ndarray of uint16, shape (time, cell)

    Returns
    -------
    str
        Base64 of zlib.
    """
    first = np.zeros((1, whole.shape[1]), dtype=np.uint16)
    differences = np.diff(whole, axis=0, prepend=first)  # of 16 bits, they wrap around
    halves = np.stack([differences & 255, differences >> 8]).astype(np.uint8)
    return base64.b64encode(zlib.compress(halves.tobytes(), _LEVEL)).decode("ascii")
