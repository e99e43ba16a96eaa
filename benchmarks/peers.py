"""Others who make the same steps: a sparse matrix product of scipy, and flyvis."""

import os
import subprocess
import tempfile
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import scipy.sparse
from attrs import frozen

from work import EXTENT, TIME_STEP


@frozen(eq=False)
class Arrays:
    """The network as a peer computes it, in float32."""

    weight: np.ndarray  #: of each pair
    source: np.ndarray  #: neuron of each pair
    target: np.ndarray
    rest: np.ndarray  #: resting potential of each neuron
    factor: np.ndarray  #: of each neuron: by how much of the drive a step changes its voltage
    seeing: np.ndarray  #: the neurons that see the screen
    column: np.ndarray  #: and their columns
    central: np.ndarray  #: the neurons that are recorded

    @classmethod
    def of(cls, parameters, extent: int) -> "Arrays":
        """Return the arrays of a lattice."""
        connectome = parameters.connectome
        network = connectome.network(extent)
        strength = parameters.to_vector()[-connectome.n_connections :]
        weight = strength[connectome.offset_connection] * connectome.signed_counts
        time_constant = _by_neuron(parameters.time_constant, network)
        sees = connectome.cell_types["photoreceptor"].to_numpy()[network.neuron_type]
        seeing = np.flatnonzero(sees)
        return cls(
            weight=weight[network.pair_offset].astype(np.float32),
            source=network.pair_source,
            target=network.pair_target,
            rest=_by_neuron(parameters.resting_potential, network),
            factor=np.float32(TIME_STEP) / np.maximum(time_constant, np.float32(TIME_STEP)),
            seeing=seeing,
            column=network.neuron_column[seeing],
            central=network.central_neurons,
        )


class ScipyCSR:
    """Euler steps by a sparse matrix product: one thread, as scipy has no other.

    Parameters
    ----------
    parameters : Parameters
    extent : int
    """

    def __init__(self, parameters, extent: int = EXTENT):
        arrays = Arrays.of(parameters, extent)
        self._matrix = scipy.sparse.csr_matrix(
            (arrays.weight, (arrays.target, arrays.source)), (len(arrays.rest),) * 2
        )
        self._rest, self._factor = arrays.rest, arrays.factor
        self._seeing, self._column = arrays.seeing, arrays.column
        self._central = arrays.central

    def run(self, shown: np.ndarray) -> np.ndarray:
        """Return the voltages of the central cells, shape (time, cell_type, lane).

        Parameters
        ----------
        shown : ndarray, shape (lane, time, column)
        """
        light = np.ascontiguousarray(shown.transpose(1, 2, 0), dtype=np.float32)
        n_lanes = light.shape[2]
        rest, factor = self._rest[:, None], self._factor[:, None]
        voltage = np.repeat(rest, n_lanes, axis=1)
        if n_lanes == 1:  # a product with a vector is quicker than with a matrix of one column
            light, rest, factor, voltage = (a[..., 0] for a in (light, rest, factor, voltage))
        trace = np.empty((len(light), len(self._central), n_lanes), dtype=np.float32)
        for frame, central in zip(light, trace, strict=True):
            drive = self._matrix @ np.maximum(voltage, 0)
            drive += rest
            drive[self._seeing] += frame[self._column]
            drive -= voltage
            drive *= factor
            voltage += drive
            central[:] = voltage[self._central].reshape(-1, n_lanes)
        return trace


class Flyvis:
    """flyvis in another interpreter, which waits for orders: it needs other packages than we do.

    Parameters
    ----------
    python : str
        An interpreter that has flyvis.
    extent : int
    script : str
        What it runs: flyvis_step.py, or flyvis_train.py.
    """

    def __init__(self, python: str, extent: int = EXTENT, script: str = "flyvis_step.py"):
        self._folder = tempfile.TemporaryDirectory(prefix="flyvis-")
        self._said = open(Path(self._folder.name) / "said.txt", "w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            [python, Path(__file__).with_name(script), str(extent), str(TIME_STEP)],
            env={**os.environ, "FLYVIS_ROOT_DIR": self._folder.name, "CUDA_VISIBLE_DEVICES": ""},
            cwd=self._folder.name,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )
        self.versions = self._answer()

    def __enter__(self) -> "Flyvis":
        return self

    def __exit__(self, *_) -> None:
        self._process.stdin.close()
        self._process.wait()
        self._said.close()
        self._folder.cleanup()

    def seconds(self, n_steps: int, *, n_lanes: int, threads: int) -> float:
        """Let it make some steps, or train on as many frames, and return how long it took."""
        self._process.stdin.write(f"{n_steps} {n_lanes} {threads}\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        line = self._process.stdout.readline().strip()
        if not line:
            self._said.seek(0)
            raise SystemExit(f"flyvis stopped:\n{self._said.read()[-2000:]}")
        return line


def find_flyvis(stack: ExitStack, **options) -> Flyvis | None:
    """Start flyvis if the environment names an interpreter for it."""
    python = os.environ.get("FLYVIS_PYTHON")
    if not python:
        print("flyvis is left out: name an interpreter that has it, FLYVIS_PYTHON=/path/to/python")
        return None
    flyvis = stack.enter_context(Flyvis(python, **options))
    print(flyvis.versions)
    return flyvis


def _by_neuron(series, network) -> np.ndarray:
    return series.to_numpy()[network.neuron_type].astype(np.float32)
