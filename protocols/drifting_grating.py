"""Drifting sine and square gratings."""

from collections.abc import Sequence

import numpy.typing as npt
from brian2 import Quantity, hertz, second

from neuroflysim.checks import bounded_numbers, contrasts, one_of, positive_quantities
from neuroflysim.stimulus.protocol import Protocol

#: From -1 to 1, as a function of how many cycles have passed. The margin of 1e-6 lets columns of
#: one row switch together, whatever their rounding.
WAVEFORMS = {
    "sine": "sin(2*pi*cycles)",
    "square": "1 - 2*int(cycles + 1e-6 - floor(cycles + 1e-6) >= 0.5)",
}


def drifting_grating(
    angle: npt.ArrayLike = range(0, 360, 30),
    wavelength: npt.ArrayLike = 30.0,
    temporal_frequency: Quantity | Sequence[Quantity] = 1 * hertz,
    contrast: npt.ArrayLike = 1.0,
    phase: npt.ArrayLike = 0.0,
    waveform: str = "sine",
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 4 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A grating of dark and bright stripes fills the visual field and drifts.

    On a uniform background of luminance 0.5 a grating with the same mean luminance appears, moves
    for 4 s towards `angle` with `temporal_frequency` periods a second, and disappears. Its stripes
    are at right angles to its motion and one period is `wavelength` degrees wide, so its speed is
    wavelength times temporal frequency: 30 deg/s. `contrast` is the Michelson contrast, the
    difference of the brightest and darkest luminance divided by their sum. Along the motion the
    luminance is a sine, or black and white stripes of the same width (`waveform="square"`).

    Parameters
    ----------
    angle : float or list, degrees
        Direction of motion, counter-clockwise; 0 is to the right, 90 is up.
    wavelength : float or list, degrees
        Not less than twice the distance of neighbouring columns, or the eye mistakes the grating
        for another: on the hexagonal lattice rows of columns are 5 deg apart.
    temporal_frequency : Quantity or list [Hz]
    contrast : float or list, 0 to 1
    phase : float or list, degrees
        Of the grating at the centre when it appears; the sine grows there with its phase.
    waveform : {"sine", "square"}
    pre_time, stim_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    Raises
    ------
    InvalidValueError
        If a contrast cannot be had on the background.

    References
    ----------
    A wavelength of 30 deg, 1 Hz and a contrast of 100 % follow Haag, Mishra and Borst, eLife 6,
    e29044 (2017), who imaged T4 and T5 in four of these directions at 34 cd/m2. Twelve directions
    as in Maisak et al., Nature 500, 212 (2013). Square gratings were shown to T5 at 0.78 and
    3.125 Hz by Gruntman, Romani and Reiser, eLife 8, e50706 (2019). The duration is ours.

    Examples
    --------
    >>> tuning = drifting_grating(angle=0, temporal_frequency=[0.5, 1, 2, 4, 8]*hertz)
    >>> tuning.n_conditions
    5
    """
    wave = WAVEFORMS[one_of("waveform", waveform, WAVEFORMS)]
    return Protocol(
        name="drifting_grating",
        equations=f"""
            along_motion = along(angle) : 1
            cycles = temporal_frequency*t - along_motion/wavelength + phase/360 : 1
            luminance = background*(1 + contrast*({wave})) : 1
        """,
        parameters={
            "angle": bounded_numbers("angle", angle),
            "wavelength": bounded_numbers("wavelength", wavelength, 0.1),
            "temporal_frequency": positive_quantities(
                "temporal_frequency", temporal_frequency, hertz, "1*Hz"
            ),
            "contrast": contrasts("contrast", contrast, background),
            "phase": bounded_numbers("phase", phase),
        },
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Haag, Mishra and Borst, eLife 6, e29044 (2017)",
    )
