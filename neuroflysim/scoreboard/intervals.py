"""How sure a score is: bootstrap over the models of a row, and over the studies."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.scoreboard.agreements import study_scores

#: Samples with replacement, and the part of them that an interval holds.
N_SAMPLES, HELD = 2000, 0.95

#: Of the samples: the same models give the same interval.
SEED = 0


def over_models(agreements: pd.DataFrame) -> tuple[float, float]:
    """Return the interval of the score over models: what other seeds might have given.

    Models are drawn with replacement, as many as there are, and the score is taken anew; the
    interval leaves out 2.5 % of the samples at either end.

    Parameters
    ----------
    agreements : DataFrame
        From `agreements_of`.

    Returns
    -------
    tuple of float
        NaN for a single model, of which nothing can be said, and where nothing is compared.
    """
    n = len(agreements)
    if n < 2 or not agreements.shape[1]:
        return np.nan, np.nan
    values, weights = agreements.to_numpy(), _weights(agreements)
    rng = np.random.default_rng(SEED)
    drawn = rng.integers(n, size=(N_SAMPLES, n))
    return _held([np.median(values[chosen], axis=0) @ weights for chosen in drawn])


def over_studies(agreements: pd.DataFrame) -> tuple[float, float]:
    """Return the interval of the score over studies: what other recordings might have given.

    Parameters
    ----------
    agreements : DataFrame
        From `agreements_of`.

    Returns
    -------
    tuple of float
        NaN for a single study.
    """
    scores = study_scores(agreements).to_numpy()
    if len(scores) < 2:
        return np.nan, np.nan
    drawn = np.random.default_rng(SEED).integers(len(scores), size=(N_SAMPLES, len(scores)))
    return _held(scores[drawn].mean(axis=1))


def _weights(agreements: pd.DataFrame) -> np.ndarray:
    """Return what each group counts in the mean of the study scores."""
    study = agreements.columns.get_level_values("study")
    size = study.value_counts().loc[study].to_numpy()
    return 1 / (size * study.nunique())


def _held(samples) -> tuple[float, float]:
    low, high = np.quantile(samples, [(1 - HELD) / 2, (1 + HELD) / 2])
    return float(low), float(high)
