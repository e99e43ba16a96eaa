"""Several objectives at once: the weighted sum of their losses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import Factory, field, frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit.contract import Candidates, Model, Objective, Scores
from neuroflysim.fit.objectives.search_stages import checked_stages
from neuroflysim.fit.recipe import Stage


def _pairs(
    weights: Mapping[Objective, float] | Iterable[tuple[Objective, float]],
) -> tuple[tuple[Objective, float], ...]:
    """Return objectives with their weights, in the order in which they were given."""
    listed: Any = weights.items() if isinstance(weights, Mapping) else weights
    try:
        pairs = tuple((objective, weight) for objective, weight in listed)
    except (TypeError, ValueError):
        pairs = ()
    if not pairs:
        raise InvalidTypeError(
            f"weights is {str(weights)[:60]!r}, but must say how much each objective counts, for"
            " example WeightedSum({nfs.FlowTask('flow_short'): 0.3, recordings: 0.7})."
        )
    for objective, weight in pairs:
        if not hasattr(objective, "scorer"):
            raise InvalidTypeError(
                f"weights has a weight for {objective!r}, which is no objective such as"
                " nfs.FlowTask or nfs.RecordingObjective."
            )
        if not checks.finite_number("the weight of an objective", weight, 0) > 0:
            raise InvalidValueError(
                f"the weight of {objective!r} is {weight}, but must be above 0; leave out what is"
                " not to count."
            )
    return pairs


@frozen(eq=False)
class WeightedSum:
    """A weighted sum of objectives: all are shown to each candidate.

    The loss is the sum of weight times loss; the score, the mean of scores by weight. A candidate
    that fails in one of them has failed.

    Parameters
    ----------
    weights : mapping of objective to float
        How much each counts; or a list of pairs.
    stages : sequence of Stage, optional
        The search; that of the first objective, if not given.

    Examples
    --------
    >>> from neuroflysim.fit.objectives.flow_task import FlowTask
    >>> both = WeightedSum({FlowTask("flow_short"): 0.7, FlowTask("flow_without_prior"): 0.3})
    >>> both.score_name
    'mean_of_r2_and_r2'
    """

    weights: tuple[tuple[Objective, float], ...] = field(converter=_pairs)
    stages: tuple[Stage, ...] = field(
        default=Factory(lambda self: self._objectives[0].stages, takes_self=True),
        converter=checked_stages,
        kw_only=True,
    )

    @property
    def score_name(self) -> str:
        """See `Objective`: the names of all, joined."""
        return f"mean_of_{'_and_'.join(one.score_name for one in self._objectives)}"

    @property
    def at_once(self) -> int:
        """See `Objective`: the most that one of them takes; the others run several times."""
        return max(one.at_once for one in self._objectives)

    @property
    def _objectives(self) -> list[Objective]:
        return [objective for objective, _ in self.weights]

    def to_dict(self) -> dict:
        """See `Objective`."""
        summed = [{"weight": weight, **objective.to_dict()} for objective, weight in self.weights]
        return {"objective": "weighted sum", "sum": summed}

    def seen(self) -> list[str]:
        """See `Objective`: what a fit to each of them sees."""
        return [line for one in self._objectives for line in one.seen()]

    def shown(self, stage: Stage, seed: Sequence[int]) -> dict[int, Any]:
        """See `Objective`: to each what it would be shown alone, by its place in the sum."""
        return {k: one.shown(stage, seed) for k, one in enumerate(self._objectives)}

    def judged_on(self) -> list[dict[int, Any]]:
        """See `Objective`: what is held out of each, by its place in the sum.

        Those that hold nothing out are not judged. Of those that hold out fewer things than
        others, things are taken again.
        """
        held = {k: one.judged_on() for k, one in enumerate(self._objectives)}
        held = {k: things for k, things in held.items() if things}
        n = max((len(things) for things in held.values()), default=0)
        return [{k: things[j % len(things)] for k, things in held.items()} for j in range(n)]

    def require_model(self, model: Model) -> None:
        """See `Objective`: each of them can be asked."""
        for one in self._objectives:
            one.require_model(model)

    def scorer(self, model: Model, threads: int) -> WeightedScorer:
        """See `Objective`."""
        return WeightedScorer(self, model, threads)


class WeightedScorer:
    """Scores candidates by several objectives, one after the other.

    Parameters
    ----------
    objective : WeightedSum
    model : Model
    threads : int
    """

    def __init__(self, objective: WeightedSum, model: Model, threads: int):
        self._parts = [(one.scorer(model, threads), weight) for one, weight in objective.weights]

    def scores(self, candidates: Candidates, shown: dict[int, Any]) -> Scores:
        """See `Scorer`."""
        loss, score = np.zeros(len(candidates.z)), np.zeros(len(candidates.z))
        total = sum(self._parts[k][1] for k in shown)
        for k, own in shown.items():
            scorer, weight = self._parts[k]
            found = scorer.scores(candidates, own)
            loss, score = loss + weight * found.loss, score + weight / total * found.score
        return Scores(loss=loss, score=score)

    def close(self) -> None:
        """Free the networks."""
        for scorer, _ in self._parts:
            scorer.close()
