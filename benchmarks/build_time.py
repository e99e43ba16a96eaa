"""Time how long a program takes to build, and the memory it needs, for each engine and device.

"Cold" is the first build ever, with no cache of compiled code; "warm" is a build of the same in a
new process. Each is a fresh interpreter.

    python benchmarks/build_time.py
"""

import os
import tempfile

import machine
import results
from case import in_an_interpreter_of_its_own

WAYS = [
    {"engine": engine, "device": device}
    for engine in ("lattice", "synapses")
    for device in ("runtime", "cpp_standalone")
]
CONDITIONS = {"lattice": 16, "synapses": 1}


def main() -> None:
    """Write the table."""
    write([row for way in WAYS for row in measure(way)])


def measure(way: dict) -> list[dict]:
    """Return a row for a cold and for a warm build of a way."""
    case = {"conditions": CONDITIONS[way["engine"]], **way}
    # All caches lie below the home folder, so that a new one makes them cold.
    with tempfile.TemporaryDirectory(prefix="home-") as home:
        environment = {**os.environ, "HOME": home}
        environment.pop("XDG_CACHE_HOME", None)
        return [
            {"cache": cache, **in_an_interpreter_of_its_own(case, environment)}
            for cache in ("cold", "warm")
        ]


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "engine": lambda row: row["engine"],
        "device": lambda row: row["device"],
        "conditions": lambda row: str(row["conditions"]),
        "cache": lambda row: row["cache"],
        "import, s": lambda row: f"{row['import_seconds']:.1f}",
        "build, s": lambda row: f"{row['build_seconds']:.1f}",
        "first run, s": lambda row: f"{row['first_run_seconds']:.2f}",
        "memory after import, MB": lambda row: f"{row['imported_memory_bytes'] / 1e6:.0f}",
        "peak, MB": lambda row: f"{row['peak_memory_bytes'] / 1e6:.0f}",
    }
    extent = rows[0]["extent"]
    heading = f"{machine.headline()}; extent {extent}, float32; memory of Python's process alone"
    results.write("build_time", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
