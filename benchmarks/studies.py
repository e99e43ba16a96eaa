"""Time how long models are asked about all studies, and for the headline numbers of the paper.

Two tables. The whole commands in fresh processes, Python's start included, for the untrained start
on 721 columns: what is compiled once on a machine has been, for each is run once before it is
timed. And the same work of several models shared by one worker and by two, in turns, each on one
thread; and by the process that asks, on all of its threads. Whoever else is at work takes from all
of them, so the ratio is to be believed before the seconds are; so is how the processor time is
shared: that of all workers over that of the one who worked longest is how many times quicker they
would be if each had a core for itself.

python benchmarks/studies.py
python benchmarks/studies.py --only sharing --models 2 --rounds 1 --studies maisak2013,arenz2017
"""

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import numpy as np

import machine
import neuroflysim as nfs
import results
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.experiments.model_values import model_values
from neuroflysim.validation.measures import validation_measures
from neuroflysim.workers.local import LocalWorkers

COMMANDS = ("compare", "validate")

#: Teams that each do all of the work at the same time, and how many workers each has; 0 is the
#: process that asks. The last is the control.
SHARED_BY = {
    "one worker": (1,),
    "two workers": (2,),
    "no worker, all threads": (0,),
    "two who share nothing": (1, 1),
}


def main() -> None:
    """Write the tables."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--only", choices=("commands", "sharing"))
    words.add_argument("--models", type=int, default=4)
    words.add_argument("--rounds", type=int, default=1)
    words.add_argument("--extent", type=int, default=15)
    words.add_argument("--studies", default="all")
    given = words.parse_args()
    if given.only != "sharing":
        write([measure(command) for command in COMMANDS])
    if given.only != "commands":
        names = given.studies if given.studies == "all" else given.studies.split(",")
        models = list(nfs.load_ensemble("flow"))[: given.models]
        heading = f"{given.models} models, {given.studies} studies, extent {given.extent}"
        write_shared(share(models, names, given.extent, given.rounds), heading)


def measure(command: str) -> dict:
    """Return the seconds that a command takes, and the time of all cores together."""
    line = [sys.executable, "-c", "from neuroflysim.cli import main; main()", command]
    subprocess.run(line, check=True, capture_output=True)
    before, begin = _worked(), time.perf_counter()
    subprocess.run(line, check=True, capture_output=True)
    taken = time.perf_counter() - begin
    return {"command": command, "seconds": taken, "processor_seconds": _worked() - before}


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table of commands."""
    columns = {
        "neuroflysim": lambda row: row["command"],
        "s": lambda row: f"{row['seconds']:.0f}",
        "of all cores": lambda row: f"{row['processor_seconds']:.0f}",
    }
    heading = f"{machine.headline()}; all studies and the headline numbers, extent 15"
    results.write("studies", heading, results.table(rows, columns), rows, folder)


def share(models: list, studies, extent: int, rounds: int) -> list[dict]:
    """Return how long some models take, shared in each of the ways; the numbers must be the same.

    Parameters
    ----------
    models : list of Parameters
    studies : "all" or list of str
    extent, rounds : int
    """
    chosen = chosen_studies(studies)
    quiet = {"lattice": nfs.Lattice(extent=extent), "progress": False}

    def compare(workers):
        values = model_values(chosen, models, workers=workers, **quiet)
        return b"".join(values[key].tobytes() for key in sorted(values))

    def validate(workers):
        measures = validation_measures(models, task=True, workers=workers, **quiet)
        return b"".join(measures[name].to_numpy().tobytes() for name in sorted(measures))

    rows = []
    for work in (compare, validate):
        for _ in range(rounds):
            found = set()
            rows += [_timed(work, who, teams, found) for who, teams in SHARED_BY.items()]
            assert len(found) == 1, "the numbers differ"
    return rows


def _timed(work: Callable, who: str, teams: tuple[int, ...], found: set) -> dict:
    """Return the row of teams that each do all of the work, at the same time.

    Parameters
    ----------
    work : callable
        What a team is given.
    who : str
    teams : tuple of int
        How many workers each has; 0 is the process that asks.
    found : set
        Is given what they found.
    """
    with ExitStack() as stack:
        workers = [stack.enter_context(LocalWorkers(n)) if n else None for n in teams]
        for n, team in zip(teams, workers, strict=True):
            # Each begins, and imports what is needed.
            begun = [team.submit(chosen_studies, []) for _ in range(n)] if team else []
            for one in begun:
                one.result()
        ids = [one for team in workers for one in (team.process_ids if team else [os.getpid()])]
        threads = stack.enter_context(ThreadPoolExecutor(len(teams)))
        before, begin = np.array([_spent(one) for one in ids]), time.perf_counter()
        found.update(threads.map(work, workers))
        seconds = time.perf_counter() - begin
        spent = np.array([_spent(one) for one in ids]) - before
    row = {
        "work": work.__name__,
        "who": who,
        "seconds": seconds,
        "processor_seconds": float(spent.sum()),
        "longest": float(spent.max()),
        "done": len(teams),
    }
    print(row, flush=True)
    return row


def write_shared(rows: list[dict], heading: str, folder=results.FOLDER) -> None:
    """Write the table of shared work; medians over the rounds."""
    table = []
    for work in dict.fromkeys(row["work"] for row in rows):
        medians = {
            who: {
                name: np.median([r[name] for r in rows if (r["work"], r["who"]) == (work, who)])
                for name in ("seconds", "processor_seconds", "longest", "done")
            }
            for who in SHARED_BY
        }
        one = medians["one worker"]
        for who, found in medians.items():
            quicker = found["done"] * one["seconds"] / found["seconds"]
            even = found["processor_seconds"] / found["longest"]
            table.append({"work": work, "who": who, **found, "times": quicker, "evenly": even})
    columns = {
        "": lambda row: row["work"],
        "shared by": lambda row: row["who"],
        "s": lambda row: f"{row['seconds']:.0f}",
        "times one worker": lambda row: f"{row['times']:.2f}",
        "s of processors": lambda row: f"{row['processor_seconds']:.0f}",
        "of all over of one": lambda row: f"{row['evenly']:.2f}",
    }
    load = f"load {os.getloadavg()[2]:.1f}"
    heading = f"{machine.headline()}, {load}; {heading}"
    results.write("studies_shared", heading, results.table(table, columns), table, folder)


def _spent(process: int) -> float:
    """Return the processor seconds of a process, its threads included."""
    with open(f"/proc/{process}/stat") as file:
        user, system = file.read().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
