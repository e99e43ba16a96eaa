"""Movies of the user: frames as pictures for moving scenes, or movies whose flow is known."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, ms

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.flo_files import read_flo
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.stimulus.eye import Eye
from neuroflysim.stimulus.movie_files import read_movie


def movie_pictures(
    movie: str | os.PathLike[str] | npt.ArrayLike, n_pictures: int = 8
) -> list[np.ndarray]:
    """Return some frames of a movie, as pictures to be moved over the eye.

    Parameters
    ----------
    movie : path-like, or array_like, shape (time, height, width)
        A GIF, or another movie (mp4, avi, ...) where ``neuroflysim[video]`` is installed.
    n_pictures : int
        At equal distances in time, from the first to the last frame.

    Returns
    -------
    list of ndarray, shape (height, width)
        Luminance from 0 to 1. They show one scene: give them one number, as in the example.

    Examples
    --------
    >>> from neuroflysim.flow import translating_pictures
    >>> movie = np.random.default_rng(0).uniform(size=(50, 20, 30))
    >>> pictures = movie_pictures(movie, 3)
    >>> translating_pictures(pictures, extent=6, seed=0, scene=[0, 0, 0])
    <24 clips of 1 scene, 36 frames of 20 ms, on a lattice of extent 6>
    """
    checks.whole_number("n_pictures", n_pictures, 1)
    frames, _ = read_movie(movie, Quantity(1.0) / (1000 * ms))  # when they are shown is no matter
    if n_pictures > len(frames):
        raise InvalidValueError(f"n_pictures is {n_pictures}, but the movie has {len(frames)}.")
    chosen = np.linspace(0, len(frames) - 1, n_pictures).round().astype(int)
    return [_luminance(frames[k]) for k in chosen]


def movie_with_flow(
    movie: str | os.PathLike[str] | npt.ArrayLike,
    flow: np.ndarray | Sequence[npt.ArrayLike | str | os.PathLike[str]],
    *,
    degrees_per_pixel: float,
    frame_rate: Quantity | None = None,
    lattice: int | Lattice = DEFAULT_LATTICE,
    centers: Sequence[tuple[float, float]] = ((0.0, 0.0),),
    n_frames: int | None = None,
    time_step: Quantity = 20 * ms,
    extent: int | None = None,
) -> Clips:
    """Return what the eye sees of a movie whose optic flow is known.

    Both are seen through the Gaussian of the eye (`Eye.sample`). A frame is shown until the next
    one comes, and so is its flow.

    Parameters
    ----------
    movie : path-like, or array_like, shape (time, height, width)
        See `movie_pictures`.
    flow : array_like, shape (time, height, width, 2), or list of path-like, pixels / frame
        From each frame to the next, to the right and downwards, as in .flo files; or such files.
        As many as there are frames, or one less: then the last frame is left out.
    degrees_per_pixel : float
    frame_rate : Quantity [Hz], optional
        That of the file, if not given.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    centers : list of (float, float), degrees
        Where the middle of the movie lies, to the right and up; each gives clips of its own.
        Around the movie, luminance is 0.5 and flow 0.
    n_frames : int, optional
        Cuts the movie into clips of so many frames each, and leaves out what is left at the end.
        Without it, the whole movie is one clip.
    time_step : Quantity [s]
    extent : int, optional
        Another name for a whole number as `lattice`.

    Returns
    -------
    Clips
        Of one scene. Flow is in degrees / s, to the right and up.

    Examples
    --------
    A picture that moves by 1 pixel a frame upwards: at 24 Hz and 0.5 degrees, by 12 deg/s.

    >>> from brian2 import Hz
    >>> picture = np.random.default_rng(0).uniform(size=(400, 400))
    >>> movie = np.stack([np.roll(picture, -k, axis=0) for k in range(12)])
    >>> flow = np.broadcast_to([0.0, -1.0], (12, 400, 400, 2))
    >>> clips = movie_with_flow(
    ...     movie, flow, degrees_per_pixel=0.5, frame_rate=24 * Hz, extent=6, n_frames=10
    ... )
    >>> clips
    <2 clips of 1 scene, 10 frames of 20 ms, on a lattice of extent 6>
    >>> clips.flow[0, 0, 0].round(3).tolist()
    [0.0, 12.0]
    """
    frames, rate = read_movie(movie, frame_rate)
    flows = [_one_flow(one) for one in flow]
    if len(flows) not in (len(frames), len(frames) - 1) or not flows:
        raise InvalidValueError(
            f"flow is given for {len(flows)} frames, but the movie has {len(frames)}; give it for"
            " each, or for all but the last."
        )
    for number, one in enumerate(flows):
        if one.shape != (*frames.shape[1:], 2):
            raise InvalidValueError(
                f"flow of frame {number} has shape {one.shape}, but must be"
                f" {(*frames.shape[1:], 2)}, as the movie."
            )
        if not np.isfinite(one).all():
            raise InvalidValueError(
                f"flow of frame {number} is not known everywhere; fill the gaps, or leave the"
                " movie out."
            )
    eye = Eye(chosen_lattice(lattice, extent))
    step = checks.seconds("time_step", time_step)
    n_shown = int(np.floor(len(flows) / (rate * step) + 1e-6))
    if n_frames is None:
        n_frames = n_shown
    n_parts = n_shown // checks.whole_number("n_frames", n_frames, 1) if n_shown else 0
    if not n_parts:
        raise InvalidValueError(
            f"the movie lasts {len(flows) / rate:g} s, which is {n_shown} steps of {step:g} s;"
            f" n_frames = {n_frames} is too many."
        )
    times = np.arange(n_parts * n_frames) * step
    which = np.floor(times * rate + 1e-6).astype(int)
    luminance, velocity = [], []
    scale = degrees_per_pixel * rate * np.array([1, -1])  # rows are counted downwards
    for center in centers:
        see = {"degrees_per_pixel": degrees_per_pixel, "center": center}
        seen = np.stack([eye.sample(_luminance(frame), **see) for frame in frames[: len(flows)]])
        moves = np.stack(
            [eye.sample(np.moveaxis(one, -1, 0), outside=0.0, **see).T for one in flows]
        )
        shape = (n_parts, n_frames, len(eye.x))
        # sums of weights may miss 1 by rounding
        luminance.append(np.clip(seen, 0, 1)[which].reshape(shape))
        velocity.append((scale * moves)[which].reshape(*shape, 2))
    return Clips(
        luminance=np.concatenate(luminance).astype(np.float32),
        flow=np.concatenate(velocity).astype(np.float32),
        time_step=step,
        lattice=eye.lattice,
        scene=np.zeros(len(luminance) * n_parts, dtype=int),
    )


def _one_flow(flow) -> np.ndarray:
    return read_flo(flow) if isinstance(flow, str | os.PathLike) else np.asarray(flow, dtype=float)


def _luminance(frame: np.ndarray) -> np.ndarray:
    return frame / 255 if frame.dtype == np.uint8 else frame
