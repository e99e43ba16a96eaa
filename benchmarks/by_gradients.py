"""Fit flow by gradients, with several cells and in several worlds, and judge as the board does.

How far does Adam come where CMA-ES ends, in which time, and does it help to begin with CMA-ES? Each
row is a fit of `flow_short` that follows the gradient of the same loss; those of `other_cells.py`
and of the box, by CMA-ES, are to be set beside it. As variants.py it may be stopped at any time,
and goes on within the fit:

    python benchmarks/by_gradients.py --seeds 5
    python benchmarks/by_gradients.py --ways "graded" "after flow_short" --seeds 3
    python benchmarks/by_gradients.py --collect     # only the table, of what there is
"""

import argparse

import attrs
from attrs import frozen

import many_fits
import neuroflysim as nfs
import other_cells
from many_fits import Job
from neuroflysim.fit.plan import stages_of
from neuroflysim.fit.recipe import RECIPES, Recipe
from other_cells import Other

FLOW = RECIPES["flow_short"]

#: Gradients that each fit follows.
GRADIENTS = 400


@frozen
class ByGradients(Other):
    """A fit by Adam."""

    unrest_weight: float = 0.0  #: of the recipe `flow` it is 0.02
    after: str = ""  #: an ensemble whose models it begins with

    def recipe(self, gradients: int) -> Recipe:
        """Return what is fitted."""
        stages = stages_of(nfs.FlowTask(FLOW), search="adam", evaluations=gradients)
        return attrs.evolve(FLOW, stages=stages, unrest_weight=self.unrest_weight)


#: In the order in which they are fitted, seed by seed.
WAYS = {
    "graded": ByGradients(),
    "graded, unrest": ByGradients(unrest_weight=0.02),
    "adapting": ByGradients("adapting"),
    "conductance": ByGradients("conductance"),
    "light_adapting": ByGradients("light_adapting"),
    "after flow_short": ByGradients(after="flow_short"),
    "adapting, light and rests": ByGradients("adapting", "light and rests"),
    "graded, light and rests": ByGradients("graded", "light and rests"),
    "adapting_conductance": ByGradients("adapting_conductance"),
}


def main() -> None:
    """Run what is missing, then write the table."""
    options = parsed()
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.collect:
        many_fits.run_all(jobs(options), run, options.jobs)
    other_cells.collect(jobs(options), options.figures / "by_gradients")


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = many_fits.parser_of(__doc__, "ways", WAYS)
    folder = many_fits.ROOT / "results" / "by_gradients"
    parser.set_defaults(folder=folder, seeds=5, evaluations=GRADIENTS)
    return parser.parse_args(words)


def jobs(options: argparse.Namespace) -> list[Job]:
    """Return all models, seed by seed, so that what there is can be compared."""
    return many_fits.jobs_of(
        options, options.ways, lambda name: WAYS[name].recipe(options.evaluations)
    )


def run(job: Job) -> str:
    """Fit and judge one model, or go on with it; keep what comes out, and return a line of it."""
    way = WAYS[job.name]
    start = nfs.load_parameters(f"{way.after}/{job.seed:03d}") if way.after else None
    return other_cells.fitted_and_judged(job, way, start)


if __name__ == "__main__":
    main()
