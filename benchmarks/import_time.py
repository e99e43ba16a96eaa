"""Time `import neuroflysim` beside `import brian2`, each in fresh interpreters, turn by turn.

python benchmarks/import_time.py
"""

import statistics
import subprocess
import sys

import machine
import results
from timing import seconds

ROUNDS = 9
STATEMENTS = {
    "nothing": "pass",
    "brian2": "import brian2",
    "brian2, pandas, xarray": "import brian2, pandas, xarray",
    "neuroflysim": "import neuroflysim",
}


def main() -> None:
    """Write the table."""
    write(measure(ROUNDS))


def measure(rounds: int) -> dict[str, float]:
    """Return the median seconds of an interpreter with each statement."""
    times = {name: [] for name in STATEMENTS}
    for _ in range(rounds):
        for name, statement in STATEMENTS.items():
            command = [sys.executable, "-c", statement]
            times[name].append(seconds(subprocess.run, command, check=True))
    return {name: statistics.median(values) for name, values in times.items()}


def write(medians: dict[str, float], folder=results.FOLDER) -> None:
    """Write the table: the time of each import, less that of starting Python, and the ratio."""
    start = medians["nothing"]
    rows = [
        {"import": name, "seconds": median - start}
        for name, median in medians.items()
        if name != "nothing"
    ]
    columns = {
        "import": lambda row: row["import"],
        "s": lambda row: f"{row['seconds']:.2f}",
        "times brian2": lambda row: f"{row['seconds'] / rows[0]['seconds']:.2f}",
    }
    heading = f"{machine.headline()}; fresh interpreters, less {start:.2f} s to start Python"
    results.write("import_time", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
