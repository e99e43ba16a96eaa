"""Fit and judge the controls of docs/controls.md, several seeds each; draw them beside the models.

Takes hours with the full budget. It may be stopped at any time, and goes on within the fit where it
was when it is run again:

    python benchmarks/controls.py --jobs 2 --seeds 5
    python benchmarks/controls.py --collect     # only table and picture, of what there is
"""

import argparse
import json
import logging
import multiprocessing
import os
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path

import pandas as pd

import judge
import machine
import neuroflysim as nfs
import results
from neuroflysim.files import written_whole
from neuroflysim.fit.controls import CONTROLS
from neuroflysim.fit.recipe import RECIPES, Recipe
from neuroflysim.plotting import plot_controls

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "results" / "controls"
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
}


def main() -> None:
    """Run what is missing, then write table and picture."""
    options = parsed()
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.collect:
        run_all(options)
    collect(options.folder, options.figures)


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--controls", nargs="+", choices=CONTROLS, default=list(CONTROLS))
    parser.add_argument("--seeds", type=int, default=3, help="seeds 0, 1, ...: how many")
    parser.add_argument("--evaluations", type=int, help="of each fit; those of the recipe")
    parser.add_argument("--recipe", choices=RECIPES, default="flow")
    parser.add_argument("--extent", type=int, default=15, help="of the eye of a judged model")
    parser.add_argument("--jobs", type=int, default=1, help="processes, of one thread each")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="one file for each model")
    parser.add_argument("--figures", type=Path, default=FIGURES, help="table and picture")
    parser.add_argument("--collect", action="store_true", help="run nothing")
    return parser.parse_args(words)


def run_all(options: argparse.Namespace) -> None:
    """Run what has no file yet, seed by seed, so that what there is can be compared."""
    jobs = []
    for seed in range(options.seeds):
        for name in options.controls:
            recipe = CONTROLS[name].recipe(RECIPES[options.recipe], options.evaluations)
            path = file_of(options.folder, name, seed)
            if seed > 0 and not CONTROLS[name].seeded:
                continue
            if not finished(path, recipe, options.extent):
                jobs.append((name, seed, recipe, options.extent, path))
    print(f"{len(jobs)} models are missing", flush=True)
    os.environ["OMP_NUM_THREADS"] = "1"  # the processes share the cores
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.jobs, mp_context=context, max_tasks_per_child=1) as pool:
        begun = {pool.submit(run, *job): job for job in jobs}
        broken = [begun[done] for done in as_completed(begun) if not told(done)]
    if broken:
        raise SystemExit(f"{len(broken)} models are still missing; the errors are told above")


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
    if (kept["recipe"], kept["extent"]) != (as_json(recipe), extent):
        raise SystemExit(
            f"{path} is of another recipe, budget or extent; name another --folder, or move it."
        )
    return True


def as_json(recipe: Recipe) -> dict:
    """Return a recipe as a file holds it."""
    return json.loads(json.dumps(recipe.to_dict()))


def run(name: str, seed: int, recipe: Recipe, extent: int, path: Path) -> str:
    """Fit and judge one model, or go on with it; keep what comes out, and return a line of it."""
    logging.getLogger("neuroflysim").setLevel(logging.ERROR)
    control, folder = CONTROLS[name], path.with_suffix("")
    connectome = control.connectome(nfs.load_connectome(), seed)
    if control.fitted:
        options = {"processes": 1, "threads": 1, "resume": True, "progress": False}
        result = nfs.fit(recipe, seed, folder, connectome=connectome, **options)
        parameters, record = result.parameters, result.record
    else:
        folder.mkdir(exist_ok=True)
        parameters, record = control.start(recipe, connectome, seed), {}
        parameters.save(folder / "parameters.json")
    found = judge.judged(parameters, recipe, extent)
    row = {
        "control": name,
        "kind": control.kind,
        "seed": seed,
        "task": control.task,
        "evaluations": record.get("evaluations", 0),
        "core_seconds": record.get("core_seconds", 0.0),
        "connectome": connectome.checksum,
        "parameters": parameters.checksum,
        "failure": found.pop("failure"),
        "r2": record.get("r2", found["flow_r2"]),
        **found,
    }
    with written_whole(path) as temporary:
        kept = {"row": row, "recipe": recipe.to_dict(), "extent": extent}
        temporary.write_text(json.dumps({**kept, "version": nfs.__version__}, indent=1))
    return f"{name}, seed {seed}: {row['core_seconds']:.0f} s, " + (
        row["failure"] or ", ".join(f"{COLUMNS[key][0]} {row[key]:.2f}" for key in COLUMNS)
    )


def collect(folder: Path = FOLDER, figures: Path = FIGURES) -> pd.DataFrame:
    """Write controls.csv (all models), controls.txt (medians) and controls.png."""
    kept = [json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))]
    if not kept:
        raise SystemExit(f"{folder} holds no result.")
    order = list(CONTROLS)
    rows = [one["row"] for one in kept]
    rows.sort(key=lambda row: (order.index(row["control"]), row["seed"]))
    table = pd.DataFrame(rows)
    figures.mkdir(parents=True, exist_ok=True)
    table.to_csv(figures / "controls.csv", index=False, float_format="%.4g")
    budget = max(row["evaluations"] for row in rows)
    text = f"{machine.headline()}; fits of {budget:,} evaluations, extent {kept[0]['extent']}\n"
    text += "medians over models; of those that are not stable no number counts\n\n"
    text += results.table(medians(table), layout()) + "\n"
    (figures / "controls.txt").write_text(text)
    print(text)
    figure = plot_controls(table)[0].figure
    figure.savefig(figures / "controls.png", dpi=110)
    return table


def medians(table: pd.DataFrame) -> list[dict]:
    """Return a row for each control: medians, and how many models there are and how many failed."""
    rows = []
    for name, models in table.groupby("control", sort=False):
        failed = models["failure"] != ""
        row = {"control": name, "models": len(models), "failed": int(failed.sum())}
        rows.append(row | models.loc[~failed, list(COLUMNS)].median().to_dict())
    return rows


def layout() -> dict:
    """Return titles of the columns of the text, and what to show there."""

    def shown(key, form):
        return lambda row: "" if pd.isna(row[key]) else format(row[key], form)

    return {
        **{name: lambda row, name=name: str(row[name]) for name in ("control", "models", "failed")},
        **{title: shown(key, form) for key, (title, form) in COLUMNS.items()},
    }


if __name__ == "__main__":
    main()
