"""Moving bright and dark bars."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, second

from neuroflysim.checks import bounded_numbers, positive_quantities, start_and_stop
from neuroflysim.stimulus.bars import bar_equations, bar_sizes
from neuroflysim.stimulus.eye import ACCEPTANCE_ANGLE, degree
from neuroflysim.stimulus.protocol import Protocol


def moving_bar(
    angle: npt.ArrayLike = range(0, 360, 45),
    intensity: npt.ArrayLike = (0, 1),
    width: npt.ArrayLike = (2.25, 4.5, 9),
    height: npt.ArrayLike = 20.25,
    speed: Quantity | Sequence[Quantity] = 28 * degree / second,
    start: float = -22.5,
    stop: float = 22.5,
    acceptance_angle: float = ACCEPTANCE_ANGLE,
    pre_time: Quantity = 1 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A bar sweeps over the visual field, its long side at right angles to its motion.

    On a uniform background of luminance 0.5 a rectangle of luminance `intensity` appears. It is
    `width` degrees wide along its motion and `height` degrees long across, and its middle stands
    `start` degrees from the centre. It moves at constant speed towards `angle` until its middle
    is `stop` degrees from the centre; then it vanishes. Slower bars of the same protocol are still
    on their way then, and the protocol lasts until the slowest has arrived. Each column sees the
    bar through a Gaussian of 5 deg width, the optics of its lens, so narrow bars are seen at less
    contrast. Without it (`acceptance_angle=0`) a column is lit from the moment when the front of
    the bar crosses the column's optical axis until its back does, so for width / speed.

    Parameters
    ----------
    angle : float or list, degrees
        Direction of motion, counter-clockwise; 0 is to the right, 90 is up.
    intensity : float or list, 0 to 1
        Luminance of the bar; 0 is a dark bar, 1 a bright one.
    width : float or list, degrees
        Along the motion.
    height : float or list, degrees
        Across the motion; infinity for a bar as long as the eye is wide.
    speed : Quantity or list [degrees / s]
        For example 28*degree/second.
    start, stop : float, degrees
        Where the middle of the bar appears and where it vanishes.
    acceptance_angle : float, degrees
        Full width at half maximum of the Gaussian through which a column sees the bar; 0 for
        what lies on its optical axis alone.
    pre_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Widths of 1, 2 and 4 LEDs of 2.25 deg, bars of 9 LEDs height, eight directions and 28 deg/s
    follow Gruntman, Romani and Reiser, eLife 8, e50706 (2019), who recorded T5 with dark bars and
    also showed 14 and 56 deg/s; their height is that of their flashed bars. The range of 45 deg is
    that of the moving edges of Lappalainen et al., Nature 634, 1132 (2024). The acceptance angle
    is that given by Haag, Mishra and Borst, eLife 6, e29044 (2017), after Götz (1965).

    Examples
    --------
    >>> moving_bar(angle=[0, 180], width=9, speed=[14, 56]*degree/second).n_conditions
    8
    """
    start, stop = start_and_stop(start, stop)
    speed = positive_quantities("speed", speed, 1 / second, "28*degree/second")
    return Protocol(
        name="moving_bar",
        equations=f"""
            along_motion = along(angle) - start - speed*t : 1
            across_motion = across(angle) : 1
            {bar_equations("inside", "along_motion", "across_motion", acceptance_angle)}
            shown = int(start + speed*t < stop - 1e-6) : 1
            luminance = background + shown*inside*(intensity - background) : 1
        """,
        parameters={
            "angle": bounded_numbers("angle", angle),
            "intensity": bounded_numbers("intensity", intensity, 0, 1),
            **bar_sizes(width, height),
            "speed": speed,
            "start": start,
            "stop": stop,
        },
        pre_time=pre_time,
        stim_time=(stop - start) / np.min(speed),
        tail_time=tail_time,
        background=background,
        reference="Gruntman, Romani and Reiser, eLife 8, e50706 (2019)",
    )
