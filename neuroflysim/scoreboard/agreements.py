"""How far each single model agrees with each strict measurement, and what a score makes of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from neuroflysim.experiments.judging.of_study import (
    agreement_of_rows,
    fly_value,
    groups,
    unit_scale,
)
from neuroflysim.experiments.study import Study
from neuroflysim.scoreboard.families import BESIDE, family_of


def columns_of(studies: Sequence[Study]) -> pd.DataFrame:
    """Return what is compared: a line for each group of strict measurements that is replayed.

    Those of the family `families.BESIDE` are among them, which count in no score.

    Parameters
    ----------
    studies : sequence of Study

    Returns
    -------
    DataFrame
        Indexed by (study, group): measure, family, cell_types, rows (how many measurements share
        this one correlation or rank; 1 for all others).

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> columns_of([nfs.load_study("behnia2014")])["family"].unique().tolist()
    ['polarity', 'temporal_filters']
    """
    lines = [
        (study.key, group, first.measure, family_of(study, first), _types(rows), len(rows))
        for study in studies
        for group, rows in _strict_groups(study)
        for first in rows[:1]
    ]
    names = ["study", "group", "measure", "family", "cell_types", "rows"]
    return pd.DataFrame(lines, columns=names).set_index(["study", "group"])


def agreements_of(studies: Sequence[Study], values: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """Return the agreement of each model with each group of strict measurements.

    Parameters
    ----------
    studies : sequence of Study
    values : mapping of str to ndarray, shape (model, measurement)
        From `neuroflysim.experiments.model_values.model_values`.

    Returns
    -------
    DataFrame
        One line a model; the columns are the index of `columns_of`. From -1 to 1.
    """
    columns, found = [], []
    for study in studies:
        for group, rows in _strict_groups(study):
            members = [study.measurements.index(row) for row in rows]
            agreement = study.measures[rows[0].measure].agreement
            fly = [fly_value(row) for row in rows]
            scaled = values[study.key][:, members] * [unit_scale(row.unit) for row in rows]
            columns.append((study.key, group))
            found.append([agreement_of_rows(agreement, fly, one) for one in scaled])
    n_models = len(next(iter(values.values()), ()))
    return pd.DataFrame(
        np.array(found, dtype=float).reshape(len(columns), n_models).T,
        columns=pd.MultiIndex.from_tuples(columns, names=["study", "group"]),
    )


def that_count(
    agreements: pd.DataFrame,
    asked: pd.DataFrame,
    fitted: Collection[tuple[str, str]] = (),
) -> pd.DataFrame:
    """Return the agreements that make a score: not those of what stands beside a proxy.

    Parameters
    ----------
    agreements : DataFrame
        From `agreements_of`.
    asked : DataFrame
        From `columns_of`, of the same studies.
    fitted : collection of (study, group)
        What a model was fitted to, which is left out, too.
    """
    families = asked["family"].reindex(agreements.columns)
    own = (families != BESIDE).to_numpy()
    return agreements.loc[:, own & ~agreements.columns.isin(list(fitted))]


def score_of(agreements: pd.DataFrame) -> float:
    """Return the mean of the study scores of some models, as `scores` of `compare` gives them.

    Of each group the median over the models, of each study the mean over its groups, and the mean
    over the studies.

    Parameters
    ----------
    agreements : DataFrame
        From `agreements_of`, of one model or several; those that count, see `that_count`.

    Examples
    --------
    >>> columns = pd.MultiIndex.from_tuples([("a", "x"), ("a", "y"), ("b", "z")],
    ...                                     names=["study", "group"])
    >>> score_of(pd.DataFrame([[1.0, 0.0, -1.0], [1.0, 1.0, 0.0]], columns=columns))
    0.125
    """
    return float(study_scores(agreements).mean())


def study_scores(agreements: pd.DataFrame) -> pd.Series:
    """Return the score of some models in each study.

    Parameters
    ----------
    agreements : DataFrame
        From `agreements_of`.
    """
    return agreements.median().groupby(level="study", sort=False).mean()


def _strict_groups(study: Study):
    """Yield the name and the measurements of each group of strict sources, those beside too."""
    for group, members in groups(study).items():
        rows = [study.measurements[index] for index in members]
        if rows[0].strict:  # the rows of a group have this in common
            yield group, rows


def _types(rows) -> str:
    return ", ".join(dict.fromkeys(row.cell_type for row in rows))
