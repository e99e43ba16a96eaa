"""See how time and memory grow with the lattice, with conditions, and with candidates.

python benchmarks/growth.py
"""

import machine
import results
from case import in_an_interpreter_of_its_own

ROUNDS = 3
EXTENTS = (3, 6, 10, 15, 20, 30)
BATCHES = (1, 4, 16, 64)
#: Candidates that share this number of lanes with conditions.
CANDIDATES, LANES = (1, 4, 16), 16


def main() -> None:
    """Write the table."""
    write([measure(series, case) for series, case in cases()])


def cases(extents=EXTENTS, batches=BATCHES, candidates=CANDIDATES, lanes=LANES):
    """Return the cases, each after the name of the series that it belongs to."""
    return [
        *(("extent", {"extent": extent, "conditions": lanes, "peer": True}) for extent in extents),
        *(("batch", {"conditions": batch, "peer": True}) for batch in batches),
        *(
            ("candidates", {"candidates": number, "conditions": lanes // number})
            for number in candidates
        ),
    ]


def measure(series: str, case: dict, rounds: int = ROUNDS) -> dict:
    """Return a row of a case, whose code is in the cache: compiling takes time and memory."""
    in_an_interpreter_of_its_own(case)
    found = in_an_interpreter_of_its_own({**case, "rounds": rounds})
    n_lanes = found["candidates"] * found["conditions"]
    return {
        "series": series,
        "extent": found["extent"],
        "n_pairs": found["n_pairs"],
        "candidates": found["candidates"],
        "conditions": found["conditions"],
        "lane_step_seconds": found["own_step_seconds"] / n_lanes,
        "scipy_lane_step_seconds": found.get("scipy_step_seconds", float("nan")) / n_lanes,
        "beside_seconds": found["beside_seconds"],
        "build_seconds": found["build_seconds"],
        "peak_memory_bytes": found["peak_memory_bytes"],
    }


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table, with a line between the series."""
    columns = {
        "growing": lambda row: row["series"],
        "extent": lambda row: str(row["extent"]),
        "pairs": lambda row: str(row["n_pairs"]),
        "candidates": lambda row: str(row["candidates"]),
        "conditions": lambda row: str(row["conditions"]),
        "ms per lane and step": lambda row: f"{row['lane_step_seconds'] * 1e3:.4f}",
        "ns per pair": lambda row: f"{row['lane_step_seconds'] / row['n_pairs'] * 1e9:.3f}",
        "scipy, ms": _scipy,
        "build, s": lambda row: f"{row['build_seconds']:.1f}",
        "peak memory, MB": lambda row: f"{row['peak_memory_bytes'] / 1e6:.0f}",
    }
    heading = f"{machine.headline()}; engine lattice, device runtime, float32, one thread"
    results.write("growth", heading, results.table(rows, columns), rows, folder)


def _scipy(row: dict) -> str:
    known = row["scipy_lane_step_seconds"]
    return f"{known * 1e3:.4f}" if known == known else "-"


if __name__ == "__main__":
    main()
