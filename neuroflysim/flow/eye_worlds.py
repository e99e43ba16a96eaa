"""Worlds of flat layers at several depths before the full eye, while the fly moves."""

from __future__ import annotations

import numpy as np
from attrs import frozen
from brian2 import Quantity, ms, second

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.panorama import TEXELS_TO_ACCEPTANCE, Panorama
from neuroflysim.flow.self_motion import MOTIONS, ImageMotion, draw_image_motion
from neuroflysim.flow.surfaces import TEXTURES, draw_shape, draw_texture
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.stimulus.eye import Eye


@frozen
class Layer:
    """A flat surface that faces the fly.

    Parameters
    ----------
    luminance : Panorama
        Of what has a shape, 0 where it is not.
    cover : Panorama, optional
        1 where the surface is, 0 where it is not; None for a surface without holes.
    shape : ndarray of bool, optional
        The same pixel by pixel, unblurred; square.
    orientation : complex
        By which the surface is turned (and scaled), before it moves.
    """

    luminance: Panorama
    cover: Panorama | None = None
    shape: np.ndarray | None = None
    orientation: complex = 1.0

    def holds(self, place: np.ndarray) -> np.ndarray:
        """Return whether the surface is there; places as complex numbers of degrees."""
        if self.shape is None or self.cover is None:
            return np.ones(place.shape, dtype=bool)
        n_pixels = len(self.shape)
        pixel = self.cover.size[0] / n_pixels
        row = np.floor(n_pixels / 2 - np.imag(place) / pixel).astype(int) % n_pixels
        column = np.floor(n_pixels / 2 + np.real(place) / pixel).astype(int) % n_pixels
        return self.shape[row, column]


def render_layers(
    layers: list[Layer], motion: ImageMotion, eye: Eye, time_step: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return what the columns see of layers, and the flow there.

    Parameters
    ----------
    layers : list of Layer
        From far to near.
    motion : ImageMotion
    eye : Eye
    time_step : float, s

    Returns
    -------
    luminance : ndarray of float, shape (time, column)
    flow : ndarray of complex, shape (time, column), degrees / s
        That of the nearest surface where the column looks.
    """
    place = eye.x + 1j * eye.y
    scale, shift = motion.poses(time_step)
    seen, flow = np.empty(0), np.empty(0)
    for number, layer in enumerate(layers):
        here = slice(None), number, None
        on_layer = (place - shift[here]) / (scale[here] * layer.orientation)
        luminance = layer.luminance.at(on_layer.real, on_layer.imag)
        moves = motion.flow(here, place)
        if number == 0 or layer.cover is None:
            seen, flow = luminance, moves
        else:
            # The Gaussian is taken of each surface by itself: a border is as soft as the eye
            # sees it, and what is behind shows through by what is missing there.
            seen = luminance + (1 - layer.cover.at(on_layer.real, on_layer.imag)) * seen
            flow = np.where(layer.holds(on_layer), moves, flow)
    return seen, flow


def layered_worlds(
    n_scenes: int,
    *,
    seed: int,
    lattice: int | Lattice = DEFAULT_LATTICE,
    directions: int = 4,
    n_layers: tuple[int, int] = (1, 4),
    motions: tuple[str, ...] = MOTIONS,
    speed: Quantity = (10, 200) / second,
    change: str = "step",
    textures: tuple[str, ...] = TEXTURES,
    contrast: tuple[float, float] = (0.2, 0.6),
    brightness: tuple[float, float] = (0.3, 0.7),
    noise: float = 0.0,
    n_frames: int = 36,
    time_step: Quantity = 20 * ms,
    extent: int | None = None,
) -> Clips:
    """Return what a flying fly sees of worlds made of layers, with the exact flow.

    A world has up to four flat layers that face the fly, the nearer ones with holes, each 1.3 to
    2.5 times nearer than the one behind it. The fly moves to the side and up (nearer layers move
    faster: parallax), forwards or backwards (expansion), and turns by yaw, pitch and roll. The
    visual field is flat, in degrees; the flow is exact for what is shown. At a column it is the
    flow of the nearest surface that the middle of the column looks at.

    Parameters
    ----------
    n_scenes : int
    seed : int
        Scene number k of a seed is the same, however many there are.
    lattice : int or Lattice
        A whole number is the extent of an open lattice, its radius in columns; a periodic one is
        ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
    directions : int
        Clips of each scene, 1 to 4. From one to the next, motion to the side, yaw and pitch are
        turned by 90 degrees, and motion forwards and roll are reversed. With 4, the mean flow of
        every column is zero at first.
    n_layers : (int, int)
        Fewest and most.
    motions : tuple of {"translation", "forward", "yaw", "pitch", "roll"}
        Each takes part in about half of the scenes.
    speed : Quantity [degrees / s]
        Lowest and highest; log-uniform between. Of the flow, as root mean square over the eye and
        all layers. Expansion is held below 1/s and roll below 3 radians/s, however high it is.
    change : {"step", "smooth", "none"}
        To another velocity: in the middle of the clip, all the time, or not at all.
    textures : tuple of {"dead_leaves", "one_over_f", "bars", "mixed"}
        One of them is drawn for each layer; see `neuroflysim.flow.surfaces.draw_texture`.
    contrast : (float, float)
        Lowest and highest; standard deviation of a layer's luminance over its mean, before the
        eye blurs it.
    brightness : (float, float)
        Lowest and highest mean luminance of a layer; what gets brighter than white is white.
    noise : float
        Standard deviation of noise on the luminance of each column and frame.
    n_frames : int
    time_step : Quantity [s]
    extent : int, optional
        Another name for a whole number as `lattice`.

    Returns
    -------
    Clips
        Those of one scene follow each other.

    Notes
    -----
    Surfaces are blurred by the Gaussian of the eye once, at their first size: when the image has
    grown by a quarter, the blur has, too. They repeat after 1.4 times the width of the eye.

    Examples
    --------
    >>> clips = layered_worlds(2, extent=6, seed=0)
    >>> clips
    <8 clips of 2 scenes, 36 frames of 20 ms, on a lattice of extent 6>
    >>> bool(np.abs(clips.flow[:4, 0].mean(axis=0)).max() < 1e-4)
    True
    """
    checks.whole_number("n_scenes", n_scenes, 1)
    checks.whole_number("seed", seed)
    checks.whole_number("n_frames", n_frames, 1)
    if checks.whole_number("directions", directions, 1) > 4:
        raise InvalidValueError(f"directions is {directions}, but there are 4 at most.")
    checks.one_of("change", change, ("step", "smooth", "none"))
    layer_range = checks.whole_numbers("n_layers", n_layers, 1)
    fewest, most = checks.lowest_and_highest("n_layers", layer_range, 1, 4)
    motions, textures = (
        _words(name, words, allowed)
        for name, words, allowed in (
            ("motions", motions, MOTIONS),
            ("textures", textures, TEXTURES),
        )
    )
    speed = speed_range(speed)
    contrast = checks.lowest_and_highest("contrast", contrast, 0, 2)
    brightness = checks.lowest_and_highest("brightness", brightness, 0, 1)
    noise = checks.finite_number("noise", noise, 0, 1)
    eye = Eye(chosen_lattice(lattice, extent))
    step = checks.seconds("time_step", time_step)
    radius = max(np.sqrt(np.mean(eye.x**2 + eye.y**2)), eye.column_angle)
    all_luminance = np.empty((n_scenes * directions, n_frames, len(eye.x)), dtype=np.float32)
    all_flow = np.empty((*all_luminance.shape, 2), dtype=np.float32)
    for scene in range(n_scenes):
        rng = np.random.default_rng([seed, scene])
        count = int(rng.integers(int(fewest), int(most) + 1))
        layers = [
            _draw_layer(rng, number, eye, textures, contrast, brightness) for number in range(count)
        ]
        depths = 1 / np.cumprod(np.r_[1, rng.uniform(1.3, 2.5, size=count - 1)])
        motion = draw_image_motion(rng, depths, motions, speed, change, n_frames, radius)
        for quarters in range(directions):
            seen, flow = render_layers(layers, motion.turned(quarters), eye, step)
            clip = scene * directions + quarters
            all_luminance[clip] = with_noise(seen, noise, rng)
            all_flow[clip] = np.stack([np.real(flow), np.imag(flow)], axis=-1)
    return Clips(
        luminance=all_luminance,
        flow=all_flow,
        time_step=step,
        lattice=eye.lattice,
        scene=np.repeat(np.arange(n_scenes), directions),
    )


def _draw_layer(rng, number, eye, textures, contrast, brightness) -> Layer:
    kind = textures[rng.integers(len(textures))]
    texel = eye.acceptance_angle / TEXELS_TO_ACCEPTANCE
    across = np.ptp(eye.y) + 2 * eye.acceptance_angle  # an eye is higher than it is wide
    n_texels = max(64, 2 * round(1.4 * across / texel / 2))
    texture = draw_texture(kind, n_texels, rng)
    mean = rng.uniform(*brightness)
    deviation = mean * rng.uniform(*contrast)
    luminance = np.clip(mean + deviation * texture, 0, 1)
    if number == 0:
        return Layer(luminance=Panorama(luminance, texel, eye.acceptance_angle))
    shape = draw_shape(n_texels, rng.uniform(0.15, 0.45), rng)
    return Layer(
        luminance=Panorama(luminance * shape, texel, eye.acceptance_angle),
        cover=Panorama(shape.astype(float), texel, eye.acceptance_angle),
        shape=shape,
    )


def with_noise(luminance: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Return luminance with noise of this standard deviation, between black and white.

    Parameters
    ----------
    luminance : ndarray
    noise : float
    rng : numpy.random.Generator
    """
    if noise:
        luminance = luminance + noise * rng.standard_normal(luminance.shape, dtype=np.float32)
    return np.clip(luminance, 0, 1)


def speed_range(speed: Quantity) -> tuple[float, float]:
    """Return the lowest and highest speed in deg/s.

    Parameters
    ----------
    speed : Quantity [degrees / s]
    """
    listed = checks.positive_quantities("speed", speed, 1 / second, "[10, 200]/second")
    return checks.lowest_and_highest("speed", np.asarray(listed))


def _words(name: str, words, allowed: tuple[str, ...]) -> tuple[str, ...]:
    listed = (words,) if isinstance(words, str) else tuple(words)
    if not listed:
        raise InvalidValueError(f"{name} is empty; name one of {', '.join(allowed)} or more.")
    return tuple(checks.one_of(name, word, allowed) for word in listed)
