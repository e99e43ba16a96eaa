"""A network that is built once and shown stimuli again and again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

import brian2
import numpy as np
import numpy.typing as npt
import xarray as xr
from attrs import evolve, frozen

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError, SimulationError
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.perturbations import Flies, flies_of
from neuroflysim.progress import telling
from neuroflysim.responses import Responses
from neuroflysim.simulation import arguments
from neuroflysim.simulation.adjoint.gradients import Gradients
from neuroflysim.simulation.adjoint.labelled import labelled_gradients
from neuroflysim.simulation.adjoint.of_program import (
    PullbackOfProgram,
    checked_of_loss,
    require_reversible,
)
from neuroflysim.simulation.brian_state import one_at_a_time
from neuroflysim.simulation.engine_contract import Setup
from neuroflysim.simulation.labels import labelled_alike, labelled_voltages
from neuroflysim.simulation.memory import voltage_bytes
from neuroflysim.simulation.noise import checked_seed
from neuroflysim.simulation.reduction import checked_frame_weight
from neuroflysim.simulation.room import room_for
from neuroflysim.simulation.running import Runner
from neuroflysim.simulation.stimulus_forms import Stimulus, checked_stimulus
from neuroflysim.simulation.work import Candidate, Work
from neuroflysim.stimulus.protocol import Protocol

#: What a candidate may do whose activity runs away: end all with an error, or itself be NaN.
RUNAWAY = ("raise", "nan")


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
    trials: int | None = None  #: None: one, and voltages without that dimension
    seed: int = 0  #: of the noise


class Program:
    """A network compiled for stimuli of one shape and a number of candidates; see `compile`.

    Running it with other parameters or another stimulus of the same shape compiles nothing.
    """

    def __init__(self, options: Options, setup: Setup, stimulus: Stimulus):
        self._options, self._setup, self._stimulus = options, setup, stimulus
        self._runner = Runner(
            setup, options.engine, options.device, len(stimulus.times), options.settles
        )
        self._runner.prepare(stimulus, setup.room)
        self._pullback = PullbackOfProgram(
            setup, options.engine, len(stimulus.times), options.settles
        )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Remove what the program keeps on disk; it cannot run afterwards."""
        self._runner.close()
        self._pullback.close()

    def __reduce__(self):
        raise SimulationError(
            "a program cannot be sent to another process; call nfs.compile in each of them."
        )

    @one_at_a_time()
    def run(
        self,
        parameters: Parameters | Sequence[Parameters],
        stimulus: Protocol | npt.ArrayLike | None = None,
        initial: npt.ArrayLike | None = None,
        perturbations: Flies = None,
        progress: bool = True,
        runaway: str = "raise",
        until: npt.ArrayLike | None = None,
        seed: int | None = None,
        first_number: int = 0,
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
        until : array_like of int, shape (condition,), optional
            How many frames are wanted of each condition; all, if not given. Later voltages are NaN,
            and in this process they take no time where conditions that are run together do without
            them. Fewer are not wanted than all conditions have in common.
        seed : int, optional
            Of the noise; the one that the program was compiled with, if not given.
        first_number : int
            Number of the first candidate among all that there are, where they are run in parts:
            each has the noise of its number.

        Returns
        -------
        Responses
            See `simulate`.
        """
        setup = self._setup
        checks.one_of("runaway", runaway, RUNAWAY)
        checks.whole_number("first_number", first_number, minimum=0)
        work = self._work(parameters, stimulus, initial, perturbations, seed, first_number)
        work = evolve(work, until=self._checked_until(until, work.stimulus))
        shape = (len(work.candidates), work.n_showings, self._n_frames)
        names = ("voltage", *setup.variables)
        n_values = np.prod(shape, dtype=float) * len(setup.recorded) * len(names)
        voltage_bytes(n_values, setup.dtype, self._options.memory_limit - self._options.run_memory)
        arrays = {n: np.empty((*shape, len(setup.recorded)), dtype=setup.dtype) for n in names}
        lost = np.zeros(len(work.candidates), dtype=bool)
        runs = self._runner.runs(work, {}, progress, to_the_end=runaway == "nan")
        for chosen, shown, run in runs:
            # A last chunk that is filled up writes its last item several times: the same.
            which, recorded = np.ix_(chosen, shown), cast(dict, run.traces)
            for name, values in arrays.items():
                n_common = 0
                if run.common is not None:
                    n_common = run.common[name].shape[1]
                    values[:, :, :n_common][which] = run.common[name][:, None]
                traces = setup.lanes.traces(recorded[name])
                n_frames = n_common + traces.shape[2]
                values[:, :, n_common:n_frames][which] = traces
            lost[self._runner.ran_away(run, chosen)] = True
        arrays = {name: self._of_work(values, work, lost) for name, values in arrays.items()}
        labelled = self._labelled(arrays.pop("voltage"), work)
        if perturbations is not None:
            flies = [each.fly.label for each in work.candidates]
            labelled = labelled.assign_coords(perturbation=("candidate", flies))
        others = {
            name: labelled_alike(labelled, values, name, setup.dynamics)
            for name, values in arrays.items()
        }
        return Responses(labelled, others)

    def _of_work(self, values: np.ndarray, work: Work, lost: np.ndarray) -> np.ndarray:
        """Return what was recorded by trial, with NaN for what is lost, not wanted or not there."""
        values[lost] = np.nan
        by_trial = (len(work.candidates), work.stimulus.n_conditions, work.n_trials)
        values = values.reshape(*by_trial, *values.shape[2:])
        for condition, n_frames in enumerate([] if work.until is None else work.until):
            values[:, condition, :, n_frames:] = np.nan
        for k, candidate in enumerate(work.candidates):
            values[k][:, :, candidate.effects.ablated(self._setup.recorded)] = np.nan
        return values[:, :, 0] if self._options.trials is None else values

    def _labelled(self, voltage: np.ndarray, work: Work) -> xr.DataArray:
        given = "rest" if work.voltages is None else "given voltages"
        start = "grey" if self._options.settles else given
        record = {"initial": start, "engine": self._options.engine, "device": self._options.device}
        if self._setup.dynamics.noises:
            record |= {"seed": work.seed, "trials": work.n_trials}
        listed = [each.parameters for each in work.candidates]
        central = self._options.central
        return labelled_voltages(voltage, self._setup, work.stimulus, listed, central, record)

    @one_at_a_time()
    def pullback(
        self,
        parameters: Parameters | Sequence[Parameters],
        dloss_dvoltage: npt.ArrayLike | Callable[[xr.DataArray], npt.ArrayLike],
        stimulus: Protocol | npt.ArrayLike | None = None,
        initial: npt.ArrayLike | None = None,
        memory_limit: float | None = None,
        runaway: str = "raise",
        progress: bool = True,
        seed: int | None = None,
    ) -> Gradients:
        """Return derivatives of a loss, given those by the voltages that `run` returns.

        The network runs forwards, and back through the same steps: once for all parameters, all
        frames and all columns. docs/gradients.md tells how, and what has a derivative.

        Parameters
        ----------
        parameters : Parameters, Ensemble or list of Parameters
        dloss_dvoltage : array_like or callable
            Derivatives of the loss by each voltage, of the shape of ``run(...).voltage``:
            (candidate, condition, time, cell_type), or neuron in the place of cell_type. Or a
            function that takes these voltages and returns them, which saves a way forwards where
            all candidates and conditions are one run, and all of its steps have room. Of a
            candidate that ran away, it is given NaN, and what it returns does not matter.
        stimulus, initial, seed, progress
            See `run`.
        memory_limit : float, optional
            Bytes; that of `compile`, if not given. Where not all steps have room, they are made
            once more on the way back, a piece at a time.
        runaway : {"raise", "nan"}
            What a candidate does whose activity runs away: raise RunawayActivityError, or get NaN
            for all of its derivatives while the others keep theirs.

        Returns
        -------
        Gradients

        Raises
        ------
        InvalidValueError
            If an argument is wrong, or something in the equations has no derivative.
        SimulationError
            If a limit of memory leaves no room for a single candidate in one condition.

        Examples
        --------
        How much the last voltage of Mi1 depends on the time constant of L1:

        >>> import neuroflysim as nfs
        >>> import xarray as xr
        >>> from brian2 import ms
        >>> connectome = nfs.load_connectome()
        >>> start = nfs.Parameters.uniform(connectome)
        >>> with nfs.compile(nfs.protocols.flash(), connectome=connectome, extent=1,
        ...                  time_step=20*ms, initial="rest") as program:
        ...     loss = xr.zeros_like(program.run(start).voltage)
        ...     loss[0, :, -1].loc[{"cell_type": "Mi1"}] = 1
        ...     gradients = program.pullback(start, loss)
        >>> gradients
        <Gradients: 735 parameters, 1 candidate, 2 condition, 150 time, 7 column>
        >>> gradients.time_constant.sel(cell_type="L1").sizes
        Frozen({'candidate': 1})
        """
        options = self._options
        require_reversible(options.engine, options.device, options.trials)
        checks.one_of("runaway", runaway, RUNAWAY)
        work = self._work(parameters, stimulus, initial, None, seed)
        recorded = len(self._setup.recorded)
        shape = (len(work.candidates), work.n_showings, self._n_frames, recorded)
        limit = options.memory_limit
        if memory_limit is not None:
            limit = checks.finite_number("memory_limit", memory_limit, minimum=0)
        with telling(progress):
            pullback = self._pullback.of(work, limit)
        known: list[xr.DataArray] = []  # voltages, if a function was given them
        if not callable(dloss_dvoltage):
            of_loss = checked_of_loss(dloss_dvoltage, shape)
        elif pullback.knows_voltages_before_going_back(work):

            def when_known(voltage: np.ndarray, lost: np.ndarray) -> np.ndarray:
                known.append(self._labelled(self._of_work(voltage.copy(), work, lost), work))
                return checked_of_loss(dloss_dvoltage(known[0]), shape, lost)

            of_loss = when_known
        else:
            options = {"progress": progress, "runaway": runaway, "seed": seed}
            known.append(self.run(parameters, stimulus, initial, **options).voltage)
            lost = np.isnan(known[0].to_numpy()).all(axis=(1, 2, 3))
            of_loss = checked_of_loss(dloss_dvoltage(known[0]), shape, lost)
        gives = not callable(dloss_dvoltage)
        pulled = pullback.pull(work, of_loss, runaway == "nan", progress, voltage=gives)
        if gives:
            known.append(self._labelled(self._of_work(pulled.voltage, work, pulled.lost), work))
        return labelled_gradients(pulled, self._setup, work, known[0])

    @one_at_a_time()
    def reduce(
        self,
        parameters: Parameters | Sequence[Parameters],
        targets: npt.ArrayLike | None = None,
        frame_weight: npt.ArrayLike | None = None,
        stimulus: Protocol | npt.ArrayLike | None = None,
        initial: npt.ArrayLike | None = None,
        perturbations: Flies = None,
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
        >>> with nfs.compile(nfs.protocols.flash(), connectome=connectome,
        ...                  lattice=nfs.Lattice(size=6), reduction=sums) as program:
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
        if (self._options.trials or 1) > 1:
            raise InvalidValueError(
                f"the program was compiled for {self._options.trials} trials, but sums have no such"
                " dimension: compile it without trials; the same parameters given several times, as"
                " a list, are candidates with noise of their own."
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
        for chosen, shown, run in self._runner.runs(work, task, progress, **options):
            by_lane = lanes.by_lane(cast(np.ndarray, run.sums))
            sums[np.ix_(chosen, shown)] = by_lane.reshape(len(chosen), len(shown), -1)
            lost[self._runner.ran_away(run, chosen)] = True
        sums[lost] = np.nan
        return reduction.labelled(sums)

    def by_hand(
        self, parameters: Parameters | Sequence[Parameters], perturbations: Flies
    ) -> tuple[Runner, Work, bool]:
        """Return what a `Stepper` runs and is run by, and whether central cells are recorded.

        Raises
        ------
        InvalidValueError
            If the work takes more than one run.
        """
        work = self._work(parameters, None, None, perturbations)
        lanes = self._setup.lanes
        if (lanes.n_candidates, lanes.n_conditions) != (len(work.candidates), work.n_showings):
            raise InvalidValueError(
                f"{len(work.candidates)} candidates with {work.n_showings} eyes are more than one"
                f" run takes ({lanes.n_candidates} with {lanes.n_conditions}, engine"
                f" {self._options.engine!r}): use several steppers, or engine='lattice'."
            )
        return self._runner, work, self._options.central

    def _checked_until(self, until: npt.ArrayLike | None, stimulus: Stimulus) -> np.ndarray | None:
        """Return how many frames are wanted of each condition, the common ones in any case."""
        if until is None:
            return None
        wanted = checks.whole_numbers("until", until, minimum=1)
        if wanted.shape != (stimulus.n_conditions,) or wanted.max() > self._n_frames:
            raise InvalidValueError(
                f"until is {until!r}, but must be {stimulus.n_conditions} numbers, one for each"
                f" condition, of at most {self._n_frames} frames."
            )
        return np.maximum(wanted, len(stimulus.common_frames()) + 1).clip(max=self._n_frames)

    @property
    def memory(self) -> int:
        """About how many bytes a run takes, with the voltages that it returns.

        For as many candidates and conditions as the program was compiled for.
        """
        return self._options.memory

    @property
    def _n_frames(self) -> int:
        return len(self._stimulus.times)

    def _work(self, parameters, stimulus, initial, perturbations, seed=None, first=0) -> Work:
        """Return the checked arguments of a run."""
        options, setup = self._options, self._setup
        listed = checked_candidates(parameters, options.connectome, dynamics=setup.dynamics)
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
        arguments.require_that_all_act(flies, stimulus.times, options.settles)
        epochs = [fly.epochs(stimulus.times) for fly in flies]
        candidates = [
            Candidate(each, [(row, then.changed(each)) for row, then in epoch], effect, fly, number)
            for number, each in enumerate(listed, start=first)
            for fly, effect, epoch in zip(flies, effects, epochs, strict=True)
        ]
        voltages = arguments.initial_voltage(initial, len(listed), setup.network.n_neurons)
        if voltages is not None:
            voltages = np.repeat(voltages, len(flies), axis=0)
        room = room_for(flies, effects, setup.lanes.n_used, setup.dynamics)
        return Work(
            candidates,
            stimulus,
            voltages,
            room,
            n_trials=options.trials or 1,
            seed=options.seed if seed is None else checked_seed(seed),
        )
