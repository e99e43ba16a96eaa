"""Fit and judge with a whole budget what looked best among variants: for docs/fit_notebook.md.

A model takes from three to nine minutes of a core. As variants.py it may be stopped, and goes on:

    python benchmarks/finalists.py --jobs 2 --seeds 2
    python benchmarks/finalists.py --jobs 2 --seeds 20 --finalists flow flow_short "16 textures"
    python benchmarks/finalists.py --seeds 20 --collect     # only the table, of what there is
"""

import argparse

import attrs

import many_fits
import variants
from many_fits import Job
from neuroflysim.fit.recipe import RECIPES, Recipe
from variants import FLOW

LONGER = RECIPES["flow"]
MORE_CANDIDATES = attrs.evolve(LONGER.stages[0], evaluations=32_000, population=160)

FINALISTS = {
    "flow_short": FLOW,
    "texture one_over_f": attrs.evolve(FLOW, texture="one_over_f"),
    "16 textures": attrs.evolve(FLOW, textures=16),
    "16 textures, readout noise 0.06": attrs.evolve(FLOW, textures=16, readout_noise=0.06),
    "unrest 0.02": attrs.evolve(FLOW, unrest_weight=0.02),
    "population 128, twice as long": attrs.evolve(LONGER, unrest_weight=0.0),
    "flow": LONGER,  # both of these
    "flow, readout noise 0.04": attrs.evolve(LONGER, readout_noise=0.04),
    "flow, T4 and T5 at 0": attrs.evolve(LONGER, motion_voltage=0.0),
    "flow, T4 and T5 at -0.1": attrs.evolve(LONGER, motion_voltage=-0.1),
    "flow, prior 0.2": attrs.evolve(LONGER, prior_weight=0.2),
    "flow, sparseness 0.3": attrs.evolve(LONGER, sparseness_weight=0.3),
    "flow, prior 0.2, sparseness 0.3": attrs.evolve(
        LONGER, prior_weight=0.2, sparseness_weight=0.3
    ),
    "flow, population 160, prior 0.1, sparseness 0.2": attrs.evolve(
        LONGER, stages=(MORE_CANDIDATES,), prior_weight=0.1, sparseness_weight=0.2
    ),
}


def main() -> None:
    """Run what is missing, then write the table."""
    options = parsed()
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.collect:
        many_fits.run_all(jobs(options), variants.run, options.jobs)
    many_fits.collect("variant", jobs(options), options.figures / "finalists")


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    return many_fits.parser_of(__doc__, "finalists", FINALISTS).parse_args(words)


def jobs(options: argparse.Namespace) -> list[Job]:
    """Return all models."""

    def recipe_of(name: str) -> Recipe:
        recipe = FINALISTS[name]
        return recipe.with_evaluations(options.evaluations) if options.evaluations else recipe

    return many_fits.jobs_of(options, options.finalists, recipe_of)


if __name__ == "__main__":
    main()
