"""Measure what one core can do at most: multiply-adds, and reads from its caches.

A step that makes a multiply-add for each pair cannot be quicker than the first allows; one that
reads a float for each pair, from a cache, not quicker than reading from there.

    python benchmarks/limits.py
"""

import subprocess
import tempfile
from pathlib import Path

from attrs import frozen

import machine
import results

SOURCE = Path(__file__).with_suffix(".cpp")
#: Each pair of connected cells costs a multiplication and an addition for each lane,
OPERATIONS_PER_PAIR = 2
#: and reads the source's output, a float, unless it is kept in a register for several pairs.
BYTES_PER_PAIR = 4
#: A part of each cache, so that the buffer surely fits beside other things.
FILLED = 0.5
#: The main memory is measured with a buffer so many times as large as the last cache.
BEYOND = 4


@frozen
class Limits:
    """What one core can do at most."""

    operations: float  #: per second, in float32
    read: dict[str, float]  #: bytes per second, by level: L1, L2, L3, memory

    def floors(self) -> dict[str, float]:
        """Return the seconds that a pair and lane take at least, by what limits them."""
        reads = {f"reads from {level}": BYTES_PER_PAIR / rate for level, rate in self.read.items()}
        return {"multiply-adds": OPERATIONS_PER_PAIR / self.operations, **reads}


def measure(milliseconds: float = 40, caches: dict[str, int] | None = None) -> Limits:
    """Compile and run limits.cpp.

    Parameters
    ----------
    milliseconds : float
        How long one try takes, of five for each limit.
    caches : dict of str to int, optional
        Bytes of the caches; those of this machine if not given.
    """
    caches = machine.caches() if caches is None else caches
    sizes = {level: int(FILLED * size) for level, size in caches.items()}
    sizes["memory"] = BEYOND * max(caches.values())
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "limits"
        command = [machine.compiler(), "-O3", "-march=native", "-std=c++17", SOURCE, "-o", program]
        subprocess.run(command, check=True)
        arguments = [str(milliseconds), *map(str, sizes.values())]
        said = subprocess.run([program, *arguments], check=True, capture_output=True, text=True)
    operations, *rates = map(float, said.stdout.split())
    return Limits(operations, dict(zip(sizes, rates, strict=True)))


def write(limits: Limits, n_pairs: int, folder: Path = results.FOLDER) -> None:
    """Write the limits, and how long a network takes at least because of each."""
    rates = [limits.operations, *limits.read.values()]
    rows = [
        {"limit": limit, "per_second": rate, "seconds_per_pair": floor}
        for rate, (limit, floor) in zip(rates, limits.floors().items(), strict=True)
    ]
    columns = {
        "limit of one core": lambda row: row["limit"],
        "rate": lambda row: f"{row['per_second'] / 1e9:.1f} {_unit(row)}",
        "ns per pair and lane": lambda row: f"{row['seconds_per_pair'] * 1e9:.3f}",
        "ms per lane and step": lambda row: f"{row['seconds_per_pair'] * n_pairs * 1e3:.3f}",
    }
    heading = f"{machine.headline()}; float32, {n_pairs} pairs"
    results.write("limits", heading, results.table(rows, columns), rows, folder)


def _unit(row: dict) -> str:
    return "GB/s" if row["limit"].startswith("reads") else "GFLOP/s"


if __name__ == "__main__":
    import work

    write(measure(), work.start().connectome.network(work.EXTENT).n_pairs)
