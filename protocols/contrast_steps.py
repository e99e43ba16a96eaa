"""Steps of luminance, up and down, of several contrasts."""

import numpy.typing as npt
from brian2 import Quantity, second

from neuroflysim.checks import bounded_numbers, finite_number, lengths
from neuroflysim.stimulus.protocol import Protocol


def contrast_steps(
    contrast: npt.ArrayLike = (-1, -0.5, -0.25, 0.25, 0.5, 1),
    radius: npt.ArrayLike = float("inf"),
    center_x: npt.ArrayLike = 0.0,
    center_y: npt.ArrayLike = 0.0,
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 5 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """The luminance of a disc, or of the whole visual field, steps up or down by a contrast.

    After 1 s of grey (luminance 0.5) a disc of `radius` degrees around (`center_x`, `center_y`)
    steps to another luminance, keeps it for 5 s and steps back. `contrast` is the Weber contrast,
    the change of luminance divided by the luminance of the background: on a background of 0.5,
    contrast 1 is white and contrast -1 is black. An infinite radius is the whole field. A column
    belongs to the disc if its optical axis lies in it, border included.

    Parameters
    ----------
    contrast : float or list
        From -1 (black) to (1 - background) / background (white).
    radius : float or list, degrees
    center_x, center_y : float or list, degrees
    pre_time, stim_time, tail_time : Quantity [s]
    background : float
        Greater than 0: there is no Weber contrast against black.

    Returns
    -------
    Protocol

    Raises
    ------
    InvalidValueError
        If a contrast is darker than black or brighter than white.

    References
    ----------
    Behnia et al., Nature 512, 427 (2014), stepped between dark, grey (half as bright as white) and
    light every 5 s while they recorded Mi1, Tm3, Tm1 and Tm2; Molina-Obando et al., eLife 8, e49373
    (2019), showed full-field flashes of 5 s. The contrasts between are ours.

    Examples
    --------
    >>> steps = contrast_steps(contrast=[-0.5, 1])
    >>> steps.luminance(extent=1).sel(time=2)[:, 0].to_numpy().tolist()
    [0.25, 1.0]
    """
    background = finite_number("background", background, 0.001, 1)
    return Protocol(
        name="contrast_steps",
        # The margin of 1e-6 deg keeps columns on the border in, whatever their rounding.
        equations="""
            distance = sqrt((x - center_x)**2 + (y - center_y)**2) : 1
            inside = int(distance <= radius + 1e-6) : 1
            luminance = background*(1 + inside*contrast) : 1
        """,
        parameters={
            "contrast": bounded_numbers("contrast", contrast, -1, 1 / background - 1),
            "radius": lengths("radius", radius),
            "center_x": bounded_numbers("center_x", center_x, -360, 360),
            "center_y": bounded_numbers("center_y", center_y, -360, 360),
        },
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Behnia et al., Nature 512, 427 (2014)",
    )
