"""Discs that grow like an object on a collision course."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim.checks import bounded_numbers, finite_number, positive_quantities, seconds
from neuroflysim.errors import InvalidValueError
from neuroflysim.stimulus.protocol import Protocol


def looming(
    l_over_v: Quantity | Sequence[Quantity] = (10, 20, 40, 80) * ms,
    intensity: npt.ArrayLike = 0.0,
    center_x: npt.ArrayLike = 0.0,
    center_y: npt.ArrayLike = 0.0,
    start_size: float = 10.0,
    stop_size: float = 90.0,
    hold_time: Quantity = 1 * second,
    pre_time: Quantity = 1 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A dark disc grows as an object would that approaches the eye at constant speed.

    On a uniform background of luminance 0.5 a disc of luminance `intensity` and of `start_size`
    degrees diameter appears around (`center_x`, `center_y`). An object of half-size l that comes
    nearer at the speed v is seen under the angle 2 arctan(l / (v times the time to collision)); the
    disc's diameter follows this angle until it is `stop_size`. It stays so large until the slowest
    disc of the protocol has grown to that size, and for 1 s more. The smaller l / v, the later and
    the more suddenly the disc grows. A column belongs to the disc if its optical axis lies in it,
    border included.

    Parameters
    ----------
    l_over_v : Quantity or list [s]
        Half-size of the object divided by its speed.
    intensity : float or list, 0 to 1
        Luminance of the disc.
    center_x, center_y : float or list, degrees
        Where the object comes from.
    start_size, stop_size : float, degrees
        Diameter of the disc when it appears and when it stops growing, less than 180.
    hold_time : Quantity [s]
        How long the disc stays at its largest.
    pre_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    l/v of 10 to 80 ms, sizes from 10 to 90 deg and 1 s at the largest size are those of the model
    published with von Reyn et al., Neuron 94, 1190 (2017), on the giant fibre of Drosophila. The
    angle as a function of l/v is that of Gabbiani, Krapp and Laurent, J. Neurosci. 19, 1122 (1999).

    Examples
    --------
    >>> slow = looming(l_over_v=80*ms)
    >>> print(slow.stim_time)
    1.83440418 s
    """
    start_size, stop_size = (
        finite_number(name, value, 0.1, 179)
        for name, value in (("start_size", start_size), ("stop_size", stop_size))
    )
    if not start_size < stop_size:
        raise InvalidValueError(
            f"start_size is {start_size} and stop_size is {stop_size}, but start_size must be"
            " smaller."
        )
    l_over_v = positive_quantities("l_over_v", l_over_v, second, "40*ms")
    hold_time = seconds("hold_time", hold_time, allow_zero=True)
    # Times to collision, in units of l/v, at the beginning and at the end of the growth.
    first, last = (1 / np.tan(np.radians(size / 2)) for size in (start_size, stop_size))
    return Protocol(
        name="looming",
        # The margin of 1e-6 deg keeps columns on the border in, whatever their rounding.
        equations="""
            first = 1/tan(pi/360*start_size) : 1
            last = 1/tan(pi/360*stop_size) : 1
            to_collision = clip(first - t/l_over_v, last, first) : 1
            radius = 180/pi*arctan(1/to_collision) : 1
            distance = sqrt((x - center_x)**2 + (y - center_y)**2) : 1
            luminance = background + int(distance <= radius + 1e-6)*(intensity - background) : 1
        """,
        parameters={
            "l_over_v": l_over_v,
            "intensity": bounded_numbers("intensity", intensity, 0, 1),
            "center_x": bounded_numbers("center_x", center_x, -360, 360),
            "center_y": bounded_numbers("center_y", center_y, -360, 360),
            "start_size": start_size,
            "stop_size": stop_size,
        },
        pre_time=pre_time,
        stim_time=np.max(l_over_v) * (first - last) + hold_time * second,
        tail_time=tail_time,
        background=background,
        reference="von Reyn et al., Neuron 94, 1190 (2017)",
    )
