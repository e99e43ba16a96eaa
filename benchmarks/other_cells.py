"""Fit flow with other cells, and in other worlds, and judge each model as the board does.

Do cells that adapt, or whose inputs are conductances, or worlds that change more in time, give
models that agree better with flies? Each fit has the budget of `flow_short`, and everything is
free: the 735 numbers of the published model, and what the dynamics declares by cell type. Takes two
to four minutes of a core a model; as variants.py it may be stopped, and goes on within the fit:

    python benchmarks/other_cells.py --seeds 5
    python benchmarks/other_cells.py --others adapting "adapting, light and rests" --seeds 2
    python benchmarks/other_cells.py --collect     # only the table, of what there is

Models of the box are in the table, too: they are the published cells in the worlds of the recipe.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen

import judge
import machine
import many_fits
import neuroflysim as nfs
import results
import worlds_in_time
from many_fits import Job
from neuroflysim.dynamics import Dynamics, checked_dynamics
from neuroflysim.errors import UnsettledWarning
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.files import written_whole
from neuroflysim.fit.objectives import FlowTask
from neuroflysim.fit.recipe import RECIPES, Recipe
from neuroflysim.scoreboard import agreements as agreeing
from neuroflysim.scoreboard import row_files
from neuroflysim.scoreboard.asking import agreements_with
from neuroflysim.scoreboard.box import published_file
from neuroflysim.scoreboard.entry import Models
from neuroflysim.scoreboard.families import BESIDE, FAMILIES

FLOW = RECIPES["flow_short"]

#: Dynamics that are no files of the library, but two of these together.
CELLS = Path(__file__).parent / "cells"

#: Whose numbers are known: all of their models, and as many seeds as a fit here may have.
IN_THE_BOX = ("flow", "flow_short")


@frozen
class Other:
    """What differs from `flow_short`."""

    dynamics: str = "graded"
    worlds: str = ""  #: of `worlds_in_time.IN_TIME`; else those of the recipe

    @property
    def equations(self) -> Dynamics:
        """The dynamics, of the library or of a file here."""
        file = CELLS / f"{self.dynamics}.json"
        return checked_dynamics(file if file.is_file() else self.dynamics)

    def task(self, recipe: Recipe) -> FlowTask:
        """Return what is fitted."""
        return worlds_in_time.task(recipe, self.worlds) if self.worlds else FlowTask(recipe)


#: In the order in which they are fitted, seed by seed: what tells most comes first.
OTHERS = {
    "adapting": Other("adapting"),
    "adapting, light and rests": Other("adapting", "light and rests"),
    "conductance": Other("conductance"),
    "graded, light and rests": Other("graded", "light and rests"),
    "light_adapting": Other("light_adapting"),
    "adapting, still things": Other("adapting", "still things"),
    "adapting_conductance": Other("adapting_conductance"),
    "twice_adapting, light and rests": Other("twice_adapting", "light and rests"),
    "adapting_conductance, light and rests": Other("adapting_conductance", "light and rests"),
    "conductance, light and rests": Other("conductance", "light and rests"),
    "adapting, changing light": Other("adapting", "changing light"),
    "adapting, rests": Other("adapting", "rests"),
}


def main() -> None:
    """Run what is missing, then write the table."""
    options = parsed()
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.collect:
        many_fits.run_all(jobs(options), run, options.jobs)
    collect(jobs(options), options.figures / "other_cells")


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = many_fits.parser_of(__doc__, "others", OTHERS)
    parser.set_defaults(folder=many_fits.ROOT / "results" / "other_cells", seeds=5)
    return parser.parse_args(words)


def jobs(options: argparse.Namespace) -> list[Job]:
    """Return all models, seed by seed, so that what there is can be compared."""
    recipe = FLOW.with_evaluations(options.evaluations) if options.evaluations else FLOW
    return many_fits.jobs_of(options, options.others, lambda name: recipe)


def run(job: Job) -> str:
    """Fit and judge one model, or go on with it; keep what comes out, and return a line of it."""
    return fitted_and_judged(job, OTHERS[job.name])


def fitted_and_judged(job: Job, other: Other, start: nfs.Parameters | None = None) -> str:
    """Fit and judge one model with some cells in some worlds; see `run`.

    Parameters
    ----------
    job : Job
    other : Other
    start : Parameters, optional
        Where the fit begins.
    """
    dynamics = other.equations
    fit = many_fits.fitted(job, nfs.load_connectome(), other.task(job.recipe), dynamics, start)
    found = judged(fit.parameters, job.recipe, job.extent, dynamics)
    row = {
        "other": job.name,
        "dynamics": other.dynamics,
        "worlds": other.worlds,
        "seed": job.seed,
        "evaluations": fit.record["evaluations"],
        "core_seconds": fit.record["core_seconds"],
        "parameters": fit.parameters.checksum,
        "r2": np.nan if fit.record["r2"] is None else fit.record["r2"],
        **{key: value for key, value in found.items() if key != "agreements"},
    }
    with written_whole(job.path) as temporary:
        kept = {"row": row, "agreements": found["agreements"], "recipe": job.recipe.to_dict()}
        kept |= {"extent": job.extent, "version": nfs.__version__}
        temporary.write_text(json.dumps(kept, indent=1))
    table = agreements_of([kept])
    return f"{job.name}, seed {job.seed}: " + (
        row["failure"]
        or f"R2 {row['r2']:.3f}, flow {row['flow_r2']:.3f}, photographs {row['task_r2']:.3f},"
        f" strict {score(table):.3f}, temporal {score(table, 'temporal_filters'):.3f}"
    )


def judged(parameters: nfs.Parameters, recipe: Recipe, extent: int, dynamics: Dynamics) -> dict:
    """Return the numbers of `judge.judged`, and how far a model agrees with strict measurements.

    Parameters
    ----------
    parameters : Parameters
    recipe : Recipe
        Tells what flow is read from.
    extent : int
        Of the full eye.
    dynamics : Dynamics
    """
    found = judge.judged(parameters, recipe, extent, dynamics)
    options = {"lattice": nfs.Lattice(extent=extent), "progress": False, "dynamics": dynamics}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnsettledWarning)  # a column tells it
        model = Models({"model": parameters})
        agreements = agreements_with(model, chosen_studies("all"), options).iloc[0]
    return {**found, "agreements": [[*key, value] for key, value in agreements.items()]}


def agreements_of(kept: list[dict]) -> pd.DataFrame:
    """Return the agreements of some models, as `neuroflysim.scoreboard.agreements` has them."""
    rows = [{(study, group): value for study, group, value in one["agreements"]} for one in kept]
    table = pd.DataFrame(rows)
    table.columns = pd.MultiIndex.from_tuples(table.columns, names=["study", "group"])
    return table


def score(agreements: pd.DataFrame, family: str = "") -> float:
    """Return the strict score of some models together, or that of a family of measures.

    Parameters
    ----------
    agreements : DataFrame
        One line a model.
    family : str
        One of `FAMILIES`; if empty, all that counts.
    """
    asked = agreeing.columns_of(chosen_studies("all"))
    if not family:
        return agreeing.score_of(agreeing.that_count(agreements, asked))
    own = (asked["family"].reindex(agreements.columns) == family).to_numpy()
    return agreeing.score_of(agreements.loc[:, own])


def collect(jobs: list[Job], stem: Path) -> None:
    """Write two tables of what there is: .csv has all models, .txt each row.

    Parameters
    ----------
    jobs : list of Job
        Results of other recipes, budgets or extents are refused.
    stem : Path
        Where tables are written, without the suffix.
    """
    done = [job for job in jobs if many_fits.finished(job.path, job.recipe, job.extent)]
    if not done:
        raise SystemExit("there is no result yet.")
    kept = [json.loads(job.path.read_text()) for job in done]
    models, lines = [], [line for name in IN_THE_BOX for line in of_the_box(name, jobs)]
    for name in dict.fromkeys(job.name for job in jobs):
        own = [one for one in kept if one["row"]["other"] == name]
        if own:
            rows = pd.DataFrame([one["row"] for one in own])
            agreements = agreements_of(own)
            lines.append(line_of(name, rows, agreements))
            models.append(rows.assign(**by_model(agreements)))
    stem.parent.mkdir(parents=True, exist_ok=True)
    every = pd.concat(models, ignore_index=True)
    every.to_csv(stem.with_suffix(".csv"), index=False, float_format="%.4g")
    text = (
        f"{machine.headline()}; fits of {every['evaluations'].max():,} evaluations, extent"
        f" {jobs[0].extent}\nmedians over models; of those that are not stable no number counts;"
        " scores are of all models of a row together\n\n" + results.table(lines, layout()) + "\n"
    )
    stem.with_suffix(".txt").write_text(text)
    print(text)


def of_the_box(name: str, jobs: list[Job]) -> list[dict]:
    """Return the lines of published models: all of an ensemble, and those of the seeds asked for.

    Parameters
    ----------
    name : str
    jobs : list of Job
    """
    known = row_files.read(published_file(name))
    table = nfs.load_ensemble(name).table
    seeds = {job.seed for job in jobs}
    lines = []
    for title, chosen in (
        (name, table),
        (f"{name}, these seeds", table[table["seed"].isin(seeds)]),
    ):
        rows = chosen.assign(flow_r2=chosen["r2"], failure=chosen["failure"].fillna(""))
        there = known.agreements.loc[[one for one in rows.index if one in known.agreements.index]]
        if len(there):
            agreements = there.set_axis(pd.RangeIndex(len(there)))
            lines.append(line_of(title, rows, agreements, of_the_stable=True))
    return lines


def line_of(
    name: str, rows: pd.DataFrame, agreements: pd.DataFrame, of_the_stable: bool = False
) -> dict:
    """Return what the text has of some models.

    Parameters
    ----------
    name : str
    rows : DataFrame
        One line a model.
    agreements : DataFrame
    of_the_stable : bool
        Whether there are agreements of stable models alone.
    """
    stable = (rows["failure"] == "").to_numpy()
    if not of_the_stable:
        agreements = agreements[stable]
    line = {"other": name, "models": len(rows), "failed": int((~stable).sum())}
    line |= rows.loc[stable, list(MEDIANS)].median().to_dict()
    if not len(agreements):
        return {**line, **dict.fromkeys(["single", "score", *SCORES], np.nan)}
    alone = [score(agreements.iloc[[k]]) for k in range(len(agreements))]
    together = {family: score(agreements, family) for family in SCORES}
    return {**line, "single": np.median(alone), "score": score(agreements), **together}


def by_model(agreements: pd.DataFrame) -> dict[str, list[float]]:
    """Return the scores of each model alone."""
    names = {"score": "", **{family: family for family in SCORES}}
    return {
        name: [score(agreements.iloc[[k]], family) for k in range(len(agreements))]
        for name, family in names.items()
    }


#: Columns of the text that are medians, and their titles.
MEDIANS = {
    "r2": "R2",
    "flow_r2": "R2 flow",
    "task_r2": "photographs",
    "dsi_median": "DSI",
    "core_seconds": "core-s",
}

#: Families that are scored, and their titles.
SCORES = {
    family: title
    for family, title in {
        "direction": "direction",
        "polarity": "polarity",
        "temporal_filters": "temporal",
        "spatial_fields": "spatial",
        "enhancement_and_suppression": "enhancement",
        "perturbations": "perturbed",
        "tangential_cells": "tangential",
    }.items()
    if family in FAMILIES and family != BESIDE
}


def layout() -> dict:
    """Return titles of the columns of the text, and what to show there."""

    def shown(key, form=".2f"):
        return lambda row: "" if pd.isna(row[key]) else format(row[key], form)

    return {
        "cells and worlds": lambda row: row["other"],
        "models": lambda row: str(row["models"]),
        "failed": lambda row: str(row["failed"]),
        **{
            title: shown(key, ".0f" if key == "core_seconds" else ".2f")
            for key, title in MEDIANS.items()
        },
        "alone": shown("single"),
        "strict": shown("score"),
        **{title: shown(family) for family, title in SCORES.items()},
    }


if __name__ == "__main__":
    main()
