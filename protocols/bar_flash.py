"""Bars that flash at positions along an axis."""

import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim.checks import bounded_numbers
from neuroflysim.stimulus.bars import bar_equations, bar_sizes
from neuroflysim.stimulus.eye import ACCEPTANCE_ANGLE
from neuroflysim.stimulus.protocol import Protocol

#: Width of one light-emitting diode of the display of Gruntman et al., in degrees.
LED = 2.25


def bar_flash(
    position: npt.ArrayLike = tuple(LED * step for step in range(-5, 6)),
    angle: npt.ArrayLike = 0.0,
    width: npt.ArrayLike = (LED, 2 * LED, 4 * LED),
    height: npt.ArrayLike = 9 * LED,
    intensity: npt.ArrayLike = (0, 1),
    stim_time: Quantity = 160 * ms,
    acceptance_angle: float = ACCEPTANCE_ANGLE,
    pre_time: Quantity = 1 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A bar flashes at one of several positions along an axis through the receptive field.

    On a uniform background of luminance 0.5 a rectangle of luminance `intensity` is shown for
    160 ms. Its middle lies `position` degrees from the centre along the axis `angle`; it is `width`
    degrees wide along that axis and `height` degrees long across it. Each column sees the bar
    through a Gaussian of 5 deg width, the optics of its lens: bars that are narrower, or lie
    between columns, are seen at less contrast by more than one. Without it (`acceptance_angle=0`)
    a column is lit if its optical axis lies in the bar; of the two long borders the one towards
    larger positions then belongs to the bar, so that bars side by side share no column.

    Parameters
    ----------
    position : float or list, degrees
        Of the middle of the bar, along the axis; negative on its other side.
    angle : float or list, degrees
        Of the axis, counter-clockwise: 0 for upright bars from left to right, 90 for level bars
        from below to above. Use the preferred direction of a cell.
    width : float or list, degrees
        Along the axis.
    height : float or list, degrees
        Across the axis; infinity for a bar as long as the eye is wide.
    intensity : float or list, 0 to 1
        Luminance of the bar; 0 is a dark bar, 1 a bright one.
    stim_time : Quantity [s]
        How long the bar is shown.
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
    Bars of 1, 2 and 4 LEDs of 2.25 deg, 9 LEDs tall, for 40 or 160 ms follow Gruntman, Romani and
    Reiser, eLife 8, e50706 (2019), who recorded T5 with dark bars. Eleven positions were shown to
    T4 by Gruntman, Romani and Reiser, Nature Neuroscience 21, 250 (2018); that they are one LED
    apart is our reading. The acceptance angle is that given by Haag, Mishra and Borst, eLife 6,
    e29044 (2017), after Götz (1965).

    Examples
    --------
    >>> from brian2 import ms
    >>> bar_flash(angle=90, width=9, intensity=0, stim_time=40*ms).n_conditions
    11
    """
    return Protocol(
        name="bar_flash",
        equations=f"""
            along_axis = along(angle) - position : 1
            across_axis = across(angle) : 1
            {bar_equations("inside", "along_axis", "across_axis", acceptance_angle)}
            luminance = background + inside*(intensity - background) : 1
        """,
        parameters={
            "position": bounded_numbers("position", position, -360, 360),
            "angle": bounded_numbers("angle", angle),
            **bar_sizes(width, height),
            "intensity": bounded_numbers("intensity", intensity, 0, 1),
        },
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Gruntman, Romani and Reiser, eLife 8, e50706 (2019)",
    )
