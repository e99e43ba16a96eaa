"""Flashes of whole rings of columns."""

import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim.checks import bounded_numbers, finite_number, whole_number, whole_numbers
from neuroflysim.stimulus.eye import COLUMN_ANGLE
from neuroflysim.stimulus.protocol import Protocol


def ring_flash(
    ring: npt.ArrayLike = (0, 1, 2),
    intensity: npt.ArrayLike = (0, 1),
    center_u: int = 0,
    center_v: int = 0,
    column_angle: float = COLUMN_ANGLE,
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 472 * ms,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """All columns of one hexagonal ring around a column change their luminance together.

    On a uniform background of luminance 0.5 the columns that are `ring` steps away from the column
    (`center_u`, `center_v`) take the luminance `intensity` for 472 ms. Ring 0 is that column alone,
    ring 1 its six neighbours, ring k has 6 k columns. No other column changes.

    Parameters
    ----------
    ring : int or list
        Number of steps from the centre, 0 or more.
    intensity : float or list, 0 to 1
        Luminance during the flash; 0 is an OFF flash, 1 an ON flash.
    center_u, center_v : int
        Axial coordinates of the column in the middle.
    column_angle : float, degrees
        Angle between neighbouring columns of the eye that the flash is shown to.
    pre_time, stim_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Haag, Mishra and Borst, eLife 6, e29044 (2017), stimulated single columns for 472 ms, one after
    another, and compared T4 and T5 for the centre, its six neighbours and the twelve columns
    around them. `column_flash` shows that; here the columns of a ring flash together, which is
    quicker and tells how the surround sums. The intensities are against grey, not black or white.

    Examples
    --------
    >>> flash = ring_flash(ring=2, intensity=1).luminance(extent=3).sel(time=0)[0]
    >>> int((flash == 1).sum())
    12
    """
    return Protocol(
        name="ring_flash",
        # Columns are found back from where they look; they are whole steps apart, so 0.5 is a
        # wide margin for the rounding.
        equations="""
            across = x/(sqrt(0.75)*column_angle) - center_v : 1
            down = -y/column_angle - (across + center_v)/2 - center_u : 1
            steps = (abs(across) + abs(down) + abs(across + down))/2 : 1
            inside = int(abs(steps - ring) < 0.5) : 1
            luminance = background + inside*(intensity - background) : 1
        """,
        parameters={
            "ring": whole_numbers("ring", ring),
            "intensity": bounded_numbers("intensity", intensity, 0, 1),
            "center_u": whole_number("center_u", center_u, minimum=-1000),
            "center_v": whole_number("center_v", center_v, minimum=-1000),
            "column_angle": finite_number("column_angle", column_angle, 0.1, 60),
        },
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Haag, Mishra and Borst, eLife 6, e29044 (2017)",
    )
