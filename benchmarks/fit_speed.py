"""Time how many candidates a fit looks at in a second; beside it an iteration of flyvis' training.

    FLYVIS_PYTHON=/path/to/python python benchmarks/fit_speed.py
    python benchmarks/fit_speed.py --against FOLDER  # another checkout, turn by turn

The two do not do the same: see docs/benchmarks.md for what each of them looks at, and gives.
"""

import argparse
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import numpy as np

import machine
import neuroflysim as nfs
import results
from fit_against import table_against
from neuroflysim.fit.evaluation import Evaluator
from neuroflysim.fit.problem import problem_of
from neuroflysim.fit.recipe import RECIPES, Recipe
from neuroflysim.flow.clip_times import N_FRAMES
from neuroflysim.workers.local import LocalWorkers
from peers import Flyvis, find_flyvis
from timing import Timing, in_turn, seconds
from work import EXTENT

ROUNDS = 7
#: What both ask of a candidate is the same; flow asks whether it settles, too.
NAMES = ("flow_short", "flow")
#: Movies in an iteration of flyvis' training.
BATCH = 4


def main() -> None:
    """Write the table, or compare with another checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--against", type=Path, metavar="FOLDER", help="top of another checkout")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    if options.against is not None:
        told = f"{machine.headline()}\n{table_against(options.against, options.rounds)}\n"
        print(told, end="")
        (results.FOLDER / "fit_against.txt").write_text(told, encoding="utf-8")
        return
    with ExitStack() as stack:
        flyvis = find_flyvis(stack, script="flyvis_train.py")
        rows = measure({name: RECIPES[name] for name in NAMES}, options.rounds, flyvis)
    write(rows)


def measure(recipes: dict[str, Recipe], rounds: int, flyvis: Flyvis | None = None) -> list[dict]:
    """Return a row for each recipe and number of processes, and for flyvis."""
    counts = sorted({1, machine.cores()})
    ways = {}  # what times a call
    looks = {}  # how many things it looks at, and the column-frames of each
    with ExitStack() as stack:
        for name, recipe in recipes.items():
            frames = recipe.textures * recipe.directions * N_FRAMES * recipe.size**2
            for n in counts:
                key = f"a candidate of {name}", n
                ways[key] = own_way(stack, recipe, n)
                looks[key] = recipe.stages[0].population, frames
        for n in counts if flyvis is not None else ():
            key = "flyvis, an iteration", n
            ways[key] = partial(flyvis.seconds, N_FRAMES, n_lanes=BATCH, threads=n)
            looks[key] = 1, BATCH * N_FRAMES * nfs.Lattice(extent=EXTENT).n_columns
        timings = in_turn(ways, rounds)
    return [row(*key, timing, *looks[key]) for key, timing in timings.items()]


def own_way(stack: ExitStack, recipe: Recipe, n_processes: int):
    """Return what times a generation, by so many processes."""
    connectome = nfs.load_connectome()
    workers = stack.enter_context(LocalWorkers(n_processes))
    problem = problem_of(recipe, connectome)
    evaluator = Evaluator(problem, workers, threads=1)
    shown = problem.objective.shown(recipe.stages[0], seed=[0, 0, 0, 0])
    # Candidates as a search draws them at its start: none of them runs away.
    shape = recipe.stages[0].population, problem.coordinates.n
    z = recipe.stages[0].step_size * np.random.default_rng(0).standard_normal(shape)
    return lambda: seconds(evaluator.scores, z, shown)


def row(what: str, n_cores: int, timing: Timing, n: int, column_frames: int) -> dict:
    """Return what one way took, for each of n."""
    return {
        "what": what,
        "cores": n_cores,
        "seconds": timing.step / n,
        "per_second": n / timing.step,
        "core_seconds": n_cores * timing.step / n,
        "column_frames": column_frames,
        "column_frames_per_second": n * column_frames / timing.step,
        "spread": timing.spread,
    }


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "what": lambda row: row["what"],
        "cores": lambda row: str(row["cores"]),
        "in a second": lambda row: f"{row['per_second']:.3g}",
        "ms": lambda row: f"{row['seconds'] * 1e3:.3g}",
        "ms x cores": lambda row: f"{row['core_seconds'] * 1e3:.3g}",
        "column-frames": lambda row: str(row["column_frames"]),
        "million a second": lambda row: f"{row['column_frames_per_second'] / 1e6:.3g}",
        "spread": lambda row: f"{row['spread']:.0%}",
    }
    heading = f"{machine.headline()}; float32"
    if not any("flyvis" in row["what"] for row in rows):
        heading += "\nflyvis was left out: FLYVIS_PYTHON named no interpreter that has it"
    results.write("fit_speed", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
