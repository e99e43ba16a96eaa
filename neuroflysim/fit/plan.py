"""The search of a fit: that of its objective, changed as was asked for."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from neuroflysim.errors import InvalidValueError
from neuroflysim.fit.contract import Differentiable, Objective
from neuroflysim.fit.recipe import Stage, with_evaluations
from neuroflysim.fit.searches import COVARIANCES, SEARCHES

#: Evaluations in place of which one gradient is followed, if their number is not asked for: so much
#: longer it takes.
EVALUATIONS_OF_A_GRADIENT = 8


def stages_of(
    objective: Objective,
    search: str | None = None,
    evaluations: int | None = None,
    population: int | None = None,
    step_size: float | None = None,
) -> tuple[Stage, ...]:
    """Return the stages of a search; what is None is as the objective has it.

    Parameters
    ----------
    objective : Objective
    search : str, optional
    evaluations : int, optional
        Of all stages together, dealt out as they were.
    population : int, optional
    step_size : float, optional
        If not given, that of the objective; for another search than that of the objective no more
        than this search can use, see `Kind`. A search that follows gradients has a population of 1,
        and an eighth of the evaluations, if they are not asked for.

    Examples
    --------
    >>> from neuroflysim.fit.objectives import FlowTask
    >>> [stage.evaluations for stage in stages_of(FlowTask("flow_short"), evaluations=640)]
    [640]
    >>> [stage.step_size for stage in stages_of(FlowTask("flow_short"), search="open-es")]
    [0.1]
    """
    given = {"search": search, "population": population, "step_size": step_size}
    changes = {name: value for name, value in given.items() if value is not None}
    if search not in (None, "cma"):  # which alone learns covariances in several ways
        changes["covariance"] = COVARIANCES[0]
    stages = tuple(
        attrs.evolve(stage, **{**_as_it_can(stage, search), **changes})
        for stage in objective.stages
    )
    return stages if evaluations is None else with_evaluations(stages, evaluations)


def _as_it_can(stage: Stage, search: str | None) -> dict:
    """Return what changes of a stage that another search takes over, because it must."""
    if search == stage.search or search not in list(SEARCHES):
        return {}
    kind = SEARCHES[search]
    changes: dict = {}
    if kind.largest_step is not None:
        changes["step_size"] = min(kind.largest_step, stage.step_size)
    if kind.by_gradient:
        changes["population"] = 1
        changes["evaluations"] = -(-stage.evaluations // EVALUATIONS_OF_A_GRADIENT)
    return changes


def require_derivative(objective: Objective, stages: Sequence[Stage]) -> None:
    """Raise InvalidValueError if a search follows gradients that an objective does not have.

    Parameters
    ----------
    objective : Objective
    stages : sequence of Stage
    """
    if isinstance(objective, Differentiable):
        return
    for stage in stages:
        if SEARCHES[stage.search].by_gradient:
            others = ", ".join(name for name, kind in SEARCHES.items() if not kind.by_gradient)
            raise InvalidValueError(
                f"search is {stage.search!r}, which follows the gradient of the loss, but"
                f" {type(objective).__name__} has none; take one of {others}."
            )
