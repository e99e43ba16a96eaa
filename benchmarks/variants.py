"""Fit and judge variants of the recipe, several seeds each: the table of docs/fit_notebook.md.

Each differs from the recipe `flow_short` in one thing, and has its budget. Takes hours; it may be
stopped at any time, and goes on within the fit where it was when it is run again:

    python benchmarks/variants.py --jobs 2 --seeds 3
    python benchmarks/variants.py --variants "pooling 1" "4 textures" --jobs 2
    python benchmarks/variants.py --collect     # only the table, of what there is

`finalists.py` fits those that looked best with the whole budget.
"""

import argparse

import attrs

import many_fits
import neuroflysim as nfs
from many_fits import Job
from neuroflysim.fit.recipe import RECIPES, Recipe, Stage
from neuroflysim.flow.textures import TEXTURES

FLOW = RECIPES["flow_short"]


def main() -> None:
    """Run what is missing, then write the table."""
    options = parsed()
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.collect:
        many_fits.run_all(jobs(options), run, options.jobs)
    many_fits.collect("variant", jobs(options), options.figures)


def stages(**changes) -> dict:
    """Return the change of a recipe that changes all of its stages."""
    return {"stages": tuple(attrs.evolve(stage, **changes) for stage in FLOW.stages)}


#: As many evaluations as in all stages before, by a larger population, on worlds that are harder.
FAINT = Stage(
    evaluations=FLOW.evaluations,
    population=128,
    step_size=0.2,
    contrast=(0.05, 0.35),
    brightness=(0.3, 0.7),
)

#: What of the recipe is changed; the budget stays.
VARIANTS = {
    "flow_short": {},
    "clear contrast": stages(contrast=(0.12, 0.35)),
    "faint contrast": stages(contrast=(0.05, 0.35)),
    "dark and bright": stages(brightness=(0.3, 0.7)),
    "second stage faint": {"stages": (*FLOW.stages, FAINT)},
    "restart": {"stages": FLOW.stages * 2},
    "population 32": stages(population=32),
    "population 128": stages(population=128),
    "full covariance": stages(covariance="full"),
    "restricted covariance": stages(covariance="restricted"),
    "pooling 1": {"pooling": 1},
    "readout noise 0.06": {"readout_noise": 0.06},
    "T4 and T5 read": {"readout": "T4 and T5"},
    "T4 and T5 as all": {"motion_voltage": FLOW.other_voltage},
    "prior 0.02": {"prior_weight": 0.02},
    "prior 0.2": {"prior_weight": 0.2},
    "4 textures": {"textures": 4},
    "16 textures": {"textures": 16},
    **{f"texture {name}": {"texture": name} for name in TEXTURES if name != FLOW.texture},
}


def recipe_of(name: str, evaluations: int | None = None) -> Recipe:
    """Return the recipe of a variant, with the budget of all."""
    recipe = attrs.evolve(FLOW, **VARIANTS[name])
    return recipe.with_evaluations(FLOW.evaluations if evaluations is None else evaluations)


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    return many_fits.parser_of(__doc__, "variants", VARIANTS).parse_args(words)


def jobs(options: argparse.Namespace) -> list[Job]:
    """Return all models, seed by seed, so that what there is can be compared."""
    return many_fits.jobs_of(
        options, options.variants, lambda name: recipe_of(name, options.evaluations)
    )


def run(job: Job) -> str:
    """Fit and judge one model, or go on with it; keep what comes out, and return a line of it."""
    result = many_fits.fitted(job, nfs.load_connectome())
    told = {"variant": job.name, "seed": job.seed}
    return many_fits.judged(job, result.parameters, result.record, told)


if __name__ == "__main__":
    main()
