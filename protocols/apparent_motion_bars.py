"""Two bars that flash one after the other, and each of them alone."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim.checks import bounded_numbers, positive_quantities, seconds
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.stimulus.bars import bar_equations, bar_sizes
from neuroflysim.stimulus.eye import ACCEPTANCE_ANGLE
from neuroflysim.stimulus.protocol import Protocol

#: Which of the two bars is shown: both, the first alone, the second alone.
SHOWN = ((1, 1), (1, 0), (0, 1))


def apparent_motion_bars(
    positions: npt.ArrayLike = ((-2.25, 2.25), (2.25, -2.25)),
    intensities: npt.ArrayLike = ((0, 0), (1, 1)),
    angle: npt.ArrayLike = 0.0,
    width: npt.ArrayLike = 4.5,
    height: npt.ArrayLike = 20.25,
    delay: Quantity | Sequence[Quantity] = 160 * ms,
    duration: Quantity = 160 * ms,
    acceptance_angle: float = ACCEPTANCE_ANGLE,
    pre_time: Quantity = 1 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A bar flashes, and then another one beside it, as if it had moved by a step.

    On a uniform background of luminance 0.5 a first bar is shown for 160 ms, and `delay` after its
    onset a second one, for as long. The middles of the bars lie at two positions along the axis
    `angle`; they are `width` degrees wide along that axis and `height` degrees long across it. The
    default are two bars side by side, in either order. Each pair is shown three times: both bars,
    the first alone and the second alone, each at its time. So the response to both can be compared
    with the sum of the responses to the parts: a larger one is enhancement, a smaller one is
    suppression. Each column sees the bars through a Gaussian of 5 deg width, the optics of its
    lens.

    Parameters
    ----------
    positions : (float, float) or list of (float, float), degrees
        Of the first and the second bar along the axis. Results are labelled first_position and
        second_position.
    intensities : (float, float) or list of (float, float), 0 to 1
        Luminance of the first and the second bar; unlike ones make reverse-phi motion. Results are
        labelled first_intensity and second_intensity.
    angle : float or list, degrees
        Of the axis, counter-clockwise: 0 for upright bars from left to right. Use the preferred
        direction of a cell.
    width, height : float or list, degrees
        Of the bars, along and across the axis.
    delay : Quantity or list [s]
        From the onset of the first bar to that of the second; 0 for both at once.
    duration : Quantity [s]
        How long each bar is shown.
    acceptance_angle : float, degrees
        Full width at half maximum of the Gaussian through which a column sees the bars; 0 for
        what lies on its optical axis alone.
    pre_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol
        With first_on and second_on among its conditions: (1, 1) shows both bars, (1, 0) the first
        and (0, 1) the second alone.

    Raises
    ------
    InvalidValueError
        If two bars that lie on each other are shown at the same time.

    References
    ----------
    Gruntman, Romani and Reiser, eLife 8, e50706 (2019), showed pairs of bars of 4.5 and 9 deg for
    40 and 160 ms to T5, and Gruntman et al., Current Biology 31, 5286 (2021), pairs of unlike
    contrast. Steps of one width at a delay of the bars' duration are what a bar moving at
    28 deg/s, 4.5 deg in 160 ms, would look like. The acceptance angle is that given by Haag,
    Mishra and Borst, eLife 6, e29044 (2017), after Götz (1965).

    Examples
    --------
    >>> pairs = apparent_motion_bars(positions=(-2.25, 2.25), intensities=(0, 0))
    >>> pairs.conditions[["first_on", "second_on"]].to_numpy().tolist()
    [[1, 1], [1, 0], [0, 1]]
    """
    positions = _pairs("positions", positions, -360, 360)
    intensities = _pairs("intensities", intensities, 0, 1)
    delay = positive_quantities("delay", delay, second, "160*ms", allow_zero=True)
    duration = seconds("duration", duration) * second
    sizes = bar_sizes(width, height)
    widest = np.max(sizes["width"])
    gap = min(abs(first - second) for first, second in positions)
    if gap < widest - 1e-6 and np.min(delay) < duration:
        raise InvalidValueError(
            f"two bars of {widest:g} deg width whose middles are {gap:g} deg apart would be"
            f" shown on each other at a delay of {np.min(delay)}; move them apart, make them"
            " narrower, or let the delay be at least the duration."
        )
    return Protocol(
        name="apparent_motion_bars",
        # The margin of 1e-6 ms treats frames alike, whatever their rounding.
        equations=f"""
            along_axis = along(angle) : 1
            across_axis = across(angle) : 1
            to_first = along_axis - first_position : 1
            to_second = along_axis - second_position : 1
            {bar_equations("in_first", "to_first", "across_axis", acceptance_angle)}
            {bar_equations("in_second", "to_second", "across_axis", acceptance_angle)}
            time_of_first = int(t < duration - 1e-6*ms) : 1
            since_second = t - delay + 1e-6*ms : second
            time_of_second = int(since_second >= 0*ms) - int(since_second >= duration) : 1
            first = first_on*time_of_first*in_first*(first_intensity - background) : 1
            second_one = second_on*time_of_second*in_second*(second_intensity - background) : 1
            luminance = background + first + second_one : 1
        """,
        parameters={
            ("first_position", "second_position"): positions,
            ("first_intensity", "second_intensity"): intensities,
            "angle": bounded_numbers("angle", angle),
            **sizes,
            "delay": delay,
            "duration": duration,
            ("first_on", "second_on"): SHOWN,
        },
        pre_time=pre_time,
        stim_time=np.max(delay) + duration,
        tail_time=tail_time,
        background=background,
        reference="Gruntman, Romani and Reiser, eLife 8, e50706 (2019)",
    )


def _pairs(name: str, values, minimum: float, maximum: float) -> list[tuple[float, float]]:
    try:
        array = np.asarray(values)
        array = array[None] if array.ndim == 1 else array
        shape_fits = array.ndim == 2 and array.shape[1] == 2 and len(array) > 0
        if array.dtype.kind not in "iuf" or not shape_fits:
            raise ValueError
    except ValueError:  # numpy's own, if the pairs are of unlike length
        raise InvalidTypeError(
            f"{name} is {values!r}, but must be two numbers, for the first and the second bar, or a"
            " list of such pairs."
        ) from None
    bounded_numbers(name, array.ravel(), minimum, maximum)
    return [(first, second) for first, second in array.tolist()]
