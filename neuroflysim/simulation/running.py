"""Running candidates and conditions on one network, in as many runs as its lanes need."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from functools import cache, partial
from typing import Any, cast

import brian2
import numpy as np
from attrs import evolve

from neuroflysim.errors import InvalidValueError, SimulationError
from neuroflysim.progress import progress_bar, telling
from neuroflysim.simulation import lattice_engine, settling, synapses_engine
from neuroflysim.simulation.beginning import (
    KEPT,
    Beginning,
    beginnings,
    gone_on,
    movements,
    spread,
    what_it_depends_on,
)
from neuroflysim.simulation.devices import Device, Plan, Run, Values, first_times
from neuroflysim.simulation.devices.cuda import CudaProgram
from neuroflysim.simulation.devices.runtime import RuntimeProgram
from neuroflysim.simulation.devices.standalone import StandaloneProgram
from neuroflysim.simulation.engine_contract import (
    Engine,
    Setup,
    gap_junction_values,
    resting_voltage,
    states_at_start,
)
from neuroflysim.simulation.grey import GREY, lead_steps
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.manipulation import manipulation_values
from neuroflysim.simulation.model import build_model
from neuroflysim.simulation.noise import Drawn, noise_values
from neuroflysim.simulation.room import Room, rows_of_epochs
from neuroflysim.simulation.runaway import runaway_error
from neuroflysim.simulation.settling import Movement
from neuroflysim.simulation.stimulus_forms import Stimulus, frame_of
from neuroflysim.simulation.timing import epoch_of_rows
from neuroflysim.simulation.unsettled import require_settled
from neuroflysim.simulation.work import Candidate, Work

#: By the words for them; `Engine` and `Device` tell what each must offer.
ENGINES: dict[str, Engine] = {"lattice": lattice_engine, "synapses": synapses_engine}
DEVICES: dict[str, type[Device]] = {
    "runtime": RuntimeProgram,
    "cpp_standalone": StandaloneProgram,
    "cuda_standalone": CudaProgram,
}

#: Networks that a program keeps, for as many sets of equations that its display has shown last.
MOST_KEPT = 2


class Runner:
    """Networks built for one shape of stimulus; see `Program` for what users have of it.

    Parameters
    ----------
    setup : Setup
    engine, device : str
    n_frames : int
        Of a stimulus.
    settles : bool
        Whether the network rests at grey before a stimulus.
    """

    def __init__(self, setup: Setup, engine: str, device: str, n_frames: int, settles: bool):
        self.setup, self.n_frames = setup, n_frames
        self.n_lead = lead_steps(setup.time_step) if settles else 0
        self._engine_name, self._engine, self._device = engine, ENGINES[engine], DEVICES[device]
        #: By equations of the display and what is done to flies, last used at the end.
        self._built: dict[tuple, tuple[Device, Room]] = {}
        self._closed = False

    def prepare(self, stimulus: Stimulus, room: Room) -> None:
        """Build the network that shows a stimulus, if it is not there."""
        self._network(stimulus, room)

    def close(self) -> None:
        """Free networks and files; nothing runs afterwards."""
        self._closed = True
        while self._built:
            self._built.popitem()[1][0].close()

    def _network(self, stimulus: Stimulus, room: Room) -> tuple[Any, Room]:
        """Return the network that shows a stimulus and has room for what is done to flies.

        Its display has the equations of the stimulus; frames have none. The room is what there is.
        """
        equations, engine = stimulus.form.equations, self._engine
        shown = equations and (equations.abstract_code({}), equations.parameters)
        key = (shown, room.kinds)
        if self._closed:
            raise SimulationError("the program is closed; compile it anew.")
        if (room.n_epochs > 1 or room.n_scaled) and not engine.FOLLOWS:
            able = " or ".join(repr(name) for name, one in ENGINES.items() if one.FOLLOWS)
            raise InvalidValueError(
                f"engine is {self._engine_name!r}, but only engine={able} takes perturbations with"
                " start or stop, and of connections in single columns."
            )
        if key in self._built and not self._built[key][1].holds(room):
            small, less = self._built.pop(key)
            small.close()
            room = room.or_more(less)
        if key in self._built:
            self._built[key] = self._built.pop(key)
        else:
            while len(self._built) >= MOST_KEPT:
                self._built.pop(next(iter(self._built)))[0].close()
            setup = evolve(self.setup, room=room)
            program = self._device(
                Plan(
                    build=lambda n_rows: build_model(
                        setup, equations, n_rows, self.n_frames, engine
                    ),
                    time_step=setup.time_step,
                    dtype=setup.dtype,
                    n_lead=self.n_lead,
                    n_frames=self.n_frames,
                    needs_compiler=engine.NEEDS_COMPILER,
                )
            )
            self._built[key] = program, room
        return self._built[key]

    def runs(
        self,
        work: Work,
        task: dict,
        progress: bool,
        traces: bool = True,
        to_the_end: bool = False,
        judged: bool = True,
    ) -> Iterator[tuple[np.ndarray, np.ndarray, Run]]:
        """Run all candidates and conditions, in as many runs as the lanes need.

        Runaway activity raises, unless they are to run `to_the_end`. If `judged`, networks that
        have not settled at grey are told of.

        Yields
        ------
        tuple of (candidates, showings, Run)
            Which ones, and what they gave; with one trial, showings are conditions.
        """
        lanes, stimulus = self.setup.lanes, work.stimulus
        with telling(progress):
            program, room = self._network(stimulus, work.room)
        work = evolve(work, room=room)
        common = self._common_frames(stimulus, program)
        noisy = bool(self.setup.dynamics.noises) and work.seed is not None
        # What is noisy differs from the first step on, in each trial of each condition.
        n_before = 0 if noisy else (self.n_lead + len(common)) * program.goes_on
        condition_chunks = self._conditions_together(work)
        until = work.until
        wanted = [
            None if until is None else int(until[work.conditions(k)].max())
            for k in condition_chunks
        ]
        shows = [partial(self.shown, stimulus, task, work.conditions(k)) for k in condition_chunks]
        if len(shows) == 1:  # it is prepared once for all candidates
            shows = [cache(shows[0])]
        groups = _split(np.arange(len(work.candidates)), self._begin_lanes.n_candidates)
        n_runs = sum(len(in_chunks(len(k), lanes.n_candidates)) for k in groups)
        n_shown = sum(self.n_frames if frames is None else frames for frames in wanted)
        n_steps = n_runs * (n_shown + len(shows) * (self.n_lead - n_before))
        asked = judged and settling.is_asked()
        n_steps += len(groups) * (self.n_lead * program.goes_on * asked if noisy else n_before)
        bar = progress_bar(progress, total=n_steps, unit="step", delay=3, leave=False)
        options = {"progress": bar.update, "traces": traces, "to_the_end": to_the_end}
        with bar:
            for group in groups:
                begun = {}
                if n_before:
                    begun = self._begun(work, group, program, shows[0], common, options)
                for conditions, show, n_frames in zip(condition_chunks, shows, wanted, strict=True):
                    leads = {}
                    for chosen in (group[k] for k in in_chunks(len(group), lanes.n_candidates)):
                        own = [begun[k] for k in chosen if k in begun]
                        values = {**self.values(work, chosen, lanes), **spread(own, lanes)}
                        if noisy:
                            run = self._noisy_run(
                                program, values, work, chosen, conditions, show, n_frames, options
                            )
                        else:
                            run = program.run(
                                values, show, len(common), n_frames=n_frames, **options
                            )
                            run = gone_on(own, run, lanes, n_before * self.setup.time_step)
                        if run.out_of_range:
                            stimulus.form.require_in_range(self.setup.time_step * brian2.second)
                        if run.runaway_time is not None and not to_the_end:
                            times = lanes.by_lane(run.runaway_time)
                            which = lanes.candidate[: len(times)], lanes.condition[: len(times)]
                            raise runaway_error(
                                times, chosen[which[0]], work.conditions(conditions[which[1]]),
                                work, self.setup, self.n_lead,
                            )  # fmt: skip
                        if not noisy:
                            leads |= zip(chosen, movements(run.lead, lanes), strict=False)
                        yield chosen, conditions, run
                    if asked and conditions is condition_chunks[0]:
                        if noisy:
                            leads = self._leads_in_silence(work, group, program, show, options)
                        if leads:
                            require_settled(
                                leads, work, self.setup, self._engine_name, self._moves_now,
                                may_raise=not to_the_end,
                            )  # fmt: skip

    def begun(self, work: Work) -> Values:
        """Return parameters and state of all candidates when the first frame begins.

        For those who step by hand: all of the work must fit into one run, in this process, and its
        cells have no noise. Networks that have not settled at grey are told of.
        """
        lanes = self.setup.lanes
        program, room = self._network(work.stimulus, work.room)
        work = evolve(work, room=room)
        chosen = np.arange(lanes.n_candidates)
        values = self.values(work, chosen, lanes)
        if not self.n_lead:
            return values
        show = partial(self.shown, work.stimulus, {}, work.conditions(np.arange(work.n_showings)))
        run, state = program.begin(values, show, 0, progress=_untold, traces=False)
        self._require_stayed(run, work, 0)
        leads = dict(zip(chosen.tolist(), movements(run.lead, lanes), strict=True))
        if settling.is_asked():
            require_settled(
                leads, work, self.setup, self._engine_name, self._moves_now, may_raise=True
            )
        return {**values, **state}

    def step(
        self, work: Work, shown: Stimulus, values: Values, n_before: int
    ) -> tuple[np.ndarray, Values]:
        """Show frames after others, and return recorded voltages, and what the next go on from.

        Parameters
        ----------
        work : Work
            With which values have `begun`.
        shown : Stimulus
            Of as many conditions and frames as that of the work.
        values : dict of str to ndarray
        n_before : int
            How many frames were shown before.
        """
        program, _ = self._network(work.stimulus, work.room)
        show = partial(self.shown, shown, {}, work.conditions(np.arange(work.n_showings)))
        run = program.run(values, show, 0, progress=_untold)
        self._require_stayed(run, work, n_before + self.n_lead)
        traces = self.setup.lanes.traces(cast(dict, run.traces)["voltage"])
        return traces, {**values, **program.state()}

    def state_variables(self, work: Work) -> list[str]:
        """Return the names of what `step` changes among the values."""
        program, _ = self._network(work.stimulus, work.room)
        return list(program.state())

    def _require_stayed(self, run: Run, work: Work, n_before: int) -> None:
        """Raise if a voltage left all bounds in a run of all candidates, after so many steps."""
        if run.runaway_time is None:
            return
        lanes = self.setup.lanes
        times = lanes.by_lane(run.runaway_time)
        times = np.where(times > 0, times + n_before * self.setup.time_step, 0)
        which = lanes.candidate[: len(times)], lanes.condition[: len(times)]
        raise runaway_error(times, *which, work, self.setup, self.n_lead)

    def _noisy_run(
        self, program, values, work: Work, chosen, showings, show, n_frames, options: dict
    ) -> Run:
        """Return a run whose noise goes on from the grey of the same lanes."""
        lanes, step = self.setup.lanes, self.setup.time_step
        candidate = np.array([work.candidates[k].number for k in chosen])[lanes.candidate]
        showing = showings[lanes.condition]
        seed = 0 if work.seed is None else work.seed
        drawn = Drawn(seed, candidate, work.conditions(showing), showing % work.n_trials)
        values = {**values, **noise_values(self.setup, drawn)}
        if not (self.n_lead and program.goes_on):
            return program.run(values, show, 0, n_frames=n_frames, **options)
        grey, state = program.begin(values, show, 0, **options)
        if grey.runaway_time is not None and not options["to_the_end"]:
            return grey
        drawn = evolve(drawn, begin=self.n_lead)
        values = {**values, **state, **noise_values(self.setup, drawn)}
        run = program.run(values, show, 0, n_frames=n_frames, **options)
        away = first_times(grey.runaway_time, run.runaway_time, self.n_lead * step)
        return evolve(run, runaway_time=away)

    def _leads_in_silence(
        self, work: Work, group: np.ndarray, program, show, options: dict
    ) -> dict[int, Movement]:
        """Return how voltages of candidates move at grey without noise, which always moves them."""
        if not self.n_lead:
            return {}
        if program.goes_on:
            options = {**options, "traces": False}
            frames = self._common_frames(work.stimulus, program)[:0]
            begun = self._begun(evolve(work, seed=None), group, program, show, frames, options)
            leads = {k: each.lead for k, each in begun.items()}
        else:
            setup = evolve(self.setup, room=work.room)
            moved = self._leads_now(setup, [work.candidates[k] for k in group])
            leads = dict(zip(group, moved, strict=True))
        return {k: lead for k, lead in leads.items() if lead is not None}

    def _conditions_together(self, work: Work) -> list[np.ndarray]:
        """Return the showings of each run: of those that want few frames, few are run."""
        chunks = in_chunks(work.n_showings, self.setup.lanes.n_conditions)
        if work.until is None:
            return chunks
        longest_first = np.argsort(-np.repeat(work.until, work.n_trials), kind="stable")
        return [longest_first[chunk] for chunk in chunks]

    @property
    def _begin_lanes(self) -> Lanes:
        """Lanes in which candidates begin, before conditions part."""
        return self._engine.lanes_of_beginning(self.setup)

    def _common_frames(self, stimulus: Stimulus, program) -> np.ndarray:
        """Return the frames that are run once for all conditions of a stimulus."""
        common = stimulus.common_frames()
        # The sums of a reduction are not those of one condition: each has targets of its own.
        shares = program.goes_on and self.setup.reduction is None
        return common if shares else common[:0]

    def _begun(
        self, work: Work, group: np.ndarray, program, show, common: np.ndarray, options: dict
    ) -> dict[int, Beginning]:
        """Return what candidates do before conditions part: run now, or kept from before.

        Raises
        ------
        RunawayActivityError
            If a voltage leaves all bounds, unless the options say to go on.
        """
        owners = (self.setup.network, self.setup.dynamics)
        keys = {k: self._kept_by(work, k, common, options["traces"]) for k in group}
        found = {k: KEPT.get(key, *owners) for k, key in keys.items() if key is not None}
        found = {k: kept for k, kept in found.items() if kept is not None}
        missing = np.array([k for k in group if k not in found], dtype=int)
        if not len(missing):
            options["progress"](self.n_lead + len(common))
            return found
        lanes = self._begin_lanes
        chosen = missing[in_chunks(len(missing), lanes.n_candidates)[0]]
        run, state = program.begin(self.values(work, chosen, lanes), show, len(common), **options)
        if run.out_of_range:
            work.stimulus.form.require_in_range(self.setup.time_step * brian2.second)
        found |= zip(chosen, beginnings(run, state, lanes), strict=True)
        ran_away = [k for k in missing if found[k].runaway_time is not None]
        if ran_away and not options["to_the_end"]:
            times = np.stack([found[k].runaway_time for k in ran_away])
            conditions = np.zeros(len(ran_away), dtype=int)
            raise runaway_error(times, ran_away, conditions, work, self.setup, self.n_lead)
        for k in missing:
            if keys[k] is not None and k not in ran_away:
                KEPT.put(keys[k], found[k], found[k].n_bytes, *owners)
        return found

    def _kept_by(self, work: Work, k: int, common: np.ndarray, traces: bool) -> Hashable | None:
        """Return by what the beginning of a candidate is kept; None if it is not to be kept.

        Perturbed flies are many, and each is asked for little.
        """
        candidate, setup = work.candidates[k], evolve(self.setup, room=work.room)
        if not self.n_lead or candidate.fly.perturbations:
            return None
        shown = [common.astype(setup.dtype)]
        others = (self._engine_name, traces, setup.variables)
        return what_it_depends_on(setup, candidate.changed(), *others, arrays=shown)

    def values(self, work: Work, chosen: np.ndarray, lanes: Lanes) -> dict[str, np.ndarray]:
        """Return parameters and state of a run of some candidates."""
        setup, engine = evolve(self.setup, lanes=lanes, room=work.room), self._engine
        candidates = [work.candidates[k] for k in chosen]
        effects = [each.effects for each in candidates]
        begins = rows_of_epochs(effects)
        rows = begins + begins[-1:] * (setup.room.n_epochs - len(begins))
        by_epoch = [
            engine.values(
                setup,
                [each.changed(row) for each in candidates],
                [each.at(row).levels for each in effects],
            )
            for row in rows
        ]
        values = by_epoch[0]
        if len(rows) > 1:
            parameters = [name for name in values if not name.startswith("_")]
            together = {name: np.concatenate([v[name] for v in by_epoch]) for name in parameters}
            values = {**values, **together, "_epoch_of_row": epoch_of_rows(begins, self.n_frames)}
        if setup.room.n_scaled:
            pairs = np.unique(np.concatenate([each.scaled_pairs() for each in effects]))
            factors = [[each.at(row).factors(pairs) for each in effects] for row in rows]
            values |= engine.scaled(setup, pairs, np.array(factors))
        first_row = 0 if self.n_lead else 1
        changed = [each.changed(first_row) for each in candidates]
        if setup.dynamics.noises:  # silent, unless more is said
            nobody = np.zeros(lanes.n_lanes, dtype=int)
            values |= noise_values(setup, Drawn(0, nobody, nobody, nobody, silent=True))
        given = work.voltages
        voltage = None if given is None else given[chosen]
        if voltage is None:
            voltage = resting_voltage(setup, changed)
        if setup.perturbed:
            values |= manipulation_values(setup, effects, rows)
            held = np.stack([each.at(first_row).held for each in effects])
            voltage = np.where(np.isnan(held), voltage, held)
        there = np.stack([~each.at(0).ablated for each in effects])
        values |= gap_junction_values(setup, changed, there)
        levels = [each.at(first_row).levels for each in effects]
        for name, state in states_at_start(setup, changed, voltage, levels).items():
            values[name] = lanes.arrange(state.astype(setup.dtype)[lanes.candidate])
        values["voltage"] = lanes.arrange(voltage.astype(setup.dtype)[lanes.candidate])
        return values

    def shown(
        self,
        stimulus: Stimulus,
        task: dict,
        conditions: np.ndarray,
        n_before: int,
        first: int,
        end: int | None,
    ) -> dict:
        """Return what the display shows of some conditions, and what a reduction needs."""
        values = stimulus.form.values(conditions, GREY, n_before, first, end)
        reduction = self.setup.reduction
        if reduction is not None:
            values["_sums"] = np.zeros(reduction.n_products * self.setup.lanes.n_lanes)
            values["_frame_weight"] = task.get("frame_weight", np.zeros(self.n_frames))
            if "targets" in task and reduction.n_targets:
                targets = task["targets"][conditions]
                ordered = targets.transpose(1, 2, 3, 0).astype(self.setup.dtype)
                values["_targets"] = ordered.reshape(-1)
        return values

    def _moves_now(self, setup: Setup, chosen: list[Candidate]) -> np.ndarray:
        """Return how much voltages of candidates move at grey; infinite if they run away."""
        leads = self._leads_now(setup, chosen)
        return np.array([np.inf if lead is None else np.nanmax(lead.range) for lead in leads])

    def _leads_now(self, setup: Setup, chosen: list[Candidate]) -> list[Movement | None]:
        """Return how voltages of candidates move at grey, without noise; None if they run away."""
        network = setup.network
        engine = self._engine
        lanes = engine.lanes(len(chosen), 1, network, setup.dtype, RuntimeProgram.large_runs)
        setup = evolve(setup, lanes=lanes, reduction=None, variables=())
        shown = frame_of(GREY, network.lattice, setup.dtype)
        chosen = [
            evolve(each, effects=each.effects.always_as_before_stimulus(shown.times))
            for each in chosen
        ]
        work = Work(chosen, shown, None, evolve(setup.room, n_epochs=1, n_switched=0))
        found: list[Movement | None] = [None] * len(chosen)
        # In this process, whatever device is asked: a shorter step is another program to it.
        runner = Runner(setup, self._engine_name, "runtime", len(shown.times), settles=True)
        try:
            runs = runner.runs(work, {}, False, traces=False, to_the_end=True, judged=False)
            for some, _, run in runs:
                away = set(runner.ran_away(run, some).tolist())
                for k, lead in zip(some.tolist(), movements(run.lead, setup.lanes), strict=False):
                    found[k] = None if k in away else lead
        finally:
            runner.close()
        return found

    def ran_away(self, run: Run, chosen: np.ndarray) -> np.ndarray:
        """Return those of the candidates whose voltage left all bounds; some may be repeated."""
        if run.runaway_time is None:
            return chosen[:0]
        lanes = self.setup.lanes
        ran_away = lanes.by_lane(run.runaway_time).any(axis=1)
        return chosen[lanes.candidate[: lanes.n_used][ran_away]]


def _untold(n_steps: int) -> None:
    """Count no steps."""


def in_chunks(n_items: int, size: int) -> list[np.ndarray]:
    """Return the indices of the items in pieces of one size; the last repeats its last item."""
    return [
        np.minimum(np.arange(first, first + size), n_items - 1) for first in range(0, n_items, size)
    ]


def _split(items: np.ndarray, size: int) -> list[np.ndarray]:
    """Return the items in pieces of one size; the last may be smaller."""
    return [items[first : first + size] for first in range(0, len(items), size)]
