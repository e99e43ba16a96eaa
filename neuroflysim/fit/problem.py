"""A whole problem for a search: what is made small, of which model, by moving which numbers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

import numpy as np
from attrs import field, frozen

from neuroflysim.connectome import Connectome, checked_connectome, load_connectome
from neuroflysim.dynamics import GRADED, Dynamics, checked_dynamics
from neuroflysim.ensembles import load_parameters
from neuroflysim.errors import InvalidTypeError
from neuroflysim.fit.contract import Candidates, Model, Objective, Slopes
from neuroflysim.fit.coordinates import VOLTAGE, Coordinates
from neuroflysim.fit.objectives.flow_task import FlowTask
from neuroflysim.fit.recipe import RECIPES, Recipe, is_motion_detector
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.recordings import Recording

#: What an objective is recognized by.
_OFFERED = (
    *("score_name", "at_once", "stages", "to_dict", "seen", "shown", "judged_on"),
    *("require_model", "scorer"),
)


@frozen(eq=False)
class Problem:
    """What workers are sent once: all that turns numbers of a search into losses."""

    objective: Objective
    model: Model
    coordinates: Coordinates
    #: Dynamics, start and what is free, as JSON holds them, if not those of a recipe.
    told: dict = field(factory=dict)

    def candidates(self, z: np.ndarray) -> Candidates:
        """Return the models at z, shape (candidate, coordinate)."""
        coordinates = self.coordinates
        found = [coordinates.voltage_at_grey(one) for one in z]
        known = [each for each in found if each is not None]
        return Candidates(
            z,
            [coordinates.parameters(one) for one in z],
            np.stack(known) if coordinates.grey_is_known else None,
            coordinates.prior_weight,
        )

    def gradient(self, z: np.ndarray, slopes: Slopes) -> np.ndarray:
        """Return derivatives by z, of its shape, given those by parameters.

        Parameters
        ----------
        z : ndarray, shape (candidate, coordinate)
        slopes : Slopes
        """
        by_grey = slopes.by_grey_voltage
        through = [
            self.coordinates.slopes(one, by_parameter, None if by_grey is None else by_grey[k])
            for k, (one, by_parameter) in enumerate(zip(z, slopes.by_parameter, strict=True))
        ]
        return np.stack(through) + slopes.by_coordinate


def problem_of(
    objective: str | Recipe | Objective,
    connectome: Connectome | None,
    *,
    dynamics: Dynamics | str = GRADED,
    start: Parameters | str | os.PathLike[str] | None = None,
    free: Any = None,
) -> Problem:
    """Return the problem of an objective.

    Parameters
    ----------
    objective : str, Recipe or Objective
    connectome : Connectome, optional
        That of the start, or the embedded one, if not given.
    dynamics : Dynamics or str
    start : Parameters or path-like, optional
        Where the search begins; where fits of the recipe do, if not given.
    free : optional
        What moves, see `Coordinates`; everything, if not given.
    """
    objective, dynamics = as_objective(objective), checked_dynamics(dynamics)
    recipe = objective.recipe if isinstance(objective, FlowTask) else RECIPES["flow"]
    if isinstance(start, str | os.PathLike):
        start = load_parameters(start, connectome)
    if connectome is None:
        connectome = start.connectome if isinstance(start, Parameters) else load_connectome()
    checked_connectome(connectome)
    told: dict = {}
    if dynamics != GRADED:
        told["dynamics"] = repr(dynamics)
    if start is None:
        first = coordinates_of(recipe, connectome, dynamics)
        begin, voltage = first.start, first.grey_voltage
    else:
        (begin,) = checked_candidates(start, connectome, name="start", dynamics=dynamics)
        told["start"], voltage = begin.checksum, None
        if begin.seen:
            told["start_seen"] = list(begin.seen)
    coordinates = Coordinates(begin, free, dynamics, voltage)
    if free is not None:
        told["free"] = coordinates.to_dict()["free"]
    if told:
        told["grey"] = coordinates.grey
    model = Model(connectome, dynamics, coordinates.grey_is_known)
    objective.require_model(model)
    return Problem(objective, model, coordinates, told)


def as_objective(objective: str | Recipe | Objective) -> Objective:
    """Return an objective: the task of a recipe, or one's own as it is.

    Parameters
    ----------
    objective : str, Recipe or Objective
    """
    if isinstance(objective, str | Recipe):
        return FlowTask(objective)
    missing = [name for name in _OFFERED if not hasattr(objective, name)]
    if missing or isinstance(objective, type):
        raise InvalidTypeError(
            f"objective is {str(objective)[:60]}, {_not_an_objective(objective)}"
        )
    return objective


def _not_an_objective(given: Any) -> str:
    """Return why something is no objective, and what it could become one by."""
    if isinstance(given, type):
        return f"a class; make an objective of it: {given.__name__}(...)."
    if isinstance(given, Recording):
        return "but must say what was shown, too: nfs.RecordingObjective(recording, stimulus)."
    if callable(given):
        return (
            "a function, which must be told what its responses are to: nfs.fit(function,"
            " stimulus=...), or nfs.ResponsesObjective(function, stimulus)."
        )
    if isinstance(given, Iterable):
        return (
            "but must be one objective; nfs.WeightedSum({first: 0.7, second: 0.3}) sums up several."
        )
    lacking = ", ".join(name for name in _OFFERED if not hasattr(given, name))
    return (
        f"which lacks {lacking}; give the name of a recipe, a Recipe, or an objective such as"
        " nfs.FlowTask (docs/fitting.md)."
    )


def start_voltage(recipe: Recipe, connectome: Connectome) -> np.ndarray:
    """Return the voltage of each cell type at grey before the fit, shape (cell_type,)."""
    motion = np.array([is_motion_detector(name) for name in connectome.cell_types.index])
    return np.where(motion, recipe.motion_voltage, recipe.other_voltage)


def coordinates_of(
    recipe: Recipe, connectome: Connectome, dynamics: Dynamics = GRADED
) -> Coordinates:
    """Return the coordinates that a fit of a recipe searches in: all parameters are free.

    Parameters
    ----------
    recipe : Recipe
    connectome : Connectome
    dynamics : Dynamics
    """
    voltage = start_voltage(recipe, connectome)
    by_type = dict(zip(connectome.cell_types.index, voltage, strict=True))
    start = Parameters.uniform(connectome, grey_voltage=by_type, dynamics=dynamics)
    coordinates = Coordinates(start, None, dynamics, voltage)
    if dynamics == GRADED or coordinates.grey != VOLTAGE:
        return coordinates
    # The published model has these voltages at grey; with other equations, other potentials do.
    own = coordinates.parameters(np.zeros(coordinates.n))
    return Coordinates(own, None, dynamics, voltage)
