"""Luminance of a condition: equations evaluated, or a function called, and checked.

Values are computed in float64, for borders must not move by rounding, and kept as the caller wants.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from inspect import signature

import numpy as np
from attrs import frozen
from brian2 import get_dimensions
from brian2.units.fundamentalunits import DIMENSIONLESS

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.machine.cores import available_cores
from neuroflysim.stimulus.equations import LuminanceEquations
from neuroflysim.stimulus.eye import Eye

#: Luminance beyond black or white by so little is rounding, or comes of drawing a little later.
ROUNDING = 1e-6

#: What is drawn for a frame is drawn so many seconds after its beginning, or a millionth of a step
#: where steps are short. Times are multiples of the step in floating point, a little before or
#: after what is meant; where a stimulus jumps at the beginning of a frame, as a flicker does, this
#: frame is always the first after the jump.
LATER, LATER_IN_STEPS = 1e-9, 1e-6

#: Values evaluated at once: few enough that the arrays in between stay in the cache of a core, and
#: so many that Python's own part, which is not shared among threads, is small.
BLOCK = 1 << 16

#: Values that are worth a second thread.
MANY = 1_000_000


@frozen
class Canvas:
    """What the conditions of a protocol are drawn on.

    Parameters
    ----------
    name : str
        Of the protocol, for errors.
    eye : Eye
    times : ndarray, shape (time,)
        Seconds since onset when frames are drawn, see `drawing_times`.
    background : float
    """

    name: str
    eye: Eye
    times: np.ndarray
    background: float

    def draw(
        self,
        what: LuminanceEquations | Callable,
        conditions: Sequence[dict],
        luminance: np.ndarray,
        onset: int,
    ) -> None:
        """Write all conditions, with the background before and after the stimulus.

        Parameters
        ----------
        what : LuminanceEquations or callable
            Equations, or the function that draws the frames of one condition.
        conditions : sequence of dict of str to float
        luminance : ndarray, shape (condition, time, column)
        onset : int
            Frame in which the stimulus begins.
        """
        end = onset + len(self.times)
        equations = isinstance(what, LuminanceEquations)

        def draw_one(condition: dict, frames: np.ndarray) -> None:
            frames[:onset] = frames[end:] = self.background
            if isinstance(what, LuminanceEquations):
                self._evaluate(what, condition, frames[onset:end])
            else:
                self._call(what, condition, frames[onset:end])

        # Numpy lets other threads run while it computes. A user's function may count on being the
        # only one, and on being called by the thread that asked.
        if not equations or luminance.size < MANY:
            for condition, frames in zip(conditions, luminance, strict=True):
                draw_one(condition, frames)
            return
        pool = ThreadPoolExecutor(available_cores())
        try:
            for _ in pool.map(draw_one, conditions, luminance):
                pass  # raises the error of the first condition that has one
        finally:
            pool.shutdown(cancel_futures=True)

    def _evaluate(self, equations: LuminanceEquations, condition: dict, frames: np.ndarray) -> None:
        n_frames = max(1, BLOCK // len(self.eye.x))
        axes = {name: word.places(self.eye, condition) for name, word in equations.axes.items()}
        for first in range(0, len(self.times), n_frames):
            block = slice(first, first + n_frames)
            times = self.times[block]
            values = equations.evaluate(
                x=self.eye.x,
                y=self.eye.y,
                t=times[:, None],
                background=self.background,
                **condition,
                **axes,
            )
            frames[block] = self._in_range(values, times, condition)

    def _call(self, function: Callable, condition: dict, frames: np.ndarray) -> None:
        values = {name: float(value) for name, value in condition.items()}
        try:
            drawn = function(self.eye, self.times.copy(), self.background, **values)
        except Exception as error:
            error.add_note(f"protocol {self.name}: drawing its condition {condition} failed.")
            raise
        plain = isinstance(drawn, np.ndarray) and drawn.dtype.kind in "biuf"
        if not plain or get_dimensions(drawn) is not DIMENSIONLESS:
            raise InvalidTypeError(
                f"protocol {self.name}: its function returns {str(drawn)[:60]!r}"
                f" ({type(drawn).__name__}) in condition {condition}, but must return a numpy"
                " array (time, column) of plain numbers."
            )
        if drawn.shape != frames.shape:
            raise InvalidValueError(
                f"protocol {self.name}: its function returns the shape {drawn.shape} in condition"
                f" {condition}, but must return {frames.shape}: a row for each of the times, in it"
                " one value for each column."
            )
        frames[:] = self._in_range(np.asarray(drawn), self.times, condition)

    def _in_range(self, values, times: np.ndarray, condition: dict):
        """Return values from 0 to 1 without their rounding, or raise."""
        low, high = np.min(values), np.max(values)  # NaN if one of them is
        if low >= 0 and high <= 1:
            return values
        if low >= -ROUNDING and high <= 1 + ROUNDING:
            return np.clip(values, 0, 1)
        values = np.broadcast_to(values, (len(times), len(self.eye.x)))
        when, where = np.argwhere(~((values >= -ROUNDING) & (values <= 1 + ROUNDING)))[0]
        raise InvalidValueError(
            f"protocol {self.name}: luminance is {values[when, where]:g} at time"
            f" {round(float(times[when]), 6):g} s, column {where}, condition {condition}; it must"
            " stay between 0 (black) and 1 (white)."
        )


def drawing_times(times: np.ndarray, time_step: float) -> np.ndarray:
    """Return when frames are drawn: a little after they begin.

    Parameters
    ----------
    times : ndarray
        When they begin, in seconds.
    time_step : float

    Examples
    --------
    >>> times = np.round(np.arange(40) * 0.01, 12)
    >>> wrong, right = times % 0.1 < 0.05, drawing_times(times, 0.01) % 0.1 < 0.05
    >>> int(wrong.sum()), int(right.sum())
    (22, 20)
    """
    return times + min(LATER, LATER_IN_STEPS * time_step)


def name_of(function: Callable) -> str:
    """Name a function for the record, with what a partial gives it beforehand."""
    given = getattr(function, "args", ())
    function = getattr(function, "func", function)
    kind = function if hasattr(function, "__qualname__") else type(function)
    told = [repr(v) if isinstance(v, str | int | float) else type(v).__name__ for v in given]
    return f"{kind.__module__}.{kind.__qualname__}" + (f"({', '.join(told)})" if told else "")


def require_arguments(function: Callable, names: Iterable[str]) -> None:
    """Raise unless a function can be called with an eye, times, background and parameters."""
    if not callable(function):
        raise InvalidTypeError(
            f"frames must be a function (eye, times, background, **parameters) that returns"
            f" luminance (time, column), but is {type(function).__name__}; an array of frames can"
            " be given to simulate as it is."
        )
    try:
        arguments = signature(function)
    except (TypeError, ValueError):  # some functions written in C do not tell
        return
    try:
        arguments.bind(None, None, None, **dict.fromkeys(names))
    except TypeError as error:
        raise InvalidValueError(
            f"the function of frames is called with (eye, times, background) and the parameters"
            f" ({', '.join(names)}) by name, but does not accept that: {error}."
        ) from None
