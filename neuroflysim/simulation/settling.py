"""Whether a network has come to rest at the end of the second of grey, before anything is shown.

Voltages of a network that settles only relax: they move little, and one way. A voltage that swings
to and fro does not. `neuroflysim.simulation.unsettled` finds out why, and tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from attrs import frozen

#: Seconds at the end of the lead in which voltages are watched.
WATCHED_TIME = 0.25

#: A voltage that has settled stays within this while it is watched, here and in the check of fitted
#: models (`neuroflysim.fit.stability`).
TOLERANCE = 0.05

#: The fewest samples that can show a swing.
FEWEST = 3

_ASKED_FOR = ContextVar("whether it is asked if networks settle", default=True)


@contextmanager
def unasked() -> Iterator[None]:
    """Do not ask whether networks settle, where it is asked by other means."""
    token = _ASKED_FOR.set(False)
    try:
        yield
    finally:
        _ASKED_FOR.reset(token)


def is_asked() -> bool:
    """Return whether it is to be asked if networks settle."""
    return _ASKED_FOR.get()


@frozen
class Movement:
    """How recorded voltages moved while they were watched, in the order of the recorder."""

    range: np.ndarray  #: largest minus smallest
    swing: np.ndarray  #: what of it was gone to and fro: 0 if it went one way


class Watch:
    """Looks at voltages step by step, and keeps no more than how far they went."""

    def __init__(self):
        self._first = None

    def see(self, voltage: np.ndarray) -> None:
        """Look at the voltages after a step."""
        voltage = np.array(voltage, dtype=float)
        if self._first is None:
            self._first, self._lowest, self._highest = voltage, voltage, voltage
            self._gone = np.zeros_like(voltage)
        else:
            with np.errstate(invalid="ignore"):  # of voltages that ran away
                self._gone = self._gone + np.abs(voltage - self._last)
            self._lowest = np.minimum(self._lowest, voltage)
            self._highest = np.maximum(self._highest, voltage)
        self._last = voltage

    @property
    def movement(self) -> Movement | None:
        """How the voltages moved; None if none was seen, because one ran away before."""
        if self._first is None:
            return None
        with np.errstate(invalid="ignore"):  # of voltages that ran away
            extent = self._highest - self._lowest
            # Half of what was gone beyond the way from beginning to end, which alone does not tell:
            # of a voltage that jumps up and down with each step, they may lie farthest apart.
            to_and_fro = (self._gone - np.abs(self._last - self._first)) / 2
            return Movement(range=extent, swing=np.fmin(extent, to_and_fro))


def watched_steps(n_lead: int, time_step: float) -> int:
    """Return how many of the last steps of a lead are watched."""
    return min(n_lead, max(FEWEST, round(WATCHED_TIME / time_step)))


def watched(voltage: np.ndarray) -> Movement | None:
    """Return how voltages moved that were all recorded, shape (time, recorded)."""
    watch = Watch()
    for row in voltage:
        watch.see(row)
    return watch.movement
