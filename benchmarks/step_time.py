"""Time one step of the network in every way there is, on the same work and in one run.

Each engine and device of this package, a sparse matrix product of scipy, and flyvis where an
interpreter that has it is named, take turns: random frames, extent 15, float32, Euler steps of
20 ms from the resting potentials.

    FLYVIS_PYTHON=/path/to/python python benchmarks/step_time.py
"""

import sys
from contextlib import ExitStack
from functools import partial

from attrs import frozen

import limits
import machine
import results
import work
from peers import Flyvis, ScipyCSR, find_flyvis
from timing import Timing, interleaved, seconds

#: Rounds for each number of lanes: fewer where a round is long.
ROUNDS = {1: 11, 4: 7, 16: 5, 64: 3}
ENGINES, DEVICES = ("lattice", "synapses"), ("runtime", "cpp_standalone")
#: Ways that are timed in one round only from so many lanes on, or they would take all the time.
SLOW, SLOW_FROM = ("synapses", "flyvis"), 16
#: Voltages of this package and of scipy may be apart by so much, in float32.
TOLERANCE = 1e-4


@frozen
class Way:
    """One way to make the steps."""

    name: str
    device: str = ""
    threads: int = 1


def main() -> None:
    """Write the tables of the limits and of the steps."""
    parameters = work.start()
    n_pairs = parameters.connectome.network(work.EXTENT).n_pairs
    bounds = limits.measure()
    limits.write(bounds, n_pairs)
    check_same_work(parameters)
    with ExitStack() as stack:
        rows = measure(parameters, ROUNDS, find_flyvis(stack))
    write(rows, bounds, n_pairs)


def check_same_work(parameters, extent=work.EXTENT, n_steps=20) -> None:
    """Stop if the voltages of this package and of scipy differ."""
    shown = work.frames(2, n_steps, extent)
    with work.compiled(parameters, shown, extent=extent) as program:
        own = program.run(parameters, progress=False).voltage[0].to_numpy()
    other = ScipyCSR(parameters, extent).run(shown).transpose(2, 0, 1)
    difference = float(abs(own - other).max())
    print(f"largest difference of voltages from scipy's after {n_steps} steps: {difference:.1e}\n")
    if not difference < TOLERANCE:
        raise SystemExit("This package and scipy do not compute the same: nothing was timed.")


def measure(parameters, rounds: dict[int, int], flyvis=None, extent=work.EXTENT) -> list[dict]:
    """Return a row for each way and number of lanes."""
    rows = []
    with ExitStack() as always:
        # This engine shows one lane after the other, so that one program serves for all batches.
        synapses = {
            Way("synapses", device): work.own_way(
                always, parameters, 1, extent=extent, engine="synapses", device=device
            )
            for device in DEVICES
        }
        for n_lanes, n_rounds in rounds.items():
            print(f"lanes {n_lanes}: {n_rounds} rounds", file=sys.stderr, flush=True)
            with ExitStack() as stack:
                ways = peer_ways(parameters, flyvis, n_lanes, extent)
                ways |= lattice_ways(stack, parameters, n_lanes, extent)
                ways |= {way: partial(run, other_lanes=n_lanes) for way, run in synapses.items()}
                slow = [way for way in ways if way.name in SLOW]
                seldom = slow if n_lanes >= SLOW_FROM else ()
                rows += as_rows(interleaved(ways, work.LENGTHS, n_rounds, seldom), n_lanes)
    return rows


def lattice_ways(stack: ExitStack, parameters, n_lanes: int, extent: int) -> dict:
    """Return the ways of the engine "lattice"."""
    return {
        Way("lattice", device, threads): work.own_way(
            stack, parameters, n_lanes, extent=extent, device=device, threads=threads
        )
        for device in DEVICES
        for threads in work.thread_counts()
    }


def peer_ways(parameters, flyvis: Flyvis | None, n_lanes: int, extent: int) -> dict:
    """Return the ways of others."""
    scipy = ScipyCSR(parameters, extent)
    shown = {n_steps: work.frames(n_lanes, n_steps, extent) for n_steps in work.LENGTHS}
    ways = {Way("scipy CSR"): lambda n_steps: seconds(scipy.run, shown[n_steps])}
    if flyvis is not None:
        for threads in sorted({1, machine.cores()}):
            run = partial(flyvis.seconds, n_lanes=n_lanes, threads=threads)
            ways[Way("flyvis", threads=threads)] = run
    return ways


def as_rows(timings: dict[Way, Timing], n_lanes: int) -> list[dict]:
    """Return a row for each way, with its ratio to scipy in the same rounds."""
    peer = timings[Way("scipy CSR")].step
    return [
        {
            "lanes": n_lanes,
            "way": way.name,
            "device": way.device,
            "threads": way.threads,
            "step_seconds": timing.step,
            "lane_step_seconds": timing.step / n_lanes,
            "times_scipy": peer / timing.step,
            "beside_seconds": timing.beside,
            "spread": timing.spread,
        }
        for way, timing in timings.items()
    ]


def write(rows: list[dict], bounds: limits.Limits, n_pairs: int, folder=results.FOLDER) -> None:
    """Write the table, with how much of what the cores can do at most is used."""
    for row in rows:
        rate = limits.OPERATIONS_PER_PAIR * n_pairs / row["lane_step_seconds"]
        row["n_pairs"] = n_pairs
        row["operations_per_second"] = rate
        row["part_of_limit"] = rate / (row["threads"] * bounds.operations)
    columns = {
        "lanes": lambda row: str(row["lanes"]),
        "way": lambda row: row["way"],
        "device": lambda row: row["device"],
        "threads": lambda row: str(row["threads"]),
        "ms per lane and step": lambda row: f"{row['lane_step_seconds'] * 1e3:.3f}",
        "spread": lambda row: f"{row['spread']:.0%}",
        "times scipy": lambda row: f"{row['times_scipy']:.2f}",
        "GFLOP/s": lambda row: f"{row['operations_per_second'] / 1e9:.1f}",
        "of FMA limit": lambda row: f"{row['part_of_limit']:.0%}",
        "ms beside steps": lambda row: f"{row['beside_seconds'] * 1e3:.1f}",
    }
    heading = f"{machine.headline()}; {n_pairs} pairs, float32, Euler"
    results.write("step_time", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
