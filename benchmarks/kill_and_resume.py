"""Kill fits at random moments, go on with them, and see that they end as those that nobody killed.

Each search is killed while it fits two objectives: flow, with all parameters free, and a recording,
with all time constants free. The process that is killed has compiled the network before it begins:
so the moments fall into the fit, and not into the start of Python. Some kills come in the midst of
a checkpoint, of which half is written by then. What follows from the parameters alone is shortened:
they are judged on one set of worlds, and not checked for stability.

    python benchmarks/kill_and_resume.py
    python benchmarks/kill_and_resume.py --kills 4 --objectives recording --searches open-es
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
from typing import Any
from unittest.mock import patch

import numpy as np
import psutil
from attrs import frozen
from brian2 import Hz, ms

import machine
import neuroflysim as nfs
import results
from neuroflysim.fit import run
from neuroflysim.fit.checkpoint import FILE, Checkpoint
from neuroflysim.fit.contract import Objective
from neuroflysim.fit.folder import LOCK
from neuroflysim.fit.objectives import flow_task
from neuroflysim.fit.recipe import RECIPES
from neuroflysim.fit.record import score_keys
from neuroflysim.fit.searches import SEARCHES
from neuroflysim.fit.stability import Stability

#: Two stages, so that kills come before and after a search begins anew.
STAGES = (
    nfs.Stage(evaluations=64, population=8, step_size=0.3),
    nfs.Stage(evaluations=64, population=8, step_size=0.2),
)
SEED = 0

#: Searches that are killed if no others are named; a recording has no gradient.
BY_CHANCE = [name for name, kind in SEARCHES.items() if not kind.by_gradient]

#: Of so many kills, every such is in the midst of a checkpoint.
N_KILLS, EVERY_CHECKPOINT = 20, 4

#: A fork of a process with threads may wait forever for a lock that one of them held: processes are
#: forked from one that has imported what they need, and does nothing else.
FORKED = get_context("forkserver")
FORKED.set_forkserver_preload(["neuroflysim.fit.search", run.__name__, "neuroflysim.simulation"])

#: Seconds within which a process begins, or ends.
PATIENCE = 600


@frozen(eq=False)
class Case:
    """A fit that is killed."""

    objective: Objective
    search: str
    free: Any = None
    connectome: nfs.Connectome | None = None


def flow() -> dict:
    """Return the task of flow, with a loss of as many terms as that of the recipe `flow`."""
    recipe = nfs.Recipe(
        readout="all",
        pooling=1,
        textures=2,
        unrest_weight=RECIPES["flow"].unrest_weight,
        stages=STAGES,
    )
    return {"objective": nfs.FlowTask(recipe)}


def recording() -> dict:
    """Return a noisy recording of two cell types; one of its conditions is held out."""
    shown = nfs.protocols.flash(
        intensity=[0, 0.25, 1], pre_time=200 * ms, stim_time=500 * ms, tail_time=300 * ms
    )
    lattice, names = nfs.Lattice(size=(3, 2)), ["Mi1", "Tm3"]
    voltage = nfs.simulate(
        shown,
        parameters=nfs.load_parameters("flow/000"),
        lattice=lattice,
        time_step=10 * ms,
        progress=False,
    ).voltage[0]
    traces = np.concatenate([voltage.sel(cell_type=name).to_numpy() for name in names])
    noise = 0.1 * np.random.default_rng(SEED).standard_normal(traces.shape)
    recording = nfs.Recording.from_array(
        traces + noise,
        rate=100 * Hz,
        unit="1",
        cell_type=np.repeat(names, len(voltage)).tolist(),
        onsets=200 * ms,
        conditions={"intensity": [0, 0.25, 1] * 2},
    )
    objective = nfs.RecordingObjective(
        recording, shown, lattice=lattice, held_out={"intensity": 0.25}, begin=0 * ms,
        end=700 * ms, stages=STAGES,
    )  # fmt: skip
    return {"objective": objective, "free": "time_constant:*"}


OBJECTIVES = {"flow": flow, "recording": recording}


def main() -> None:
    """Write the table; fail if any fit came to another end."""
    words = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    words.add_argument("--kills", type=int, default=N_KILLS, help="of each fit")
    words.add_argument("--objectives", nargs="+", choices=OBJECTIVES, default=list(OBJECTIVES))
    words.add_argument("--searches", nargs="+", choices=SEARCHES, default=BY_CHANCE)
    words.add_argument("--figures", type=Path, default=results.FOLDER, help="for the table")
    given = words.parse_args()
    rows = []
    for name in given.objectives:
        made = OBJECTIVES[name]()
        for search in given.searches:
            print(f"{name}, {search}", flush=True)
            found = measure(given.kills, Case(search=search, **made))
            rows += [{"objective": name, "search": search, **row} for row in found]
            write(rows, given.figures)
    if not all(row["same"] for row in rows):
        raise SystemExit("a fit that was killed came to another end")


def measure(n_kills: int, case: Case, every: int = EVERY_CHECKPOINT) -> list[dict]:
    """Return a row for each kill of a fit.

    Parameters
    ----------
    n_kills : int
    case : Case
    every : int
        Every such kill is in the midst of a checkpoint.
    """
    rng = np.random.default_rng(0)
    with shortened(), tempfile.TemporaryDirectory(prefix="kill-") as home:
        fitted(case, Path(home) / "compiles", evaluations=2 * STAGES[0].population)
        began = time.process_time()
        unbroken = fitted(case, Path(home) / "unbroken")
        duration = time.process_time() - began
        n_generations = len(unbroken.learning_curve)
        rows = []
        # One moment in each part of the duration; the last falls into what comes after the search.
        moments = (np.arange(n_kills) + rng.uniform(size=n_kills)) / n_kills
        for k, moment in enumerate(moments):
            folder = Path(home) / f"{k:03d}"
            if k % every == every - 1:
                n = int(moment * (n_generations + 1))
                kill_in_checkpoint(case, folder, n)
                when = f"in checkpoint {n}"
            else:
                kill_after(case, folder, moment * duration)
                when = f"after {moment * duration:.2f} core-s"
            row = {"kill": k + 1, "when": when, **left_in(folder)}
            found = fitted(case, folder, resume=True)
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


def fitted(
    case: Case, folder: Path, resume: bool = False, evaluations: int | None = None
) -> nfs.Fit:
    """Fit in this process."""
    return nfs.fit(
        case.objective,
        SEED,
        folder,
        search=case.search,
        free=case.free,
        evaluations=evaluations,
        connectome=case.connectome,
        processes=1,
        threads=1,
        progress=False,
        resume=resume,
    )


def kill_after(case: Case, folder: Path, seconds: float) -> None:
    """Fit in another process, and kill that by `kill -9` after so many seconds of a core.

    Seconds of a core, for those of the clock depend on what else the machine has to do.
    """
    process = _begun(case, folder)
    spent = psutil.Process(process.pid).cpu_times
    try:
        end = sum(spent()[:2]) + seconds
        while process.is_alive() and sum(spent()[:2]) < end:
            time.sleep(0.002)
    except psutil.NoSuchProcess:  # it came to its end
        pass
    process.kill()
    process.join(PATIENCE)


def kill_in_checkpoint(case: Case, folder: Path, n: int) -> None:
    """Fit in another process that is killed when half of its nth checkpoint is on the disk."""
    process = _begun(case, folder, n)
    process.join(PATIENCE)
    if process.exitcode != -signal.SIGKILL:
        process.kill()
        raise SystemExit(f"checkpoint {n} was never written")


def _begun(*what):
    """Return a process that has compiled, and begins a fit at this moment."""
    pipe, others_end = FORKED.Pipe()
    process = FORKED.Process(target=_fit, args=(others_end, *what), daemon=True)
    process.start()
    others_end.close()
    if not pipe.poll(PATIENCE):
        process.kill()
        raise SystemExit(f"the process that was to be killed did not begin in {PATIENCE} s")
    pipe.recv()
    pipe.send("go")
    return process


def _fit(pipe: Connection, case: Case, folder: Path, killed_in: int | None = None) -> None:
    """Compile, wait for the word, and fit; once half of a certain checkpoint is written, be killed.

    Parameters
    ----------
    pipe : Connection
    case : Case
    folder : Path
    killed_in : int, optional
        The number of this checkpoint.
    """
    with shortened():
        fitted(case, folder.with_suffix(".compiles"), evaluations=2 * STAGES[0].population)
        pipe.send("ready")
        pipe.recv()
        if killed_in is not None:
            _be_killed_in(killed_in)
        fitted(case, folder)


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
    repeats = score_keys(expected.score_name)[1]
    curves = [fit.learning_curve.drop(columns="seconds") for fit in (found, expected)]
    return (
        found.parameters.to_vector().tobytes() == expected.parameters.to_vector().tobytes()
        and found.record[repeats] == expected.record[repeats]
        and curves[0].equals(curves[1])
    )


def write(rows: list[dict], folder: Path = results.FOLDER) -> None:
    """Write a line for each fit into the table, and each kill into the file beside it."""
    fits: dict[tuple[str, str], list[dict]] = {}
    for row in rows:
        fits.setdefault((row["objective"], row["search"]), []).append(row)
    lines = [{"fit": fit, "kills": kills} for fit, kills in fits.items()]
    columns = {
        "objective": lambda line: line["fit"][0],
        "search": lambda line: line["fit"][1],
        "kills": lambda line: str(len(line["kills"])),
        "in a checkpoint": _counted(lambda kill: "checkpoint" in kill["when"]),
        "before a generation ended": _counted(
            lambda kill: kill["generations"] < 1 and not kill["finished"]
        ),
        "after the last": _counted(lambda kill: kill["finished"]),
        "left half a file": _counted(lambda kill: kill["half_written"]),
        "the same end": _counted(lambda kill: kill["same"]),
    }
    good = sum(row["same"] for row in rows)
    evaluations = sum(stage.evaluations for stage in STAGES)
    heading = (
        f"{machine.headline()}; kill -9 in fits of {evaluations} evaluations, then resumed;"
        " numbers of kills"
    )
    verdict = f"{good} of {len(rows)} ended in the same parameters, curve and score, bit by bit"
    table = results.table(lines, columns)
    results.write("kill_and_resume", heading, f"{table}\n{verdict}", rows, folder)


def _counted(of_kill):
    """Return what a column shows that counts kills."""
    return lambda line: str(sum(bool(of_kill(kill)) for kill in line["kills"]))


if __name__ == "__main__":
    main()
