"""The display: a Brian2 group that holds the luminance of each column in each condition.

It shows either a protocol, evaluated step by step in the code that Brian2 generates, or frames,
looked up in one array that all candidates share. Sizes and values are data and not code: a program
shows other frames, or the protocol with other parameters, without being compiled anew.

What is shown in one step is a row. The first row may stand for some time before the stimulus, so
that the network settles.
"""

from __future__ import annotations

import numpy as np
from brian2 import Clock, NeuronGroup
from brian2.groups.group import CodeRunner

from neuroflysim.simulation.brian_state import set_preferences
from neuroflysim.stimulus.canvas import ROUNDING
from neuroflysim.stimulus.equations import LuminanceEquations

#: As `_n_before`: the first row stays.
FOR_EVER = 2**31 - 2

# Each pixel knows where to read next; it moves on once the time before the stimulus is over.
FRAMES = """
luminance = _frames
_at = _at + N*int(t_in_timesteps + 1 >= _n_before)
"""

# A negative time means that the protocol shows nothing. Out of range is noted for the first time.
PROTOCOL = """
_since = _time*int(_time >= 0)
{equations}
_shown = int(_time >= 0)*_protocol + int(_time < 0)*_between
_wrong = _wrong + int(_wrong == 0)*int(not (_shown >= -{rounding} and _shown <= 1 + {rounding}))
luminance = clip(_shown, 0, 1)
_row = _row + int(t_in_timesteps + 1 >= _n_before)
"""


class _InDoublePrecision(CodeRunner):
    """Makes its code in float64 whatever the rest uses: borders must not move by rounding."""

    def create_code_objects(self, run_namespace):
        with set_preferences({"core.default_float_dtype": np.float64}):
            super().create_code_objects(run_namespace)


def build_display(
    equations: LuminanceEquations | None,
    n_pixels: int,
    n_rows: int,
    dtype: np.dtype,
    clock: Clock,
) -> tuple[NeuronGroup, CodeRunner]:
    """Return the Brian2 group whose `luminance` the network sees, and what updates it.

    Parameters
    ----------
    equations : LuminanceEquations or None
        Those of a protocol; None shows frames.
    n_pixels : int
        Columns times conditions, conditions innermost.
    n_rows : int
    dtype : dtype
        Of luminance and frames.
    clock : Clock
    """
    display = NeuronGroup(n_pixels, "luminance : 1", clock=clock, dtype=dtype, name="display")
    add = display.variables.add_array
    add("_n_before", size=1, dtype=np.int32, scalar=True)
    if equations is None:
        add("_at", size=n_pixels, dtype=np.int64)  # there may be more than 2^31 values
        add("_frames", size=n_rows * n_pixels, dtype=dtype, index="_at")
        code = FRAMES
    else:
        for name in ("_row", "_wrong"):
            add(name, size=n_pixels, dtype=np.int32)
        for name in ("_time", "_between"):
            add(name, size=n_rows, dtype=np.float64, index="_row")
        parameters = map(equations.inside, equations.parameters)
        for name in ("x", "y", "background", *equations.axes, *parameters):
            add(name, size=n_pixels, dtype=np.float64)
        renamed = {"t": "_since", "luminance": "_protocol"}
        code = PROTOCOL.format(equations=equations.abstract_code(renamed), rounding=ROUNDING)
    update = _InDoublePrecision(
        display, "stateupdate", code=code, clock=clock, when="start", order=-1,
        name="display_update", check_units=False,
    )  # fmt: skip
    return display, update


def frame_values(frames: np.ndarray, before: float, n_before: int) -> dict[str, np.ndarray]:
    """Return the variables of a display that shows frames.

    Parameters
    ----------
    frames : ndarray, shape (condition, time, column)
    before : float
        Luminance of the first row, if there is one before the stimulus.
    n_before : int
        Steps that it is shown. A negative number tells of frames that were shown in another run.
    """
    n_conditions, _, n_columns = frames.shape
    if n_before == FOR_EVER:
        frames = frames[:, :0]  # none of them will be seen
    first = int(n_before > 0)
    rows = np.empty((first + frames.shape[1], n_columns, n_conditions), dtype=frames.dtype)
    rows[:first] = before
    rows[first:] = frames.transpose(1, 2, 0)
    return {
        "_n_before": np.array([n_before]),
        "_at": np.arange(n_columns * n_conditions),
        "_frames": rows.reshape(-1),
    }


def protocol_values(
    by_pixel: dict[str, np.ndarray],
    times: np.ndarray,
    background: float,
    before: float,
    n_before: int,
) -> dict[str, np.ndarray]:
    """Return the variables of a display that shows a protocol.

    Parameters
    ----------
    by_pixel : dict of str to ndarray, shape (column * condition,)
        Position and parameters, as the equations name them.
    times : ndarray, shape (time,)
        Seconds since the stimulus began; negative where only the background is shown.
    background, before : float
    n_before : int
    """
    between = np.full(len(times), float(background))
    if n_before > 0:
        times, between = np.append(-1.0, times), np.append(before, between)
    nothing = np.zeros(len(by_pixel["x"]), dtype=np.int32)
    return {
        "_n_before": np.array([n_before]),
        "_row": nothing,
        "_wrong": nothing,
        "_time": times,
        "_between": between,
        **by_pixel,
    }
