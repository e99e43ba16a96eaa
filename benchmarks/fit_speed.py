"""Time how many candidates a fit looks at in a second; beside it an iteration of flyvis' training.

    FLYVIS_PYTHON=/path/to/python python benchmarks/fit_speed.py

The two do not do the same: see docs/benchmarks.md for what each of them looks at, and gives.
"""

from contextlib import ExitStack
from functools import partial

import numpy as np

import machine
import neuroflysim as nfs
import results
from neuroflysim.fit.evaluation import Evaluator
from neuroflysim.fit.objective import N_FRAMES, coordinates_of, worlds_of
from neuroflysim.fit.recipe import RECIPES, Recipe
from neuroflysim.fit.workers import LocalWorkers
from peers import Flyvis, find_flyvis
from timing import Timing, in_turn, seconds
from work import EXTENT

ROUNDS = 7
RECIPE = RECIPES["flow"]
#: Movies in an iteration of flyvis' training.
BATCH = 4


def main() -> None:
    """Write the table."""
    with ExitStack() as stack:
        rows = measure(RECIPE, ROUNDS, find_flyvis(stack, script="flyvis_train.py"))
    write(rows)


def measure(recipe: Recipe, rounds: int, flyvis: Flyvis | None = None) -> list[dict]:
    """Return a row for each number of processes, and for flyvis."""
    counts = sorted({1, machine.cores()})
    population = recipe.stages[0].population
    with ExitStack() as stack:
        ways = {("a candidate", n): own_way(stack, recipe, n) for n in counts}
        if flyvis is not None:
            for n in counts:
                ways["flyvis, an iteration", n] = partial(
                    flyvis.seconds, N_FRAMES, n_lanes=BATCH, threads=n
                )
        timings = in_turn(ways, rounds)
    own = recipe.textures * recipe.directions * N_FRAMES * recipe.size**2
    theirs = BATCH * N_FRAMES * nfs.Lattice(extent=EXTENT).n_columns
    return [
        row(what, n_cores, timing, population if what == "a candidate" else 1,
            own if what == "a candidate" else theirs)
        for (what, n_cores), timing in timings.items()
    ]  # fmt: skip


def own_way(stack: ExitStack, recipe: Recipe, n_processes: int):
    """Return what times a generation, by so many processes; one is this one."""
    connectome = nfs.load_connectome()
    workers = None if n_processes == 1 else stack.enter_context(LocalWorkers(n_processes))
    evaluator = Evaluator(recipe, connectome, workers, threads=1)
    worlds = worlds_of(recipe, recipe.stages[0], seed=[0, 0, 0, 0])
    # Candidates as a search draws them at its start: none of them runs away.
    shape = recipe.stages[0].population, coordinates_of(recipe, connectome).n
    z = recipe.stages[0].step_size * np.random.default_rng(0).standard_normal(shape)
    return lambda: seconds(evaluator.scores, z, worlds)


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
    heading = f"{machine.headline()}; recipe flow, float32"
    if not any("flyvis" in row["what"] for row in rows):
        heading += "\nflyvis was left out: FLYVIS_PYTHON named no interpreter that has it"
    results.write("fit_speed", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
