"""White noise in space and time."""

from functools import partial

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim.checks import (
    contrasts,
    one_of,
    quantities,
    seconds,
    whole_numbers,
)
from neuroflysim.errors import InvalidValueError
from neuroflysim.stimulus.protocol import Protocol

#: Draws numbers of mean 0, and of variance 1, 1 and 2/3.
DISTRIBUTIONS = {
    "gaussian": lambda chance, shape: chance.standard_normal(shape),
    "binary": lambda chance, shape: 2.0 * chance.integers(0, 2, shape) - 1,
    "ternary": lambda chance, shape: chance.integers(-1, 2, shape).astype(float),
}

#: Standard deviations that must lie between grey and black, and between grey and white.
ROOM = 3


def white_noise(
    distribution: str = "binary",
    seed: npt.ArrayLike = 0,
    update_time: Quantity = 20 * ms,
    contrast: npt.ArrayLike = 1.0,
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 10 * second,
    tail_time: Quantity = 0.5 * second,
    background: float = 0.5,
) -> Protocol:
    """Each column takes a new luminance by chance, again and again.

    After a uniform background, each column's luminance is drawn anew every `update_time`, apart
    from that of all others and of all times before: background*(1 + contrast*s). For "binary"
    noise s is -1 or 1, for "ternary" noise -1, 0 or 1, each as often as the others. For "gaussian"
    noise s has the standard normal distribution; the few values beyond black or white are black or
    white. The mean is that of the background, and the variance (background*contrast)**2, for
    ternary noise 2/3 of it. The same seed shows the same noise to the same eye, whatever the
    contrast.

    Parameters
    ----------
    distribution : {"binary", "ternary", "gaussian"}
    seed : int or list of int
        Each seed is another sequence.
    update_time : Quantity or list [s]
        How long a pattern lasts; at least one time step, or patterns would be left out.
    contrast : float or list
        Largest deviation (for gaussian noise: standard deviation) relative to the background. For
        gaussian noise at most 1/3 on a background of 0.5: black and white are then three standard
        deviations away, and clipping takes 0.5 % of the variance.
    pre_time, stim_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Spatiotemporal white noise mapped the receptive fields of the inputs to T4 and T5 in Arenz et
    al., Curr. Biol. 27, 929 (2017), and of T5 in Leong et al., J. Neurosci. 36, 8078 (2016). Binary
    noise at 60 Hz was shown by Groschner et al., Nature 603, 119 (2022), in pixels of 2.8 deg. One
    pixel a column, 20 ms and full contrast are choices of ours: one default time step.

    Examples
    --------
    >>> noise = white_noise("ternary", seed=[1, 2], stim_time=200*ms)
    >>> sorted(set(noise.luminance(extent=3).to_numpy().ravel().tolist()))
    [0.0, 0.5, 1.0]
    """
    one_of("distribution", distribution, DISTRIBUTIONS)
    whole_numbers("seed", seed)
    for value in quantities("update_time", update_time):
        seconds("update_time", value)
    contrast = contrasts(
        "contrast", contrast, background, deviations=ROOM if distribution == "gaussian" else 1
    )
    return Protocol(
        name="white_noise",
        frames=partial(_frames, distribution),
        parameters={"seed": seed, "update_time": update_time, "contrast": contrast},
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Arenz et al., Curr. Biol. 27, 929 (2017)",
    )


def _frames(distribution, eye, times, background, seed, update_time, contrast):
    # 1e-9: 0.06 s are three times 0.02 s, although 0.06 / 0.02 < 3 in floating point.
    pattern = np.floor(times / update_time + 1e-9).astype(int)
    if (np.diff(pattern) > 1).any():
        raise InvalidValueError(
            f"update_time is {update_time:g} s, but frames last {times[1] - times[0]:g} s, so that"
            " patterns would be left out; give a shorter time_step or a longer update_time."
        )
    chance = np.random.default_rng(int(seed))
    drawn = DISTRIBUTIONS[distribution](chance, (pattern[-1] + 1, len(eye.x)))
    luminance = background * (1 + contrast * drawn)
    return (np.clip(luminance, 0, 1) if distribution == "gaussian" else luminance)[pattern]
