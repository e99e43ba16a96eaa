"""A movie of the user."""

import os
from functools import partial

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, second

from neuroflysim.checks import finite_number, one_of
from neuroflysim.stimulus.eye import KERNELS, require_picture_size
from neuroflysim.stimulus.movie_files import read_movie
from neuroflysim.stimulus.protocol import Protocol


def movie(
    source: str | os.PathLike[str] | npt.ArrayLike | None = None,
    frame_rate: Quantity | None = None,
    field_of_view: float | None = None,
    degrees_per_pixel: float | None = None,
    kernel: str = "gaussian",
    outside: float = 0.5,
    pre_time: Quantity = 1 * second,
    tail_time: Quantity = 0.5 * second,
    background: float = 0.5,
) -> Protocol:
    """The pictures of a movie are shown one after the other.

    After a uniform background each picture is shown for 1/frame_rate, its middle straight ahead.
    Each column sees the mean of the picture under the Gaussian of the eye's acceptance angle, or
    under another kernel; see `Eye.sample`. Then the background comes back. A frame of the stimulus
    shows the picture that is on at its beginning.

    Parameters
    ----------
    source : path-like or array_like, shape (time, height, width), optional
        A GIF; another movie (mp4, avi, ...) if the extra ``neuroflysim[video]`` is installed; or
        luminance from 0 to 1 (or whole numbers as uint8, uint16). Colours become grey, and nothing
        undoes a gamma correction. Without it a white disc of 20 deg crosses the eye from left to
        right in 1 s: a movie to try with.
    frame_rate : Quantity [Hz], optional
        That of the file if not given; an array has none.
    field_of_view, degrees_per_pixel : float, degrees
        Width of the picture, or of one pixel, in the visual field: one of them; for kernels of
        flyvis neither, see `Eye.sample`.
    kernel : {"gaussian", "box", "flyvis_mean", "flyvis_median"}
    outside : float, 0 to 1
        Luminance around the picture.
    pre_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Lappalainen et al., Nature 634, 1132 (2024), show their model the movie Sintel, 24 pictures a
    second, through a BoxEye: kernels "flyvis_mean" and "flyvis_median" do as it does.

    Examples
    --------
    >>> from brian2 import Hz
    >>> pictures = np.random.default_rng(0).uniform(size=(48, 50, 80))
    >>> shown = movie(pictures, frame_rate=24*Hz, field_of_view=120)
    >>> shown.stim_time
    2. * second
    """
    one_of("kernel", kernel, KERNELS)
    finite_number("outside", outside, 0, 1)
    if source is None:
        source, frame_rate = _disc(), 30 / second if frame_rate is None else frame_rate
        if field_of_view is None and degrees_per_pixel is None:
            field_of_view = 180.0
    pictures, rate = read_movie(source, frame_rate)
    require_picture_size(kernel, degrees_per_pixel, field_of_view)
    size = {"field_of_view": field_of_view, "degrees_per_pixel": degrees_per_pixel}
    return Protocol(
        name="movie",
        frames=partial(_frames, pictures, rate, {**size, "kernel": kernel, "outside": outside}),
        stim_time=len(pictures) / rate * second,
        pre_time=pre_time,
        tail_time=tail_time,
        background=background,
        reference="Lappalainen et al., Nature 634, 1132 (2024)",
    )


def _frames(pictures, rate, options, eye, times, background):
    # 1e-9: 0.3 s are three frames of 10 Hz, although 0.3 * 10 < 3 may hold in floating point.
    index = np.minimum(np.floor(times * rate + 1e-9).astype(int), len(pictures) - 1)
    shown, which = np.unique(index, return_inverse=True)
    most = 255 if pictures.dtype == np.uint8 else 1
    # One by one: as floats the whole movie may be too large for the memory.
    return np.stack([eye.sample(pictures[k] / most, **options) for k in shown])[which]


def _disc() -> np.ndarray:
    x, y = np.meshgrid(np.arange(180) - 89.5, np.arange(180) - 89.5)
    return np.stack([(np.hypot(x - at, y) <= 10) * 0.5 + 0.5 for at in np.linspace(-90, 90, 30)])
