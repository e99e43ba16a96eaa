"""What a fit wants to be read out of the network at each column: flow, or something else."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen

from neuroflysim.flow.clips import Clips
from neuroflysim.flow.readout import compressed

#: Frames over which luminance changes, for the task of that name: 100 ms of a fit's clips. From one
#: frame to the next a change would be little more than pixel noise.
CHANGE_FRAMES = 5


@frozen
class Task:
    """What is to be read out.

    Examples
    --------
    >>> TASKS["flow"].n_targets
    2
    """

    meaning: str
    n_targets: int
    #: Clips -> array of shape (clip, time, column or 1, target)
    of: Callable[[Clips], np.ndarray]
    #: Whether targets are taken about their mean: what says the same of all clips explains nothing.
    about_mean: bool = True

    def targets(self, clips: Clips, read: np.ndarray) -> np.ndarray:
        """Return what is to be read out of clips.

        Parameters
        ----------
        clips : Clips
        read : array_like of int or bool
            The frames that are read, as numpy indexes an axis.

        Returns
        -------
        ndarray, shape (clip, time, column, target) or (clip, time, target)
            The latter where all columns want the same. The mean is that of the frames that are
            read.

        Examples
        --------
        >>> from neuroflysim.flow.periodic_worlds import translating_worlds
        >>> clips = translating_worlds(2, seed=0)
        >>> TASKS["speed"].targets(clips, [9, 27]).shape
        (8, 36, 1)
        """
        wanted = self.of(clips).astype(np.float64, copy=False)
        if self.about_mean:
            wanted = wanted - wanted[:, read].mean(axis=(0, 1, 2))
        return wanted[:, :, 0] if wanted.shape[2] == 1 else wanted


def _all_columns(flow: np.ndarray) -> np.ndarray:
    """Return flow once, where a broadcast view repeats it for all columns."""
    return flow[:, :, :1] if flow.strides[2] == 0 else flow


def _flow(clips: Clips) -> np.ndarray:
    return compressed(_all_columns(clips.flow))


def _speed(clips: Clips) -> np.ndarray:
    return np.linalg.norm(_flow(clips), axis=-1, keepdims=True)


def _luminance(clips: Clips) -> np.ndarray:
    return clips.luminance[..., None]


def _luminance_change(clips: Clips) -> np.ndarray:
    before = clips.luminance[:, np.maximum(np.arange(clips.n_frames) - CHANGE_FRAMES, 0)]
    return np.subtract(clips.luminance, before, dtype=np.float64)[..., None]


TASKS = {
    # Directions are balanced: the mean is 0 but for rounding.
    "flow": Task("direction and speed of the image's motion", 2, _flow, about_mean=False),
    "speed": Task("speed of the image's motion, whatever its direction", 1, _speed),
    "luminance": Task("luminance of the column", 1, _luminance),
    "luminance change": Task("by how much the luminance of the column rose", 1, _luminance_change),
}
