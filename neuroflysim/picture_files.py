"""Pictures and movies of the user, as luminance from 0 to 1."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from brian2 import Quantity, have_same_dimensions, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def read_image(image) -> np.ndarray:
    """Return a picture as luminance.

    Parameters
    ----------
    image : path-like, or array_like, shape (height, width)
        A file that Pillow reads; colours become grey. Whole numbers of 8 or 16 bits are divided by
        the largest that there is. Nothing undoes a gamma correction.

    Returns
    -------
    ndarray of float, shape (height, width)
    """
    if isinstance(image, str | os.PathLike):
        with _opened(image) as picture, _readable(image):
            grey = _grey(picture)
        return _luminance(grey, str(image), 2)
    return _luminance(image, "image", 2)


def read_movie(movie, frame_rate: Quantity | None = None) -> tuple[np.ndarray, float]:
    """Return a movie as luminance, and its frames per second.

    Parameters
    ----------
    movie : path-like, or array_like, shape (time, height, width)
        A GIF, or another movie (mp4, avi, ...) where the extra ``neuroflysim[video]`` is
        installed. Values as in `read_image`.
    frame_rate : Quantity [Hz], optional
        That of the file, if not given.

    Returns
    -------
    ndarray of uint8 or float, shape (time, height, width)
        Grey levels of a file stay whole numbers, to be divided by 255.
    float
    """
    rate = None if frame_rate is None else _hertz(frame_rate)
    if not isinstance(movie, str | os.PathLike):
        if rate is None:
            raise InvalidTypeError(
                "frame_rate is missing; an array has none of its own: give, for example,"
                " frame_rate=24*Hz."
            )
        whole = getattr(movie, "dtype", None) == np.uint8 and np.ndim(movie) == 3 and np.size(movie)
        return (np.asarray(movie) if whole else _luminance(movie, "movie", 3)), rate
    read = _read_gif if Path(movie).suffix.lower() == ".gif" else _read_video
    frames, own_rate = read(movie)
    if rate is None and own_rate is None:
        raise InvalidValueError(
            f"{movie} does not say one time for all of its frames; give frame_rate, for example"
            " 24*Hz."
        )
    return frames, own_rate if rate is None else rate


def _hertz(frame_rate) -> float:
    if not isinstance(frame_rate, Quantity) or not have_same_dimensions(frame_rate, 1 / second):
        raise InvalidTypeError(
            f"frame_rate is {frame_rate!r}, but must have a unit, for example 24*Hz."
        )
    return checks.finite_number("frame_rate in Hz", float(frame_rate), 1e-3, 1e5)


def _luminance(image, name: str, n_axes: int) -> np.ndarray:
    kind = getattr(image, "dtype", None)
    most = np.iinfo(kind).max if kind in (np.uint8, np.uint16) else 1
    values = checks.numeric_array(name, image) / most
    if values.ndim != n_axes or 0 in values.shape:
        axes = ("time, height, width", "height, width")[n_axes == 2]
        raise InvalidValueError(
            f"{name} has shape {values.shape}, but must be grey, ({axes}); take the mean of its"
            " colours."
        )
    if values.min() < 0 or values.max() > 1:
        raise InvalidValueError(
            f"{name} holds {values.min():g} to {values.max():g}, but luminance goes from 0 (black)"
            " to 1 (white); divide it by its largest value, or give it as uint8."
        )
    return values


def _opened(path):
    from PIL import Image, UnidentifiedImageError

    try:
        return Image.open(path)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise InvalidValueError(
            f"{path} cannot be read as a picture: {error}. Name a file that Pillow reads, for"
            " example PNG, JPEG, TIFF or GIF."
        ) from None


@contextmanager
def _readable(path):
    """Pillow reads pixels when they are asked for, and may find that they are not all there."""
    try:
        yield
    except (OSError, SyntaxError, IndexError, EOFError) as error:
        raise InvalidValueError(
            f"{path} is damaged: {error}. Save it again, or copy it again from where it came."
        ) from None


def _grey(picture) -> np.ndarray:
    if picture.mode.startswith("I;16"):
        return np.asarray(picture).astype(np.uint16)
    if picture.mode == "I":  # Pillow would cut off what is above 255
        raise InvalidValueError(
            "pictures of whole numbers of 32 bits have no white; give an array from 0 to 1, or save"
            " it with 8 or 16 bits."
        )
    return np.asarray(picture if picture.mode == "F" else picture.convert("L"))


def _read_gif(path) -> tuple[np.ndarray, float | None]:
    from PIL import ImageSequence

    frames, durations = [], set()
    with _opened(path) as movie, _readable(path):
        for frame in ImageSequence.Iterator(movie):
            durations.add(frame.info.get("duration", 0))
            frames.append(np.asarray(frame.convert("L")))
    one = durations.pop() if len(durations) == 1 else 0
    return np.stack(frames), 1000 / one if one else None


def _read_video(path) -> tuple[np.ndarray, float | None]:
    from PIL import Image

    read, describe = _video_reader(path)
    if not Path(path).is_file():
        raise InvalidValueError(f"{path}: no such file.")
    try:
        frames = [np.asarray(Image.fromarray(frame).convert("L")) for frame in read(path)]
        rate = describe(path).get("fps")
    except (OSError, ValueError, RuntimeError) as error:
        raise InvalidValueError(
            f"{path} cannot be read as a movie: {str(error).splitlines()[0]}"
        ) from None
    if not frames:
        raise InvalidValueError(f"{path} holds no frame.")
    return np.stack(frames), rate


def _video_reader(path) -> tuple[Callable, Callable]:
    try:
        from imageio.v3 import imiter, immeta
        from imageio_ffmpeg import get_ffmpeg_exe  # noqa: F401
    except ImportError:
        raise InvalidValueError(
            f"{path} needs imageio and imageio-ffmpeg: pip install 'neuroflysim[video]'. GIFs and"
            " arrays (time, height, width) need nothing more."
        ) from None
    return lambda p: imiter(p, plugin="FFMPEG"), lambda p: immeta(p, plugin="FFMPEG")
