"""The derivative of how well flow is read out, by the sums of products that this is made of.

The readout is fitted to some scenes and judged on others, so the sums of both count: those on which
it is judged directly, those to which it is fitted through its weights.
"""

from __future__ import annotations

import numpy as np

from neuroflysim.flow.readout import error_weights, folds


def held_out_slopes(
    products: np.ndarray, scene: np.ndarray, n_targets: int, noise: float, n_folds: int = 2
) -> tuple[float, np.ndarray]:
    """Return the r2 of `held_out` of one model, and its derivative by the sums of products.

    Parameters
    ----------
    products : ndarray, shape (clip, feature, feature)
        Features are 1, outputs, and targets.
    scene : ndarray of int, shape (clip,)
    n_targets, noise, n_folds
        See `held_out`.

    Returns
    -------
    float
    ndarray, shape (clip, feature, feature)
        Symmetric. Products of targets alone count as constant.

    Notes
    -----
    With the sums S of the other scenes over n samples, means m and covariances C, weights are
    w = K^-1 C_ot with K = C_oo + noise**2, and the error of the features f is e = f E, where E has
    m_o w - m_t for the constant, -w for outputs and 1 for targets. The squares to be explained are
    tr(E' P E) with the sums P of the scenes that are judged: dP counts E E', and dE = G : dE with
    G = 2 P E goes on through w, m and C to dS.
    """
    n_features = products.shape[-1]
    outputs = np.arange(1, n_features - n_targets)
    targets = np.arange(n_features - n_targets, n_features)
    fold_of_clip = folds(scene, n_folds)
    by_fold = [products[fold_of_clip == k].sum(axis=0) for k in range(n_folds)]
    total = products.sum(axis=0)
    wanted = float(np.einsum("tt->", total[np.ix_(targets, targets)]))
    slopes = np.zeros((n_folds, n_features, n_features))
    squares = 0.0
    for k, own in enumerate(by_fold):
        rest = total - own
        error = error_weights(rest[None], outputs, targets, noise)[0]
        squares += float(np.einsum("ft,fg,gt->", error, own, error))
        slopes[k] += error @ error.T
        others = _through_weights(rest, 2 * own @ error, error, outputs, targets, noise)
        for j in range(n_folds):
            if j != k:
                slopes[j] += others
    slopes = (slopes + slopes.swapaxes(1, 2)) / 2
    slopes[:, targets[:, None], targets] = 0
    return 1 - squares / wanted, -slopes[fold_of_clip] / wanted


def _through_weights(
    sums: np.ndarray,
    of_error: np.ndarray,
    error: np.ndarray,
    outputs: np.ndarray,
    targets: np.ndarray,
    noise: float,
) -> np.ndarray:
    """Return derivatives by the sums to which a readout is fitted, given those by its errors."""
    n_samples = sums[0, 0]
    mean = sums[0] / n_samples
    m_o, m_t = mean[outputs], mean[targets]
    weights = -error[outputs]
    of_constant = of_error[0]
    covariance = sums[np.ix_(outputs, outputs)] / n_samples - np.outer(m_o, m_o)
    ridge = covariance + noise**2 * np.eye(len(outputs))
    of_cross = np.linalg.solve(ridge, np.outer(m_o, of_constant) - of_error[outputs])
    of_own = -of_cross @ weights.T
    of_mean = weights @ of_constant - of_cross @ m_t - (of_own + of_own.T) @ m_o
    slopes = np.zeros_like(sums)
    slopes[np.ix_(outputs, outputs)] = of_own / n_samples
    slopes[np.ix_(outputs, targets)] = of_cross / n_samples
    slopes[outputs, 0] = of_mean / n_samples
    return slopes
