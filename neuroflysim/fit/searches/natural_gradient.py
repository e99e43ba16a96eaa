"""The natural gradient of a normal distribution with scales and one direction.

Its covariance is D (1 + v v') D, with a scale D of each coordinate and a vector v: as many numbers
as coordinates, twice. Akimoto, Auger and Hansen, GECCO 2014, 373 (VD-CMA).
"""

from __future__ import annotations

import numpy as np


def natural_gradient(y: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return in which direction a sample moves v, and, relative to itself, D.

    Parameters
    ----------
    y : ndarray, shape (sample, coordinate)
        Samples less their mean, in units of D.
    v : ndarray, shape (coordinate,)
        Not 0.

    Returns
    -------
    of_v, of_scale : ndarray, shape (sample, coordinate)
    """
    square = v @ v  # |v|^2
    unit = v / np.sqrt(square)
    unit2 = unit * unit
    gamma = 1 + square
    along = (y @ unit)[:, None]
    # The Fisher information may be nearly singular: alpha < 1 keeps away from that.
    alpha = np.sqrt(square**2 + (2 * gamma - np.sqrt(gamma)) / unit2.max()) / (2 + square)
    alpha = min(1.0, alpha)
    b = 2 * alpha**2 - (1 - alpha**2) * square**2 / gamma
    inverse = 1 / (2 - (b + 2 * alpha**2) * unit2)

    t = along * y - unit * (along**2 + gamma) / 2
    s = y * y - square / gamma * along * y * unit - 1
    s -= alpha / gamma * ((2 + square) * unit * t - square * unit2 * (t @ unit)[:, None])
    weighted = inverse * unit2
    s = inverse * s - b / (1 + b * (unit2 @ weighted)) * weighted * (s @ weighted)[:, None]
    t -= alpha * ((2 + square) * unit * s - unit * (s @ unit2)[:, None])
    return t / np.sqrt(square), s
