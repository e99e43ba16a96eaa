"""Time how long the moving edges of Lappalainen et al. (2024) take to be rendered.

12 directions, 2 contrasts and 6 speeds of 2.4 to 25 columns a second, over 47.25 deg, in frames of
5 ms, for 721 columns: as flyvis 1.2.0 shows them. Each time is that of the first call in a fresh
process, for the first use of so much memory is part of it.

python benchmarks/rendering.py
"""

import statistics
import subprocess
import sys
import time

import machine
import results

ROUNDS = 5
SPEEDS = (2.4, 4.8, 9.7, 13, 19, 25)  # columns a second

#: As measured for one position of the edge, in reference/TIMINGS.md beside the repository.
PEER = (
    "flyvis 1.2.0: about 1.6 h for its 504 positions of the edge, 11.8 s each, on 2 cores of an\n"
    "Intel Xeon (one of them timed, not all)"
)


def main() -> None:
    """Write the table."""
    write(measure(ROUNDS))


def measure(rounds: int, extent: int = 15, speeds=SPEEDS) -> list[dict]:
    """Return the median seconds for each dtype, the dtypes by turns."""
    times = {"float64": [], "float32": []}
    for _ in range(rounds):
        for dtype, values in times.items():
            command = [sys.executable, __file__, dtype, str(extent), *map(str, speeds)]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            values.append([float(number) for number in said.split()])
    return [
        {
            "dtype": dtype,
            "conditions": int(values[0][1]),
            "frames": int(values[0][2]),
            "columns": int(values[0][3]),
            "seconds": statistics.median(value[0] for value in values),
            "longest": max(value[0] for value in values),
            "processor_seconds": statistics.median(value[4] for value in values),
        }
        for dtype, values in times.items()
    ]


def render(dtype: str, extent: int, speeds: list[float]) -> None:
    """Print the seconds that rendering takes, the shape of what it gives, and the cores' time."""
    from brian2 import ms, second

    from neuroflysim.protocols import moving_edge
    from neuroflysim.stimulus.eye import COLUMN_ANGLE

    protocol = moving_edge(
        speed=[speed * COLUMN_ANGLE / second for speed in speeds], start=-22.5, stop=24.75
    )
    begin, worked = time.perf_counter(), time.process_time()
    luminance = protocol.luminance(extent, 5 * ms, dtype=dtype)
    taken, worked = time.perf_counter() - begin, time.process_time() - worked
    print(taken, *luminance.shape, worked)


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "dtype": lambda row: row["dtype"],
        "conditions": lambda row: str(row["conditions"]),
        "frames": lambda row: str(row["frames"]),
        "columns": lambda row: str(row["columns"]),
        "s": lambda row: f"{row['seconds']:.2f}",
        "longest": lambda row: f"{row['longest']:.2f}",
        "of all cores": lambda row: f"{row['processor_seconds']:.2f}",
    }
    heading = f"{machine.headline()}; rendering all moving edges, first call of a process"
    text = f"{results.table(rows, columns)}\n{PEER}"
    results.write("rendering", heading, text, rows, folder)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        render(sys.argv[1], int(sys.argv[2]), [float(speed) for speed in sys.argv[3:]])
    else:
        main()
