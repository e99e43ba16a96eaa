"""Measure the two figures that the project set itself a bar for.

python benchmarks/bars.py
"""

from contextlib import ExitStack

import limits
import machine
import results
import work
from timing import interleaved

#: Float operations per second of all lanes on a small lattice, and how it is measured.
SMALL_EXTENT, MANY_LANES, RATE_BAR = 5, 64, 60e9
#: Seconds that a second `program.run` may take beside its steps, and the lanes it is measured at.
BESIDE_BAR, BATCHES = 5e-3, (1, 16)
ROUNDS = 9
#: Steps on the small lattice, where a step is short.
LENGTHS = (20, 200)


def main() -> None:
    """Write the table."""
    parameters = work.start()
    write(rate_rows(parameters, ROUNDS) + beside_rows(parameters, ROUNDS))


def rate_rows(parameters, rounds: int, extent=SMALL_EXTENT, n_lanes=MANY_LANES) -> list[dict]:
    """Return the rate of operations on a small lattice, for each number of threads."""
    operations = (
        limits.OPERATIONS_PER_PAIR * n_lanes * parameters.connectome.network(extent).n_pairs
    )
    with ExitStack() as stack:
        ways = {
            threads: work.own_way(
                stack, parameters, n_lanes, LENGTHS, extent=extent, threads=threads
            )
            for threads in work.thread_counts()
        }
        timings = interleaved(ways, LENGTHS, rounds)
    return [
        {
            "what": "rate",
            "extent": extent,
            "lanes": n_lanes,
            "threads": threads,
            "value": operations / timing.step,
            "bar": RATE_BAR,
        }
        for threads, timing in timings.items()
    ]


def beside_rows(parameters, rounds: int, extent=work.EXTENT, batches=BATCHES) -> list[dict]:
    """Return what a run costs beside its steps once the program has run, for some batches."""
    rows = []
    for n_lanes in batches:
        with ExitStack() as stack:
            way = work.own_way(stack, parameters, n_lanes, extent=extent)
            timing = interleaved({"lattice": way}, work.LENGTHS, rounds)["lattice"]
        rows.append(
            {
                "what": "beside",
                "extent": extent,
                "lanes": n_lanes,
                "threads": 1,
                "value": timing.beside,
                "bar": BESIDE_BAR,
            }
        )
    return rows


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    title = {"rate": "operations in a second", "beside": "a second run, beside its steps"}
    columns = {
        "measured": lambda row: title[row["what"]],
        "extent": lambda row: str(row["extent"]),
        "lanes": lambda row: str(row["lanes"]),
        "threads": lambda row: str(row["threads"]),
        "value": lambda row: _shown(row["what"], row["value"]),
        "bar": lambda row: _shown(row["what"], row["bar"]),
    }
    heading = f"{machine.headline()}; engine lattice, device runtime, float32"
    results.write("bars", heading, results.table(rows, columns), rows, folder)


def _shown(what: str, value: float) -> str:
    return f"{value / 1e9:.1f} GFLOP/s" if what == "rate" else f"{value * 1e3:.1f} ms"


if __name__ == "__main__":
    main()
