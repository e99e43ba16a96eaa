"""Full-field and local flashes."""

import numpy.typing as npt
from brian2 import Quantity, second

from neuroflysim.checks import bounded_numbers, lengths
from neuroflysim.stimulus.protocol import Protocol


def flash(
    intensity: npt.ArrayLike = (0, 1),
    radius: npt.ArrayLike = float("inf"),
    center_x: npt.ArrayLike = 0.0,
    center_y: npt.ArrayLike = 0.0,
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 1 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A disc, or the whole visual field, changes its luminance for a while and then back.

    On a uniform background of luminance 0.5 a disc of `radius` degrees around
    (`center_x`, `center_y`) takes the luminance `intensity` for 1 s. An infinite radius is a
    full-field flash; radius 0 is a flash on the single column at the centre. A column belongs to
    the disc if its optical axis lies in it, border included.

    Parameters
    ----------
    intensity : float or list, 0 to 1
        Luminance during the flash; 0 is an OFF flash, 1 an ON flash.
    radius : float or list, degrees
    center_x, center_y : float or list, degrees
    pre_time, stim_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Timing and luminances as in Lappalainen et al., Nature 634, 1132 (2024), whose flash response
    index uses a hexagon of 6 columns around the centre: radius=6*5.8 selects the same columns.

    Examples
    --------
    >>> flash(radius=[0, 34.8]).conditions[["intensity", "radius"]].to_numpy().tolist()
    [[0.0, 0.0], [0.0, 34.8], [1.0, 0.0], [1.0, 34.8]]
    """
    return Protocol(
        name="flash",
        # The margin of 1e-6 deg keeps columns on the border in, whatever their rounding.
        equations="""
            distance = sqrt((x - center_x)**2 + (y - center_y)**2) : 1
            inside = int(distance <= radius + 1e-6) : 1
            luminance = background + inside*(intensity - background) : 1
        """,
        parameters={
            "intensity": bounded_numbers("intensity", intensity, 0, 1),
            "radius": lengths("radius", radius),
            "center_x": bounded_numbers("center_x", center_x, -360, 360),
            "center_y": bounded_numbers("center_y", center_y, -360, 360),
        },
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Lappalainen et al., Nature 634, 1132 (2024)",
    )
