"""Time `import neuroflysim` beside `import brian2`, each in fresh interpreters, turn by turn."""

import statistics
import subprocess
import sys
import time

ROUNDS = 9
STATEMENTS = {
    "nothing": "pass",
    "brian2": "import brian2",
    "brian2, pandas, xarray": "import brian2, pandas, xarray",
    "neuroflysim": "import neuroflysim",
}


def main() -> None:
    """Print the median time of each import, less that of starting Python, and the ratio."""
    times = {name: [] for name in STATEMENTS}
    for _ in range(ROUNDS):
        for name, statement in STATEMENTS.items():
            begin = time.perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True)
            times[name].append(time.perf_counter() - begin)
    medians = {name: statistics.median(values) for name, values in times.items()}
    start = medians.pop("nothing")
    print(f"median of {ROUNDS} fresh interpreters, less {start:.2f} s to start Python")
    for name, median in medians.items():
        ratio = (median - start) / (medians["brian2"] - start)
        print(f"import {name:24} {median - start:5.2f} s   {ratio:4.2f} x brian2")


if __name__ == "__main__":
    main()
