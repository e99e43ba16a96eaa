r"""How the image of flat layers moves in the visual field while the fly moves.

The visual field is flat here: x and y in degrees, as in `Eye`. Directions and velocities in it are
complex numbers, x + iy. A layer faces the fly at some depth, and its image moves by

    dp/dt = growth * p + drift

where growth is (speed forwards / depth) + i*(roll of the image), per second, and drift is the turn
of the image by yaw and pitch plus the speed to the side or upwards over the depth, in deg/s. This
is the motion of a perspective image near its middle; further out a real eye, which is a sphere,
sees it bent. Depths stay as they are within a clip. What is shown moves exactly like this, and so
the flow that is told is exact for the image that is shown.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

#: Ways of moving.
MOTIONS = ("translation", "forward", "yaw", "pitch", "roll")

#: Highest rate of expansion of the nearest layer, per second, and of roll, in radians per second.
#: An image that grew faster would soon be one enormous leaf.
HIGHEST_GROWTH = 1.0
HIGHEST_ROLL = 3.0


@frozen
class ImageMotion:
    """Velocities of the images of layers, held from each frame to the next.

    Parameters
    ----------
    drift : ndarray of complex, shape (time, layer), degrees / s
    growth : ndarray of complex, shape (time, layer), 1 / s
    """

    drift: np.ndarray
    growth: np.ndarray

    def flow(self, frame_layer: tuple, place: np.ndarray) -> np.ndarray:
        """Return the velocity of the image at places, as complex numbers.

        Parameters
        ----------
        frame_layer : tuple
            Index of the first two axes.
        place : ndarray of complex, degrees
        """
        return self.growth[frame_layer] * place + self.drift[frame_layer]

    def poses(self, time_step: float) -> tuple[np.ndarray, np.ndarray]:
        """Return where each layer is at each frame: place = scale * place_at_first + shift.

        Parameters
        ----------
        time_step : float, s

        Returns
        -------
        scale, shift : ndarray of complex, shape (time, layer)
        """
        exponent = self.growth * time_step
        step_scale = np.exp(exponent)
        small = np.abs(exponent) < 1e-12
        mean = np.where(small, 1, np.expm1(exponent) / np.where(small, 1, exponent))
        step_shift = self.drift * time_step * mean
        scale, shift = np.ones_like(exponent), np.zeros_like(exponent)
        for frame in range(len(exponent) - 1):
            scale[frame + 1] = step_scale[frame] * scale[frame]
            shift[frame + 1] = step_scale[frame] * shift[frame] + step_shift[frame]
        return scale, shift

    def turned(self, quarters: int) -> ImageMotion:
        """Return the motion with drift turned by 90 degrees and growth reversed, several times.

        Over four quarters the flow of each column has the mean 0.
        """
        return ImageMotion(drift=self.drift * 1j**quarters, growth=self.growth * (-1) ** quarters)


def draw_image_motion(
    rng: np.random.Generator,
    depths: np.ndarray,
    motions: tuple[str, ...],
    speed: tuple[float, float],
    change: str,
    n_frames: int,
    radius: float,
) -> ImageMotion:
    """Return the motion of the image of layers for a fly that moves at random.

    Parameters
    ----------
    rng : numpy.random.Generator
    depths : ndarray, shape (layer,)
    motions : tuple of str
        Of `MOTIONS`; each takes part in half of the cases, one at least.
    speed : (float, float), degrees / s
        Root mean square of the flow over the eye and the layers: from, to; log-uniform.
    change : {"none", "step", "smooth"}
    n_frames : int
    radius : float, degrees
        Root mean square of the columns' distances from straight ahead.
    """
    takes_part = rng.uniform(size=len(motions)) < 0.5
    takes_part[rng.integers(len(motions))] = True
    ways = [way for way, takes in zip(motions, takes_part, strict=True) if takes]
    first, second = (_draw_velocity(rng, depths, ways, speed, radius) for _ in range(2))
    share = {
        "none": np.zeros(n_frames),
        "step": (np.arange(n_frames) >= n_frames // 2).astype(float),
        "smooth": 0.5 - 0.5 * np.cos(np.pi * np.arange(n_frames) / max(n_frames - 1, 1)),
    }[change][:, None]
    drift, growth = (
        (1 - share) * one + share * other for one, other in zip(first, second, strict=True)
    )
    return ImageMotion(drift=drift, growth=growth)


def _draw_velocity(rng, depths, ways, speed, radius) -> tuple[np.ndarray, np.ndarray]:
    """Return drift and growth of each layer for one velocity of the fly."""
    amount = {way: rng.normal() for way in MOTIONS}  # all of them: the same draws in any case
    direction = np.exp(2j * np.pi * rng.uniform())
    target = np.exp(rng.uniform(*np.log(speed)))
    amount |= {way: 0.0 for way in MOTIONS if way not in ways}
    drift = amount["translation"] * direction / depths + amount["yaw"] + 1j * amount["pitch"]
    growth = (amount["forward"] / depths + 1j * amount["roll"]) / radius
    # places have the mean 0 over the eye, so that drift and growth are not correlated
    rms = np.sqrt(np.mean(np.abs(drift) ** 2 + np.abs(growth * radius) ** 2))
    drift, growth = (target / rms * one for one in (drift, growth))
    fastest = np.abs(growth.real).max()
    slower = min(1, HIGHEST_GROWTH / fastest) if fastest else 1
    roll = np.clip(growth.imag, -HIGHEST_ROLL, HIGHEST_ROLL)
    return drift, slower * growth.real + 1j * roll
