"""Watch over workers: start them, wait for each mutant, and begin anew where one was lost."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mutated.judging import MEMORY, SECONDS

#: Imports and the original take some seconds, on a busy machine many.
START_SECONDS = 120


def run(kind: str, seeds: Iterable[int]) -> list[dict]:
    """Return what came of the mutants of some seeds, one dict each."""
    left, rows = list(seeds), []
    while left:
        found, lost = _until_lost(kind, left)
        rows += found
        if lost is not None:
            rows.append(
                {
                    "kind": kind, "seed": lost[0], "file": "", "mutator": "", "what": "",
                    "expects": "", "outcome": MEMORY, "why": lost[1],
                }
            )  # fmt: skip
        done = {row["seed"] for row in rows}
        left = [seed for seed in left if seed not in done]
    return rows


def _until_lost(kind: str, seeds: list[int]) -> tuple[list[dict], tuple[int, str] | None]:
    """Return what one worker found, and the mutant that it was lost on."""
    command = [sys.executable, "-m", "mutated.worker", kind, *map(str, seeds)]
    paths = [str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    # One thread each, so that the memory that is asked for does not depend on the machine.
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
    }
    rows, current = [], None
    with tempfile.TemporaryFile() as complaints:
        worker = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, env=environment, bufsize=0
        )
        try:
            for line in _lines(worker.stdout):
                if line is None:
                    if current is None:
                        raise RuntimeError(f"the worker of {kind} did not begin in time")
                    return rows, (current, "did not come back, and could not be interrupted")
                if "begins" in line:
                    current = line["begins"]
                else:
                    rows.append(line)
                    current = None
            status = worker.wait()
        finally:
            worker.kill()
            worker.wait()
            worker.stdout.close()
        complaints.seek(0)
        said = complaints.read().decode(errors="replace")
    if current is not None and status < 0:
        return rows, (current, f"the process was ended by signal {-status}")
    if status:
        raise RuntimeError(f"the worker of {kind} failed at seed {current}: {said[-2000:]}")
    return rows, None


def _lines(output):
    """Yield what a worker says; None if it says nothing for too long."""
    selector = selectors.DefaultSelector()
    selector.register(output, selectors.EVENT_READ)
    rest, seconds = b"", START_SECONDS
    while True:
        if not selector.select(seconds):
            yield None
            return
        chunk = os.read(output.fileno(), 65536)
        if not chunk:
            return
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            seconds = SECONDS + 20
            yield json.loads(line)
