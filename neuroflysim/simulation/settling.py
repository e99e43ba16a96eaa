"""Whether a network has come to rest at the end of the second of grey, before anything is shown.

Voltages of a network that settles only relax: they move little, and one way. A voltage that swings
to and fro does not, either because the time step is so long that each step overshoots, which is an
error of the simulation, or because the network itself oscillates, which is a finding. A shorter
step tells them apart.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np
from attrs import frozen

from neuroflysim.errors import UnsettledError, UnsettledWarning
from neuroflysim.simulation.cache import Kept

#: Seconds at the end of the lead in which voltages are watched.
WATCHED_TIME = 0.25

#: A voltage that has settled stays within this while it is watched, as of fitted models
#: (`neuroflysim.fit.stability`).
TOLERANCE = 0.05

#: A swing above this, which the time step alone brings about, makes results meaningless: half of
#: what a photoreceptor answers when grey turns white.
MEANINGLESS = 0.25

#: The fewest samples that can show a swing.
FEWEST = 3

#: How often the step is halved in search of one with which a network settles, and the shortest
#: step that is tried, in seconds.
MOST_HALVINGS, SHORTEST_STEP = 6, 0.0005

#: How much voltages move at grey with the steps that were tried, by all on which it depends. The
#: answers of ten thousand are kept.
BYTES_OF_AN_ANSWER = 1000
ASKED = Kept(10_000 * BYTES_OF_AN_ANSWER)


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
    swing: np.ndarray  #: what of it does not remain from beginning to end: 0 if it went one way


class Watch:
    """Looks at voltages step by step, and keeps no more than how far they went."""

    def __init__(self):
        self._first = None

    def see(self, voltage: np.ndarray) -> None:
        """Look at the voltages after a step."""
        voltage = np.array(voltage, dtype=float)
        if self._first is None:
            self._first, self._lowest, self._highest = voltage, voltage, voltage
        else:
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
            return Movement(range=extent, swing=extent - np.abs(self._last - self._first))


def watched_steps(n_lead: int, time_step: float) -> int:
    """Return how many of the last steps of a lead are watched."""
    return min(n_lead, max(FEWEST, round(WATCHED_TIME / time_step)))


def watched(voltage: np.ndarray) -> Movement | None:
    """Return how voltages moved that were all recorded, shape (time, recorded)."""
    watch = Watch()
    for row in voltage:
        watch.see(row)
    return watch.movement


@frozen
class Unsettled:
    """A candidate that did not settle, and the cell that moved most."""

    candidate: int
    who: str  #: the candidate in words
    cell: str
    amount: float
    swings: bool


def tell(found: list[Unsettled], time_step: float, moves_at: Callable, may_raise: bool) -> None:
    """Raise or warn of candidates that have not settled.

    Parameters
    ----------
    found : list of Unsettled
    time_step : float
        In seconds.
    moves_at : callable
        Takes a time step and candidates, and returns how much voltages of each still move with it.
    may_raise : bool
        Whether a large swing that the time step alone brings about is an error, and not only a
        warning.
    """
    open_cases = [each for each in found if each.swings]
    cured: dict[int, float] = {}
    for step in shorter_steps(time_step):
        if not open_cases:
            break
        moved = moves_at(step, [each.candidate for each in open_cases])
        cured |= {
            e.candidate: step for e, m in zip(open_cases, moved, strict=True) if m <= TOLERANCE
        }
        open_cases = [each for each in open_cases if each.candidate not in cured]
    by_step = [each for each in found if each.candidate in cured]
    own_swing = [each for each in found if each.swings and each.candidate not in cured]
    drifting = [each for each in found if not each.swings]
    if by_step:
        step = min(cured.values())
        message = (
            f"{_what(by_step, time_step)}. That comes from the time step, which is too long: with"
            f" {1000 * step:.3g} ms {_it(by_step)} at rest by then. Use time_step={_rounded(step)}"
            "*ms or less, or initial='rest' to go on all the same."
        )
        if may_raise and max(each.amount for each in by_step) > MEANINGLESS:
            raise UnsettledError(message)
        warnings.warn(message, UnsettledWarning, stacklevel=2)
    if own_swing:
        least = 1000 * min(shorter_steps(time_step), default=time_step)
        warnings.warn(
            f"{_what(own_swing, time_step)}. It does so with steps down to {least:.3g} ms, too: the"
            " network itself does not come to rest, and what is shown meets it on the move.",
            UnsettledWarning,
            stacklevel=2,
        )
    if drifting:
        warnings.warn(
            f"{_what(drifting, time_step)}. It goes one way, as slow cells do; what is shown meets"
            " the network before it is at rest. Show more grey before (pre_time), or give initial"
            " voltages.",
            UnsettledWarning,
            stacklevel=2,
        )


def _what(found: list[Unsettled], time_step: float) -> str:
    """Return what moves most, and how many others do."""
    worst = max(found, key=lambda each: each.amount)
    moves = "swings" if worst.swings else "moves"
    others = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return (
        f"the network has not settled after 1 s of grey, with a time step of"
        f" {1000 * time_step:.4g} ms: the voltage of {worst.cell} {moves} by {worst.amount:.2g} in"
        f" the last {WATCHED_TIME:g} s ({worst.who}{others})"
    )


def _it(found: list) -> str:
    return "it is" if len(found) == 1 else f"this and {len(found) - 1} more candidates are"


def _rounded(step: float) -> str:
    """Return milliseconds that are no longer, with two digits."""
    digits = 1 - int(np.floor(np.log10(1000 * step)))
    return f"{np.floor(1000 * step * 10**digits + 1e-9) / 10**digits:g}"


def shorter_steps(time_step: float) -> list[float]:
    """Return the steps that are tried if a network does not settle, in seconds."""
    halved = [time_step / 2**k for k in range(1, MOST_HALVINGS + 1)]
    return [step for step in halved if step >= SHORTEST_STEP]
