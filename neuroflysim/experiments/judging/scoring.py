"""One number for each study."""

from __future__ import annotations

import numpy as np
import pandas as pd

from neuroflysim.errors import InvalidValueError

NEEDED = ("study", "group", "agreement", "strict", "fitted", "beside", "between_studies")


def scores(table: pd.DataFrame) -> pd.DataFrame:
    """Return a score for each study of a comparison.

    The score is the mean of the agreements, where a correlation or rank over several rows counts
    once. 1 is a perfect copy of the recordings, 0 is near chance. Rows of HS and VS that stand
    beside a proxy are left out: their findings count already, once. So are rows that a model was
    fitted to.

    Parameters
    ----------
    table : DataFrame
        From `compare`.

    Returns
    -------
    DataFrame
        study; n_rows; n_compared (rows with an agreement that count); n_strict (those of them that
        are not secondary); score (of strict rows) and score_all; ceiling: the score that other
        studies of the same quantities reach, NaN where there are none; n_ceiling: of how many
        agreements that is the mean.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "study": "a", "group": ["curve", "curve", "width"], "agreement": [0.8, 0.8, 0.4],
    ...     "strict": True, "fitted": False, "beside": "",
    ...     "between_studies": [float("nan"), float("nan"), 0.9]})
    >>> scores(table)[["score", "ceiling", "n_ceiling"]].round(3).values.tolist()
    [[0.6, 0.9, 1.0]]
    """
    missing = [name for name in NEEDED if name not in getattr(table, "columns", ())]
    if missing:
        raise InvalidValueError(
            f"table lacks the column(s) {', '.join(missing)}; pass what nfs.compare returns."
        )
    for name in ("study", "group"):  # a row without one would fall out of the groups
        lost = table[name].isna() & (table["agreement"].notna() | (name == "study"))
        if lost.any():
            raise InvalidValueError(
                f"table: row {int(np.argmax(lost))} has no {name}; pass what nfs.compare returns,"
                " or read it with pandas.read_csv(..., keep_default_na=False)."
            )
    columns = {
        "study": str,
        "n_rows": int,
        "n_compared": int,
        "n_strict": int,
        "score": float,
        "score_all": float,
        "ceiling": float,
        "n_ceiling": int,
    }
    rows = [_score(key, part) for key, part in table.groupby("study", sort=False)]
    return pd.DataFrame(rows, columns=list(columns)).astype(columns)


def counted(table: pd.DataFrame) -> pd.Series:
    """Return which rows of a comparison may count: not those beside a proxy, nor fitted ones.

    Parameters
    ----------
    table : DataFrame
        From `compare`.
    """
    beside = table["beside"].notna() & (table["beside"] != "")
    return ~beside & ~table["fitted"].astype(bool)


def _score(key: str, table: pd.DataFrame) -> tuple:
    compared = table[table["agreement"].notna() & counted(table)]
    strict = compared[compared["strict"]]
    ceiling = _each_group(strict, "between_studies")
    return (
        key,
        len(table),
        len(compared),
        len(strict),
        _mean(_each_group(strict, "agreement")),
        _mean(_each_group(compared, "agreement")),
        _mean(ceiling),
        len(ceiling),
    )


def _each_group(table: pd.DataFrame, column: str) -> np.ndarray:
    return table.groupby("group")[column].first().dropna().to_numpy()


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan
