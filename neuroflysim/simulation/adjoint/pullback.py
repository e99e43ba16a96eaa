"""Derivatives of a loss of recorded voltages, of all candidates and conditions of a program."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import field, frozen

from neuroflysim.progress import progress_bar
from neuroflysim.simulation.adjoint.memory import Pieces
from neuroflysim.simulation.adjoint.one_run import OneRun
from neuroflysim.simulation.adjoint.reverse_program import ReverseProgram
from neuroflysim.simulation.devices import Plan, Progress, Values
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.model import build_model
from neuroflysim.simulation.running import ENGINES, Runner, in_chunks
from neuroflysim.simulation.work import Work


@frozen(eq=False)
class Pulled:
    """Sums over conditions, and what was recorded.

    Attributes
    ----------
    by_strength : ndarray, shape (candidate, strength)
        See `Strengths`.
    by_type : dict of str to ndarray, shape (candidate, cell_type)
    by_state : dict of str to ndarray, shape (candidate, neuron)
    by_light : ndarray, shape (condition, time, column)
        Without candidates whose activity ran away.
    voltage : ndarray, shape (candidate, condition, time, recorded)
    lost : ndarray of bool, shape (candidate,)
        Whose activity ran away.
    """

    by_strength: np.ndarray = field(repr=False)
    by_type: dict[str, np.ndarray] = field(repr=False)
    by_state: dict[str, np.ndarray] = field(repr=False)
    by_light: np.ndarray = field(repr=False)
    voltage: np.ndarray = field(repr=False)
    lost: np.ndarray = field(repr=False)


@frozen(eq=False)
class _Task:
    """What one call pulls back."""

    work: Work
    of_loss: np.ndarray | Callable[[np.ndarray, np.ndarray], np.ndarray]
    to_the_end: bool
    progress: Progress
    total: Pulled


class Pullback:
    """A network that goes back through its runs.

    Parameters
    ----------
    runner : Runner
        Of a setup that keeps steps.
    engine : str
    pieces : Pieces
    work : Work
        Stimuli of other work must be frames, if this one is, or have the same equations.
    """

    def __init__(self, runner: Runner, engine: str, pieces: Pieces, work: Work):
        self._pieces, self._runner, self._engine = pieces, runner, engine
        setup = runner.setup
        equations, n_frames = work.stimulus.form.equations, runner.n_frames
        self._program = ReverseProgram(
            Plan(
                build=lambda n_rows: build_model(
                    setup, equations, n_rows, n_frames, ENGINES[engine]
                ),
                time_step=setup.time_step,
                dtype=setup.dtype,
                n_lead=runner.n_lead,
                n_frames=n_frames,
                needs_compiler=True,
            )
        )

    def close(self) -> None:
        """Free the arrays."""
        self._program.close()

    def is_of(self, lanes: Lanes, pieces: Pieces) -> bool:
        """Return whether it has these lanes and keeps as many steps at a time."""
        kept = self._pieces.n_kept, self._pieces.n_steps
        return self._runner.setup.lanes == lanes and kept == (pieces.n_kept, pieces.n_steps)

    def knows_voltages_before_going_back(self, work: Work) -> bool:
        """Return whether all of it is one run, of which all steps with frames are kept.

        Parameters
        ----------
        work : Work
        """
        lanes, pairs = self._runner.setup.lanes, (len(work.candidates), work.n_showings)
        in_one = pairs == (lanes.n_candidates, lanes.n_conditions)
        return in_one and len(self._pieces.bounds(*self._own_steps)) == 1

    @property
    def _own_steps(self) -> tuple[int, int]:
        """The steps that each condition makes by itself."""
        setup, n_lead = self._runner.setup, self._runner.n_lead
        return n_lead * rests_once(setup), n_lead + self._runner.n_frames

    def pull(
        self,
        work: Work,
        of_loss: np.ndarray | Callable[[np.ndarray, np.ndarray], np.ndarray],
        to_the_end: bool,
        progress: bool,
        voltage: bool = True,
    ) -> Pulled:
        """Return the derivatives of a loss whose derivatives by recorded voltages are given.

        Parameters
        ----------
        work : Work
        of_loss : ndarray or callable
            Of shape (candidate, condition, time, recorded). A function takes voltages of that
            shape, and which candidates ran away, where these are known before going back.
        to_the_end : bool
            Whether to go on without candidates that run away.
        progress : bool
        voltage : bool
            Whether to return what was recorded; else there is none.
        """
        total, n_lead = self._nothing(work, voltage), self._own_steps[0]
        n_runs = len(self._chunks(len(work.candidates))) * len(self._showings(work))
        n_steps = (3 * self._runner.n_frames + 3 * n_lead) * n_runs
        with progress_bar(progress, total=n_steps, unit="step", delay=3, leave=False) as bar:
            task = _Task(work, of_loss, to_the_end, bar.update, total)
            if n_lead:
                first_lanes = ENGINES[self._engine].lanes_of_beginning(self._runner.setup)
                for group in in_chunks(len(work.candidates), first_lanes.n_candidates):
                    self._from_grey(task, group, first_lanes)
            else:
                for chosen in self._chunks(len(work.candidates)):
                    self._after_grey(task, chosen, None, total.by_state)
        return total

    def _chunks(self, n_candidates: int) -> list[np.ndarray]:
        return in_chunks(n_candidates, self._runner.setup.lanes.n_candidates)

    def _showings(self, work: Work) -> list[np.ndarray]:
        return in_chunks(work.n_showings, self._runner.setup.lanes.n_conditions)

    def _from_grey(self, task: _Task, group: np.ndarray, lanes: Lanes) -> None:
        """Let some candidates rest at grey once for all conditions, and go back through it once."""
        work, total = task.work, task.total
        own = np.unique(group, return_index=True)[1]
        candidates = group[own]
        bounds = self._pieces.bounds(0, self._own_steps[0])
        grey = OneRun(
            self._program, self._runner, bounds, lanes, work, group, self._showings(work)[0],
            task.progress,
        )  # fmt: skip
        grey.forwards(task.to_the_end, keep=False)
        total.lost[candidates] |= grey.ran_away()[own]
        state = {name: each[own, 0] for name, each in grey.state().items()}
        by_state: dict[str, np.ndarray] = {}
        for places in self._chunks(len(candidates)):
            rested = {name: each[places] for name, each in state.items()}
            self._after_grey(task, candidates[places], rested, by_state)
        of_lane = group[lanes.candidate]
        grey.backwards(None, {n: lanes.arrange(each[of_lane]) for n, each in by_state.items()})
        found = grey.derivatives()
        total.by_strength[candidates] += found.by_strength[own, 0]
        for sums, each in ((total.by_type, found.by_type), (total.by_state, found.by_state)):
            for name, values in each.items():
                _sum_of(sums, name, len(total.lost), values)[candidates] += values[own, 0]

    def _after_grey(
        self,
        task: _Task,
        chosen: np.ndarray,
        rested: Values | None,
        by_state: dict[str, np.ndarray],
    ) -> None:
        """Add the derivatives of some candidates in all conditions; those by state elsewhere."""
        lanes, total = self._runner.setup.lanes, task.total
        own = np.unique(chosen, return_index=True)[1]  # the last may stand several times
        light = np.zeros((len(own), *total.by_light.shape))
        begins = rested and {n: lanes.arrange(each[lanes.candidate]) for n, each in rested.items()}
        for showings in self._showings(task.work):
            run = OneRun(
                self._program, self._runner, self._pieces.bounds(*self._own_steps), lanes,
                task.work, chosen, showings, task.progress, begins,
            )  # fmt: skip
            run.forwards(task.to_the_end)
            of_loss = task.of_loss
            if callable(of_loss):
                of_loss = of_loss(run.voltage, run.ran_away())
            run.backwards(of_loss)
            _add(total, light, by_state, run, own, showings)
        total.by_light[:] += light[~total.lost[chosen[own]]].sum(axis=0)

    def _nothing(self, work: Work, voltage: bool) -> Pulled:
        setup, n_candidates = self._runner.setup, len(work.candidates)
        shape = (work.stimulus.n_conditions, self._runner.n_frames)
        n_recorded = len(setup.recorded) if voltage else 0
        return Pulled(
            by_strength=np.zeros((n_candidates, self._program.n_strengths)),
            by_type={},
            by_state={},
            by_light=np.zeros((*shape, setup.network.lattice.n_columns)),
            voltage=np.empty((n_candidates, *shape, n_recorded), dtype=setup.dtype),
            lost=np.zeros(n_candidates, dtype=bool),
        )


def _add(
    total: Pulled,
    light: np.ndarray,
    by_state: dict[str, np.ndarray],
    run: OneRun,
    own: np.ndarray,
    showings: np.ndarray,
) -> None:
    """Add what a run gave of some of its candidates, and of each of its conditions once."""
    shown = np.unique(showings, return_index=True)[1]
    candidates, conditions, once = run.chosen[own], showings[shown], np.ix_(own, shown)
    total.lost[candidates] |= run.ran_away()[own]
    if total.voltage.size:
        total.voltage[np.ix_(candidates, conditions)] = run.voltage[once]
    light[:, conditions] = run.by_light[once]
    found = run.derivatives()
    total.by_strength[candidates] += found.by_strength[once].sum(axis=1)
    for sums, each in ((total.by_type, found.by_type), (by_state, found.by_state)):
        for name, values in each.items():
            own_sum = _sum_of(sums, name, len(total.lost), values)
            own_sum[candidates] += values[once].sum(axis=1)


def _sum_of(
    sums: dict[str, np.ndarray], name: str, n_candidates: int, values: np.ndarray
) -> np.ndarray:
    """Return the sums of something by candidate, which are 0 at first."""
    return sums.setdefault(name, np.zeros((n_candidates, values.shape[-1])))


def rests_once(setup: Setup) -> bool:
    """Return whether candidates rest at grey once for all conditions: with noise they cannot."""
    return not setup.dynamics.noises


def longest_run(setup: Setup, n_lead: int, n_frames: int) -> int:
    """Return the steps of the longest run that is gone through backwards.

    Parameters
    ----------
    setup : Setup
    n_lead, n_frames : int
        Steps of grey, and of the stimulus.
    """
    return max(n_lead, n_frames) if rests_once(setup) else n_lead + n_frames
