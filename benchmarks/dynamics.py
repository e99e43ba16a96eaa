"""Time a step of each dynamics of the library beside the published model, in one run.

Random frames, extent 15, float32, Euler steps of 20 ms from the resting potentials, one thread.
With the folder of another checkout, the published model as it is there takes turns with the others.

python benchmarks/dynamics.py
python benchmarks/dynamics.py --before /path/to/other/checkout --lanes 1,16,64
"""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from functools import partial

import machine
import neuroflysim as nfs
import results
import work
from timing import interleaved

#: Rounds for each number of lanes: fewer where a round is long.
ROUNDS = {1: 15, 16: 7, 64: 5}
PUBLISHED, BEFORE = "graded", "graded, before"


def main() -> None:
    """Write the table."""
    words = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    words.add_argument("--before", help="folder of another checkout")
    words.add_argument("--lanes", default="1,16,64")
    words.add_argument("--dynamics", default="", help="names, by commas; all if not given")
    words.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    given = words.parse_args()
    if given.serve:
        serve()
        return
    names = given.dynamics.split(",") if given.dynamics else names_of_library()
    rows = []
    for n_lanes in map(int, given.lanes.split(",")):
        print(f"lanes {n_lanes}", file=sys.stderr, flush=True)
        rows += measure(names, n_lanes, ROUNDS.get(n_lanes, 5), given.before)
    write(rows)


def names_of_library() -> list[str]:
    """Return all names; not where another checkout, which may have none, serves."""
    from neuroflysim.names import dynamics_names

    return list(dynamics_names())


def measure(
    names: list[str], n_lanes: int, rounds: int, before: str | None = None, extent=work.EXTENT
) -> list[dict]:
    """Return a row for each dynamics; the published model is always among them."""
    with ExitStack() as stack:
        ways = {
            name: work.own_way(stack, made_for(name), n_lanes, extent=extent, dynamics=name)
            for name in dict.fromkeys([PUBLISHED, *names])
        }
        if before:
            peer = stack.enter_context(Before(before))
            ways = {BEFORE: partial(peer.seconds, n_lanes=n_lanes, extent=extent), **ways}
        timings = interleaved(ways, work.LENGTHS, rounds)
    published = timings[PUBLISHED].step
    return [
        {
            "lanes": n_lanes,
            "dynamics": name,
            "lane_step_seconds": timing.step / n_lanes,
            "times_published": timing.step / published,
            "spread": timing.spread,
        }
        for name, timing in timings.items()
    ]


def made_for(name: str) -> nfs.Parameters:
    """Return parameters for a dynamics: the start, with what else it declares by default."""
    connectome = nfs.load_connectome("gap_junctions" if name == "coupled" else None)
    start = nfs.Parameters.uniform(connectome)
    return start.with_dynamics(name)


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "lanes": lambda row: str(row["lanes"]),
        "dynamics": lambda row: row["dynamics"],
        "ms per lane and step": lambda row: f"{row['lane_step_seconds'] * 1e3:.3f}",
        "spread": lambda row: f"{row['spread']:.0%}",
        "times graded": lambda row: f"{row['times_published']:.2f}",
    }
    heading = f"{machine.headline()}; extent 15, float32, Euler, one thread"
    results.write("dynamics", heading, results.table(rows, columns), rows, folder)


class Before:
    """The package of another checkout, in a process that waits for orders.

    Parameters
    ----------
    folder : str
    """

    def __init__(self, folder: str):
        self._process = subprocess.Popen(
            [sys.executable, __file__, "--serve"],
            env={**os.environ, "PYTHONPATH": os.path.abspath(folder)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> "Before":
        return self

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        self._process.wait()

    def seconds(self, n_steps: int, *, n_lanes: int, extent: int) -> float:
        """Let it make some steps, and return how long it took."""
        self._process.stdin.write(f"{n_steps} {n_lanes} {extent}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit("the other checkout stopped; see above.")
        return float(line)


def serve() -> None:
    """Make steps of the published model as one line after the other asks for them."""
    answers, ways = os.fdopen(os.dup(1), "w"), {}
    os.dup2(2, 1)  # what others print must not get between the answers
    with ExitStack() as stack:
        for line in sys.stdin:
            n_steps, n_lanes, extent = map(int, line.split())
            if (n_lanes, extent) not in ways:
                ways[n_lanes, extent] = work.own_way(stack, work.start(), n_lanes, extent=extent)
            print(ways[n_lanes, extent](n_steps), file=answers, flush=True)


if __name__ == "__main__":
    main()
