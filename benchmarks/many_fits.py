"""Fit and judge many models that differ in one thing, several seeds each: what scripts of it share.

Each model has a file of its own, written when all of it is known, and beside it the folder of its
fit. So a script may be stopped at any time, and goes on within the fit where it was.
"""

import argparse
import json
import logging
import multiprocessing
import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen

import judge
import machine
import neuroflysim as nfs
import results
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.files import written_whole
from neuroflysim.fit.recipe import Recipe

ROOT = Path(__file__).parents[1]
FIGURES = ROOT / "docs" / "figures"

#: Titles of the columns of the text, and how numbers are written.
COLUMNS = {
    "r2": ("R2", ".2f"),
    "flow_r2": ("R2 flow", ".2f"),
    "task_r2": ("photographs", ".2f"),
    "polarity_correct": ("polarity", ".0f"),
    "polarity_r": ("r", ".2f"),
    "direction_selective": ("selective", ".0f"),
    "dsi_median": ("DSI", ".2f"),
    "preferred_direction_error_deg": ("error deg", ".0f"),
    "dsi_r": ("DSI r", ".2f"),
    "t4_tuning_r": ("T4 r", ".2f"),
    "t5_tuning_r": ("T5 r", ".2f"),
    "core_seconds": ("core-s", ".0f"),
}


@frozen
class Job:
    """One model to fit and judge."""

    name: str
    seed: int
    recipe: Recipe
    extent: int  #: of the eye of a judged model
    path: Path  #: where the result is kept


def parser_of(description: str, what: str, names: Iterable[str]) -> argparse.ArgumentParser:
    """Return a parser of the options that all these scripts have.

    Parameters
    ----------
    description : str
    what : str
        That differs between the models: controls, variants. The name of an option.
    names : iterable of str
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names, folder = list(names), ROOT / "results" / what
    parser.add_argument(f"--{what}", nargs="+", choices=names, default=names)
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0, 1, ...: how many")
    parser.add_argument("--evaluations", type=int, help="of each fit; those of the recipe")
    parser.add_argument("--extent", type=int, default=15, help="of the eye of a judged model")
    parser.add_argument("--jobs", type=int, default=1, help="processes, of one thread each")
    parser.add_argument("--folder", type=Path, default=folder, help="one file for each model")
    parser.add_argument("--figures", type=Path, default=FIGURES, help="where tables are written")
    parser.add_argument("--collect", action="store_true", help="run nothing")
    return parser


def jobs_of(
    options: argparse.Namespace, names: Iterable[str], recipe_of: Callable[[str], Recipe]
) -> list[Job]:
    """Return a job for each seed and name, seed by seed, so that what there is can be compared."""
    return [
        Job(name, seed, recipe_of(name), options.extent, file_of(options.folder, name, seed))
        for seed in range(options.seeds)
        for name in names
    ]


def run_all(jobs: list[Job], run: Callable[[Job], str], n_processes: int) -> None:
    """Run the jobs that have no result yet, in their order."""
    missing = [job for job in jobs if not finished(job.path, job.recipe, job.extent)]
    print(f"{len(missing)} models are missing", flush=True)
    os.environ["OMP_NUM_THREADS"] = "1"  # the processes share the cores
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(n_processes, mp_context=context, max_tasks_per_child=1) as pool:
        begun = [pool.submit(run, job) for job in missing]
        n_broken = sum(not told(done) for done in as_completed(begun))
    if n_broken:
        raise SystemExit(f"{n_broken} models are still missing; the errors are told above")


def quiet() -> None:
    """Leave warnings out: what comes of a model stands in one line."""
    logging.getLogger("neuroflysim").setLevel(logging.ERROR)


def told(done: Future) -> bool:
    """Print what a job returned, or why it has not; the others go on."""
    error = done.exception()
    print(done.result() if error is None else f"{type(error).__name__}: {error}", flush=True)
    return error is None


def file_of(folder: Path, name: str, seed: int) -> Path:
    """Return where a result is kept."""
    return folder / f"{name.replace(' ', '_').replace("'", '')}_{seed}.json"


def finished(path: Path, recipe: Recipe, extent: int) -> bool:
    """Return whether there is a result; of another recipe it must not be mixed with these."""
    if not path.is_file():
        return False
    kept = json.loads(path.read_text())
    if (Recipe.from_dict(kept["recipe"]), kept["extent"]) != (recipe, extent):
        raise SystemExit(
            f"{path} is of another recipe, budget or extent; name another --folder, or move it."
        )
    return True


def fitted(
    job: Job,
    connectome: nfs.Connectome,
    objective: nfs.FlowTask | None = None,
    dynamics: Dynamics = GRADED,
    start: nfs.Parameters | None = None,
) -> nfs.Fit:
    """Fit in the folder beside the file of the result, or go on there.

    Parameters
    ----------
    job : Job
    connectome : Connectome
    objective : FlowTask, optional
        In the place of the worlds of the recipe.
    dynamics : Dynamics
    start : Parameters, optional
        Where the fit begins, if not where all of its recipe do.
    """
    quiet()
    return nfs.fit(
        job.recipe if objective is None else objective,
        job.seed,
        job.path.with_suffix(""),
        dynamics=dynamics,
        start=start,
        connectome=connectome,
        processes=1,
        threads=1,
        resume=True,
        progress=False,
    )


def judged(job: Job, parameters: nfs.Parameters, record: dict, first: dict) -> str:
    """Judge a model, keep the row of it, and return a line of what came out.

    Parameters
    ----------
    job : Job
    parameters : Parameters
    record : dict
        Of its fit; empty, if there was none.
    first : dict
        Columns that stand before those that all models have.
    """
    quiet()
    found = judge.judged(parameters, job.recipe, job.extent)
    r2 = record.get("r2", found["flow_r2"])
    row = {
        **first,
        "evaluations": record.get("evaluations", 0),
        "core_seconds": record.get("core_seconds", 0.0),
        "connectome": parameters.connectome.checksum,
        "parameters": parameters.checksum,
        "failure": found.pop("failure"),
        "r2": np.nan if r2 is None else r2,  # a model that ran away has none
        **found,
    }
    with written_whole(job.path) as temporary:
        kept = {"row": row, "recipe": job.recipe.to_dict(), "extent": job.extent}
        temporary.write_text(json.dumps({**kept, "version": nfs.__version__}, indent=1))
    return f"{job.name}, seed {job.seed}: " + (
        row["failure"] or ", ".join(f"{COLUMNS[key][0]} {row[key]:.2f}" for key in COLUMNS)
    )


def collect(what: str, jobs: list[Job], figures: Path) -> pd.DataFrame:
    """Write WHATs.csv (all models) and WHATs.txt (medians) of the jobs that have a result.

    Parameters
    ----------
    what : str
        The column that names what differs between the models: control, variant.
    jobs : list of Job
        Results of other recipes, budgets or extents are refused.
    figures : Path
        Where tables are written.

    Returns
    -------
    DataFrame
        One row a model.
    """
    done = [job for job in jobs if finished(job.path, job.recipe, job.extent)]
    if not done:
        raise SystemExit("there is no result yet.")
    order = list(dict.fromkeys(job.name for job in jobs))
    done.sort(key=lambda job: (order.index(job.name), job.seed))
    rows = [json.loads(job.path.read_text())["row"] for job in done]
    table = pd.DataFrame(rows)
    figures.mkdir(parents=True, exist_ok=True)
    table.to_csv(figures / f"{what}s.csv", index=False, float_format="%.4g")
    budget = max(row["evaluations"] for row in rows)
    text = f"{machine.headline()}; fits of up to {budget:,} evaluations, extent {done[0].extent}\n"
    text += "medians over models; of those that are not stable no number counts\n\n"
    text += results.table(medians(table, what), layout(what)) + "\n"
    (figures / f"{what}s.txt").write_text(text)
    print(text)
    return table


def medians(table: pd.DataFrame, what: str) -> list[dict]:
    """Return a row for each name: medians, and how many models there are and how many failed."""
    rows = []
    for name, models in table.groupby(what, sort=False):
        failed = models["failure"] != ""
        row = {what: name, "models": len(models), "failed": int(failed.sum())}
        rows.append(row | models.loc[~failed, list(COLUMNS)].median().to_dict())
    return rows


def layout(what: str) -> dict:
    """Return titles of the columns of the text, and what to show there."""

    def shown(key, form):
        return lambda row: "" if pd.isna(row[key]) else format(row[key], form)

    return {
        **{name: lambda row, name=name: str(row[name]) for name in (what, "models", "failed")},
        **{title: shown(key, form) for key, (title, form) in COLUMNS.items()},
    }
