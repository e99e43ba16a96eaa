"""Time what derivatives cost beside a run; beside it an iteration of flyvis' training.

    FLYVIS_PYTHON=/path/to/python python benchmarks/gradient.py

All on one core and in single precision, turn by turn. An iteration is forwards, a loss of all
outputs
and its derivatives backwards, and a step of Adam; that of flyvis has the decoder of its task, too.
"""

import argparse
from contextlib import ExitStack
from functools import partial

import numpy as np
import xarray as xr
from brian2 import ms

import machine
import neuroflysim as nfs
import results
from neuroflysim.flow.clip_times import N_FRAMES
from peers import Flyvis, find_flyvis
from timing import Timing, in_turn, seconds
from work import EXTENT

ROUNDS = 5
#: Movies in an iteration of flyvis' training.
BATCH = 4
#: Steps of 10 ms that the moving edges last.
EDGE_STEPS = 200
#: Bytes in which not all of these steps have room.
TIGHT = 300e6


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    with ExitStack() as stack:
        rows = measure(options.rounds, find_flyvis(stack, script="flyvis_train.py"))
    write(rows)


def measure(
    rounds: int, flyvis: Flyvis | None = None, extent: int = EXTENT, n_steps: int = EDGE_STEPS,
    tight: float = TIGHT,
) -> list[dict]:  # fmt: skip
    """Return a row for each way, with what it takes beside its first."""
    connectome = nfs.load_connectome()
    start = nfs.Parameters.uniform(connectome)
    edges = nfs.protocols.moving_edge(angle=np.arange(0, 360, 30), intensity=[0, 1])
    frames = edges.luminance(time_step=10 * ms, eye=nfs.Eye(extent)).to_numpy()[:, :n_steps]
    movies = np.random.default_rng(0).uniform(size=(BATCH, N_FRAMES, frames.shape[2]))
    options = {
        "connectome": connectome, "extent": extent, "initial": "rest", "dtype": "float32",
        "threads": 1,
    }  # fmt: skip
    outputs = connectome.cell_types.index[connectome.cell_types["output"]].tolist()
    with ExitStack() as stack:
        program = stack.enter_context(
            nfs.compile(frames.astype("float32"), time_step=10 * ms, **options)
        )
        tightly = stack.enter_context(
            nfs.compile(frames.astype("float32"), time_step=10 * ms, **options)
        )
        training = stack.enter_context(
            nfs.compile(movies.astype("float32"), time_step=20 * ms, record=outputs, **options)
        )
        loss = np.ones(program.run(start).voltage.shape, dtype="float32")
        ways = {
            ("24 edges", "run"): partial(seconds, program.run, start),
            ("24 edges", "gradient"): partial(seconds, program.pullback, start, loss),
            ("24 edges", f"gradient in {tight / 1e6:.0f} MB"): partial(
                seconds, tightly.pullback, start, loss, memory_limit=tight
            ),
            ("iteration", "ours"): partial(seconds, Training(training, start)),
        }
        if flyvis is not None:
            ways["iteration", "flyvis"] = partial(
                flyvis.seconds, N_FRAMES, n_lanes=BATCH, threads=1
            )
        timings = in_turn(ways, rounds)
    first = {work: next(timings[key] for key in timings if key[0] == work) for work, _ in timings}
    return [row(*key, timing, first[key[0]]) for key, timing in timings.items()]


class Training:
    """Goes down the gradient of the mean square of all outputs, by Adam."""

    def __init__(self, program: nfs.Program, start: nfs.Parameters):
        self._program, self._parameters, self._n = program, start, 0
        self._means = np.zeros((2, len(start.to_vector())))

    def __call__(self) -> None:
        """Make one step."""
        gradient = self._program.pullback(self._parameters, _of_mean_square).to_vector()[0]
        self._n += 1
        decay = np.array([0.9, 0.999])[:, None]
        self._means = decay * self._means + (1 - decay) * np.stack([gradient, gradient**2])
        mean, square = self._means / (1 - decay**self._n)
        vector = self._parameters.to_vector() - 5e-5 * mean / (np.sqrt(square) + 1e-8)
        n_types = self._parameters.connectome.n_cell_types
        vector[:n_types] = np.maximum(vector[:n_types], 1e-3)
        vector[2 * n_types :] = np.maximum(vector[2 * n_types :], 0)
        self._parameters = self._parameters.with_vector(vector)


def _of_mean_square(voltage: xr.DataArray) -> np.ndarray:
    """Return the derivatives of the mean square of voltages."""
    return voltage.to_numpy() * np.float32(2 / voltage.size)


def row(work: str, way: str, timing: Timing, first: Timing) -> dict:
    """Return what one way took."""
    return {
        "work": work,
        "way": way,
        "seconds": timing.step,
        "beside_first": timing.step / first.step,
        "spread": timing.spread,
    }


def write(rows: list[dict], folder=results.FOLDER) -> None:
    """Write the table."""
    columns = {
        "work": lambda row: row["work"],
        "way": lambda row: row["way"],
        "ms": lambda row: f"{row['seconds'] * 1e3:.0f}",
        "times the first": lambda row: f"{row['beside_first']:.2f}",
        "spread": lambda row: f"{row['spread']:.0%}",
    }
    heading = f"{machine.headline()}; float32, extent {EXTENT}, one core"
    if not any(row["way"] == "flyvis" for row in rows):
        heading += "\nflyvis was left out: FLYVIS_PYTHON named no interpreter that has it"
    results.write("gradient", heading, results.table(rows, columns), rows, folder)


if __name__ == "__main__":
    main()
