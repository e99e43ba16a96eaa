"""Moving ON and OFF edges."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, second

from neuroflysim.checks import bounded_numbers, positive_quantities, start_and_stop
from neuroflysim.stimulus.protocol import Protocol


def moving_edge(
    angle: npt.ArrayLike = range(0, 360, 30),
    intensity: npt.ArrayLike = (0, 1),
    speed: Quantity | Sequence[Quantity] = 110 / second,
    start: float = -22.5,
    stop: float = 22.5,
    pre_time: Quantity = 1 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A straight edge sweeps over the visual field and leaves a new luminance behind.

    On a uniform background of luminance 0.5 a half plane of luminance `intensity` appears, its
    straight border `start` degrees from the centre, measured along the direction of motion. The
    border moves at constant speed towards `angle` until it is `stop` degrees from the centre,
    and stays there until the slowest edge of the protocol has arrived. Then the background comes
    back. The edge is as long as the eye is wide. It crosses a column when it crosses the column's
    optical axis, so columns are crossed in the order of their projection on the direction of
    motion.

    Parameters
    ----------
    angle : float or list, degrees
        Direction of motion, counter-clockwise; 0 is to the right, 90 is up.
    intensity : float or list, 0 to 1
        Luminance behind the edge; 0 is an OFF edge, 1 an ON edge.
    speed : Quantity or list [degrees / s]
        For example 110*degree/second.
    start, stop : float, degrees
        Where the edge appears and where it stops. Use -90 and 90 to sweep the whole eye of 15
        columns radius.
    pre_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Twelve directions, both contrasts, 19 columns of 5.8 deg a second (110 deg/s) and the range of
    45 deg around the centre follow the moving edges of Lappalainen et al., Nature 634, 1132
    (2024). Their edges are drawn on a canvas that stretches the lattice, so that its oblique
    directions are off by up to 4 deg; these are not.

    Examples
    --------
    >>> from neuroflysim import degree
    >>> moving_edge(angle=[0, 180], intensity=1, speed=[50, 100]*degree/second).n_conditions
    4
    """
    start, stop = start_and_stop(start, stop)
    speed = positive_quantities("speed", speed, 1 / second, "110*degree/second")
    return Protocol(
        name="moving_edge",
        # The margin of 1e-6 deg lets columns of one row switch together, whatever their rounding.
        equations="""
            along_motion = along(angle) : 1
            edge = clip(start + speed*t, start, stop) : 1
            luminance = background + int(along_motion <= edge + 1e-6)*(intensity - background) : 1
        """,
        parameters={
            "angle": bounded_numbers("angle", angle),
            "intensity": bounded_numbers("intensity", intensity, 0, 1),
            "speed": speed,
            "start": start,
            "stop": stop,
        },
        pre_time=pre_time,
        stim_time=(stop - start) / np.min(speed),
        tail_time=tail_time,
        background=background,
        reference="Lappalainen et al., Nature 634, 1132 (2024)",
    )
