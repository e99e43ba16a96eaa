"""Fit and judge the controls of docs/controls.md, several seeds each; draw them beside the models.

Takes hours with the full budget. It may be stopped at any time, and goes on within the fit where it
was when it is run again:

    python benchmarks/controls.py --jobs 2 --seeds 5
    python benchmarks/controls.py --collect     # only table and picture, of what there is
    python benchmarks/controls.py --store       # put the fitted parameters into the box
"""

import argparse
from pathlib import Path

import pandas as pd

import many_fits
import neuroflysim as nfs
from many_fits import Job
from neuroflysim.ensembles import rounded
from neuroflysim.fit.controls import CONTROLS
from neuroflysim.fit.folder import read
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.plotting import plot_controls
from neuroflysim.scoreboard.of_controls import folder_of


def main() -> None:
    """Run what is missing, then write table and picture."""
    options = parsed()
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.store:
        return store(jobs(options))
    if not options.collect:
        many_fits.run_all(jobs(options), run, options.jobs)
    collect(jobs(options), options.figures)


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = many_fits.parser_of(__doc__, "controls", CONTROLS)
    parser.add_argument("--recipe", choices=RECIPES, default="flow_short")
    parser.add_argument("--store", action="store_true", help="put parameters into the box")
    return parser.parse_args(words)


def jobs(options: argparse.Namespace) -> list[Job]:
    """Return all models, seed by seed, so that what there is can be compared."""
    all_jobs = many_fits.jobs_of(
        options,
        options.controls,
        lambda name: CONTROLS[name].recipe(RECIPES[options.recipe], options.evaluations),
    )
    return [job for job in all_jobs if job.seed == 0 or CONTROLS[job.name].seeded]


def run(job: Job) -> str:
    """Fit and judge one model, or go on with it; keep what comes out, and return a line of it."""
    control = CONTROLS[job.name]
    connectome = control.connectome(nfs.load_connectome(), job.seed)
    if control.fitted:
        result = many_fits.fitted(job, connectome)
        parameters, record = result.parameters, result.record
    else:
        folder = job.path.with_suffix("")
        folder.mkdir(exist_ok=True)
        parameters, record = control.start(job.recipe, connectome, job.seed), {}
        parameters.save(folder / "parameters.json")
    told = {"control": job.name, "kind": control.kind, "seed": job.seed, "task": control.task}
    return many_fits.judged(job, parameters, record, told)


def collect(models: list[Job], figures: Path) -> pd.DataFrame:
    """Write controls.csv (all models), controls.txt (medians) and controls.png."""
    table = many_fits.collect("control", models, figures)
    figure = plot_controls(table)[0].figure
    figure.savefig(figures / "controls.png", dpi=110)
    return table


def store(models: list[Job]) -> None:
    """Write the parameters of the fitted controls where the board takes them from."""
    for job in models:
        control = CONTROLS[job.name]
        if not control.fitted or control.kind == "nothing":
            continue
        connectome = control.connectome(nfs.load_connectome(), job.seed)
        fitted = read(job.path.with_suffix(""), connectome)[0]
        path = folder_of(job.name) / f"{job.seed:03}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        rounded(fitted).save(path)
        print(path)


if __name__ == "__main__":
    main()
