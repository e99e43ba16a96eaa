"""Judge a model: by its task, by photographs on the full eye, and by what is known of the fly."""

import attrs
import numpy as np
import xarray as xr
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.analysis import direction_selectivity_index
from neuroflysim.errors import RunawayActivityError
from neuroflysim.experiments.headline import direction_error, headline_numbers, known_labels
from neuroflysim.experiments.validation import validation_measures
from neuroflysim.fit.objective import N_FRAMES, READ_FRAMES
from neuroflysim.fit.recipe import Recipe
from neuroflysim.fit.tasks import TASKS
from neuroflysim.flow import Clips, example_photographs, translating_pictures
from neuroflysim.flow.periodic_worlds import translating_worlds
from neuroflysim.flow.readout import held_out

#: Batches of worlds on the periodic lattice that no fit has seen, and what their seeds begin with.
N_BATCHES, SEED = 6, 4242
#: Pairs of velocities of each photograph in the box.
N_SPEEDS = 6
#: A type is direction selective if its index is as large as this, and its preferred direction no
#: farther from the known one than this.
LEAST_DSI, FARTHEST_DIRECTION = 0.2, 45.0


def judged(parameters: nfs.Parameters, recipe: Recipe, extent: int = 15) -> dict:
    """Return all numbers of a model; what a model that runs away does not have is missing.

    Parameters
    ----------
    parameters : Parameters
    recipe : Recipe
        Tells the readout, and the task.
    extent : int
        Of the full eye.
    """
    found = {
        "r2": on_periodic_worlds(parameters, recipe),
        "flow_r2": on_periodic_worlds(parameters, attrs.evolve(recipe, task="flow")),
        "task_r2": on_photographs(parameters, recipe, extent),
    }
    failure = "" if np.isfinite(list(found.values())).all() else "runs away in its task"
    try:
        found |= beside_the_fly(parameters, extent)
    except RunawayActivityError as error:
        failure = failure or f"runs away in validation: {error}"
    return {"failure": failure, **found}


def on_periodic_worlds(parameters: nfs.Parameters, recipe: Recipe) -> float:
    """Return R2 of the recipe's task on fresh worlds like those of its last stage: mean of six."""
    stage = recipe.stages[-1]
    batches = [
        translating_worlds(
            recipe.textures,
            size=recipe.size,
            seed=[SEED, number],
            directions=recipe.directions,
            contrast=stage.contrast,
            brightness=stage.brightness,
            noise=recipe.pixel_noise,
            n_frames=N_FRAMES,
            time_step=20 * ms,
        )
        for number in range(N_BATCHES)
    ]
    where = {"boundary": "periodic", "size": recipe.size}
    return float(np.mean(_r2(parameters, recipe, batches, where)))


def on_photographs(parameters: nfs.Parameters, recipe: Recipe, extent: int) -> float:
    """Return R2 of flow on photographs, on the full eye with its borders."""
    clips = translating_pictures(
        example_photographs(), seed=5, n_speeds=N_SPEEDS, extent=extent, n_frames=N_FRAMES
    )
    recipe = attrs.evolve(recipe, task="flow")
    return float(_r2(parameters, recipe, [clips], {"extent": extent})[0])


def _r2(parameters, recipe: Recipe, batches: list[Clips], where: dict) -> list[float]:
    names, task = recipe.cell_types(parameters.connectome), TASKS[recipe.task]
    sums = nfs.SumsOfProducts(names, n_targets=task.n_targets, pooling=recipe.pooling)
    read = np.isin(np.arange(N_FRAMES), READ_FRAMES)
    options = {"initial": "grey", "dtype": "float32", "time_step": 20 * ms, "threads": 1}
    found = []
    with nfs.compile(
        batches[0].luminance,
        connectome=parameters.connectome,
        reduction=sums,
        **where,
        **options,
    ) as program:
        for clips in batches:
            products = program.reduce(
                parameters,
                task.targets(clips, read),
                read.astype(float),
                stimulus=clips.luminance,
                runaway="nan",
                progress=False,
            ).to_numpy()
            score = held_out(
                products.reshape(-1, *products.shape[-3:]),
                clips.scene,
                np.arange(len(names)),
                n_targets=task.n_targets,
                noise=recipe.readout_noise,
            )
            found.append(score.r2[0])
    return found


def beside_the_fly(parameters: nfs.Parameters, extent: int) -> dict:
    """Return the numbers that compare a model with recordings."""
    measures = validation_measures(parameters, extent=extent, progress=False)
    model = measures.isel(candidate=slice(1))
    labels, peak = known_labels(), model["peak_response"]
    numbers = headline_numbers(model["flash_response_index"], peak, labels).isel(candidate=0)
    index = direction_selectivity_index(peak).isel(candidate=0).reset_coords(drop=True)
    error = direction_error(peak, labels).isel(candidate=0)
    right = labels.intensity
    types = right["cell_type"]
    at_right = index.sel(cell_type=types, intensity=right)
    at_wrong = index.sel(cell_type=types, intensity=1 - right)
    good = (at_right >= LEAST_DSI) & (error <= FARTHEST_DIRECTION) & (at_right > at_wrong)
    return {
        "polarity_correct": int(numbers["polarity_count"]),
        "polarity_r": _number(numbers["polarity_r"]),
        "direction_selective": int(good.sum()),
        "dsi_median": _number(at_right.median()),
        "preferred_direction_error_deg": _number(numbers["preferred_direction_error"]),
        "dsi_r": _number(numbers["dsi_r"]),
        "t4_tuning_r": _number(numbers["tuning_r_T4_at_one_speed"]),
        "t5_tuning_r": _number(numbers["tuning_r_T5_at_one_speed"]),
    }


def _number(value: xr.DataArray) -> float:
    return float(value)
