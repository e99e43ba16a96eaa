"""Worlds whose light and motion change more in time than those of recipes, for other_cells.py.

All are `neuroflysim.flow.translating_worlds`, shown in another way. What is added is the same in
all directions of a world, so that it tells nothing about the flow.
"""

from functools import cache

import attrs
import numpy as np
from attrs import frozen
from brian2 import second

from neuroflysim.fit.objectives import FlowTask
from neuroflysim.fit.recipe import Recipe
from neuroflysim.flow.clip_times import N_FRAMES
from neuroflysim.flow.clips import Clips
from neuroflysim.flow.periodic_worlds import translating_worlds
from neuroflysim.lattice import Lattice

#: How many worlds a fit draws from, and how many more it is judged on, which it never sees.
SHOWN, HELD_OUT = 384, 64

#: Painted at once: their waves take memory.
AT_ONCE = 32

#: Frames of a rest: as many as at each of the two velocities.
REST = N_FRAMES // 2

#: Frames at whose end flow is read, in each third of a clip with a rest.
READ_IN_THIRD = (9, 13, 16)

#: Of what lies still before the eye, standard deviation over mean.
STILL_CONTRAST = (0.12, 0.35)


@frozen(kw_only=True)
class InTime:
    """What is added to worlds."""

    #: Light by which all is multiplied, as a share of the light at grey, lowest and highest:
    #: log-uniform, drawn anew twice in a clip, at any frame, as under clouds and leaves.
    light: tuple[float, float] | None = None
    #: Whether each world is still for a third of its clip, which is longer by that.
    rests: bool = False
    speeds: tuple[float, float] | None = None  #: degrees / s, if not those of the recipe
    still_things: bool = False  #: whether something that does not move is seen, too


IN_TIME = {
    "changing light": InTime(light=(0.3, 1.4)),
    "rests": InTime(rests=True, speeds=(7.0, 400.0)),
    "light and rests": InTime(light=(0.3, 1.4), rests=True, speeds=(7.0, 400.0)),
    "still things": InTime(still_things=True),
}


def task(recipe: Recipe, worlds: str, shown: int = SHOWN, held_out: int = HELD_OUT) -> FlowTask:
    """Return the task to read flow out of worlds by their name in `IN_TIME`.

    Parameters
    ----------
    recipe : Recipe
    worlds : str
    shown, held_out : int
        Numbers of worlds.
    """
    added = IN_TIME[worlds]
    clips = painted(added, recipe, shown + held_out)
    last = tuple(range(shown, shown + held_out))
    if not added.rests:
        return FlowTask(recipe, clips=clips, held_out=last)
    frames = [third * REST + frame for third in range(3) for frame in READ_IN_THIRD]
    return FlowTask(recipe, clips=clips, held_out=last, read_frames=frames)


@cache
def painted(added: InTime, recipe: Recipe, n_worlds: int) -> Clips:
    """Return worlds of a recipe with what is added; those before do not depend on how many.

    Parameters
    ----------
    added : InTime
    recipe : Recipe
        Of whose first stage contrasts are, and mean light if none is added.
    n_worlds : int
    """
    parts = [
        _some(added, recipe, min(AT_ONCE, n_worlds - first), first)
        for first in range(0, n_worlds, AT_ONCE)
    ]
    return attrs.evolve(
        parts[0],
        luminance=np.concatenate([part.luminance for part in parts]),
        flow=np.concatenate([part.flow[:, :, :1] for part in parts]),
        scene=np.concatenate([part.scene for part in parts]),
    )


def _some(added: InTime, recipe: Recipe, n: int, first: int) -> Clips:
    """Paint n worlds, of which the first has this number."""
    options = {
        "lattice": Lattice(size=recipe.size),
        "texture": recipe.painted,
        "noise": 0.0,  # of photons: it comes last
    }
    moving = translating_worlds(
        n,
        seed=[first, 0],
        directions=recipe.directions,
        speed=np.array(added.speeds or recipe.speeds) / second,
        contrast=recipe.stages[0].contrast,
        brightness=recipe.stages[0].brightness,
        n_frames=N_FRAMES,
        **options,
    )
    rng = np.random.default_rng([first, 1])
    luminance, flow = moving.luminance, moving.flow[:, :, :1]
    world = np.repeat(np.arange(n), recipe.directions)
    if added.rests:
        frame, is_still = (each[world] for each in _with_rests(rng.integers(3, size=n)))
        luminance = np.take_along_axis(luminance, frame[:, :, None], axis=1)
        flow = np.take_along_axis(flow, frame[:, :, None, None], axis=1)
        flow = np.where(is_still[:, :, None, None], 0.0, flow)
    if added.still_things:
        still = translating_worlds(
            n, seed=[first, 2], directions=1, contrast=STILL_CONTRAST, n_frames=1, **options
        )
        luminance = (
            luminance + (still.luminance - still.luminance.mean(axis=2, keepdims=True))[world]
        )
    if added.light is not None:
        luminance = luminance * _light(rng, n, luminance.shape[1], added.light)[world][:, :, None]
    luminance = luminance + recipe.pixel_noise * rng.standard_normal(luminance.shape)
    return attrs.evolve(
        moving, luminance=np.clip(luminance, 0, 1), flow=flow, scene=first + moving.scene
    )


def _with_rests(third: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which frame of a world is shown when, and where it is still: (world, frame).

    A world holds its first frame, that at which its velocity changes, or its last one.

    Parameters
    ----------
    third : ndarray of int, shape (world,)
        In which third of the clip a world rests.
    """
    held = np.array([0, REST, N_FRAMES - 1])[third][:, None]
    time = np.arange(N_FRAMES + REST)
    frame = np.clip(time, 0, held) + np.clip(time - held - REST, 0, None)
    return np.minimum(frame, N_FRAMES - 1), (time >= held) & (time < held + REST + (held > REST))


def _light(rng: np.random.Generator, n: int, n_frames: int, light: tuple) -> np.ndarray:
    """Return the light of each world and frame: it jumps twice."""
    level = np.exp(rng.uniform(*np.log(light), (n, 3)))
    jumps = np.sort(rng.integers(1, n_frames, (n, 2)), axis=1)
    part = (np.arange(n_frames) >= jumps[:, :, None]).sum(axis=1)
    return np.take_along_axis(level, part, axis=1)
