"""To agree with what was measured in flies: rows of the database, or studies of one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import Factory, field, frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError, StudyError
from neuroflysim.experiments.answers import answer
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.judging.of_study import judge
from neuroflysim.experiments.loading.checksum import checksum_of
from neuroflysim.experiments.model_values import require_cell_types
from neuroflysim.experiments.pieces import Piece, Question
from neuroflysim.experiments.study import Study, StudyOrName
from neuroflysim.fit.contract import Candidates, Model, Scores
from neuroflysim.fit.objectives.search_stages import checked_stages
from neuroflysim.fit.objectives.showing import eye_as_json
from neuroflysim.fit.objectives.study_rows import chosen_rows
from neuroflysim.fit.recipe import Stage
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice, chosen_lattice
from neuroflysim.parameters.seen import study_entry

#: The loss of a candidate that runs away; that of the worst other one is 2.
LOSS_OF_FAILURE = 3.0

#: The search, if no other is asked for: for some numbers that are not known, not for all 735.
STAGES = (Stage(evaluations=800, population=16, step_size=0.5, covariance="full"),)


def _names(given: Any) -> Any:
    """Return one name as it is and several as a tuple."""
    return tuple(given) if isinstance(given, list) else given


@frozen
class StudyObjective:
    """Agree with measurements of flies: what `neuroflysim.compare` says of the chosen rows.

    The score is the mean over studies of the mean agreement of their rows, a correlation or rank
    over several rows once: what ``nfs.scores(nfs.compare(...))`` gives for the same rows. The loss
    is 1 minus the score, between 0 and 2.

    Parameters
    ----------
    studies : "all", str, path-like, Study or list of these
        Names of the database, or folders.
    measures : list of str, optional
        Of these studies; all that can be asked, if not given.
    cell_types : list of str, optional
        "T4" is T4a to T4d. All, if not given. Rows of one correlation or rank stay together: all
        of them are shown if one is of these cell types.
    held_out : str or list, optional
        Studies that are named before the fit and shown to no generation. The result is judged on
        all of their rows that count, study by study.
    secondary : bool
        Show rows, too, that are known only from others; no score of `neuroflysim.scores` counts
        them but ``score_all``.
    modulators : list of str, optional
        Of the dynamics that is fitted, if rows need them.
    lattice : int or Lattice
        On which models are asked, as in `compare`. Extent 15, if not given; a small one is quick,
        and stimuli that reach beyond it are cut off.
    at_once : int
        Candidates in one run of the networks.
    stages : sequence of Stage
        The search, unless another one is asked for.

    Notes
    -----
    Many agreements are steps: a sign, a side of a threshold, a range and a rank do not tell a
    search which way is better, so that they move it only where a candidate falls beyond the step;
    correlations, ratios and directions do. A value that a model does not have (no response, no
    preferred direction) counts as it does in `compare`: 0 for a sign, a direction, a correlation
    and a rank; -1 for a ratio, a range and a side of a threshold. A candidate that runs away in one
    of the experiments has a loss of 3, and no score.

    Examples
    --------
    >>> objective = StudyObjective("maisak2013", measures=["tuning_curve"], cell_types=["T4a"])
    >>> objective.seen()
    ['study:maisak2013/tuning_curve/T4a']
    """

    studies: StudyOrName | Sequence[StudyOrName] = field(converter=_names)
    measures: Sequence[str] | None = field(default=None, kw_only=True, converter=_names)
    cell_types: Sequence[str] | None = field(default=None, kw_only=True, converter=_names)
    held_out: StudyOrName | Sequence[StudyOrName] = field(
        default=(), kw_only=True, converter=_names
    )
    secondary: bool = field(default=False, kw_only=True)
    modulators: Sequence[str] = field(default=(), kw_only=True, converter=_names)
    lattice: Lattice = field(default=DEFAULT_LATTICE, kw_only=True, converter=chosen_lattice)
    at_once: int = field(default=4, kw_only=True)
    stages: tuple[Stage, ...] = field(default=STAGES, kw_only=True, converter=checked_stages)
    _shown: list[Study] = field(init=False, repr=False, eq=False)
    _judged: list[Study] = field(init=False, repr=False, eq=False, default=Factory(lambda: []))

    score_name = "agreement"

    def __attrs_post_init__(self):
        checks.whole_number("at_once", self.at_once, 1)
        options = {"secondary": self.secondary, "modulators": self.modulators}
        shown = chosen_rows(self.studies, self.measures, self.cell_types, **options)
        nothing = isinstance(self.held_out, tuple) and not self.held_out
        judged = [] if nothing else chosen_rows(self.held_out, **options)
        both = {study.key for study in shown} & {study.key for study in judged}
        if both:
            raise InvalidValueError(
                f"{sorted(both)[0]} is held out, but it is also what is fitted to; name it in one"
                " of both."
            )
        object.__setattr__(self, "_shown", shown)
        object.__setattr__(self, "_judged", judged)

    def to_dict(self) -> dict:
        """See `Objective`: the rows, and checksums of the studies."""
        return {
            "objective": "studies",
            "rows": _told(self._shown),
            "held_out": _told(self._judged),
            "modulators": list(self.modulators),
            "lattice": eye_as_json(self.lattice),
        }

    def seen(self) -> list[str]:
        """See `Objective`: an entry for each study, measure and cell type that is shown.

        A folder of your own with a publication that is in the database counts as that, too.
        """
        known = {_publication(study): study.key for study in chosen_studies("all")}
        entries = []
        for study in self._shown:
            keys = dict.fromkeys((study.key, known.get(_publication(study), study.key)))
            entries += [
                study_entry(key, row.measure, row.cell_type)
                for key in keys
                for row in study.measurements
            ]
        return list(dict.fromkeys(entries))

    def shown(self, stage: Stage, seed: Sequence[int]) -> None:
        """See `Objective`: always the same."""

    def judged_on(self) -> list[str]:
        """See `Objective`: names of the studies that were held out."""
        return [study.key for study in self._judged]

    def require_model(self, model: Model) -> None:
        """See `Objective`: it has the cell types and modulators that are asked for."""
        lacking = set(self.modulators) - set(model.dynamics.modulators)
        if lacking:
            raise InvalidValueError(
                f"the objective asks for the modulator {sorted(lacking)[0]}, which the dynamics"
                f" {model.dynamics.name} does not have."
            )
        require_cell_types([*self._shown, *self._judged], model.connectome)

    def scorer(self, model: Model, threads: int) -> StudyScorer:
        """See `Objective`."""
        return StudyScorer(self, self._shown, self._judged, model)


def _publication(study: Study) -> str:
    """Return by what a publication is known: its DOI, or else authors, year and title."""
    cited = study.citation
    return (cited.doi or f"{cited.authors} {cited.year} {cited.title}").lower()


def _told(studies: list[Study]) -> dict:
    return {
        study.key: {
            "sha256": checksum_of(study),
            "rows": [row.row for row in study.measurements],
        }
        for study in studies
    }


class StudyScorer:
    """Scores candidates by studies; their networks are compiled once and kept.

    Parameters
    ----------
    objective : StudyObjective
    shown, judged : list of Study
        With the rows that are fitted to, and that are held out.
    model : Model
    """

    def __init__(
        self, objective: StudyObjective, shown: list[Study], judged: list[Study], model: Model
    ):
        self.at_once = objective.at_once
        self._lattice, self._dynamics = objective.lattice, model.dynamics
        #: By what `Objective.shown` and `Objective.judged_on` return.
        self._asked = {None: shown, **{study.key: [study] for study in judged}}
        self._questions: dict[str | None, Question] = {}

    def scores(self, candidates: Candidates, shown: str | None) -> Scores:
        """See `Scorer`."""
        n = len(candidates.parameters)
        filled = -n % self.at_once
        question = self._question(shown)
        question.candidates = [*candidates.parameters, *candidates.parameters[-1:] * filled]
        values = {
            study.key: np.full((n + filled, len(study.measurements)), np.nan)
            for study in question.studies
        }
        kept = np.ones(n + filled, dtype=bool)
        for group in range(len(question.shown_alike)):
            for first in range(0, n + filled, self.at_once):
                piece = Piece(group, first, first + self.at_once)
                found = answer(question, piece)
                for key, problem in found.problems:
                    raise StudyError(key, [problem])
                if found.kept is not None:
                    kept[piece.first : piece.end] &= found.kept
                for key, index, by_candidate in found.values:
                    values[key][piece.first : piece.end, index] = by_candidate
        score = np.array([_score(question.studies, values, k) for k in range(n)])
        return Scores(
            loss=np.where(kept[:n], 1 - score, LOSS_OF_FAILURE),
            score=np.where(kept[:n], score, np.nan),
        )

    def _question(self, shown: str | None) -> Question:
        if shown not in self._questions:
            self._questions[shown] = Question(
                self._asked[shown],
                [],
                self._lattice,
                runaway="nan",
                asks_settled=False,
                dynamics=self._dynamics,
                keeps_all=True,
            )
        return self._questions[shown]

    def close(self) -> None:
        """Free the networks."""
        for question in self._questions.values():
            question.close()
        self._questions.clear()


def _score(studies: list[Study], values: dict[str, np.ndarray], candidate: int) -> float:
    """Return the mean over studies of the mean over what agrees as one, of one candidate."""
    means = []
    for study in studies:
        agreements = judge(study, values[study.key][candidate])
        names = [study.group(row) for row in study.measurements]
        means.append(np.mean(list(dict(zip(names, agreements, strict=True)).values())))
    return float(np.mean(means))
