"""Where a model runs: in this process (runtime), or as a compiled program (cpp_standalone)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
from attrs import evolve, field, frozen
from brian2 import BrianObject, BrianObjectException, Clock, prefs, second
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import runtime_device

from neuroflysim.errors import SimulationError
from neuroflysim.simulation.brian_state import (
    COMPILE_FLAGS,
    LINK_FLAGS,
    borrowed_brian,
    flags_for_processor,
)
from neuroflysim.simulation.build_trouble import causes_of
from neuroflysim.simulation.captured import captured_output
from neuroflysim.simulation.compiling import checked_flags, compiling
from neuroflysim.simulation.model import Model
from neuroflysim.simulation.one_source import OneSource
from neuroflysim.simulation.display import FOR_EVER
from neuroflysim.simulation.settling import Movement, Watch, watched, watched_steps

#: Steps after which a run in this process reports and looks for runaway activity.
STEPS_BETWEEN_CHECKS = 50

Values = dict[str, np.ndarray]
#: Takes the steps before a stimulus, its first frame and its end (None: all), and gives values
#: of the screen.
Show = Callable[[int, int, int | None], Values]
Progress = Callable[[int], None]


@frozen
class Run:
    """What one run gave."""

    voltage: np.ndarray | None = field(repr=False)  #: shape (time, recorded), if traces were kept
    #: Seconds since the run began, lead included; 0: never. None if that holds for all neurons.
    runaway_time: np.ndarray | None = field(repr=False)
    sums: np.ndarray | None = field(repr=False)  #: of products, in the order of the arrays
    out_of_range: bool  #: whether the screen was asked for less than black or more than white
    #: Of frames that conditions share, shape (candidate, time, recorded), if they were run before.
    common: np.ndarray | None = field(default=None, repr=False)
    #: Of recorded voltages at the end of the lead, in the order of the recorder.
    lead: Movement | None = field(default=None, repr=False)


@frozen
class Plan:
    """What a program is built for."""

    build: Callable[[int], Model] = field(repr=False)  #: takes the number of rows of the screen
    time_step: float  #: seconds
    dtype: np.dtype
    n_lead: int  #: steps before each stimulus, not recorded
    n_frames: int  #: steps of a stimulus
    needs_compiler: bool  #: whether Brian2's numpy target would not do

    @property
    def n_rows(self) -> int:
        """Rows of the screen: one for all of the lead, and the frames."""
        return self.n_frames + (self.n_lead > 0)

    @property
    def n_watched(self) -> int:
        """Steps at the end of the lead in which the network must have settled."""
        return watched_steps(self.n_lead, self.time_step)


class RuntimeProgram:
    """Runs in this process; Brian2 compiles the inner loops with Cython where it can.

    `brian2.Network.run` prepares all objects anew at each call, which takes longer than a short
    stimulus. So they are prepared once, and stepped here in the order that Brian2 gave them.
    """

    #: A run may go on from the state in which another one ended.
    goes_on = True

    def __init__(self, plan: Plan):
        self._plan = plan
        with (
            borrowed_brian(runtime_device, plan.dtype),
            _told_as_ours(),
            compiling(plan.needs_compiler),
        ):
            self._model = plan.build(plan.n_rows)
            self._model.brian_network.run(0 * second, namespace={})  # prepares the objects
            self._objects = [
                obj
                for obj in self._model.brian_network.sorted_objects
                if obj.active and (obj.code_objects or type(obj).run is not BrianObject.run)
            ]

    def begin(
        self,
        values: Values,
        show: Show,
        n_common: int,
        progress: Progress,
        traces: bool = True,
        to_the_end: bool = False,
    ) -> tuple[Run, Values]:
        """Run the lead, and the first frames of a stimulus, and return the state after them.

        Parameters
        ----------
        values : dict of str to ndarray
            Parameters and state, in the order of the neurons or of their weights.
        show : callable
        n_common : int
            Frames to be shown; only they are recorded.
        progress : callable
            Told how many steps were made.
        traces : bool
            Whether voltages are recorded.
        to_the_end : bool
            Whether to go on when a voltage ran away, for the sake of the others.
        """
        n_lead, moved, away = self._plan.n_lead, None, None
        if n_lead:
            watch = Watch()
            shown = {**values, **show(FOR_EVER, 0, None)}
            run = self._run(shown, n_lead, progress, False, to_the_end, watch)
            moved, away = watch.movement, run.runaway_time
            values = {**values, **self._state()}
        if n_common and (away is None or to_the_end):
            shown = {**values, **show(0, 0, n_common)}
            run = self._run(shown, n_common, progress, traces, to_the_end)
            away = first_times(away, run.runaway_time, n_lead * self._plan.time_step)
        return evolve(run, runaway_time=away, lead=moved), self._state()

    def run(
        self,
        values: Values,
        show: Show,
        n_common: int,
        progress: Progress,
        traces: bool = True,
        to_the_end: bool = False,
    ) -> Run:
        """Show what follows the first frames, from the state that `begin` led to.

        Times are those since the run began, and thus since the end of the first frames.
        """
        shown = {**values, **show(-n_common, n_common, None)}
        n_steps = self._plan.n_frames - n_common
        return self._run(shown, n_steps, progress, traces, to_the_end)

    def close(self) -> None:
        """Free the arrays.

        Brian2's objects refer to each other in circles: Python finds them some time later, and does
        not know how much memory hangs on them.
        """
        for brian_object in self._model.brian_network.objects:
            for code in brian_object.code_objects:
                code.namespace.clear()
            for variable in getattr(brian_object, "variables", {}).values():
                runtime_device.arrays.pop(variable, None)
        self._objects = []

    def _run(
        self,
        values: Values,
        n_steps: int,
        progress: Progress,
        traces: bool,
        to_the_end: bool,
        watch: Watch | None = None,
    ) -> Run:
        model = self._model
        seen_from = n_steps if watch is None else n_steps - self._plan.n_watched
        objects = [obj for obj in self._objects if traces or obj is not model.recorder]
        runaway_time = model.cells.neurons.variables["runaway_time"]
        with borrowed_brian(runtime_device, self._plan.dtype), _told_as_ours():
            self._rewind(n_steps)
            tick = _ticking(model.clock)
            for name, value in values.items():
                # Compiled code reads these arrays where they lie. A lead needs not all rows.
                model.owner(name).variables[name].get_value()[: len(value)] = value
            for first in range(0, n_steps, STEPS_BETWEEN_CHECKS):
                some_steps = min(STEPS_BETWEEN_CHECKS, n_steps - first)
                for step in range(first, first + some_steps):
                    for brian_object in objects:
                        brian_object.run()
                    tick()
                    if step >= seen_from:
                        watch.see(model.recorded_voltage())
                progress(some_steps)
                if not to_the_end and np.any(runaway_time.get_value()):
                    break
            return _collect(model, traces)

    def _state(self) -> Values:
        """Return the state by variable, in the order of the neurons."""
        variables = self._model.cells.neurons.variables
        return {name: variables[name].get_value().copy() for name in self._model.state_variables}

    def _rewind(self, n_steps: int) -> None:
        """Go back to time 0 with nothing recorded; all other variables are set or follow."""
        model = self._model
        model.clock.set_interval(0 * second, (n_steps + 1) * self._plan.time_step * second)
        model.recorder.resize(0)
        model.cells.neurons.variables["runaway_time"].set_value(0.0)


class _OneSourceDevice(OneSource, CPPStandaloneDevice):
    """Hands the C++ compiler one source file."""


class StandaloneProgram:
    """Runs as a C++ program that Brian2 writes and compiles once, in a temporary folder.

    How long a run is gets compiled in. So the lead is shown anew before each stimulus.
    """

    goes_on = False

    def __init__(self, plan: Plan):
        self._plan, self._process = plan, os.getpid()
        self._folder = tempfile.TemporaryDirectory(prefix="neuroflysim-")
        n_steps = plan.n_lead + plan.n_frames
        try:
            self._device = self._make_device(Path(self._folder.name))
            with self._building(), _told_as_ours():
                checked_flags()
                self._model = plan.build(plan.n_rows)
                self._model.brian_network.run(n_steps * plan.time_step * second, namespace={})
                self._device.build(directory=self._folder.name, run=False, with_output=False)
            (Path(self._folder.name) / "values").mkdir()
        except BaseException:
            self.close()
            raise

    def _make_device(self, folder: Path) -> CPPStandaloneDevice:
        """Return the Brian2 device of this program alone; `folder` is where it will be built."""
        return _OneSourceDevice()

    def _building(self) -> AbstractContextManager:
        """Return the state of Brian2 in which the program is written and compiled."""
        flags = {
            "codegen.cpp.extra_compile_args_gcc": COMPILE_FLAGS,
            "codegen.cpp.extra_link_args": LINK_FLAGS,
        }
        now = {**{name: prefs[name] for name in flags}, **flags_for_processor()}
        preferences = {**now, **{name: [*now[name], *more] for name, more in flags.items()}}
        return borrowed_brian(self._device, self._plan.dtype, preferences)

    def _run(self, arguments: list[str]) -> None:
        """Run the program with other values of Brian2's variables, while Brian2 is borrowed."""
        with captured_output() as printed:
            try:
                self._device.run(run_args=arguments, with_output=False)
            except RuntimeError as error:
                raise SimulationError(
                    f"the compiled program failed: {printed().strip()}"
                ) from error

    def run(
        self,
        values: Values,
        show: Show,
        n_common: int,
        progress: Progress,
        traces: bool = True,
        to_the_end: bool = True,
    ) -> Run:
        """Show the lead and all of a stimulus; see `RuntimeProgram.run`.

        A program runs to the end and records, whether that is wanted or not.
        """
        if os.getpid() != self._process:
            raise SimulationError(
                "the program was compiled by another process, with which this one shares its files:"
                " call nfs.compile in each process."
            )
        n_lead = self._plan.n_lead
        with borrowed_brian(self._device, self._plan.dtype), _told_as_ours():
            every = {**values, **show(n_lead, 0, None)}
            self._run([self._argument(k, *item) for k, item in enumerate(every.items())])
            run = _collect(self._model)
        progress(n_lead + self._plan.n_frames)
        seen = run.voltage[n_lead - self._plan.n_watched : n_lead]
        return evolve(run, voltage=run.voltage[n_lead:], lead=watched(seen) if n_lead else None)

    def _argument(self, number: int, name: str, value: np.ndarray) -> str:
        """Write a value for the program to read, and return the argument that tells it to.

        Brian2 would do this too, but names the files by their content, so that each run adds some.
        """
        owner = self._model.owner(name)
        variable = owner.variables[name]
        if not variable.dynamic and variable.size != len(
            value
        ):  # the program would say so, and go on without it
            raise SimulationError(f"{name} has {len(value)} values, not {variable.size}.")
        file = f"values/{number}"
        np.ascontiguousarray(value, variable.dtype).tofile(Path(self._folder.name) / file)
        return f"{owner.name}.{name}={file}"

    def close(self) -> None:
        """Remove the program and its results from the disk; a forked process leaves them."""
        if os.getpid() == self._process:
            self._folder.cleanup()
        else:
            self._folder._finalizer.detach()


def _ticking(clock: Clock) -> Callable[[], None]:
    """Return what advances a clock by a step, as `Clock.advance` does.

    That finds its variables anew for each step, which takes as long as to run a small network.
    """
    step, time = (clock.variables[name].get_value() for name in ("timestep", "t"))
    time_step = clock.dt_

    def tick() -> None:
        step[0] += 1
        time[0] = step[0] * time_step

    return tick


def _collect(model: Model, traces: bool = True) -> Run:
    neurons, screen = model.cells.neurons, model.screen
    runaway_time = np.asarray(neurons.runaway_time_)
    return Run(
        voltage=np.array(model.recorder.voltage_).T if traces else None,
        runaway_time=runaway_time.astype(float) if runaway_time.any() else None,
        sums=np.array(neurons.state("_sums")[:]) if "_sums" in neurons.variables else None,
        out_of_range="_wrong" in screen.variables and bool(np.any(screen.state("_wrong")[:])),
    )


def first_times(
    before: np.ndarray | None, after: np.ndarray | None, time_before: float
) -> np.ndarray | None:
    """Return when voltages first ran away, in a run or in the one that went on from it."""
    if after is None:
        return before
    after = np.where(after > 0, after + time_before, 0)
    return after if before is None else np.where(before > 0, before, after)


@contextmanager
def _told_as_ours() -> Iterator[None]:
    """Turn what Brian2 or the compiler raise into one error of ours that says where to look."""
    try:
        yield
    except SimulationError:
        raise
    except (BrianObjectException, RuntimeError, OSError) as error:
        causes = list(causes_of(error))
        if isinstance(causes[0], SimulationError):
            raise causes[0] from error
        cause = error.__cause__ or error
        raise SimulationError(
            f"Brian2 could not build or run the network: {type(cause).__name__}: {cause}. If you"
            " wrote the dynamics, look at their equations; else `neuroflysim doctor` checks the"
            " compiler."
        ) from error
