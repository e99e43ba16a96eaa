"""The time of a candidate of `flow_short` in this checkout and in another, turn by turn."""

import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parents[1]

#: Of a process that computes by itself: as a worker of a fit does.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Checkout:
    """A process that imports the package of one folder.

    Parameters
    ----------
    folder : path
        Top of a checkout; it is run by the interpreter of this process.
    """

    def __init__(self, folder: Path):
        self._process = subprocess.Popen(
            [sys.executable, Path(__file__).with_name("fit_generation.py")],
            env={**os.environ, **ONE_THREAD, "PYTHONPATH": str(folder.resolve())},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def score(self, generation: int) -> tuple[float, str]:
        """Return CPU seconds of a candidate, and the checksum of the losses of a generation."""
        print(generation, file=self._process.stdin, flush=True)
        seconds, losses = self._process.stdout.readline().split()
        return float(seconds), losses

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def table_against(other: Path, rounds: int) -> str:
    """Return a table of both, whose last line is the ratio and whether losses have the same bits.

    Parameters
    ----------
    other : path
        Top of the other checkout.
    rounds : int
        Generations; one before the first is not counted.
    """
    checkouts = {"here": Checkout(HERE), "there": Checkout(other)}
    seconds, losses = ({name: [] for name in checkouts} for _ in range(2))
    for generation in range(rounds + 1):
        for name, checkout in checkouts.items():
            taken, checksum = checkout.score(generation)
            losses[name].append(checksum)
            if generation:
                seconds[name].append(taken * 1e3)
    for checkout in checkouts.values():
        checkout.close()
    ratios = [a / b for a, b in zip(seconds["here"], seconds["there"], strict=True)]
    lines = [f"{'':>5}  ms of CPU, median  least"]
    for name, taken in seconds.items():
        lines.append(f"{name:>5}  {statistics.median(taken):17.2f}  {min(taken):5.2f}")
    same = "the same bits" if losses["here"] == losses["there"] else "OTHER LOSSES"
    lines.append(
        f"ratio of a generation, median of {rounds}: {statistics.median(ratios):.3f}; losses:"
        f" {same}"
    )
    return "\n".join(lines)
