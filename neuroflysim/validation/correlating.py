"""Does a better score in the task go with a better match with recordings, across models?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError

#: Numbers that tell how well a model matches what is known; of the last one, less is better.
MATCHES = (
    "polarity_correct",
    "polarity_r",
    "direction_selective",
    "dsi_median",
    "dsi_r",
    "t4_tuning_r",
    "t5_tuning_r",
    "preferred_direction_error_deg",
)
LESS_IS_BETTER = ("preferred_direction_error_deg",)

#: Two standard deviations: 95 % of a normal distribution.
_NORMAL_95 = 1.959964


def score_and_match(table: pd.DataFrame, score: str = "task_r2") -> pd.DataFrame:
    """Correlate the score in the task with the match with recordings, across models.

    Lappalainen et al. (2024) find r = 0.60 between task performance and the match with known tuning
    over 50 models.

    Parameters
    ----------
    table : DataFrame
        One row a model, such as ``load_ensemble("flow").table``; models that are not stable are
        left out.
    score : str
        Column with the score: r2, task_r2 or task_r2_worlds.

    Returns
    -------
    DataFrame
        Indexed by match, for those of `MATCHES` that the table has: n (models with both numbers),
        pearson_r, its 95 % interval low to high (Fisher's transform), spearman_r. Positive means
        that better goes with better, also where less is better. NaN where all models are alike;
        no interval with three models or fewer.

    Examples
    --------
    >>> models = pd.DataFrame({"task_r2": [0.3, 0.4, 0.5], "dsi_r": [0.7, 0.8, 0.9]})
    >>> score_and_match(models)["pearson_r"].round(3).to_dict()
    {'dsi_r': 1.0}
    """
    checks.table("the table", table, "nfs.load_ensemble(...).table: it")
    matches = [name for name in MATCHES if name in table]
    if score not in table or not matches:
        raise InvalidValueError(
            f"the table has the columns {', '.join(map(repr, table.columns))}, but {score!r} and"
            f" one or more of {', '.join(map(repr, MATCHES))} are needed."
        )
    if "stable" in table:
        table = table[table["stable"].astype(bool)]
    rows = {}
    for name in matches:
        both = table[[score, name]].astype(float).dropna()
        sign = -1 if name in LESS_IS_BETTER else 1
        rows[name] = _correlations(both[score].to_numpy(), sign * both[name].to_numpy())
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("match")


def _correlations(one: np.ndarray, other: np.ndarray) -> dict[str, float]:
    n = len(one)
    r = _pearson(one, other)
    ranks = (pd.Series(values).rank().to_numpy() for values in (one, other))
    reach = _NORMAL_95 / np.sqrt(n - 3) if n > 3 else np.nan
    middle = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12))
    return {
        "n": n,
        "pearson_r": r,
        "low": float(np.tanh(middle - reach)),
        "high": float(np.tanh(middle + reach)),
        "spearman_r": _pearson(*ranks),
    }


def _pearson(one: np.ndarray, other: np.ndarray) -> float:
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])
