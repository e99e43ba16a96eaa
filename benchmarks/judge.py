"""Judge a model as all are: by flow on worlds and photographs, and by what is known of the fly."""

import numpy as np

import neuroflysim as nfs
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.errors import RunawayActivityError
from neuroflysim.fit.objectives.flow_task import (
    JUDGED,
    JUDGED_SEEDS,
    JUDGED_TEXTURES,
    worlds_of,
)
from neuroflysim.fit.recipe import Recipe
from neuroflysim.fit.stability import check_stability
from neuroflysim.flow import Readout
from neuroflysim.flow.scoring import task_score
from neuroflysim.validation.measures import validation_measures
from neuroflysim.validation.summary import KEYS, numbers_by_model


def judged(
    parameters: nfs.Parameters, recipe: Recipe, extent: int = 15, dynamics: Dynamics = GRADED
) -> dict:
    """Return all numbers of a model, with its own connectome; those it lacks are NaN.

    Parameters
    ----------
    parameters : Parameters
    recipe : Recipe
        Tells what flow is read from.
    extent : int
        Of the full eye.
    dynamics : Dynamics
        For which the parameters are.
    """
    readout, lattice = recipe.reads(parameters.connectome), nfs.Lattice(extent=extent)
    stability = check_stability(parameters, lattice=lattice, threads=1, dynamics=dynamics)
    found = {
        "failure": "" if stability.stable else stability.reason,
        "flow_r2": flow_r2(parameters, recipe, readout, dynamics),
        **dict.fromkeys([*KEYS, "task_r2_worlds"], np.nan),
    }
    try:
        # In the place of the untrained start: beside it, that would be simulated again each time.
        measures = validation_measures(
            start=parameters,
            lattice=lattice,
            task=True,
            readout=readout,
            progress=False,
            dynamics=dynamics,
        )
    except RunawayActivityError as error:
        return found | {"failure": found["failure"] or f"it runs away in validation: {error}"}
    numbers = numbers_by_model(measures).iloc[0]
    if not found["failure"] and np.isnan(numbers[["task_r2", "task_r2_worlds"]]).any():
        found["failure"] = "it runs away on photographs or worlds on the full eye"
    return found | {name: float(numbers[name]) for name in (*KEYS, "task_r2_worlds")}


def flow_r2(
    parameters: nfs.Parameters, recipe: Recipe, readout: Readout, dynamics: Dynamics = GRADED
) -> float:
    """Return R2 of flow on the worlds that the results of fits are judged on."""
    scores = [
        task_score(
            parameters,
            worlds_of(recipe, JUDGED, seed, JUDGED_TEXTURES),
            readout,
            threads=1,
            progress=False,
            dynamics=dynamics,
        )
        for seed in JUDGED_SEEDS
    ]
    return float(np.mean([score["r2"].iloc[0] for score in scores]))
