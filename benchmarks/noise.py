"""Time a step of the published model with noise beside one without, in one run.

Random frames, extent 15, float32, Euler steps of 20 ms from the resting potentials, one thread:

    python benchmarks/noise.py
"""

from contextlib import ExitStack

import results
import work
from neuroflysim.dynamics import GRADED, NOISY
from timing import interleaved

#: Rounds and steps of a short and of a long run, for each number of lanes.
WORK = {1: (11, (20, 420)), 16: (7, (10, 60)), 64: (5, (5, 25))}
COLUMNS = {
    "lanes": lambda row: str(row["lanes"]),
    "ms per step": lambda row: f"{1e3 * row['graded']:.3f}",
    "with noise": lambda row: f"{1e3 * row['noisy']:.3f}",
    "times": lambda row: f"{row['noisy'] / row['graded']:.2f}",
    "ns per deviate": lambda row: f"{1e9 * row['deviate']:.2f}",
}


def main() -> None:
    """Write the table."""
    rows = measure(work.start(), WORK)
    results.write("noise", "A step with noise", results.table(rows, COLUMNS), rows)


def measure(parameters, todo: dict, extent=work.EXTENT) -> list[dict]:
    """Return a row for each number of lanes: seconds of a step with and without noise."""
    n_neurons = parameters.connectome.network(extent).n_neurons
    rows = []
    for lanes, (rounds, lengths) in todo.items():
        with ExitStack() as stack:
            ways = {
                dynamics.name: work.own_way(
                    stack, parameters, lanes, lengths, extent=extent, dynamics=dynamics
                )
                for dynamics in (GRADED, NOISY)
            }
            step = {name: one.step for name, one in interleaved(ways, lengths, rounds).items()}
        deviate = (step["noisy"] - step["graded"]) / lanes / n_neurons
        rows.append({"lanes": lanes, **step, "deviate": deviate})
    return rows


if __name__ == "__main__":
    main()
