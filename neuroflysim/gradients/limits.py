r"""What a stimulus may be: luminance within black and white, and no more contrast than allowed.

A stimulus that leaves its limits is brought back to the nearest one within them. Of all y with
\|y_i\| at most c and a mean square of at most P, the one nearest to x is

.. math::

    y_i = \mathrm{clip}(\lambda x_i, -c, c)

with the largest :math:`\lambda \le 1` at which the mean square is no more than P.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.simulation.grey import GREY

#: Halvings of the interval in which the factor is looked for: more than a float64 has digits.
_HALVINGS = 60


@frozen
class Limits:
    """What a stimulus may be, as deviations of luminance from grey, where the network rests.

    Parameters
    ----------
    contrast : float
        The largest deviation, as a part of grey; 1 is black, and white.
    power : float, optional
        The largest root of the mean squared deviation, over columns and times, as a part of grey.
        Not limited, if not given.
    """

    contrast: float = 1.0
    power: float | None = None

    def __attrs_post_init__(self):
        limits = {"contrast": self.contrast}
        if self.power is not None:
            limits["power"] = self.power
        for name, value in limits.items():
            if checks.finite_number(name, value, 0, 1) == 0:
                raise InvalidValueError(f"{name} is 0, which allows nothing but grey; raise it.")

    def nearest(self, deviation: np.ndarray) -> np.ndarray:
        """Return the nearest stimuli within the limits.

        Parameters
        ----------
        deviation : ndarray, shape (stimulus, time, column)
            Of luminance from grey.

        Examples
        --------
        >>> Limits(contrast=0.5).nearest(np.array([[[0.1, -0.4]]])).tolist()
        [[[0.1, -0.25]]]
        >>> Limits(power=0.2).nearest(np.array([[[0.3, 0.4], [0.0, 0.0]]])).round(3).tolist()
        [[[0.12, 0.16], [0.0, 0.0]]]
        """
        bound = self.contrast * GREY
        clipped = np.clip(deviation, -bound, bound)
        if self.power is None:
            return clipped
        most = (self.power * GREY) ** 2
        low, high = np.zeros(len(deviation)), np.ones(len(deviation))
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            tried = np.clip(middle[:, None, None] * deviation, -bound, bound)
            fits = np.mean(tried**2, axis=(1, 2)) <= most
            low, high = np.where(fits, middle, low), np.where(fits, high, middle)
        within = np.mean(clipped**2, axis=(1, 2)) <= most
        scaled = np.clip(low[:, None, None] * deviation, -bound, bound)
        return np.where(within[:, None, None], clipped, scaled)

    def furthest(self, direction: np.ndarray) -> np.ndarray:
        """Return, of all stimuli within the limits, those that lie furthest along a direction.

        For a cell whose answer is a sum over pixels, each times a weight, this is the optimal
        stimulus if the direction has these weights.

        Parameters
        ----------
        direction : ndarray, shape (stimulus, time, column)
        """
        size = np.abs(direction).max(axis=(1, 2), keepdims=True)
        unit = direction / np.where(size > 0, size, 1)
        if self.power is None:
            return np.sign(unit) * self.contrast * GREY
        # Large enough that no pixel which counts is left within the limit of contrast alone.
        return self.nearest(unit * 1e6)


def as_luminance(deviation: np.ndarray) -> np.ndarray:
    """Return the luminance that deviates so much from grey, with rounding cut off."""
    return np.clip(GREY + deviation, 0, 1)
