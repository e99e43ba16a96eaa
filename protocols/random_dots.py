"""Random dots, of which some move together."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from brian2 import Quantity, ms, second

from neuroflysim.checks import (
    bounded_numbers,
    finite_number,
    positive_quantities,
    seconds,
    whole_numbers,
)
from neuroflysim.errors import InvalidValueError
from neuroflysim.stimulus.axes import direction
from neuroflysim.stimulus.protocol import Protocol


def random_dots(
    coherence: npt.ArrayLike = (0, 0.25, 0.5, 1),
    angle: npt.ArrayLike = (0, 180),
    speed: Quantity | Sequence[Quantity] = 110 / second,
    seed: npt.ArrayLike = 0,
    density: float = 0.002,
    dot_radius: float = 5.0,
    intensity: npt.ArrayLike = 1.0,
    update_time: Quantity = 50 * ms,
    pre_time: Quantity = 1 * second,
    stim_time: Quantity = 2 * second,
    tail_time: Quantity = 0.5 * second,
    background: float = 0.5,
) -> Protocol:
    """Dots lie at random places; a part of them moves one way, the others jump about.

    On a uniform background discs of `dot_radius` and luminance `intensity` lie at independent
    random places, in a square field that just holds the eye and whose opposite sides are joined.
    Every `update_time` it is decided by chance for each dot, apart from the others and from its
    past, what it does next: with the probability `coherence` it moves on, at constant speed
    towards `angle`; else it jumps to a random place and stays there until the next decision. So at
    coherence 1 the whole picture shifts, and at coherence 0 there is flicker without a direction.
    A column belongs to a dot if its optical axis lies in it. The same seed shows the same places
    and decisions to the same eye.

    Parameters
    ----------
    coherence : float or list, 0 to 1
    angle : float or list, degrees
        Direction of motion, counter-clockwise; 0 is to the right, 90 is up.
    speed : Quantity or list [degrees / s]
    seed : int or list of int
    density : float
        Dots in a square degree.
    dot_radius : float, degrees
    intensity : float or list, 0 to 1
        Luminance of the dots.
    update_time : Quantity [s]
        At least one time step.
    pre_time, stim_time, tail_time : Quantity [s]
    background : float

    Returns
    -------
    Protocol

    References
    ----------
    Algorithms of random dots are compared by Pilly and Seitz, Vision Research (2009, PMC2789308);
    here signal dots are chosen anew at each decision, and noise dots take random places. No study
    of flies was found for the numbers, which are choices of ours: the speed is that of
    `moving_edge`, a dot covers 2.7 columns on average, and a seventh of the field is covered.

    Examples
    --------
    >>> from neuroflysim import degree
    >>> dots = random_dots(coherence=[0, 1], angle=90, speed=50*degree/second, seed=[1, 2, 3])
    >>> dots.n_conditions
    6
    """
    seconds("update_time", update_time)
    return Protocol(
        name="random_dots",
        frames=_frames,
        parameters={
            "coherence": bounded_numbers("coherence", coherence, 0, 1),
            "angle": bounded_numbers("angle", angle),
            "speed": positive_quantities(
                "speed", speed, 1 / second, "110*degree/second", allow_zero=True
            ),
            "seed": whole_numbers("seed", seed),
            "density": finite_number("density", density, 1e-6, 1),
            "dot_radius": finite_number("dot_radius", dot_radius, 0.1, 90),
            "intensity": bounded_numbers("intensity", intensity, 0, 1),
            "update_time": update_time,
        },
        pre_time=pre_time,
        stim_time=stim_time,
        tail_time=tail_time,
        background=background,
        reference="Pilly and Seitz, Vision Research (2009), PMC2789308",
    )


def _frames(
    eye, times, background,
    coherence, angle, speed, seed, density, dot_radius, intensity, update_time,
):  # fmt: skip
    if len(times) > 1 and update_time < (times[1] - times[0]) * (1 - 1e-9):
        raise InvalidValueError(
            f"update_time is {update_time:g} s, but frames last {times[1] - times[0]:g} s; give a"
            " shorter time_step or a longer update_time."
        )
    chance = np.random.default_rng(int(seed))
    side = 2 * (np.hypot(eye.x, eye.y).max() + dot_radius)
    n_dots = max(1, round(density * side**2))
    velocity = speed * np.array(direction(angle))
    columns = np.column_stack([eye.x, eye.y])[:, None, :]
    frames = np.full((len(times), len(eye.x)), float(background))
    update = np.floor(times / update_time + 1e-9).astype(int)
    places = side * chance.uniform(size=(n_dots, 2))
    for number in range(update[-1] + 1):
        moves = chance.uniform(size=n_dots) < coherence
        places = np.where(moves[:, None], places, side * chance.uniform(size=(n_dots, 2)))
        moved = moves[:, None] * velocity
        for frame in np.flatnonzero(update == number):
            since = times[frame] - number * update_time
            away = columns - (places + moved * since)
            away -= side * np.round(away / side)  # to the nearest of the copies beyond the sides
            lit = (np.hypot(away[..., 0], away[..., 1]) <= dot_radius).any(axis=1)
            frames[frame, lit] = intensity
        places = places + moved * update_time
    return frames
