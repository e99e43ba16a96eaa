"""The overall picture: scores of studies and measures, and what cannot be replayed."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from attrs import frozen

from neuroflysim.experiments import scores
from neuroflysim.experiments.judging.scoring import counted
from neuroflysim.experiments.study import Study


@frozen
class Counts:
    """How much of the database stands behind the scores."""

    studies: int
    scored_studies: int
    rows: int
    compared: int
    strict: int
    secondary: int
    beside: int
    fitted: int
    not_replayed: int
    mean_score: float


@frozen
class NotReplayed:
    """A measure that the model is not asked for."""

    study: str
    measure: str
    n_rows: int
    reason: str


def counts(studies: Sequence[Study], table: pd.DataFrame) -> Counts:
    """Count studies and rows.

    Parameters
    ----------
    studies : sequence of Study
    table : DataFrame
        From `neuroflysim.compare`.

    Returns
    -------
    Counts
        The mean score is over the studies that have one.
    """
    compared, own = table["agreement"].notna(), counted(table)
    of_studies = scores(table)["score"].dropna()
    return Counts(
        studies=len(studies),
        scored_studies=len(of_studies),
        rows=len(table),
        compared=int(compared.sum()),
        strict=int((compared & table["strict"]).sum()),
        secondary=int((compared & own & ~table["strict"]).sum()),
        beside=int((compared & ~own & ~table["fitted"]).sum()),
        fitted=int((compared & table["fitted"]).sum()),
        not_replayed=int((~compared).sum()),
        mean_score=float(of_studies.mean()) if len(of_studies) else float("nan"),
    )


def study_scores(studies: Sequence[Study], table: pd.DataFrame) -> pd.DataFrame:
    """Return a score for each study, also for those that have no measurement.

    Parameters
    ----------
    studies : sequence of Study
    table : DataFrame

    Returns
    -------
    DataFrame
        As of `neuroflysim.scores`, indexed by study.
    """
    known = scores(table).set_index("study").reindex([study.key for study in studies])
    whole = [name for name in known if name.startswith("n_")]
    return known.fillna(dict.fromkeys(whole, 0)).astype(dict.fromkeys(whole, int))


def measure_scores(table: pd.DataFrame) -> pd.DataFrame:
    """Return a score for each measure, over all studies that hold it.

    Parameters
    ----------
    table : DataFrame

    Returns
    -------
    DataFrame
        measure, n_studies, and then as of `neuroflysim.scores`; the measures with most compared
        rows first. Left out are those of which no row is compared, those of HS and VS that
        stand beside a proxy, and what was fitted: they count in no score.

    Examples
    --------
    >>> table = pd.DataFrame({
    ...     "study": ["a", "b"], "measure": "width", "group": "width of T4", "agreement": [1, 0.5],
    ...     "strict": True, "fitted": False, "beside": "", "between_studies": float("nan")})
    >>> measure_scores(table)[["measure", "n_studies", "score"]].values.tolist()
    [['width', 2, 0.75]]
    """
    compared = table[table["agreement"].notna() & counted(table)]
    by_measure = compared.assign(
        study=compared["measure"], group=compared["study"] + ": " + compared["group"]
    )
    result = scores(by_measure).rename(columns={"study": "measure"})
    n_studies = compared.groupby("measure")["study"].nunique()
    result.insert(1, "n_studies", result["measure"].map(n_studies).astype(int))
    return result.sort_values("n_compared", ascending=False, kind="stable", ignore_index=True)


def not_replayed(table: pd.DataFrame) -> list[NotReplayed]:
    """List the measures that the model is not asked for, with the reason that the study gives.

    Parameters
    ----------
    table : DataFrame
    """
    left = table[table["agreement"].isna()]
    return [
        NotReplayed(study, measure, len(rows), rows["why_not"].iloc[0])
        for (study, measure), rows in left.groupby(["study", "measure"], sort=False)
    ]
