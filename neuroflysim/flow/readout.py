"""Reading flow from the outputs of cell types: a linear readout that all columns share.

Nothing but sums of products is needed, as `Program.reduce` returns them, so a readout for each of
many candidates costs little. It is fitted on some scenes and judged on others.
"""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neuroflysim.connectome import Connectome
from neuroflysim.ensembles.readout import NOISE
from neuroflysim.errors import InvalidValueError

#: Speed, in degrees a second, at which a target is half as long as that of an infinite speed:
#: 8 columns of 5.8 degrees a second.
HALF_SPEED = 46.4


def compressed(flow: np.ndarray, half_speed: float = HALF_SPEED) -> np.ndarray:
    """Return what the task wants to be read out: direction * speed / (speed + half_speed).

    Motion detectors tell the direction of motion better than its speed, and saturate. So does this
    target, which keeps fast clips from ruling the task.

    Parameters
    ----------
    flow : array_like, shape (..., 2), degrees / s
    half_speed : float, degrees / s

    Returns
    -------
    ndarray, shape (..., 2)
        Shorter than 1.

    Examples
    --------
    >>> compressed(np.array([46.4, 0.0])).tolist()
    [0.5, 0.0]
    """
    flow = np.asarray(flow, dtype=np.float64)
    return flow / (np.linalg.norm(flow, axis=-1, keepdims=True) + half_speed)


def output_types(connectome: Connectome) -> tuple[str, ...]:
    """Return the cell types that the paper reads flow from.

    Parameters
    ----------
    connectome : Connectome
    """
    types = connectome.cell_types
    return tuple(types.index[types["output"]])


@frozen(eq=False)
class HeldOut:
    """How well flow is read out of scenes that the readout was not fitted to."""

    r2: np.ndarray  #: explained part of the targets' mean square, shape (candidate,)
    rms_error: np.ndarray  #: root mean square length of the targets' error, shape (candidate,)


def held_out(
    products: np.ndarray,
    scene: np.ndarray,
    outputs: np.ndarray,
    *,
    n_targets: int = 2,
    noise: float = NOISE,
    n_folds: int = 2,
) -> HeldOut:
    """Fit a readout on some scenes, judge it on the others, and so for all in turn.

    Parameters
    ----------
    products : ndarray, shape (candidate, clip, feature, feature)
        From `Program.reduce`: features are 1, the outputs of cell types, and the targets.
    scene : ndarray of int, shape (clip,)
        Scenes are dealt out to the folds in turn.
    outputs : ndarray of int
        Which outputs are read, counted from 0.
    n_targets : int
    noise : float
        Ridge: standard deviation of the noise on each output that the readout reckons with.
    n_folds : int

    Returns
    -------
    HeldOut
        Not a number where products are not.

    Notes
    -----
    With means m and covariances C over the scenes of the other folds, weights are w = (C_oo +
    noise**2)^-1 C_ot, the constant is m_t - w m_o. The targets' mean square is about 0, which is
    what a blind readout says of directions that are balanced.
    """
    fold_of_clip = folds(scene, n_folds)
    by_fold = [_summed(products, np.flatnonzero(fold_of_clip == k)) for k in range(n_folds)]
    n_features = products.shape[-1]
    targets = np.arange(n_features - n_targets, n_features)
    squares = np.zeros(len(products))
    wanted = np.zeros(len(products))
    samples = np.zeros(len(products))
    for own in by_fold:
        error = error_weights(sum(by_fold) - own, 1 + outputs, targets, noise)
        squares += np.einsum("cft,cfg,cgt->c", error, own, error)
        wanted += np.einsum("ctt->c", own[:, targets[:, None], targets])
        samples += own[:, 0, 0]
    with np.errstate(invalid="ignore"):  # sums that lost their digits may be a little below 0
        return HeldOut(r2=1 - squares / wanted, rms_error=np.sqrt(squares / samples))


def _summed(products: np.ndarray, clips: np.ndarray) -> np.ndarray:
    """Return the sum over some clips, added in their order, without a copy of them."""
    total = products[:, clips[0]].copy()
    for clip in clips[1:]:
        total += products[:, clip]
    return total


def folds(scene: np.ndarray, n_folds: int) -> np.ndarray:
    """Return the fold of each clip: scenes are dealt out in turn.

    Parameters
    ----------
    scene : ndarray of int, shape (clip,)
    n_folds : int

    Returns
    -------
    ndarray of int, shape (clip,)

    Raises
    ------
    InvalidValueError
        If there are fewer scenes than folds.

    Examples
    --------
    >>> folds(np.array([0, 0, 1, 2]), 2).tolist()
    [0, 0, 1, 0]
    """
    scenes = np.unique(scene)
    if len(scenes) < n_folds:
        raise InvalidValueError(
            f"there are {len(scenes)} scenes, but {n_folds} folds need at least as many."
        )
    return np.searchsorted(scenes, scene) % n_folds


def error_weights(
    sums: np.ndarray, outputs: np.ndarray, targets: np.ndarray, noise: float
) -> np.ndarray:
    """Fit a readout; return the weights of all features in target minus readout.

    Parameters
    ----------
    sums : ndarray, shape (candidate, feature, feature)
        Sums of products of features, of which the first is 1.
    outputs, targets : ndarray of int
        Features that are read, and that are wanted.
    noise : float
        See `held_out`.

    Returns
    -------
    ndarray, shape (candidate, feature, target)
        Features times these weights are the errors.
    """
    n_samples = sums[:, :1, :1]
    mean = sums[:, 0] / n_samples[:, 0]
    covariance = sums / n_samples - mean[:, :, None] * mean[:, None]
    of_outputs = covariance[:, outputs[:, None], outputs] + noise**2 * np.eye(len(outputs))
    weights = np.linalg.solve(of_outputs, covariance[:, outputs[:, None], targets])
    error = np.zeros((*mean.shape, len(targets)))
    error[:, outputs] = -weights
    error[:, 0] = np.einsum("co,cot->ct", mean[:, outputs], weights) - mean[:, targets]
    error[:, targets, np.arange(len(targets))] = 1
    return error
