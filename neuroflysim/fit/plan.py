"""The search of a fit: that of its objective, changed as was asked for."""

from __future__ import annotations

import attrs

from neuroflysim.fit.contract import Objective
from neuroflysim.fit.recipe import Stage, with_evaluations
from neuroflysim.fit.searches import COVARIANCES, SEARCHES


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
        than this search can use, see `Kind`.

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
        attrs.evolve(stage, **{**_own_step(stage, search), **changes}) for stage in objective.stages
    )
    return stages if evaluations is None else with_evaluations(stages, evaluations)


def _own_step(stage: Stage, search: str | None) -> dict[str, float]:
    """Return the step size of a stage that another search takes over, if it needs a smaller one."""
    if search == stage.search or search not in list(SEARCHES):
        return {}
    largest = SEARCHES[search].largest_step
    return {} if largest is None else {"step_size": min(largest, stage.step_size)}
