"""Projected gradient ascent: stimuli that make an objective large, within limits.

Each start goes its own way, and all are shown together, as conditions of one run. A step goes
along the gradient and back into the limits; one that does not help is taken back, and tried at a
quarter of its length. Steps that help grow longer: in the end they lead to the stimulus within the
limits that lies furthest along the gradient, which for a linear cell is the optimum.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import frozen

from neuroflysim.gradients.limits import Limits
from neuroflysim.gradients.smoothness import roughness
from neuroflysim.lattice import Lattice

#: Takes deviations of luminance, shape (start, time, column); returns values and derivatives.
Objective = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

#: How a step grows if it helped, and shrinks if it did not.
_LONGER, _SHORTER = 3.0, 0.25

#: An improvement by less than this part is none; where none comes from that many steps, it ends.
_SMALL, _PATIENCE = 1e-4, 6


@frozen(eq=False)
class Climbed:
    """Where an ascent ended."""

    stimuli: np.ndarray  #: deviations, shape (start, time, column)
    value: np.ndarray  #: of the objective, without what roughness costs, shape (start,)
    history: np.ndarray  #: the same after each step, shape (step, start)


def ascend(
    objective: Objective,
    starts: np.ndarray,
    limits: Limits,
    lattice: Lattice,
    smoothness: float = 0.0,
    n_steps: int = 60,
    tell: Callable[[], object] = lambda: None,
) -> Climbed:
    """Climb from several starts.

    Parameters
    ----------
    objective : callable
    starts : ndarray, shape (start, time, column)
        Deviations of luminance from grey.
    limits : Limits
    lattice : Lattice
    smoothness : float
        What a unit of roughness costs; see `roughness`.
    n_steps : int
        At most.
    tell : callable
        Called after each step.

    Returns
    -------
    Climbed
        The objective never falls from one step to the next, with what roughness costs taken off.

    Examples
    --------
    >>> weight = np.array([[[3.0, -4.0]]])
    >>> def linear(x):
    ...     return (x * weight).sum(axis=(1, 2)), np.broadcast_to(weight, x.shape)
    >>> found = ascend(linear, np.zeros((1, 1, 2)), Limits(power=0.1), Lattice(size=(1, 2)))
    >>> (found.stimuli / np.linalg.norm(found.stimuli)).round(6).tolist()
    [[[0.6, -0.8]]]
    """

    def evaluated(deviation: np.ndarray):
        value, slope = objective(deviation)
        rough, by_pixel = roughness(deviation, lattice)
        return value, value - smoothness * rough, slope - smoothness * by_pixel

    here = limits.nearest(starts)
    value, height, slope = evaluated(here)
    length, quiet, history = np.ones(len(here)), np.zeros(len(here), dtype=int), [value]
    for _ in range(n_steps):
        size = np.sqrt(np.mean(slope**2, axis=(1, 2), keepdims=True))
        along = slope / np.where(size > 0, size, 1)
        there = limits.nearest(here + length[:, None, None] * along)
        new_value, new_height, new_slope = evaluated(there)
        higher = new_height > height
        gained = np.where(higher, new_height - height, 0)
        quiet = np.where(gained > _SMALL * np.abs(new_height), 0, quiet + 1)
        length = length * np.where(higher, _LONGER, _SHORTER)
        which = higher[:, None, None]
        here, slope = np.where(which, there, here), np.where(which, new_slope, slope)
        value = np.where(higher, new_value, value)
        height = np.where(higher, new_height, height)
        history.append(value)
        tell()
        if (quiet >= _PATIENCE).all():
            break
    return Climbed(here, value, np.array(history))
