"""Time how long the model is asked about all studies, and for the headline numbers of the paper.

The whole commands in fresh processes, Python's start included, for the untrained start on 721
columns. What is compiled once on a machine has been: each is run once before it is timed.

python benchmarks/studies.py
"""

import resource
import subprocess
import sys
import time

import machine
import results

COMMANDS = ("compare", "validate")


def main() -> None:
    """Write the table."""
    write([measure(command) for command in COMMANDS])


def measure(command: str) -> dict:
    """Return the seconds that a command takes, and the time of all cores together."""
    line = [sys.executable, "-c", "from neuroflysim.cli import main; main()", command]
    subprocess.run(line, check=True, capture_output=True)
    before, begin = _worked(), time.perf_counter()
    subprocess.run(line, check=True, capture_output=True)
    taken = time.perf_counter() - begin
    return {"command": command, "seconds": taken, "processor_seconds": _worked() - before}


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "neuroflysim": lambda row: row["command"],
        "s": lambda row: f"{row['seconds']:.0f}",
        "of all cores": lambda row: f"{row['processor_seconds']:.0f}",
    }
    heading = f"{machine.headline()}; all studies and the headline numbers, extent 15"
    results.write("studies", heading, results.table(rows, columns), rows, folder)


def _worked() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
