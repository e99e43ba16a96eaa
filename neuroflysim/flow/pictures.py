"""Pictures that move over the full eye."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import cast

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.eye_worlds import speed_range, with_noise
from neuroflysim.flow.panorama import Panorama
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.stimulus.eye import Eye
from neuroflysim.stimulus.picture_files import read_image

#: A file, or luminance of shape (height, width).
Picture = str | os.PathLike[str] | npt.ArrayLike


def translating_pictures(
    pictures: Iterable[Picture] | Mapping[str, Picture],
    *,
    seed: int,
    lattice: int | Lattice = DEFAULT_LATTICE,
    directions: int = 4,
    n_speeds: int = 2,
    speed: Quantity = (14.5, 145) / second,
    field_of_view: float = 180.0,
    contrast: float | None = None,
    noise: float = 0.0,
    scene: npt.ArrayLike | None = None,
    n_frames: int = 36,
    time_step: Quantity = 20 * ms,
    extent: int | None = None,
) -> Clips:
    """Return what the eye sees of pictures that move, with the flow.

    A picture moves at a constant velocity, and from the middle of the clip on at another. It
    starts at a place of its own for each pair of velocities. The picture is mirrored at its
    borders, so that it has no end and no seam.

    Parameters
    ----------
    pictures : list or dict of path-like or array_like, shape (height, width)
        Files, or luminance; see `neuroflysim.flow.photographs` for whole folders.
    seed : int
        The clips of picture number k are the same, however many pictures there are.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    directions : int
        Clips for each pair of velocities, at equal angles: over two or more of them, the mean flow
        is zero.
    n_speeds : int
        Pairs of velocities for each picture.
    speed : Quantity [degrees / s]
        Lowest and highest; log-uniform between, the direction uniform. The default is 2.5 to 25
        columns/s.
    field_of_view : float, degrees
        Width of a picture in the visual field.
    contrast : float, optional
        Standard deviation over mean of the whole picture as the eye sees it. Without it, the
        picture stays as it is. What gets brighter than white or darker than black is cut off.
    noise : float
        Standard deviation of noise on the luminance of each column and frame.
    scene : array_like of int, optional
        A number for each picture; the same one for pictures that must not be parted, such as
        frames of one movie. Each picture is a scene, if it is not given.
    n_frames : int
    time_step : Quantity [s]
    extent : int, optional
        Another name for a whole number as `lattice`.

    Returns
    -------
    Clips
        Those of one picture follow each other; of these, those of one pair of velocities.

    Examples
    --------
    >>> picture = np.random.default_rng(0).uniform(size=(30, 40))
    >>> translating_pictures([picture, picture.T], extent=6, seed=0)
    <16 clips of 2 scenes, 36 frames of 20 ms, on a lattice of extent 6>
    """
    pictures = _listed(pictures)
    checks.whole_number("seed", seed)
    for name, value in (("directions", directions), ("n_speeds", n_speeds), ("n_frames", n_frames)):
        checks.whole_number(name, value, 1)
    slowest, fastest = speed_range(speed)
    checks.finite_number("field_of_view", field_of_view, 1, 3600)
    noise = checks.finite_number("noise", noise, 0, 1)
    if contrast is not None:
        contrast = checks.finite_number("contrast", contrast, 0, 5)
    scene = np.arange(len(pictures)) if scene is None else np.asarray(scene)
    if scene.shape != (len(pictures),):
        raise InvalidValueError(
            f"scene has shape {scene.shape}, but there are {len(pictures)} pictures."
        )
    eye = Eye(chosen_lattice(lattice, extent))
    step = checks.seconds("time_step", time_step)
    n_each = n_speeds * directions
    luminance = np.empty((len(pictures) * n_each, n_frames, len(eye.x)), dtype=np.float32)
    velocity = np.empty(luminance.shape[:2], dtype=complex)
    later = np.arange(n_frames) >= n_frames // 2
    quarters = np.exp(2j * np.pi * np.arange(directions) / directions)
    clip = 0
    for number, picture in enumerate(pictures):
        rng = np.random.default_rng([seed, number])
        panorama, change = _mirrored(picture, field_of_view, eye, contrast)
        for _ in range(n_speeds):
            speeds = np.exp(rng.uniform(np.log(slowest), np.log(fastest), size=2))
            first, second_one = speeds * np.exp(2j * np.pi * rng.uniform(size=2))
            down, across = rng.uniform(size=2) * panorama.size
            for turn in quarters:
                velocity[clip] = turn * np.where(later, second_one, first)
                moved = np.r_[0, np.cumsum(velocity[clip, :-1] * step)][:, None]
                seen = panorama.at(across + eye.x - moved.real, down + eye.y - moved.imag)
                luminance[clip] = with_noise(change(seen), noise, rng)
                clip += 1
    flow = np.stack([np.real(velocity), np.imag(velocity)], axis=-1).astype(np.float32)
    return Clips(
        luminance=luminance,
        flow=flow[:, :, None],
        time_step=step,
        lattice=eye.lattice,
        scene=np.repeat(scene, n_each),
    )


def _listed(pictures) -> list:
    if isinstance(pictures, str | os.PathLike) or not isinstance(pictures, Iterable):
        raise InvalidTypeError(
            f"pictures is {pictures!r}, but must be a list of pictures; for a folder write"
            " nfs.flow.photographs(folder)."
        )
    listed = list(pictures.values() if isinstance(pictures, Mapping) else pictures)
    if not listed:
        raise InvalidValueError("pictures is empty; give one picture or more.")
    return listed


def _mirrored(picture, field_of_view: float, eye: Eye, contrast: float | None):
    """Return the picture and its mirror images, and how its luminance is changed."""
    picture = read_image(picture)
    pixel = field_of_view / picture.shape[1]
    four = np.block([[picture, picture[:, ::-1]], [picture[::-1], picture[::-1, ::-1]]])
    panorama = Panorama(four, pixel, cast(float, eye.acceptance_angle))  # a regular eye
    if contrast is None:
        return panorama, lambda seen: seen
    across, down = (np.linspace(0, size, 128, endpoint=False) for size in panorama.size[::-1])
    whole = panorama.at(*np.meshgrid(across, down))
    mean, deviation = whole.mean(), whole.std()
    if deviation < 1e-9:
        raise InvalidValueError("a picture is uniform: no contrast can be given to it.")
    return panorama, lambda seen: mean * (1 + contrast * (seen - mean) / deviation)
