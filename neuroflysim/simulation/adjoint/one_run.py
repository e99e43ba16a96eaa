"""One run of some candidates and conditions, forwards and back."""

from __future__ import annotations

from typing import cast

import brian2
import numpy as np
from attrs import evolve

from neuroflysim.simulation.adjoint.by_lane import LaneDerivatives, by_lane
from neuroflysim.simulation.adjoint.reverse_program import ReverseProgram
from neuroflysim.simulation.devices import Progress, Run, Values, first_times
from neuroflysim.simulation.display import FOR_EVER
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.noise import Drawn, noise_values
from neuroflysim.simulation.runaway import runaway_error
from neuroflysim.simulation.running import Runner
from neuroflysim.simulation.work import Work


class OneRun:
    """A run whose steps are kept piece by piece.

    Parameters
    ----------
    program : ReverseProgram
    runner : Runner
        Of the same setup.
    bounds : list of (int, int)
        First step of each piece that is kept at a time, and the one after its last, those of grey
        counted, too.
    lanes : Lanes
    work : Work
    chosen, showings : ndarray of int
        Which candidates and conditions; some may stand twice.
    progress : callable
        Is told how many steps were made.
    begins : dict of str to ndarray, optional
        The state before the first step, in the order of the lanes; where a run begins, if not
        given.
    """

    def __init__(
        self,
        program: ReverseProgram,
        runner: Runner,
        bounds: list[tuple[int, int]],
        lanes: Lanes,
        work: Work,
        chosen: np.ndarray,
        showings: np.ndarray,
        progress: Progress,
        begins: Values | None = None,
    ):
        self._program, self._runner = program, runner
        self._setup = evolve(runner.setup, lanes=lanes)
        self._bounds, self._work = bounds, work
        self.chosen, self._showings, self._progress = chosen, showings, progress
        self._values = {**runner.values(work, chosen, lanes), **(begins or {})}
        self._states: list[Values] = []  # at the beginning of each piece
        network = self._setup.network
        self._where = lanes.indices(self._setup.recorded, network.n_neurons)
        n_frames = runner.n_frames if bounds[-1][1] > runner.n_lead else 0
        real = self._setup.dtype
        self._voltage = np.empty((n_frames, len(self._where)), dtype=real)
        self._light = np.zeros((n_frames, lanes.n_lanes * network.lattice.n_columns), dtype=real)
        self._away: np.ndarray | None = None

    def forwards(self, to_the_end: bool, keep: bool = True) -> None:
        """Make all steps, and keep the last piece, if it will not be made again.

        Raises
        ------
        RunawayActivityError
            If a voltage leaves all bounds, unless the others are to go on.
        """
        names = self._program.state()
        state = {name: self._values[name] for name in names}
        for number, (first, _) in enumerate(self._bounds):
            self._states.append(state)
            self._is_kept = keep and number == len(self._bounds) - 1
            run = self._piece(number, self._is_kept)
            if run.out_of_range:
                step = self._setup.time_step * brian2.second
                self._work.stimulus.form.require_in_range(step)
            before = first * self._setup.time_step
            self._away = first_times(self._away, run.runaway_time, before)
            if self._away is not None and not to_the_end:
                raise self._runaway()
            state = self._program.state()
        if keep:
            self._read_voltage(*self._bounds[-1])

    def backwards(self, of_loss: np.ndarray | None, by_state: Values | None = None) -> None:
        """Go back to the beginning, and make the steps of each piece again to keep them.

        Parameters
        ----------
        of_loss : ndarray, shape (candidate, condition, time, recorded)
            Of all candidates and conditions; None, if none of these steps are recorded.
        by_state : dict of str to ndarray, optional
            Derivatives by the state at the end, in the order of the lanes; 0, if not given.
        """
        arranged = None if of_loss is None else self._arranged(of_loss)
        n_lead, begin = self._runner.n_lead, self._bounds[0][0]
        self._program.begin_backwards(by_state or {})
        for number in reversed(range(len(self._bounds))):
            first, end = self._bounds[number]
            if number < len(self._bounds) - 1 or not self._is_kept:
                self._piece(number, keep=True)
                self._read_voltage(first, end)

            def loss_of(slot: int, first: int = first) -> np.ndarray:
                frame = first + slot - n_lead - 1
                if arranged is None or frame < 0 or first + slot <= begin:
                    return _NOTHING
                return arranged[frame]

            def see(slot: int, light: np.ndarray, first: int = first) -> None:
                frame = first + slot - n_lead
                if frame >= 0:
                    self._light[frame] = light.reshape(-1, self._light.shape[1]).sum(axis=0)

            self._program.backwards(end - first, number == 0, loss_of, see, self._progress)

    @property
    def voltage(self) -> np.ndarray:
        """What was recorded of steps that were kept so far, by candidate, condition and time."""
        return self._setup.lanes.traces(self._voltage)

    @property
    def by_light(self) -> np.ndarray:
        """Derivatives by what each lane saw, shape (candidate, condition, time, column)."""
        lanes, n_columns = self._setup.lanes, self._setup.network.lattice.n_columns
        by_vector = self._light.reshape(-1, lanes.n_vectors, n_columns, lanes.width)
        by_lane = by_vector.transpose(1, 3, 0, 2).reshape(lanes.n_lanes, -1)[: lanes.n_used]
        pairs = (lanes.n_candidates, lanes.n_conditions)
        return by_lane.reshape(*pairs, -1, n_columns).astype(float)

    def state(self) -> Values:
        """Return the state after the last step forwards, shape (candidate, condition, neuron)."""
        lanes = self._setup.lanes
        pairs = (lanes.n_candidates, lanes.n_conditions)
        found = self._program.state()
        return {name: lanes.by_lane(each).reshape(*pairs, -1) for name, each in found.items()}

    def derivatives(self) -> LaneDerivatives:
        """Return the others."""
        return by_lane(self._program.derivatives(), self._setup)

    def ran_away(self) -> np.ndarray:
        """Return whether each of the chosen candidates ran away, shape (candidate,)."""
        lanes = self._setup.lanes
        if self._away is None:
            return np.zeros(lanes.n_candidates, dtype=bool)
        by_pair = lanes.by_lane(self._away).any(axis=1)
        return by_pair.reshape(lanes.n_candidates, lanes.n_conditions).any(axis=1)

    def _piece(self, number: int, keep: bool) -> Run:
        """Make the steps of one piece from the state in which it begins."""
        first, end = self._bounds[number]
        values = {**self._values, **self._states[number], **self._shown(first, end)}
        if self._setup.dynamics.noises:
            values |= noise_values(self._setup, self._drawn(first))
        return self._program.forwards(values, end - first, keep, self._progress)

    def _shown(self, first: int, end: int) -> Values:
        """Return what the display shows in some of the steps, those of grey counted, too."""
        n_lead = self._runner.n_lead
        conditions = self._work.conditions(self._showings)
        stimulus, frames = self._work.stimulus, (max(first - n_lead, 0), max(end - n_lead, 0))
        n_before = FOR_EVER if end <= n_lead else n_lead - first
        return self._runner.shown(stimulus, {}, conditions, n_before, *frames)

    def _drawn(self, begin: int) -> Drawn:
        """Return which noise a piece has: that of `Program.run`."""
        lanes, work = self._setup.lanes, self._work
        numbers = np.array([work.candidates[k].number for k in self.chosen])
        showing = self._showings[lanes.condition]
        trial, seed = showing % work.n_trials, 0 if work.seed is None else work.seed
        condition = work.conditions(showing)
        return Drawn(seed, numbers[lanes.candidate], condition, trial, begin=begin)

    def _arranged(self, of_loss: np.ndarray) -> np.ndarray:
        """Return derivatives by recorded voltages in the order of the arrays, frame by frame."""
        lanes, (_, _, n_frames, n_recorded) = self._setup.lanes, of_loss.shape
        shape = (n_frames, lanes.n_vectors, n_recorded, lanes.width)
        arranged = np.empty(shape, dtype=self._setup.dtype)
        which = zip(self.chosen[lanes.candidate], self._showings[lanes.condition], strict=True)
        for lane, (candidate, showing) in enumerate(which):
            vector, place = divmod(lane, lanes.width)
            arranged[:, vector, :, place] = of_loss[candidate, showing]
        return arranged.reshape(n_frames, -1)

    def _read_voltage(self, first: int, end: int) -> None:
        n_lead = self._runner.n_lead
        if end > n_lead:
            skipped = max(n_lead - first, 0)
            into = self._voltage[first + skipped - n_lead : end - n_lead]
            self._program.read_voltage(skipped, self._where, into)

    def _runaway(self) -> Exception:
        lanes, chosen = self._setup.lanes, self.chosen
        times = lanes.by_lane(cast(np.ndarray, self._away))
        which = lanes.candidate[: len(times)], lanes.condition[: len(times)]
        conditions = self._work.conditions(self._showings[which[1]])
        return runaway_error(
            times, chosen[which[0]], conditions, self._work, self._setup, self._runner.n_lead
        )


_NOTHING = np.zeros(1)
