"""Worlds that move over a periodic lattice: short clips whose flow is the same everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from attrs import frozen
from brian2 import Quantity, ms, second

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.eye_worlds import speed_range
from neuroflysim.flow.textures import POINTS, Texture, mixture, wave_vectors
from neuroflysim.lattice import Lattice, position
from neuroflysim.stimulus.eye import COLUMN_ANGLE

#: Standard deviation of the Gaussian through which a column sees the world, in columns: 2.4
#: degrees, a full width at half maximum of 5.7 degrees (Drews et al., Curr. Biol. 30, 209, 2020).
BLUR = 0.42

#: Contrasts are drawn on a logarithmic scale, on which there is no 0.
LEAST_CONTRAST = 1e-6

#: Waves that the eye weakens to less than this are left out.
FAINTEST = 1e-3

#: On which worlds move if nobody says.
REPEATING = Lattice(size=6)


@frozen(eq=False)
class _Retina:
    """What columns see of each wave that fits into the lattice."""

    kept: np.ndarray  #: which waves, in the order of `wave_vectors`, flat
    kx: np.ndarray  #: radians a column, shape (wave,)
    ky: np.ndarray
    seen: np.ndarray  #: how much of its amplitude the eye's optics leave, shape (wave,)
    at_columns: np.ndarray  #: complex, shape (wave, column)


@lru_cache(maxsize=4)
def _retina(size: int) -> _Retina:
    kx, ky = (k.ravel() for k in wave_vectors(size, size * POINTS))
    seen = np.exp(-(BLUR**2) * (kx**2 + ky**2) / 2)
    kept = np.flatnonzero((seen > FAINTEST) & (kx**2 + ky**2 > 0))  # a mean has no contrast
    kx, ky = kx[kept], ky[kept]
    x, y = position(*Lattice(size=size).columns.T)
    waves = np.exp(1j * (np.outer(kx, x) + np.outer(ky, y)))
    return _Retina(kept=kept, kx=kx, ky=ky, seen=seen[kept], at_columns=waves)


def translating_worlds(
    n_worlds: int,
    *,
    lattice: Lattice = REPEATING,
    seed: int | Sequence[int],
    directions: int = 4,
    texture: Texture = mixture,
    speed: Quantity = (14.5, 145) / second,
    contrast: tuple[float, float] = (0.12, 0.35),
    brightness: tuple[float, float] = (0.5, 0.5),
    noise: float = 0.03,
    n_frames: int = 36,
    time_step: Quantity = 20 * ms,
) -> Clips:
    """Return worlds that move as a whole, in balanced directions.

    A world moves at a constant velocity, and from the middle of the clip on at another one. It is
    shown in several directions at equal angles, with all else the same: what does not tell
    direction, such as the contrast of a world, then tells nothing about the flow.

    Parameters
    ----------
    n_worlds : int
    lattice : Lattice
        Periodic, and as long along u as along v. ``nfs.Lattice(size=6)``, if not given.
    seed : int or sequence of int
    directions : int
        Clips of each world.
    texture : callable
        From `neuroflysim.flow.textures`.
    speed : Quantity [degrees / s]
        Lowest and highest; log-uniform between.
    contrast : (float, float)
        Standard deviation over mean of what the columns see, lowest and highest; log-uniform.
    brightness : (float, float)
        Mean luminance, lowest and highest; uniform.
    noise : float
        Standard deviation of noise on the luminance of each column and frame.
    n_frames : int
    time_step : Quantity [s]

    Returns
    -------
    Clips
        Those of one world follow each other. What is brighter than white or darker than black is
        cut off.

    Examples
    --------
    >>> translating_worlds(2, seed=0)
    <8 clips of 2 scenes, 36 frames of 20 ms, on a periodic lattice of size (6, 6)>
    """
    size = _side(lattice)
    for name, value in (("n_worlds", n_worlds), ("directions", directions)):
        checks.whole_number(name, value, 1)
    step, between = checks.seconds("time_step", time_step), speed_range(speed)
    contrast = checks.lowest_and_highest("contrast", contrast, LEAST_CONTRAST, 2)
    brightness = checks.lowest_and_highest("brightness", brightness, 0, 1)
    noise = checks.finite_number("noise", noise, 0, 1)
    rng, retina = np.random.default_rng(seed), _retina(size)
    pictures = [texture(rng, size) for _ in range(n_worlds)]
    waves = np.stack([np.fft.fft2(picture).ravel()[retina.kept] for picture in pictures])
    waves *= retina.seen
    waves /= np.sqrt((np.abs(waves) ** 2).sum(axis=1, keepdims=True))  # a contrast of 1
    light = rng.uniform(*brightness, n_worlds)
    amplitude = light * np.exp(rng.uniform(np.log(contrast[0]), np.log(contrast[1]), n_worlds))
    drawn = np.exp(rng.uniform(np.log(between[0]), np.log(between[1]), (n_worlds, 2)))
    angle = rng.uniform(0, 2 * np.pi, (n_worlds, 2))
    turned = angle[:, None] + 2 * np.pi * np.arange(directions)[:, None] / directions
    velocity = drawn[:, None, :, None] * np.stack([np.cos(turned), np.sin(turned)], axis=-1)
    velocity = velocity.reshape(-1, 2, 2)[:, np.arange(n_frames) * 2 // n_frames]
    # The flow of a frame leads from this frame to the next.
    moved = (np.cumsum(velocity, axis=1) - velocity) * step / COLUMN_ANGLE
    moved += np.repeat(rng.uniform(0, size, (n_worlds, 1, 2)), directions, axis=0)
    phase = np.exp(-1j * (moved[..., :1] * retina.kx + moved[..., 1:] * retina.ky))
    world = np.repeat(np.arange(n_worlds), directions)
    # By einsum and not by @: with other numbers of threads, BLAS returns other last digits, and the
    # result of a fit would depend on where it is computed.
    waves = (waves * amplitude[:, None])[world, None] * phase
    seen = np.einsum("ctw,wn->ctn", np.real(waves), np.real(retina.at_columns))
    seen -= np.einsum("ctw,wn->ctn", np.imag(waves), np.imag(retina.at_columns))
    luminance = light[world, None, None] + seen + noise * rng.standard_normal(seen.shape)
    return Clips(
        luminance=np.clip(luminance, 0, 1),
        flow=velocity[:, :, None],
        time_step=step,
        lattice=lattice,
        scene=world,
    )


def _side(lattice: Lattice) -> int:
    """Return how many columns a lattice has along both axes, if it is one that worlds fit."""
    size = lattice.size if isinstance(lattice, Lattice) else None
    if size is None or size[0] != size[1]:
        raise InvalidValueError(
            f"lattice is {lattice!r}, but these worlds repeat with a periodic lattice that has as"
            " many columns along u as along v: write nfs.Lattice(size=6)."
        )
    return size[0]
