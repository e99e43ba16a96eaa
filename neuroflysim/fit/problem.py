"""A whole problem for a search: what is made small, of which model, by moving which numbers."""

from __future__ import annotations

import numpy as np
from attrs import frozen

from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import GRADED
from neuroflysim.errors import InvalidTypeError
from neuroflysim.fit.contract import Candidates, Model, Objective
from neuroflysim.fit.coordinates import Coordinates
from neuroflysim.fit.objectives.flow_task import FlowTask
from neuroflysim.fit.recipe import RECIPES, Recipe, is_motion_detector
from neuroflysim.parameters import Parameters

#: What an objective is recognized by.
_OFFERED = ("score_name", "at_once", "stages", "to_dict", "seen", "shown", "judged_on", "scorer")


@frozen(eq=False)
class Problem:
    """What workers are sent once: all that turns numbers of a search into losses."""

    objective: Objective
    model: Model
    coordinates: Coordinates

    @property
    def told(self) -> dict:
        """Dynamics, start and what is free, as JSON holds them, if not those of a recipe."""
        return {}

    def candidates(self, z: np.ndarray) -> Candidates:
        """Return the models at z, shape (candidate, coordinate)."""
        found = [self.coordinates.voltage_at_grey(one) for one in z]
        known = [each for each in found if each is not None]
        return Candidates(
            z,
            [self.coordinates.parameters(one) for one in z],
            np.stack(known) if self.coordinates.grey_is_known else None,
        )


def problem_of(objective: str | Recipe | Objective, connectome: Connectome) -> Problem:
    """Return the problem of an objective: all parameters of the published model are free.

    Parameters
    ----------
    objective : str, Recipe or Objective
    connectome : Connectome
    """
    objective = as_objective(objective)
    recipe = objective.recipe if isinstance(objective, FlowTask) else RECIPES["flow"]
    return Problem(objective, Model(connectome, GRADED), coordinates_of(recipe, connectome))


def as_objective(objective: str | Recipe | Objective) -> Objective:
    """Return an objective: the task of a recipe, or one's own as it is.

    Parameters
    ----------
    objective : str, Recipe or Objective
    """
    if isinstance(objective, str | Recipe):
        return FlowTask(objective)
    missing = [name for name in _OFFERED if not hasattr(objective, name)]
    if missing:
        raise InvalidTypeError(
            f"objective is {objective!r}, which lacks {', '.join(missing)}; give the name of a"
            " recipe, a Recipe, or an objective such as nfs.FlowTask (docs/fitting.md)."
        )
    return objective


def start_voltage(recipe: Recipe, connectome: Connectome) -> np.ndarray:
    """Return the voltage of each cell type at grey before the fit, shape (cell_type,)."""
    motion = np.array([is_motion_detector(name) for name in connectome.cell_types.index])
    return np.where(motion, recipe.motion_voltage, recipe.other_voltage)


def coordinates_of(recipe: Recipe, connectome: Connectome) -> Coordinates:
    """Return the coordinates that a fit searches in."""
    voltage = start_voltage(recipe, connectome)
    by_type = dict(zip(connectome.cell_types.index, voltage, strict=True))
    start = Parameters.uniform(connectome, grey_voltage=by_type)
    return Coordinates(start, grey_voltage=voltage)
