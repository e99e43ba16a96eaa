"""Two columns that flash one after the other, and each of them alone."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.stimulus.eye import COLUMN_ANGLE
from neuroflysim.stimulus.protocol import Protocol

#: Which of the two columns is lit: both, the first alone, the second alone.
SHOWN = ((1, 1), (1, 0), (0, 1))


def apparent_motion_columns(
    columns: npt.ArrayLike = (((1, 0), (0, 0)), ((0, 0), (1, 0))),
    intensity: npt.ArrayLike = (0, 1),
    delay: Quantity | Sequence[Quantity] = 472 * ms,
    duration: Quantity = 472 * ms,
    column_angle: float = COLUMN_ANGLE,
    pre_time: Quantity = 1 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A single column flashes, and then another one, the smallest step of motion there is.

    On a uniform background of luminance 0.5 a first column is lit (or darkened) for 472 ms, and
    `delay` after its onset a second one, for as long. The default are the central column and the
    one below it, in either order: upward and downward motion. Each pair is shown three times: both
    columns, the first alone and the second alone, each at its time. So the response to both can be
    compared with the sum of the responses to the parts: a larger one is enhancement, a smaller one
    is suppression. Columns are found by where they look, so `column_angle` must be that of the eye.

    Parameters
    ----------
    columns : ((int, int), (int, int)) or list of these
        Axial coordinates (u, v) of the first and the second column. Results are labelled first_u,
        first_v, second_u and second_v.
    intensity : float or list, 0 to 1
        Luminance of both columns while they are lit.
    delay : Quantity or list [s]
        From the onset of the first column to that of the second; 0 for both at once.
    duration : Quantity [s]
        How long each column is lit.
    column_angle : float, degrees
        Angle between neighbouring columns of the eye that the stimulus is shown to.
    pre_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol
        With first_on and second_on among its conditions: (1, 1) shows both columns, (1, 0) the
        first and (0, 1) the second alone.

    Raises
    ------
    InvalidValueError
        If a column is paired with itself and the delay is shorter than the duration.

    References
    ----------
    Haag et al., eLife 5, e17421 (2016), showed pulses of 472 ms to pairs of columns with several
    delays, and measured upward T4 cells: at about 500 ms motion in their preferred direction
    gave the largest response. Haag, Mishra and Borst, eLife 6, e29044 (2017), did so for T4 and
    T5, and also lit the centre and one of the 18 columns around it at once (delay=0*ms).

    Examples
    --------
    >>> upward = apparent_motion_columns(columns=((1, 0), (0, 0)), intensity=1)
    >>> upward.conditions[["first_on", "second_on"]].to_numpy().tolist()
    [[1, 1], [1, 0], [0, 1]]
    """
    pairs = _pairs(columns)
    delay = checks.positive_quantities("delay", delay, second, "472*ms", allow_zero=True)
    duration = checks.seconds("duration", duration) * second
    if any(pair[:2] == pair[2:] for pair in pairs) and np.min(delay) < duration:
        raise InvalidValueError(
            f"a column that is paired with itself cannot flash again at a delay of {np.min(delay)},"
            f" for it is lit for {duration}; choose another column or a longer delay."
        )
    return Protocol(
        name="apparent_motion_columns",
        # Half a column is a wide margin for the rounding; so is 1e-6 ms for the frames.
        equations="""
            first_right = x - sqrt(0.75)*column_angle*first_v : 1
            first_up = y + column_angle*(first_u + first_v/2) : 1
            second_right = x - sqrt(0.75)*column_angle*second_v : 1
            second_up = y + column_angle*(second_u + second_v/2) : 1
            in_first = int(sqrt(first_right**2 + first_up**2) < column_angle/2) : 1
            in_second = int(sqrt(second_right**2 + second_up**2) < column_angle/2) : 1
            time_of_first = int(t < duration - 1e-6*ms) : 1
            since_second = t - delay + 1e-6*ms : second
            time_of_second = int(since_second >= 0*ms) - int(since_second >= duration) : 1
            lit = first_on*time_of_first*in_first + second_on*time_of_second*in_second : 1
            luminance = background + lit*(intensity - background) : 1
        """,
        parameters={
            ("first_u", "first_v", "second_u", "second_v"): pairs,
            "intensity": checks.bounded_numbers("intensity", intensity, 0, 1),
            "delay": delay,
            "duration": duration,
            "column_angle": checks.finite_number("column_angle", column_angle, 0.1, 60),
            ("first_on", "second_on"): SHOWN,
        },
        pre_time=pre_time,
        stim_time=np.max(delay) + duration,
        tail_time=tail_time,
        background=background,
        reference="Haag et al., eLife 5, e17421 (2016)",
    )


def _pairs(columns) -> list[tuple[int, int, int, int]]:
    try:
        array = np.asarray(columns)
        array = array[None] if array.ndim == 2 else array
        if array.dtype.kind not in "iu" or array.ndim != 3 or array.shape[1:] != (2, 2):
            raise ValueError
    except ValueError:  # numpy's own, if the pairs are of unlike length
        raise InvalidTypeError(
            f"columns is {columns!r}, but must be two columns (u, v), for example"
            " ((0, 0), (1, 0)), or a list of such pairs."
        ) from None
    return [tuple(pair) for pair in array.reshape(-1, 4).tolist()]
