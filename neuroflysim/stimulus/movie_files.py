"""Movies of the user, as luminance from 0 to 1."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, have_same_dimensions, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing
from neuroflysim.stimulus.gif_blocks import frames_in
from neuroflysim.stimulus.picture_files import grey_of_8_bits, luminance, opened, readable

#: Pixels of all frames of a movie that is read into memory, a byte each: a minute of 1280 x 720.
MOST_PIXELS = 2**31


def read_movie(
    movie: str | os.PathLike[str] | npt.ArrayLike, frame_rate: Quantity | None = None
) -> tuple[np.ndarray, float]:
    """Return a movie as luminance, and its frames per second.

    Parameters
    ----------
    movie : path-like, or array_like, shape (time, height, width)
        A GIF, or another movie (mp4, avi, ...) where the extra ``neuroflysim[video]`` is
        installed. Values as in `read_image`.
    frame_rate : Quantity [Hz], optional
        That of the file, if not given; then all frames of a GIF must last equally long.

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
        return (np.asarray(movie) if whole else luminance(movie, "movie", 3)), rate
    read = _read_gif if Path(movie).suffix.lower() == ".gif" else _read_video
    frames, own_rate = read(movie)
    rate = own_rate if rate is None else rate
    if rate is None:
        raise InvalidValueError(
            f"{movie} does not say one time for all of its frames; give frame_rate, for example"
            " 24*Hz."
        )
    return frames, rate


def _hertz(frame_rate) -> float:
    if not isinstance(frame_rate, Quantity) or not have_same_dimensions(frame_rate, 1 / second):
        raise InvalidTypeError(
            f"frame_rate is {frame_rate!r}, but must have a unit, for example 24*Hz."
        )
    return checks.finite_number("frame_rate in Hz", float(frame_rate), 1e-3, 1e5)


def _read_gif(path) -> tuple[np.ndarray, float | None]:
    from PIL import ImageSequence

    n_frames = frames_in(path)
    frames, durations = [], set()
    with readable(path), opened(path) as movie:
        _require_room(path, n_frames * movie.size[0] * movie.size[1])
        for frame in ImageSequence.Iterator(movie):
            durations.add(frame.info.get("duration", 0))
            frames.append(grey_of_8_bits(path, frame))
            _require_one_size(path, frames)
    if len(frames) != n_frames:
        raise InvalidValueError(
            f"{path} is damaged: it holds {n_frames} frames, of which {len(frames)} can be read."
        )
    one = durations.pop() if len(durations) == 1 else 0
    return np.stack(frames), 1000 / one if one else None


def _read_video(path) -> tuple[np.ndarray, float | None]:
    from PIL import Image

    read, describe = _video_reader(path)
    existing(path)
    frames = []
    try:
        for frame in read(path):
            frames.append(np.asarray(Image.fromarray(frame).convert("L")))
            _require_one_size(path, frames)
            _require_room(path, len(frames) * frames[0].size)
        rate = describe(path).get("fps")
    except InvalidValueError:
        raise
    except Exception as error:  # of imageio, and of ffmpeg's output that it does not know
        told = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise InvalidValueError(f"{path} cannot be read as a movie: {told[:200]}") from None
    if not frames:
        raise InvalidValueError(f"{path} holds no frame.")
    usable = isinstance(rate, int | float) and 1e-3 <= rate <= 1e5
    return np.stack(frames), float(rate) if usable else None


def _require_one_size(path, frames: list[np.ndarray]) -> None:
    if frames[-1].shape != frames[0].shape:
        raise InvalidValueError(
            f"{path}: frame {len(frames) - 1} has {frames[-1].shape[::-1]} pixels, but the first"
            f" has {frames[0].shape[::-1]}."
        )


def _require_room(path, n_pixels: int) -> None:
    if n_pixels > MOST_PIXELS:
        raise InvalidValueError(
            f"{path} has more than {MOST_PIXELS:,} pixels in its frames; make it smaller: a column"
            " of the eye sees the mean over many."
        )


def _video_reader(path) -> tuple[Callable, Callable]:
    try:
        import imageio_ffmpeg  # noqa: F401  # pyright: ignore[reportMissingImports]  (an extra)
        from imageio.v3 import imiter, immeta  # pyright: ignore[reportMissingImports]  (an extra)
    except ImportError:
        raise InvalidValueError(
            f"{path} needs imageio and imageio-ffmpeg: pip install 'neuroflysim[video]'. GIFs and"
            " arrays (time, height, width) need nothing more."
        ) from None
    return lambda p: imiter(p, plugin="FFMPEG"), lambda p: immeta(p, plugin="FFMPEG")
