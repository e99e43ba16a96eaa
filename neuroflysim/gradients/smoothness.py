"""How rough a stimulus is: mean squared differences between neighbours in space and in time."""

from __future__ import annotations

import numpy as np

from neuroflysim.lattice import Lattice

#: To the three neighbours of a column of which it is the first; the other three are theirs.
_NEIGHBOURS = ((1, 0), (0, 1), (1, -1))


def roughness(stimulus: np.ndarray, lattice: Lattice) -> tuple[np.ndarray, np.ndarray]:
    """Return how rough stimuli are, and the derivative by each pixel.

    The mean squared difference between neighbouring columns, plus that between successive frames.

    Parameters
    ----------
    stimulus : ndarray, shape (stimulus, time, column)
    lattice : Lattice

    Returns
    -------
    value : ndarray, shape (stimulus,)
    derivative : ndarray, of the shape of the stimulus

    Examples
    --------
    >>> value, derivative = roughness(np.array([[[0.0], [1.0]]]), Lattice(extent=0))
    >>> value.tolist(), derivative.ravel().tolist()
    ([1.0], [-2.0, 2.0])
    """
    value, derivative = np.zeros(len(stimulus)), np.zeros(stimulus.shape)
    one, other = _pairs_of_neighbours(lattice)
    if len(one):
        step = stimulus[:, :, other] - stimulus[:, :, one]
        value += np.mean(step**2, axis=(1, 2))
        share = 2 * step / step[0].size
        by_column = np.moveaxis(derivative, -1, 0)
        np.add.at(by_column, other, np.moveaxis(share, -1, 0))
        np.subtract.at(by_column, one, np.moveaxis(share, -1, 0))
    if stimulus.shape[1] > 1:
        step = np.diff(stimulus, axis=1)
        value += np.mean(step**2, axis=(1, 2))
        share = 2 * step / step[0].size
        derivative[:, 1:] += share
        derivative[:, :-1] -= share
    return value, derivative


def _pairs_of_neighbours(lattice: Lattice) -> tuple[np.ndarray, np.ndarray]:
    u, v = lattice.columns.T
    pairs = [(np.arange(len(u)), lattice.index(u + du, v + dv)) for du, dv in _NEIGHBOURS]
    one, other = (np.concatenate(each) for each in zip(*pairs, strict=True))
    there = (other >= 0) & (other != one)
    return one[there], other[there]
