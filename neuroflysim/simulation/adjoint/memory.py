"""How many steps are kept at a time, so that going back stays within a limit of memory.

Where all steps have room, they are kept on the way forwards. Else the state is, every so many
steps. The steps after the last such state are kept, too; those before it are made again, piece by
piece, on the way back. So the more room there is, the fewer steps are made twice.
"""

from __future__ import annotations

import numpy as np
from attrs import evolve, frozen

from neuroflysim.errors import SimulationError
from neuroflysim.machine.free_memory import bytes_in_words as in_words
from neuroflysim.simulation.engine_contract import Engine, Setup
from neuroflysim.simulation.lattice_engine.kept import step_bytes
from neuroflysim.simulation.memory import run_bytes


@frozen
class Pieces:
    """How the steps of a run are cut.

    Attributes
    ----------
    n_steps : int
        Of the longest run.
    n_kept : int
        At a time.
    n_bytes : int
        That a run is expected to take.
    """

    n_steps: int
    n_kept: int
    n_bytes: int

    def bounds(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Return first step of each piece, and the one after its last; the first may be short.

        Parameters
        ----------
        begin, end : int
            Of the steps that are cut.
        """
        last = (end - begin - 1) % self.n_kept + 1
        ends = range(begin + last, end + 1, self.n_kept)
        return [(max(each - self.n_kept, begin), each) for each in ends]


def pieces_within(
    setup: Setup, engine: Engine, n_candidates: int, n_conditions: int, n_steps: int, limit: float
) -> tuple[Setup, Pieces]:
    """Return a setup that keeps steps within a limit, and how the steps are cut.

    Parameters
    ----------
    setup : Setup
    engine : Engine
    n_candidates, n_conditions : int
        In all.
    n_steps : int
        Of one run, those of grey included.
    limit : float
        Bytes.

    Raises
    ------
    SimulationError
        If a single lane does not fit; says what would.
    """
    most = None
    while True:
        lanes = engine.lanes(n_candidates, n_conditions, setup.network, setup.dtype, False, most)
        setup = evolve(setup, lanes=lanes)
        found = _pieces(setup, engine, n_steps, limit)
        if found.n_bytes <= limit:
            return evolve(setup, kept_steps=found.n_kept), found
        if lanes.n_used == 1:
            raise SimulationError(
                f"going back through {n_steps} steps of one candidate in one condition takes"
                f" {in_words(found.n_bytes)}, but the limit is {in_words(limit)}: show a shorter"
                " stimulus, take dtype='float32', a longer time_step or a smaller lattice, record"
                " less, or raise memory_limit."
            )
        most = lanes.n_used // 2


def _pieces(setup: Setup, engine: Engine, n_steps: int, limit: float) -> Pieces:
    """Return the largest pieces that have room; if none do, those that take the least."""
    step, state = step_bytes(setup)
    # Derivatives, by state as much as the state, and by the recorded voltages and light.
    lanes, n_columns = setup.lanes.n_lanes, setup.network.lattice.n_columns
    beside = run_bytes(setup, engine, n_steps) + 3 * state
    beside += n_steps * lanes * (n_columns + len(setup.recorded)) * 8
    sizes = np.arange(1, n_steps + 1)
    cuts = np.where(sizes < n_steps, -(-n_steps // sizes), 0)
    needed = beside + (sizes + 1) * step + cuts * state
    fit = np.flatnonzero(needed <= limit)
    best = fit[-1] if len(fit) else needed.argmin()
    return Pieces(n_steps, int(sizes[best]), int(needed[best]))
