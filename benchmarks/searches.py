"""Fit flow by each search, several seeds each: held-out score against evaluations and core-seconds.

The task is that of the recipe `flow_short`, with another budget. Takes 45 core-minutes and more; it
may be stopped at any time, and goes on within the fit where it was when it is run again:

    python benchmarks/searches.py --jobs 2 --seeds 3
    python benchmarks/searches.py --searches cma open-es --evaluations 1600 --seeds 1
    python benchmarks/searches.py --collect     # only table and picture, of what there is

The table has the R2 of the result on worlds that no generation saw. On the way, table and picture
have the median candidate of a generation: on worlds, too, that none before it was fitted to. Worlds
differ, so this is the mean over the last generations.
"""

import argparse
import json

import attrs
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

import machine
import many_fits
import neuroflysim as nfs
import results
from many_fits import Job
from neuroflysim.files import written_whole
from neuroflysim.fit.plan import stages_of
from neuroflysim.fit.recipe import RECIPES, Recipe
from neuroflysim.fit.searches import SEARCHES

FLOW = RECIPES["flow_short"]
EVALUATIONS = 25_600

#: Those that go by losses alone; `gradients.py` sets Adam beside them.
BY_CHANCE = [name for name, kind in SEARCHES.items() if not kind.by_gradient]

#: Colours that people with any colour vision can tell apart.
COLORS = dict(zip(BY_CHANCE, ("#0072B2", "#D55E00", "#009E73", "#CC79A7"), strict=True))

#: Over how many generations the way is averaged: some worlds are harder than others.
AVERAGED = 20

#: Shares of the budget after which the table looks at the way.
MARKS = (0.25, 0.5)


def main() -> None:
    """Run what is missing, then write table and picture."""
    options = parsed()
    options.folder.mkdir(parents=True, exist_ok=True)
    if not options.collect:
        many_fits.run_all(jobs(options), run, options.jobs)
    collect(jobs(options), options)


def parsed(words: list[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = many_fits.parser_of(__doc__, "searches", BY_CHANCE)
    parser.set_defaults(evaluations=EVALUATIONS)
    return parser.parse_args(words)


def recipe_of(name: str, evaluations: int = EVALUATIONS) -> Recipe:
    """Return `flow_short` with a search and a budget; its step size is what `nfs.fit` takes."""
    stages = stages_of(nfs.FlowTask(FLOW), search=name, evaluations=evaluations)
    return attrs.evolve(FLOW, stages=stages)


def jobs(options: argparse.Namespace) -> list[Job]:
    """Return all fits, seed by seed, so that what there is can be compared."""
    return many_fits.jobs_of(
        options, options.searches, lambda name: recipe_of(name, options.evaluations)
    )


def run(job: Job) -> str:
    """Fit one model, or go on with it; keep what comes out, and return a line of it."""
    fit = many_fits.fitted(job, nfs.load_connectome())
    r2 = fit.record["r2"]
    row = {
        "search": job.name,
        "seed": job.seed,
        "r2": np.nan if r2 is None else r2,  # a model that ran away has none
        "core_seconds": fit.record["core_seconds"],
        "stable": fit.stable,
    }
    curve = fit.learning_curve[["evaluations", "r2_median", "seconds"]].to_dict("list")
    with written_whole(job.path) as temporary:
        kept = {"row": row, "curve": curve, "recipe": job.recipe.to_dict(), "extent": job.extent}
        temporary.write_text(json.dumps({**kept, "version": nfs.__version__}, indent=1))
    return f"{job.name}, seed {job.seed}: R2 {row['r2']:.3f}, {row['core_seconds']:.0f} core-s"


def collect(jobs: list[Job], options: argparse.Namespace) -> None:
    """Write searches.csv (each generation), searches.txt (each search) and searches.png.

    Parameters
    ----------
    jobs : list of Job
        Results of other recipes or budgets are refused.
    options : Namespace
    """
    done = [job for job in jobs if many_fits.finished(job.path, job.recipe, job.extent)]
    if not done:
        raise SystemExit("there is no result yet.")
    kept = [json.loads(job.path.read_text()) for job in done]
    curves = pd.concat([curve_of(one) for one in kept], ignore_index=True)
    fits = pd.DataFrame([one["row"] for one in kept])
    rows = [row_of(name, fits, curves) for name in dict.fromkeys(fits["search"])]
    heading = (
        f"{machine.headline()}; flow_short by each search, {options.evaluations:,} evaluations;"
        " medians over seeds\nR2 of the result on worlds that no generation saw; on the way that of"
        f" the median candidate, mean of {AVERAGED} generations\n"
    )
    results.write(
        "searches", heading, results.table(rows, layout()), curves.to_dict("records"),
        options.figures,
    )  # fmt: skip
    draw(fits, curves, options.figures / "searches.png")


def curve_of(kept: dict) -> pd.DataFrame:
    """Return a row for each generation of a fit, and the last one for its result."""
    row, curve = kept["row"], pd.DataFrame(kept["curve"])
    evaluations = curve["evaluations"]
    return pd.DataFrame(
        {
            "search": row["search"],
            "seed": row["seed"],
            "evaluations": evaluations,
            # All generations cost the same; what the clock told hangs on what else was computed.
            "core_seconds": row["core_seconds"] * evaluations / evaluations.iloc[-1],
            "r2_median": curve["r2_median"],
            "r2_averaged": curve["r2_median"].rolling(AVERAGED, min_periods=1).mean(),
            "r2": [np.nan] * (len(curve) - 1) + [row["r2"]],
        }
    )


def row_of(name: str, fits: pd.DataFrame, curves: pd.DataFrame) -> dict:
    """Return what the text has of a search: medians over seeds."""
    of_it, way = fits[fits["search"] == name], curves[curves["search"] == name]
    last = way["evaluations"].max()
    marks = {}
    for mark in MARKS:
        reached = way[way["evaluations"] >= mark * last].groupby("seed").first()
        marks[mark] = reached["r2_averaged"].median()
    return {
        "search": name,
        "fits": len(of_it),
        "stable": int(of_it["stable"].sum()),
        **marks,
        "r2": of_it["r2"].median(),
        "r2_lowest": of_it["r2"].min(),
        "r2_highest": of_it["r2"].max(),
        "core_seconds": of_it["core_seconds"].median(),
    }


def layout() -> dict:
    """Return titles of the columns of the text, and what to show there."""
    return {
        "search": lambda row: row["search"],
        "fits": lambda row: str(row["fits"]),
        "stable": lambda row: str(row["stable"]),
        **{f"at {mark:.0%}": lambda row, mark=mark: f"{row[mark]:.3f}" for mark in MARKS},
        "R2": lambda row: f"{row['r2']:.3f}",
        "lowest": lambda row: f"{row['r2_lowest']:.3f}",
        "highest": lambda row: f"{row['r2_highest']:.3f}",
        "core-s": lambda row: f"{row['core_seconds']:.0f}",
    }


def draw(fits: pd.DataFrame, curves: pd.DataFrame, file) -> None:
    """Draw the way of each search: mean over seeds, lowest and highest, and the results."""
    figure, both = plt.subplots(1, 2, figsize=(11, 4.2), sharey=True, layout="constrained")
    for axes, x in zip(both, ("evaluations", "core_seconds"), strict=True):
        for name, way in curves.groupby("search", sort=False):
            seeds = way.groupby("evaluations")
            r2, along = seeds["r2_averaged"], seeds[x].mean()
            axes.plot(along, r2.mean(), color=COLORS[name], linewidth=1.5)
            axes.fill_between(along, r2.min(), r2.max(), color=COLORS[name], alpha=0.15, lw=0)
            ends = way.dropna(subset="r2")
            axes.plot(ends[x], ends["r2"], "o", color=COLORS[name], markersize=5)
        axes.set(xlabel=x.replace("_", "-"))
        axes.spines[["top", "right"]].set_visible(False)
    both[0].set(ylabel="R² on fresh worlds")
    for name in dict.fromkeys(fits["search"]):
        both[1].plot([], [], "o-", color=COLORS[name], label=SEARCHES[name].title)
    figure.legend(
        title="line: median candidate,\nmean over seeds; point: result",
        fontsize=8,
        loc="outside right upper",
    )
    figure.savefig(file, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    main()
