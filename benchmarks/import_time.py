"""Time imports, help and Tab beside `python -c pass`, each in fresh interpreters, turn by turn.

python benchmarks/import_time.py
"""

import os
import statistics
import subprocess
import sys
from pathlib import Path

import machine
import results
from timing import seconds

ROUNDS = 5
NEUROFLYSIM = str(Path(sys.executable).with_name("neuroflysim"))
PYTHON = [sys.executable, "-c"]
NOTHING = "python -c pass"
COMMANDS = {
    NOTHING: [*PYTHON, "pass"],
    "import brian2": [*PYTHON, "import brian2"],
    "import brian2, pandas, xarray": [*PYTHON, "import brian2, pandas, xarray"],
    "import neuroflysim": [*PYTHON, "import neuroflysim"],
    "from neuroflysim import simulate": [*PYTHON, "from neuroflysim import simulate"],
    "from neuroflysim import *": [*PYTHON, "from neuroflysim import *"],
    "neuroflysim --help": [NEUROFLYSIM, "--help"],
    "neuroflysim simulate --help": [NEUROFLYSIM, "simulate", "--help"],
}

#: What stands before the cursor when somebody presses Tab.
TABS = ("neuroflysim sim", "neuroflysim simulate mov", "neuroflysim fit flow_")


def main() -> None:
    """Write the table."""
    write(measure(ROUNDS))


def measure(rounds: int) -> dict[str, float]:
    """Return the median seconds of a process with each command."""
    calls = {name: (command, {}) for name, command in COMMANDS.items()}
    calls |= {f"{line} and Tab": ([NEUROFLYSIM], tab(line)) for line in TABS}
    times = {name: [] for name in calls}
    for turn in range(rounds + 1):  # one before the first, for files that are not in memory yet
        for name, (command, asked) in calls.items():
            environment = {**os.environ, **asked}
            options = {"env": environment, "stdout": subprocess.DEVNULL, "check": True}
            taken = seconds(subprocess.run, command, **options)
            if turn > 0:
                times[name].append(taken)
    return {name: statistics.median(taken) for name, taken in times.items()}


def tab(line: str) -> dict[str, str]:
    """Return the variables by which bash asks for what may stand at the end of a line."""
    return {
        "_NEUROFLYSIM_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split()) - 1),
    }


def write(medians: dict[str, float], folder=results.FOLDER) -> None:
    """Write the table: the time of each process, and what it takes beyond starting Python."""
    rows = [{"process": name, "seconds": median} for name, median in medians.items()]
    columns = {
        "process": lambda row: row["process"],
        "s": lambda row: f"{row['seconds']:.2f}",
        "beyond pass": lambda row: f"{row['seconds'] - medians[NOTHING]:.2f}",
    }
    heading = f"{machine.headline()}; fresh processes, median of {ROUNDS}"
    results.write("import_time", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
