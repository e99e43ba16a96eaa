"""Compare the voltages of a program for a GPU with those computed in this process."""

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from multiprocessing import get_context

import numpy as np
from attrs import frozen
from brian2 import ms

import machine
import neuroflysim as nfs
import results

#: Voltages may be apart by so much. A GPU contracts products and sums, and its atomic additions
#: come in any order: both change the last digits only.
TOLERANCE = {"float32": 1e-5, "float64": 1e-12}
N_FRAMES = 5  # after a second of grey, 50 steps
SMALL = nfs.Lattice(extent=3)


@frozen
class Case:
    """What both are shown."""

    name: str
    engine: str = "lattice"
    dtype: str = "float32"
    lattice: nfs.Lattice = SMALL
    n_candidates: int = 2
    n_conditions: int = 3
    protocol: bool = False  #: equations instead of frames

    def __str__(self) -> str:
        return f"{self.name}, engine {self.engine}, {self.dtype}"


def cases(extent: int, quick: bool = False) -> list[Case]:
    """Return what is compared; `quick` leaves out float64 and all but two."""
    found = []
    for engine, dtype in product(("lattice", "synapses"), ("float32",) if quick else TOLERANCE):
        case = partial(Case, engine=engine, dtype=dtype)
        found += [case("frames"), case("protocol", protocol=True)]
        if not quick:
            found += [
                case(f"extent {extent}", lattice=nfs.Lattice(extent=extent)),
                case("periodic", lattice=nfs.Lattice(size=(6, 8))),
            ]
        if not quick and engine == "lattice":  # the other one knows no vectors
            found += [
                case("a candidate in each vector", n_conditions=16),
                case("candidates share vectors", n_candidates=5, n_conditions=5),
            ]
    return found


def compare(chosen: list[Case], device: str) -> list[dict]:
    """Return a row for each case. As many are built at the same time as there are cores."""
    with ProcessPoolExecutor(machine.cores(), get_context("spawn")) as pool:
        differences = pool.map(partial(difference, device=device), chosen)
        return [
            {
                "case": str(case),
                "candidates": case.n_candidates,
                "conditions": case.n_conditions,
                "difference": apart,
                "allowed": TOLERANCE[case.dtype],
            }
            for case, apart in zip(chosen, differences, strict=True)
        ]


def difference(case: Case, device: str) -> float:
    """Return the largest difference of a voltage between a device and this process."""
    try:
        here, there = (_voltage(case, each) for each in ("runtime", device))
    except nfs.SimulationError as error:
        raise RuntimeError(f"{case}: {error}") from error
    return float(abs(here - there).max())


def _voltage(case: Case, device: str) -> np.ndarray:
    connectome = nfs.load_connectome()
    with nfs.compile(
        _shown(case),
        connectome=connectome,
        n_candidates=case.n_candidates,
        engine=case.engine,
        device=device,
        dtype=case.dtype,
        threads=1,
        time_step=20 * ms,
        lattice=case.lattice,
    ) as program:
        candidates = _candidates(connectome, case.n_candidates)
        return program.run(candidates, progress=False).voltage.to_numpy()


def _shown(case: Case):
    if case.protocol:
        angle = np.linspace(0, 300, case.n_conditions)
        return nfs.protocols.moving_edge(angle=angle, intensity=1, pre_time=60 * ms)
    shape = (case.n_conditions, N_FRAMES, case.lattice.n_columns)
    return np.random.default_rng(1).uniform(size=shape)


def _candidates(connectome, n_candidates: int) -> list:
    """Return parameters that differ in every number, near to those of all benchmarks."""
    vector = nfs.Parameters.uniform(connectome).to_vector()
    rng = np.random.default_rng(2)
    return [
        nfs.Parameters.from_vector(connectome, vector * rng.lognormal(0, 0.2, len(vector)))
        for _ in range(n_candidates)
    ]


def write(rows: list[dict], heading: str, folder=results.FOLDER) -> None:
    """Write the table, and stop if a difference is too large or no number."""
    columns = {
        "compared": lambda row: row["case"],
        "candidates": lambda row: str(row["candidates"]),
        "conditions": lambda row: str(row["conditions"]),
        "largest difference": lambda row: f"{row['difference']:.1e}",
        "allowed": lambda row: f"{row['allowed']:.0e}",
    }
    results.write("gpu_checks", heading, results.table(rows, columns), rows, folder)
    wrong = [row["case"] for row in rows if not row["difference"] <= row["allowed"]]
    if wrong:
        raise SystemExit(f"Voltages differ, and nothing was timed: {'; '.join(wrong)}.")
