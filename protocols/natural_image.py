"""A picture of the world, or of its statistics, that moves over the eye."""

import os
from collections.abc import Sequence
from functools import partial

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, second

from neuroflysim.checks import (
    bounded_numbers,
    finite_number,
    one_of,
    positive_quantities,
    quantities,
    seconds,
    whole_numbers,
)
from neuroflysim.stimulus.axes import direction
from neuroflysim.stimulus.picture_files import read_image
from neuroflysim.stimulus.protocol import Protocol

#: Pixels of the pictures that are made here, along each side.
N_PIXELS = 180


def natural_image(
    image: str | os.PathLike[str] | npt.ArrayLike | None = None,
    angle: npt.ArrayLike = range(0, 360, 90),
    speed: Quantity | Sequence[Quantity] = 60 / second,
    field_of_view: float = 180.0,
    seed: npt.ArrayLike = 0,
    contrast: float = 0.3,
    kernel: str = "gaussian",
    still_time: Quantity = 0.5 * second,
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 2 * second,
    tail_time: Quantity = 0.5 * second,
    background: float = 0.5,
) -> Protocol:
    """A picture appears, stands still, and then moves at constant speed.

    After a uniform background the picture appears, its middle straight ahead. It stands still for
    `still_time` and then moves towards `angle` until the stimulus ends. It repeats on all sides, so
    that it never leaves the eye: a panorama of 360 deg closes. Each column sees the mean of the
    picture under the Gaussian of the eye's acceptance angle; see `Eye.sample`.

    Without a picture one is made of noise whose amplitudes fall with spatial frequency f as 1/f, in
    random phases: what is common to photographs of natural scenes, without their objects. Its
    180 x 180 pixels have the mean of the background and the standard deviation contrast*background;
    what is beyond black and white is black and white.

    Parameters
    ----------
    image : path-like or array_like, shape (height, width), optional
        A file that Pillow reads, or luminance from 0 to 1 (or whole numbers as uint8, uint16).
        Colours become grey, and nothing undoes a gamma correction.
    angle : float or list, degrees
        Direction of motion, counter-clockwise; 0 is to the right, 90 is up.
    speed : Quantity or list [degrees / s]
    field_of_view : float, degrees
        Width of the picture in the visual field; its pixels are squares.
    seed : int or list of int
        Of a picture that is made here; each seed is another one.
    contrast : float
        Of a picture that is made here, before it is seen through the eye; at most 1.
    kernel : {"gaussian", "box"}
    still_time : Quantity or list [s]
    pre_time, stim_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Natural pictures moved before walking flies, and before model motion detectors, in Leonhardt et
    al., Nat. Neurosci. 19, 706 (2016). Amplitudes of about 1/f: Tolhurst et al., Ophthalmic
    Physiol. Opt. 12, 229 (1992), who find slopes from -0.8 to -1.5. Speed and times are choices of
    ours.

    Examples
    --------
    >>> panorama = np.random.default_rng(0).uniform(size=(90, 360))
    >>> natural_image(panorama, angle=[0, 180], field_of_view=360).n_conditions
    2
    """
    one_of("kernel", kernel, ("gaussian", "box"))
    finite_number("field_of_view", field_of_view, 1e-3, 360)
    finite_number("contrast", contrast, 0, 1)
    # On black there is no contrast; a picture of one's own may appear on it.
    finite_number("background", background, 0.001 if image is None else 0, 1)
    speed = positive_quantities("speed", speed, 1 / second, "110*degree/second", allow_zero=True)
    bounded_numbers("angle", angle)
    for value in quantities("still_time", still_time):
        seconds("still_time", value, allow_zero=True)
    whole_numbers("seed", seed)
    parameters = {"angle": angle, "speed": speed, "still_time": still_time}
    if image is None:
        draw = partial(_noise_frames, kernel, float(field_of_view), float(contrast))
        parameters["seed"] = seed
    else:
        draw = partial(_frames, kernel, float(field_of_view), read_image(image))
    return Protocol(
        name="natural_image",
        frames=draw,
        parameters=parameters,
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Leonhardt et al., Nat. Neurosci. 19, 706 (2016)",
    )


def _noise_frames(kernel, width, contrast, eye, times, background, angle, speed, still_time, seed):
    image = np.clip(background * (1 + contrast * _one_over_f(int(seed))), 0, 1)
    return _frames(kernel, width, image, eye, times, background, angle, speed, still_time)


def _frames(kernel, width, image, eye, times, background, angle, speed, still_time):
    moved = speed * np.clip(times - still_time, 0, None)
    right, up = direction(angle)
    places, which = np.unique(moved, return_inverse=True)  # one, as long as it stands still
    seen = [
        eye.sample(
            image,
            field_of_view=width,
            kernel=kernel,
            outside="repeat",
            center=(right * way, up * way),
        )
        for way in places
    ]
    return np.stack(seen)[which]


def _one_over_f(seed: int) -> np.ndarray:
    """Return noise of mean 0 and variance 1 whose amplitudes are 1/f, the phases random."""
    cycles = np.fft.fftfreq(N_PIXELS)
    frequency = np.hypot(cycles[:, None], cycles)
    frequency[0, 0] = np.inf  # the mean is zero
    # The phases of white noise are those of a real picture.
    white = np.fft.fft2(np.random.default_rng(seed).standard_normal((N_PIXELS, N_PIXELS)))
    noise = np.fft.ifft2(white / np.abs(white) / frequency).real
    return noise / noise.std()
