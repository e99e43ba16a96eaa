"""A network that is built once and shown stimuli again and again."""

from __future__ import annotations

from collections.abc import Hashable
from functools import cache, partial

import brian2
import numpy as np
import xarray as xr
from attrs import evolve, frozen

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import cell_states
from neuroflysim.errors import InvalidValueError, SimulationError
from neuroflysim.parameters import checked_candidates
from neuroflysim.perturbations import flies_of
from neuroflysim.progress import progress_bar
from neuroflysim.responses import Responses
from neuroflysim.simulation import arguments, lattice_engine, settling, synapses_engine
from neuroflysim.simulation.beginning import (
    KEPT,
    Beginning,
    beginnings,
    gone_on,
    movements,
    spread,
    what_it_depends_on,
)
from neuroflysim.simulation.brian_state import one_at_a_time
from neuroflysim.simulation.devices import Device, Plan, Run
from neuroflysim.simulation.devices.cuda import CudaProgram
from neuroflysim.simulation.devices.runtime import RuntimeProgram
from neuroflysim.simulation.devices.standalone import StandaloneProgram
from neuroflysim.simulation.engine_contract import Engine, Setup, resting_voltage
from neuroflysim.simulation.grey import GREY, lead_steps
from neuroflysim.simulation.labels import labelled_voltages
from neuroflysim.simulation.lanes import Lanes
from neuroflysim.simulation.manipulation import count_courses, manipulation_values
from neuroflysim.simulation.memory import voltage_bytes
from neuroflysim.simulation.model import build_model
from neuroflysim.simulation.reduction import checked_frame_weight
from neuroflysim.simulation.runaway import runaway_error
from neuroflysim.simulation.settled import require_settled
from neuroflysim.simulation.stimulus_forms import Frames, Stimulus, checked_stimulus
from neuroflysim.simulation.work import Candidate, Work

ENGINES: dict[str, Engine] = {"lattice": lattice_engine, "synapses": synapses_engine}
PROGRAMS: dict[str, type[Device]] = {
    "runtime": RuntimeProgram,
    "cpp_standalone": StandaloneProgram,
    "cuda_standalone": CudaProgram,
}

#: What a candidate may do whose activity runs away: end all with an error, or itself be NaN.
RUNAWAY = ("raise", "nan")

#: Networks that a program keeps, for as many sets of equations that its display has shown last.
MOST_KEPT = 2


@frozen
class Options:
    """How a program simulates: the checked arguments of `compile`."""

    connectome: Connectome
    settles: bool
    central: bool
    engine: str
    device: str
    memory_limit: float  #: bytes
    memory: int  #: bytes that a run is expected to take, with what it returns
    run_memory: int  #: the same without what it returns


class Program:
    """A network compiled for stimuli of one shape and a number of candidates; see `compile`.

    Running it with other parameters or another stimulus of the same shape compiles nothing.
    """

    def __init__(self, options: Options, setup: Setup, stimulus: Stimulus):
        self._options, self._setup, self._stimulus = options, setup, stimulus
        self._n_lead = lead_steps(setup.time_step) if options.settles else 0
        self._built: dict = {}  # by equations of the display and currents, last used at the end
        self._closed = False
        self._program_for(stimulus, setup.n_courses)

    def _program_for(self, stimulus: Stimulus, n_courses: int):
        """Return the network whose display has the equations of a stimulus; frames have none."""
        equations, setup = stimulus.form.equations, evolve(self._setup, n_courses=n_courses)
        shown = equations and (equations.abstract_code({}), equations.parameters)
        key = (shown, n_courses)
        if self._closed:
            raise SimulationError("the program is closed; compile it anew.")
        if key in self._built:
            self._built[key] = self._built.pop(key)
        else:
            while len(self._built) >= MOST_KEPT:
                self._built.pop(next(iter(self._built))).close()
            engine = ENGINES[self._options.engine]
            self._built[key] = PROGRAMS[self._options.device](
                Plan(
                    build=lambda n_rows: build_model(
                        setup, equations, n_rows, self._n_frames, engine
                    ),
                    time_step=setup.time_step,
                    dtype=setup.dtype,
                    n_lead=self._n_lead,
                    n_frames=self._n_frames,
                    needs_compiler=engine.NEEDS_COMPILER,
                )
            )
        return self._built[key]

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Remove what the program keeps on disk; it cannot run afterwards."""
        self._closed = True
        while self._built:
            self._built.popitem()[1].close()

    def __reduce__(self):
        raise SimulationError(
            "a program cannot be sent to another process; call nfs.compile in each of them."
        )

    @one_at_a_time()
    def run(
        self,
        parameters,
        stimulus=None,
        initial=None,
        perturbations=None,
        progress: bool = True,
        runaway: str = "raise",
    ) -> Responses:
        """Show a stimulus to the network.

        Parameters
        ----------
        parameters : Parameters, Ensemble or list of Parameters
            Any number of candidates of the program's connectome.
        stimulus : Protocol or array_like, optional
            Of as many frames as the one that the program was compiled for; that one if not given.
            The first stimulus of other equations, or of frames instead of equations, takes a moment
            to prepare.
        initial : array_like, shape (neuron,) or (candidate, neuron), optional
            Voltages to start from, if the program was compiled with initial="rest".
        perturbations : Perturbation or list, optional
            See `simulate`. The first that act on single cells take a moment to prepare.
        progress : bool
            Show a progress bar when it takes more than a few seconds.
        runaway : {"raise", "nan"}
            What a candidate does whose activity runs away: raise RunawayActivityError, or get NaN
            for all of its voltages while the others keep theirs.

        Returns
        -------
        Responses
            See `simulate`.
        """
        setup = self._setup
        checks.one_of("runaway", runaway, RUNAWAY)
        work = self._work(parameters, stimulus, initial, perturbations)
        shape = (len(work.candidates), work.stimulus.n_conditions, self._n_frames)
        n_values = np.prod(shape, dtype=float) * len(setup.recorded)
        voltage_bytes(n_values, setup.dtype, self._options.memory_limit - self._options.run_memory)
        voltage = np.empty((*shape, len(setup.recorded)), dtype=setup.dtype)
        lost = np.zeros(len(work.candidates), dtype=bool)
        for chosen, shown, run in self._runs(work, {}, progress, to_the_end=runaway == "nan"):
            # A last chunk that is filled up writes its last item several times: the same.
            which, n_common = np.ix_(chosen, shown), 0
            if run.common is not None:
                n_common = run.common.shape[1]
                voltage[:, :, :n_common][which] = run.common[:, None]
            voltage[:, :, n_common:][which] = setup.lanes.traces(run.voltage)
            lost[self._ran_away(run, chosen)] = True
        voltage[lost] = np.nan
        for k, candidate in enumerate(work.candidates):
            voltage[k][..., candidate.effects.ablated[setup.recorded]] = np.nan
        start = "grey" if self._options.settles else "rest" if initial is None else "given voltages"
        record = {"initial": start, "engine": self._options.engine, "device": self._options.device}
        central = self._options.central
        labelled = labelled_voltages(
            voltage, setup, work.stimulus, [each.parameters for each in work.candidates], central,
            record,
        )  # fmt: skip
        if perturbations is not None:
            flies = [each.fly.label for each in work.candidates]
            labelled = labelled.assign_coords(perturbation=("candidate", flies))
        return Responses(labelled)

    @one_at_a_time()
    def reduce(
        self,
        parameters,
        targets=None,
        frame_weight=None,
        stimulus=None,
        initial=None,
        perturbations=None,
        progress: bool = True,
        runaway: str = "raise",
    ) -> xr.DataArray:
        """Show a stimulus, and return the sums of products that the program was compiled for.

        No trace of the outputs is kept: the sums grow while the network runs.

        Parameters
        ----------
        parameters : Parameters, Ensemble or list of Parameters
        targets : array_like, shape (condition, time, target) or (condition, time, column, target)
            What the task wants to be read out at the end of each step.
        frame_weight : array_like, shape (time,), optional
            How much each frame counts; all the same, if not given. Zero costs no time.
        stimulus, initial, perturbations, progress
            See `run`.
        runaway : {"raise", "nan"}
            What a candidate does whose activity runs away: raise RunawayActivityError, or get NaN
            for all of its sums while the others keep theirs. A search needs the second.

        Returns
        -------
        DataArray, dims (candidate, condition, feature, other_feature)
            Sums over columns and times of the product of each two features, as `SumsOfProducts`
            tells.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> connectome = nfs.load_connectome()
        >>> sums = nfs.SumsOfProducts(["Mi1", "Tm3"])
        >>> with nfs.compile(nfs.protocols.flash(), connectome=connectome, boundary="periodic",
        ...                  size=6, reduction=sums) as program:
        ...     products = program.reduce(nfs.Parameters.uniform(connectome))
        >>> products.sizes
        Frozen({'candidate': 1, 'condition': 2, 'feature': 3, 'other_feature': 3})
        >>> int(products.sel(feature="one", other_feature="one")[0, 0])  # 36 columns, 1500 frames
        54000
        """
        reduction, lanes = self._setup.reduction, self._setup.lanes
        if reduction is None:
            raise InvalidValueError(
                "the program was compiled without a reduction; compile it with"
                " reduction=nfs.SumsOfProducts(...)."
            )
        checks.one_of("runaway", runaway, RUNAWAY)
        work = self._work(parameters, stimulus, initial, perturbations)
        n_conditions, n_columns = work.stimulus.n_conditions, self._setup.network.lattice.n_columns
        shape = (n_conditions, self._n_frames, n_columns)
        wanted = reduction.checked_targets(targets, shape)
        weight = checked_frame_weight(frame_weight, self._n_frames)
        sums = np.empty((len(work.candidates), n_conditions, reduction.n_products))
        centers = reduction.centers(self._setup.network)
        task = {"targets": wanted[:, :, centers], "frame_weight": weight}
        lost = np.zeros(len(work.candidates), dtype=bool)
        options = {"traces": False, "to_the_end": runaway == "nan"}
        for chosen, shown, run in self._runs(work, task, progress, **options):
            by_lane = lanes.by_lane(run.sums)
            sums[np.ix_(chosen, shown)] = by_lane.reshape(len(chosen), len(shown), -1)
            lost[self._ran_away(run, chosen)] = True
        sums[lost] = np.nan
        return reduction.labelled(sums)

    @property
    def memory(self) -> int:
        """About how many bytes a run takes, with the voltages that it returns.

        For as many candidates and conditions as the program was compiled for.
        """
        return self._options.memory

    @property
    def _n_frames(self) -> int:
        return len(self._stimulus.times)

    def _work(self, parameters, stimulus, initial, perturbations) -> Work:
        """Return the checked arguments of a run."""
        options, setup = self._options, self._setup
        listed = checked_candidates(parameters, options.connectome)
        if stimulus is None:
            stimulus = self._stimulus
        else:
            step = setup.time_step * brian2.second
            stimulus = checked_stimulus(stimulus, setup.network.lattice, step)
        if len(stimulus.times) != self._n_frames:
            raise InvalidValueError(
                f"the stimulus has {len(stimulus.times)} frames, but the program was compiled"
                f" for {self._n_frames}; compile another one for it."
            )
        if initial is not None and options.settles:
            raise InvalidValueError(
                "initial voltages were given to a program that settles at grey; compile it with"
                " initial='rest'."
            )
        flies = flies_of(perturbations)
        effects = [fly.effects(setup.network, stimulus.times) for fly in flies]
        candidates = [
            Candidate(each, fly.changed(each), effect, fly)
            for each in listed
            for fly, effect in zip(flies, effects, strict=True)
        ]
        voltages = arguments.initial_voltage(initial, len(listed), setup.network.n_neurons)
        if voltages is not None:
            voltages = np.repeat(voltages, len(flies), axis=0)
        return Work(candidates, stimulus, voltages, count_courses(flies, effects))

    def _runs(
        self,
        work: Work,
        task: dict,
        progress: bool,
        traces: bool = True,
        to_the_end: bool = False,
        judged: bool = True,
    ):
        """Run all candidates and conditions, in as many runs as the lanes need.

        Runaway activity raises, unless they are to run `to_the_end`. If `judged`, networks that
        have not settled at grey are told of.

        Yields
        ------
        tuple of (candidates, conditions, Run)
            Which ones, and what they gave.
        """
        lanes, stimulus = self._setup.lanes, work.stimulus
        program = self._program_for(stimulus, work.n_courses)
        common = self._common_frames(stimulus, program)
        n_before = (self._n_lead + len(common)) * program.goes_on
        condition_chunks = _chunks(stimulus.n_conditions, lanes.n_conditions)
        shows = [partial(self._shown, stimulus, task, k) for k in condition_chunks]
        if len(shows) == 1:  # it is prepared once for all candidates
            shows = [cache(shows[0])]
        groups = _split(np.arange(len(work.candidates)), self._begin_lanes.n_candidates)
        n_runs = len(shows) * sum(len(_chunks(len(k), lanes.n_candidates)) for k in groups)
        n_steps = n_runs * (self._n_lead + self._n_frames - n_before) + len(groups) * n_before
        bar = progress_bar(progress, total=n_steps, unit="step", delay=3, leave=False)
        options = {"progress": bar.update, "traces": traces, "to_the_end": to_the_end}
        with bar:
            for group in groups:
                begun = {}
                if n_before:
                    begun = self._begun(work, group, program, shows[0], common, options)
                for conditions, show in zip(condition_chunks, shows, strict=True):
                    leads = {}
                    for chosen in (group[k] for k in _chunks(len(group), lanes.n_candidates)):
                        own = [begun[k] for k in chosen if k in begun]
                        values = {**self._values(work, chosen, lanes), **spread(own, lanes)}
                        run = program.run(values, show, len(common), **options)
                        run = gone_on(own, run, lanes, n_before * self._setup.time_step)
                        if run.out_of_range:
                            stimulus.form.require_in_range(self._setup.time_step * brian2.second)
                        if run.runaway_time is not None and not to_the_end:
                            times = lanes.by_lane(run.runaway_time)
                            which = lanes.candidate[: len(times)], lanes.condition[: len(times)]
                            raise runaway_error(
                                times, chosen[which[0]], conditions[which[1]], work, self._setup,
                                self._n_lead,
                            )  # fmt: skip
                        leads |= zip(chosen, movements(run.lead, lanes), strict=False)
                        yield chosen, conditions, run
                    if (
                        judged
                        and leads
                        and conditions is condition_chunks[0]
                        and settling.is_asked()
                    ):
                        require_settled(
                            leads, work, self._setup, self._options.engine, self._moves_now,
                            may_raise=not to_the_end,
                        )  # fmt: skip

    @property
    def _begin_lanes(self) -> Lanes:
        """Lanes in which candidates begin, before conditions part."""
        return ENGINES[self._options.engine].lanes_of_beginning(self._setup)

    def _common_frames(self, stimulus: Stimulus, program) -> np.ndarray:
        """Return the frames that are run once for all conditions of a stimulus."""
        common = stimulus.common_frames()
        # The sums of a reduction are not those of one condition: each has targets of its own.
        shares = program.goes_on and self._setup.reduction is None
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
        owners = (self._setup.network, self._setup.dynamics)
        keys = {k: self._kept_by(work, k, common, options["traces"]) for k in group}
        found = {k: KEPT.get(key, *owners) for k, key in keys.items() if key is not None}
        found = {k: kept for k, kept in found.items() if kept is not None}
        missing = np.array([k for k in group if k not in found], dtype=int)
        if not len(missing):
            options["progress"](self._n_lead + len(common))
            return found
        lanes = self._begin_lanes
        chosen = missing[_chunks(len(missing), lanes.n_candidates)[0]]
        run, state = program.begin(self._values(work, chosen, lanes), show, len(common), **options)
        if run.out_of_range:
            work.stimulus.form.require_in_range(self._setup.time_step * brian2.second)
        found |= zip(chosen, beginnings(run, state, lanes), strict=True)
        ran_away = [k for k in missing if found[k].runaway_time is not None]
        if ran_away and not options["to_the_end"]:
            times = np.stack([found[k].runaway_time for k in ran_away])
            conditions = np.zeros(len(ran_away), dtype=int)
            raise runaway_error(times, ran_away, conditions, work, self._setup, self._n_lead)
        for k in missing:
            if keys[k] is not None and k not in ran_away:
                KEPT.put(keys[k], found[k], found[k].n_bytes, *owners)
        return found

    def _kept_by(self, work: Work, k: int, common: np.ndarray, traces: bool) -> Hashable | None:
        """Return by what the beginning of a candidate is kept; None if it is not to be kept.

        Perturbed flies are many, and each is asked for little.
        """
        candidate, setup = work.candidates[k], evolve(self._setup, n_courses=work.n_courses)
        if not self._n_lead or candidate.fly.perturbations:
            return None
        shown = [common.astype(setup.dtype)]
        others = (self._options.engine, traces)
        return what_it_depends_on(setup, candidate.changed, *others, arrays=shown)

    def _values(self, work: Work, chosen: np.ndarray, lanes: Lanes) -> dict[str, np.ndarray]:
        """Return parameters and state of a run of some candidates."""
        setup = evolve(self._setup, lanes=lanes)
        changed = [work.candidates[k].changed for k in chosen]
        values = ENGINES[self._options.engine].values(setup, changed)
        for name in cell_states(setup.dynamics) - {"voltage"}:
            values[name] = np.zeros(lanes.n_lanes * setup.network.n_neurons)
        given = work.voltages
        voltage = resting_voltage(setup, changed) if given is None else given[chosen]
        if work.n_courses:
            effects = [work.candidates[k].effects for k in chosen]
            values |= manipulation_values(evolve(setup, n_courses=work.n_courses), effects)
            held = np.stack([each.held for each in effects])
            voltage = np.where(np.isnan(held), voltage, held)
        values["voltage"] = lanes.arrange(voltage.astype(setup.dtype)[lanes.candidate])
        return values

    def _shown(
        self,
        stimulus: Stimulus,
        task: dict,
        conditions,
        n_before: int,
        first: int,
        end: int | None,
    ) -> dict:
        """Return what the display shows of some conditions, and what a reduction needs."""
        values = stimulus.form.values(conditions, GREY, n_before, first, end)
        reduction = self._setup.reduction
        if reduction is not None:
            values["_sums"] = np.zeros(reduction.n_products * self._setup.lanes.n_lanes)
            values["_frame_weight"] = task.get("frame_weight", np.zeros(self._n_frames))
            if "targets" in task and reduction.n_targets:
                targets = task["targets"][conditions]
                values["_targets"] = targets.transpose(1, 2, 3, 0).reshape(-1)
        return values

    def _ran_away(self, run: Run, chosen: np.ndarray) -> np.ndarray:
        """Return those of the candidates whose voltage left all bounds; some may be repeated."""
        if run.runaway_time is None:
            return chosen[:0]
        lanes = self._setup.lanes
        ran_away = lanes.by_lane(run.runaway_time).any(axis=1)
        return chosen[lanes.candidate[: lanes.n_used][ran_away]]

    def _moves_now(self, setup: Setup, chosen: list[Candidate]) -> np.ndarray:
        """Return how much voltages of candidates move at grey; infinite if they run away."""
        network = setup.network
        engine = ENGINES[self._options.engine]
        lanes = engine.lanes(len(chosen), 1, network, setup.dtype, RuntimeProgram.large_runs)
        setup = evolve(setup, lanes=lanes, reduction=None)
        grey = np.full((1, 1, network.lattice.n_columns), GREY, dtype=setup.dtype)
        shown = Stimulus(Frames(grey), self._stimulus.eye, np.zeros(1), (0, 1, 0), {}, "grey", {})
        chosen = [evolve(each, effects=each.fly.effects(network, shown.times)) for each in chosen]
        other = Work(chosen, shown, None, setup.n_courses)
        moved = np.full(len(chosen), np.inf)
        with Program(evolve(self._options, device="runtime"), setup, shown) as program:
            runs = program._runs(other, {}, False, traces=False, to_the_end=True, judged=False)
            for some, _, run in runs:
                leads = movements(run.lead, program._setup.lanes)
                moved[some] = [np.nanmax(lead.range) for lead in leads]
                moved[program._ran_away(run, some)] = np.inf
        return moved


def _chunks(n_items: int, size: int) -> list[np.ndarray]:
    """Return the indices of the items in pieces of one size; the last repeats its last item."""
    return [
        np.minimum(np.arange(first, first + size), n_items - 1) for first in range(0, n_items, size)
    ]


def _split(items: np.ndarray, size: int) -> list[np.ndarray]:
    """Return the items in pieces of one size; the last may be smaller."""
    return [items[first : first + size] for first in range(0, len(items), size)]
