"""Full-field flicker that sweeps through frequencies, then through contrasts."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, hertz, second

from neuroflysim.checks import contrasts, positive_quantities, seconds
from neuroflysim.stimulus.protocol import Protocol


def chirp(
    contrast: npt.ArrayLike = 1.0,
    first_frequency: Quantity | Sequence[Quantity] = 0 * hertz,
    last_frequency: Quantity | Sequence[Quantity] = 8 * hertz,
    ramp_frequency: Quantity | Sequence[Quantity] = 2 * hertz,
    sweep_time: Quantity = 8 * second,
    pause: Quantity = 2 * second,
    ramp_time: Quantity = 8 * second,
    pre_time: Quantity = 2 * second,
    tail_time: Quantity = 2 * second,
    background: float = 0.5,
) -> Protocol:
    """The whole visual field flickers ever faster, and after a pause ever stronger.

    After 2 s of grey (luminance 0.5) the luminance of the whole field is modulated by a sine whose
    frequency grows evenly from `first_frequency` to `last_frequency` within 8 s, at full contrast.
    Then the grey is back for 2 s. Then a sine of 2 Hz follows for 8 s, its contrast growing evenly
    from 0 to full. `contrast` is the Michelson contrast.

    Parameters
    ----------
    contrast : float or list, 0 to 1
        Of the sweep, and at the end of the ramp.
    first_frequency, last_frequency : Quantity or list [Hz]
        Of the sweep. Frames must be shorter than half a period of the fastest flicker.
    ramp_frequency : Quantity or list [Hz]
        Of the flicker whose contrast grows.
    sweep_time, pause, ramp_time : Quantity [s]
        How long the sweep of frequencies, the grey after it and the ramp of contrast last.
    pre_time, tail_time : Quantity [s]
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
    Sweep, pause and ramp have the numbers of the chirp in the set of stimuli that comes with
    QDSpy, a program for stimulating the retina. Its steps from black to white before the sweep are
    `contrast_steps` here. Nobody whom we could read has shown it to a fly.

    Examples
    --------
    >>> luminance = chirp().luminance(extent=0)[0, :, 0]
    >>> float(luminance.sel(time=9)), round(float(luminance.max()), 2)
    (0.5, 1.0)
    """
    frequencies = {
        name: positive_quantities(name, value, hertz, "8*Hz", allow_zero=True)
        for name, value in (
            ("first_frequency", first_frequency),
            ("last_frequency", last_frequency),
            ("ramp_frequency", ramp_frequency),
        )
    }
    phases = {
        "sweep_time": Quantity(seconds("sweep_time", sweep_time), dim=second.dim),
        "pause": Quantity(seconds("pause", pause, allow_zero=True), dim=second.dim),
        "ramp_time": Quantity(seconds("ramp_time", ramp_time), dim=second.dim),
    }
    return Protocol(
        name="chirp",
        equations="""
            chirp_rate = (last_frequency - first_frequency)/sweep_time : hertz**2
            sweeping = int(t < sweep_time - 1e-6*ms) : 1
            sweep = sweeping*sin(2*pi*(first_frequency*t + chirp_rate*t**2/2)) : 1
            since_ramp = t - sweep_time - pause : second
            rising = int(since_ramp > 0*second)*since_ramp/ramp_time : 1
            ramp = rising*sin(2*pi*ramp_frequency*since_ramp) : 1
            luminance = background*(1 + contrast*(sweep + ramp)) : 1
        """,
        parameters={
            "contrast": contrasts("contrast", contrast, background),
            **frequencies,
            **phases,
        },
        pre_time=pre_time,
        stim_time=np.sum([float(phase) for phase in phases.values()]) * second,
        tail_time=tail_time,
        background=background,
        reference="Chirp of QDSpy, a program for stimulating the retina",
    )
