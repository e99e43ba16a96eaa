"""The board: every model judged alike, one row for each ensemble, control and trivial answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim.dynamics import GRADED
from neuroflysim.errors import InvalidTypeError
from neuroflysim.experiments.judging.fitted import fitted_groups
from neuroflysim.experiments.study import Study
from neuroflysim.names import dynamics_names
from neuroflysim.parameters.seen import told_seen
from neuroflysim.scoreboard.agreements import columns_of, score_of, that_count
from neuroflysim.scoreboard.entry import KINDS, Entry
from neuroflysim.scoreboard.families import FAMILIES
from neuroflysim.scoreboard.intervals import over_models, over_studies
from neuroflysim.scoreboard.judging import Judgement
from neuroflysim.validation.fitted import fitted_quantities
from neuroflysim.validation.summary import KEYS

#: What stands in the words on what was seen, before the recordings that parameters tell of.
FITTED_TO = "; fitted to "

#: Columns of the score and of its two intervals.
SCORE = (
    "score",
    "score_models_low",
    "score_models_high",
    "score_studies_low",
    "score_studies_high",
)

COLUMNS = (
    *("kind", "seen", "models", "stable", "total"),
    *KEYS,
    *SCORE,
    "studies",
    "fitted",
    *FAMILIES,
    *("command", "dynamics", "trouble"),
)

OF_MODELS = ("row", "model", "stable", "failure", *KEYS, "score")

OF_AGREEMENTS = (
    *("row", "study", "measure", "group", "family", "cell_types", "rows"),
    *("agreement", "agreement_low", "agreement_high", "n_models", "fitted"),
)


@frozen(eq=False)
class Board:
    """Rows of models beside each other; see `neuroflysim.board`.

    Attributes
    ----------
    table : DataFrame
        Indexed by row, by kind (in the order of `entries.KINDS`) and then by the alphabet; nothing
        is sorted by a result. The columns are `COLUMNS`: kind; seen (what a fit has seen); models
        (how many are judged); stable (how many pass the stability check); total (with those that
        have no parameters); medians of the numbers of `validate` over the judged models; score
        (mean of the strict study scores, -1 to 1) with intervals of 95 % over models and over
        studies; studies (how many); fitted (how many agreements are left out of all this, because a
        model of the row was fitted to them, see `Parameters.seen`); the same score by family of
        measures, the last of which, hs_and_vs, is in no score; command; dynamics (the name
        of the equations with which the models were asked); trouble (why there are no numbers, else
        empty).
    models : DataFrame
        One line a model; the columns are `OF_MODELS`.
    agreements : DataFrame
        One line for each row and group of strict measurements; the columns are `OF_AGREEMENTS`:
        rows (measurements that share one correlation; else 1), agreement (median over the models),
        agreement_low and agreement_high (their range), fitted (whether a model of the row was
        fitted to it, so that it is in no score).
    record : dict
        Of each row version, date and processor, and which studies were asked later; see
        `Judgement.record`.
    """

    table: pd.DataFrame
    models: pd.DataFrame
    agreements: pd.DataFrame
    record: Mapping[str, Mapping[str, str]]


def checked_board(value: Board) -> Board:
    """Return `value` if it is a board.

    Parameters
    ----------
    value : Board
    """
    if not isinstance(value, Board):
        raise InvalidTypeError(
            f"the board is a {type(value).__name__}, but must be what nfs.board returns."
        )
    return value


def board_of(
    entries: Sequence[Entry], judgements: Sequence[Judgement], studies: Sequence[Study]
) -> Board:
    """Lay out judgements as a board.

    Parameters
    ----------
    entries : sequence of Entry
    judgements : sequence of Judgement
        One for each entry.
    studies : sequence of Study
        What the models were asked.
    """
    both = sorted(
        zip(entries, judgements, strict=True),
        key=lambda pair: (list(KINDS).index(pair[0].kind), pair[0].name),
    )
    asked = columns_of(studies)
    fitted = {one.row: fitted_groups(studies, one.seen) for _, one in both}
    lines = {entry.name: _line(entry, one, asked, fitted[one.row]) for entry, one in both}
    table = pd.DataFrame.from_dict(lines, orient="index", columns=list(COLUMNS))
    found = [judgement for _, judgement in both]
    return Board(
        table=table.rename_axis("row"),
        models=_joined([_models(one, asked, fitted[one.row]) for one in found]),
        agreements=_joined([_agreements(one, asked, fitted[one.row]) for one in found]),
        record={one.row: one.record for one in found},
    )


def _line(
    entry: Entry, judgement: Judgement, asked: pd.DataFrame, fitted: set[tuple[str, str]]
) -> dict:
    models, agreements = judgement.models, judgement.agreements
    line = {
        "kind": entry.kind,
        "seen": _seen(entry, judgement),
        "models": len(agreements),
        "stable": int(models["stable"].sum()),
        "total": len(models),
        "command": _command(entry, judgement.dynamics),
        "dynamics": judgement.dynamics,
        "trouble": judgement.trouble,
    }
    if judgement.trouble:
        return line
    judged = models.loc[agreements.index, list(KEYS)].astype(float)
    families = asked["family"].reindex(agreements.columns)
    counted = that_count(agreements, asked, fitted)
    numbers = (score_of(counted), *over_models(counted), *over_studies(counted))
    not_fitted = ~agreements.columns.isin(list(fitted))
    return {
        **line,
        **judged.median(),
        **dict(zip(SCORE, numbers, strict=True)),
        "studies": counted.columns.get_level_values("study").nunique(),
        "fitted": int((~not_fitted).sum()),
        **{
            family: _of_family(agreements.loc[:, not_fitted], families[not_fitted], family)
            for family in FAMILIES
        },
    }


def _seen(entry: Entry, judgement: Judgement) -> str:
    """Return what fits have seen: what is told of it, and what stands in the parameters."""
    if not judgement.seen:
        return entry.seen
    numbers = [key for key, name in KEYS.items() if fitted_quantities([name], judgement.seen)]
    judged = f" (which judge {', '.join(numbers)})" if numbers else ""
    return f"{entry.seen}{FITTED_TO}{told_seen(judgement.seen)}{judged}"


def _command(entry: Entry, dynamics: str) -> str:
    """Return the command that computes a row; equations of one's own are no word of a command."""
    if dynamics == GRADED.name:
        return entry.command
    if dynamics in dynamics_names():
        return f"{entry.command} --dynamics {dynamics}"
    return f"nfs.board({entry.word or entry.name!r}, dynamics=...)"


def _of_family(agreements: pd.DataFrame, families: pd.Series, family: str) -> float:
    """Return the score that only the groups of one family make; NaN if there is none."""
    own = agreements.loc[:, (families == family).to_numpy()]
    return score_of(own) if own.shape[1] else np.nan


def _models(
    judgement: Judgement, asked: pd.DataFrame, fitted: set[tuple[str, str]]
) -> pd.DataFrame:
    models = judgement.models.copy()
    counted = that_count(judgement.agreements, asked, fitted)
    scores = [score_of(counted.loc[[name]]) for name in counted.index]
    models["score"] = pd.Series(scores, counted.index, dtype=float)
    models.insert(0, "row", judgement.row)
    return models.rename_axis("model").reset_index()[list(OF_MODELS)]


def _agreements(
    judgement: Judgement, asked: pd.DataFrame, fitted: set[tuple[str, str]]
) -> pd.DataFrame:
    found = judgement.agreements
    lines = asked.reindex(found.columns).reset_index()
    lines.insert(0, "row", judgement.row)
    lines["agreement"] = found.median().to_numpy()
    lines["agreement_low"], lines["agreement_high"] = found.min().to_numpy(), found.max().to_numpy()
    lines["n_models"] = len(found)
    lines["fitted"] = found.columns.isin(list(fitted))
    return lines[list(OF_AGREEMENTS)]


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled or parts[:1], ignore_index=True)
