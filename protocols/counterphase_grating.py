"""Standing gratings whose contrast reverses."""

from collections.abc import Sequence

import numpy.typing as npt
from brian2 import Quantity, hertz, second

from neuroflysim.checks import bounded_numbers, contrasts, positive_quantities
from neuroflysim.stimulus.protocol import Protocol


def counterphase_grating(
    angle: npt.ArrayLike = (0, 30, 60, 90, 120, 150),
    wavelength: npt.ArrayLike = 30.0,
    temporal_frequency: Quantity | Sequence[Quantity] = 1 * hertz,
    contrast: npt.ArrayLike = 1.0,
    phase: npt.ArrayLike = (0, 90),
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 4 * second,
    tail_time: Quantity = 1 * second,
    background: float = 0.5,
) -> Protocol:
    """A sine grating stands still while its dark and bright stripes change places.

    On a uniform background of luminance 0.5 a sine grating with the same mean luminance appears
    for 4 s. Its contrast follows a cosine of `temporal_frequency`, beginning at its largest, and
    its stripes do not move. It is the sum of two gratings of half the contrast that drift in
    opposite directions, so it holds as much motion one way as the other: a cell that answers to it
    as to the sum of both is linear, one that answers less is motion-opponent. `contrast` is the
    Michelson contrast when it is largest.

    Parameters
    ----------
    angle : float or list, degrees
        Across the stripes, counter-clockwise; 0 for vertical stripes, 90 for horizontal ones.
    wavelength : float or list, degrees
        Width of a dark and a bright stripe together.
    temporal_frequency : Quantity or list [Hz]
    contrast : float or list, 0 to 1
    phase : float or list, degrees
        Of the grating at the centre of the eye: 0 for a border between stripes, 90 for the middle
        of a stripe.
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
    Egelhaaf, Borst and Reichardt, J. Opt. Soc. Am. A 6, 1070 (1989), found that motion detectors
    of flies also answer to standing patterns whose brightness is modulated. Wavelength, frequency
    and contrast are those of the drifting gratings of Haag, Mishra and Borst, eLife 6, e29044
    (2017); the duration and the phases are ours.

    Examples
    --------
    >>> counterphase_grating(angle=0).conditions["phase"].tolist()
    [0, 90]
    """
    return Protocol(
        name="counterphase_grating",
        equations="""
            across_stripes = along(angle) : 1
            grating = sin(2*pi*across_stripes/wavelength + pi/180*phase) : 1
            luminance = background*(1 + contrast*grating*cos(2*pi*temporal_frequency*t)) : 1
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
        reference="Egelhaaf, Borst and Reichardt, J. Opt. Soc. Am. A 6, 1070 (1989)",
    )
