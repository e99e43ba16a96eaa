"""Kill a fit at random moments, go on with it, and see that it ends as the one that nobody killed.

The process that is killed has compiled the network before it begins: so the moments fall into the
fit, and not into the start of Python. Some kills come in the midst of a checkpoint, of which half
is written by then. What follows from the parameters alone is shortened: they are judged on one set
of worlds, and not checked for stability.

    python benchmarks/kill_and_resume.py
"""

import argparse
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from unittest.mock import patch

import numpy as np

import machine
import neuroflysim as nfs
import results
from neuroflysim.fit import run
from neuroflysim.fit.checkpoint import FILE, Checkpoint
from neuroflysim.fit.folder import LOCK
from neuroflysim.fit.objectives import flow_task
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.fit.stability import Stability

#: Two stages, so that kills come before and after a search begins anew; a loss of as many terms as
#: that of `flow`.
RECIPE = nfs.Recipe(
    readout="all",
    pooling=1,
    textures=2,
    unrest_weight=RECIPES["flow"].unrest_weight,
    stages=(
        nfs.Stage(evaluations=96, population=8, step_size=0.3),
        nfs.Stage(evaluations=96, population=8, step_size=0.2),
    ),
)
SEED = 0

#: Of so many kills, every such is in the midst of a checkpoint.
N_KILLS, EVERY_CHECKPOINT = 20, 4

#: A fork of a process with threads may wait forever for a lock that one of them held.
SPAWN = get_context("spawn")

#: Seconds within which a process begins, or ends.
PATIENCE = 600


def main() -> None:
    """Write the table; fail if any fit came to another end."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=N_KILLS)
    rows = measure(parser.parse_args().kills)
    write(rows)
    if not all(row["same"] for row in rows):
        raise SystemExit("a fit that was killed came to another end")


def measure(
    n_kills: int, recipe: nfs.Recipe = RECIPE, connectome=None, every: int = EVERY_CHECKPOINT
) -> list[dict]:
    """Return a row for each kill.

    Parameters
    ----------
    n_kills : int
    recipe : Recipe
    connectome : Connectome, optional
        The embedded one, if not given.
    every : int
        Every such kill is in the midst of a checkpoint.
    """
    rng = np.random.default_rng(0)
    with shortened(), tempfile.TemporaryDirectory(prefix="kill-") as home:
        what = recipe, connectome
        fitted(*what, Path(home) / "compiles")
        began = time.perf_counter()
        unbroken = fitted(*what, Path(home) / "unbroken")
        duration = time.perf_counter() - began
        n_generations = len(unbroken.learning_curve)
        rows = []
        # One moment in each part of the duration; the last falls into what comes after the search.
        moments = (np.arange(n_kills) + rng.uniform(size=n_kills)) / n_kills
        for k, moment in enumerate(moments):
            folder = Path(home) / f"{k:03d}"
            if k % every == every - 1:
                n = int(moment * (n_generations + 1))
                kill_in_checkpoint(*what, folder, n)
                when = f"in checkpoint {n}"
            else:
                kill_after(*what, folder, moment * duration)
                when = f"after {moment * duration:.2f} s"
            row = {"kill": k + 1, "when": when, **left_in(folder)}
            found = fitted(*what, folder, resume=True)
            rows.append(row | {"same": same(found, unbroken)})
            print(row["kill"], when, "same" if rows[-1]["same"] else "ANOTHER END", flush=True)
    return rows


@contextmanager
def shortened() -> Iterator[None]:
    """Shorten what follows from the parameters of a fit alone."""
    unchecked = patch.object(run, "check_stability", _not_checked)
    fewer = patch.object(flow_task, "JUDGED_SEEDS", flow_task.JUDGED_SEEDS[:1])
    with unchecked, fewer:
        yield


def _not_checked(*_, **__) -> Stability:
    return Stability(stable=True, reason="not checked", unrest=0.0, largest_voltage=0.0)


def fitted(recipe, connectome, folder: Path, resume: bool = False) -> nfs.Fit:
    """Fit in this process."""
    options = {"processes": 1, "threads": 1, "progress": False, "resume": resume}
    return nfs.fit(recipe, SEED, folder, connectome=connectome, **options)


def kill_after(recipe, connectome, folder: Path, seconds: float) -> None:
    """Fit in another process, and kill that after a time, as `kill -9` does."""
    process = _begun(recipe, connectome, folder)
    time.sleep(seconds)
    process.kill()
    process.join(PATIENCE)


def kill_in_checkpoint(recipe, connectome, folder: Path, n: int) -> None:
    """Fit in another process that is killed when half of its nth checkpoint is on the disk."""
    process = _begun(recipe, connectome, folder, n)
    process.join(PATIENCE)
    if process.exitcode != -signal.SIGKILL:
        process.kill()
        raise SystemExit(f"checkpoint {n} was never written")


def _begun(*what):
    """Return a process that has compiled, and begins a fit at this moment."""
    pipe, others_end = SPAWN.Pipe()
    process = SPAWN.Process(target=_fit, args=(others_end, *what), daemon=True)
    process.start()
    others_end.close()
    if not pipe.poll(PATIENCE):
        process.kill()
        raise SystemExit(f"the process that was to be killed did not begin in {PATIENCE} s")
    pipe.recv()
    pipe.send("go")
    return process


def _fit(pipe: Connection, recipe, connectome, folder: Path, killed_in: int | None = None) -> None:
    """Compile, wait for the word, and fit; once half of a certain checkpoint is written, be killed.

    Parameters
    ----------
    pipe : Connection
    recipe : Recipe
    connectome : Connectome or None
    folder : Path
    killed_in : int, optional
        The number of this checkpoint.
    """
    with shortened():
        fitted(recipe, connectome, folder.with_suffix(".compiles"))
        pipe.send("ready")
        pipe.recv()
        if killed_in is not None:
            _be_killed_in(killed_in)
        fitted(recipe, connectome, folder)


def _be_killed_in(n: int) -> None:
    save, count = os.fsync, iter(range(n + 1))

    def fsync(file: int) -> None:
        save(file)
        if next(count) == n:
            os.truncate(file, os.fstat(file).st_size // 2)
            os.kill(os.getpid(), signal.SIGKILL)

    os.fsync = fsync


def left_in(folder: Path) -> dict:
    """Return what a killed process has left in its folder."""
    files = {file.name for file in folder.iterdir()} if folder.exists() else set()
    stored = FILE in files
    return {
        "generations": len(Checkpoint.load(folder).rows) if stored else -1,
        "half_written": sum(name.startswith(".") for name in files - {LOCK}),
        "finished": "fit.json" in files and not stored,
    }


def same(found: nfs.Fit, expected: nfs.Fit) -> bool:
    """Return whether two fits ended in the same, to the last bit."""
    curves = [fit.learning_curve.drop(columns="seconds") for fit in (found, expected)]
    return (
        found.parameters.to_vector().tobytes() == expected.parameters.to_vector().tobytes()
        and found.record["r2_repeats"] == expected.record["r2_repeats"]
        and curves[0].equals(curves[1])
    )


def write(rows: list[dict], folder: Path = results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "kill": lambda row: str(row["kill"]),
        "when": lambda row: row["when"],
        "generations on the disk": _generations,
        "half-written files": lambda row: str(row["half_written"]),
        "the same end": lambda row: "yes" if row["same"] else "NO",
    }
    good = sum(row["same"] for row in rows)
    heading = (
        f"{machine.headline()}; kill -9 in a fit of {RECIPE.evaluations} evaluations, then resumed"
    )
    verdict = f"{good} of {len(rows)} ended in the same parameters, curve and R2, bit by bit"
    table = results.table(rows, columns)
    results.write("kill_and_resume", heading, f"{table}\n{verdict}", rows, folder)


def _generations(row: dict) -> str:
    if row["finished"]:
        return "all, finished"
    return str(row["generations"]) if row["generations"] >= 0 else "none yet"


if __name__ == "__main__":
    main()
