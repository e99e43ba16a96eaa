"""The work that every way of simulating is given, and how this package does it."""

from contextlib import ExitStack

import numpy as np
from brian2 import second

import machine
import neuroflysim as nfs
from timing import seconds

EXTENT = 15
TIME_STEP = 0.02  # seconds
#: Steps of a short and of a long run.
LENGTHS = (10, 60)


def start() -> nfs.Parameters:
    """Return the parameters of all benchmarks."""
    return nfs.Parameters.uniform(nfs.load_connectome())


def frames(n_lanes: int, n_steps: int, extent: int) -> np.ndarray:
    """Return random luminance, shape (lane, time, column)."""
    shape = (n_lanes, n_steps, nfs.Lattice(extent=extent).n_columns)
    return np.random.default_rng(0).uniform(size=shape)


def thread_counts() -> tuple[int, ...]:
    """Return one, and as many threads as there are cores."""
    return tuple(sorted({1, machine.cores()}))


def compiled(
    parameters, shown, *, extent=EXTENT, engine="lattice", device="runtime", threads=1, **options
):
    """Compile the network in float32 for Euler steps from the resting potentials."""
    return nfs.compile(
        shown,
        connectome=parameters.connectome,
        extent=extent,
        time_step=TIME_STEP * second,
        method="euler",
        initial="rest",
        engine=engine,
        device=device,
        dtype="float32",
        threads=threads,
        **options,
    )


def own_way(
    stack: ExitStack, parameters, n_lanes: int, lengths=LENGTHS, *, extent=EXTENT, **options
):
    """Compile a program for each length, and return what times the one of a length.

    Parameters
    ----------
    stack : ExitStack
        Closes the programs.
    parameters : Parameters or list of Parameters
        Candidates, each shown `n_lanes` conditions.
    n_lanes : int
    """
    first = parameters[0] if isinstance(parameters, list) else parameters
    programs = {}
    for n_steps in lengths:
        shown = frames(n_lanes, n_steps, extent)
        program = compiled(first, shown, extent=extent, **options)
        programs[n_steps] = stack.enter_context(program)

    def run(n_steps: int, other_lanes: int = n_lanes) -> float:
        # What the program was compiled with is shown as it stands, else frames for other lanes.
        shown = None if other_lanes == n_lanes else frames(other_lanes, n_steps, extent)
        return seconds(programs[n_steps].run, parameters, stimulus=shown, progress=False)

    return run
