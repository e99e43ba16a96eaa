"""Flashes and impulses on single columns, one after another."""

import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim import checks
from neuroflysim.lattice import Lattice
from neuroflysim.stimulus.eye import COLUMN_ANGLE
from neuroflysim.stimulus.protocol import Protocol


def column_flash(
    columns: npt.ArrayLike | None = None,
    intensity: npt.ArrayLike = (0, 1),
    column_angle: float = COLUMN_ANGLE,
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 472 * ms,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """One column changes its luminance for a while, and no other.

    On a uniform background of luminance 0.5 a single column takes the luminance `intensity` for
    472 ms. Each of `columns` is shown alone, in a condition of its own. A short `stim_time` makes
    it an impulse, from which a linear cell's responses to everything else follow. Columns are
    found by where they look, so `column_angle` must be that of the eye.

    Parameters
    ----------
    columns : (int, int) or list of (int, int), optional
        Axial coordinates (u, v); the 19 columns up to two steps from the centre if not given.
        Results are labelled center_u and center_v.
    intensity : float or list, 0 to 1
        Luminance during the flash; 0 is an OFF flash, 1 an ON flash.
    column_angle : float, degrees
        Angle between neighbouring columns of the eye that the flash is shown to.
    pre_time, stim_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Haag et al., eLife 5, e17421 (2016), and Haag, Mishra and Borst, eLife 6, e29044 (2017), showed
    pulses of 472 ms to single columns through a telescope and measured T4 and T5 for the centre,
    and for six and twelve columns around it. Their spots were bright on dark for T4 and dark on
    bright for T5 (background=0 or 1); against grey, both can be shown in one protocol. Haag et al.
    (2016) showed 1176 ms to L2.

    Examples
    --------
    >>> from brian2 import ms
    >>> column_flash().n_conditions
    38
    >>> impulse = column_flash(columns=[(0, 0), (1, 0)], intensity=1, stim_time=10*ms)
    >>> impulse.conditions["center_u"].tolist()
    [0, 1]
    """
    if columns is None:
        columns = Lattice(extent=2).columns
    return Protocol(
        name="column_flash",
        # Half a column is a wide margin for the rounding: neighbours are a whole one away.
        equations="""
            to_right = x - sqrt(0.75)*column_angle*center_v : 1
            to_top = y + column_angle*(center_u + center_v/2) : 1
            inside = int(sqrt(to_right**2 + to_top**2) < column_angle/2) : 1
            luminance = background + inside*(intensity - background) : 1
        """,
        parameters={
            ("center_u", "center_v"): checks.columns("columns", columns),
            "intensity": checks.bounded_numbers("intensity", intensity, 0, 1),
            "column_angle": checks.finite_number("column_angle", column_angle, 0.1, 60),
        },
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Haag, Mishra and Borst, eLife 6, e29044 (2017)",
    )
