"""Time a screen: each of 65 cell types silenced, 24 moving edges, extent 8, steps of 20 ms.

Beside it, in the same run, what a fly costs if each is simulated by a call of its own. What is
compiled once on a machine has been.

python benchmarks/screening.py
"""

import time

import numpy as np
from brian2 import ms

import machine
import neuroflysim as nfs
import results

EXTENT, N_ALONE, TIME_STEP = 8, 3, 20 * ms


def main() -> None:
    """Write the table."""
    write(measure())


def measure(extent: int = EXTENT, n_alone: int = N_ALONE, cell_types=None) -> list[dict]:
    """Return the seconds of the screen, and of as many flies by calls of their own."""
    connectome = nfs.load_connectome()
    parameters = nfs.load_parameters("flow/000")
    edges = nfs.protocols.moving_edge(angle=np.arange(0, 360, 30), intensity=[0, 1])
    names = connectome.cell_types.index if cell_types is None else cell_types
    flies = [nfs.Silence(name) for name in names]

    def together() -> None:
        nfs.screen(
            edges, parameters=parameters, perturbations=flies, extent=extent,
            time_step=TIME_STEP, progress=False,
        )  # fmt: skip

    def alone() -> None:
        for fly in flies[:n_alone]:
            responses = nfs.simulate(
                edges, connectome=connectome, parameters=parameters, perturbations=fly,
                extent=extent, time_step=TIME_STEP, dtype="float32", progress=False,
            )  # fmt: skip
            nfs.analysis.voltage_range(responses)

    alone()  # compiles
    ways = {"one screen": (together, len(flies)), "a call each": (alone, n_alone)}
    rows = []
    for way, (run, n_flies) in ways.items():
        begin = time.perf_counter()
        run()
        taken = time.perf_counter() - begin
        rows.append({"way": way, "flies": n_flies, "edges": edges.n_conditions, "seconds": taken})
    return rows


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "way": lambda row: row["way"],
        "flies": lambda row: str(row["flies"]),
        "edges": lambda row: str(row["edges"]),
        "s": lambda row: f"{row['seconds']:.1f}",
        "s a fly": lambda row: f"{row['seconds'] / row['flies']:.2f}",
    }
    heading = f"{machine.headline()}; extent {EXTENT}, float32, 20 ms steps"
    results.write("screening", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
