"""Running in this process: the network is stepped from Python."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from attrs import evolve
from brian2 import BrianObject, second
from brian2.core.variables import Variable
from brian2.devices.device import runtime_device

from neuroflysim.simulation.brian_state import borrowed_brian, one_at_a_time
from neuroflysim.simulation.build_trouble import told_as_ours
from neuroflysim.simulation.compiling import compiling
from neuroflysim.simulation.devices.contract import Plan, Progress, Show, Values
from neuroflysim.simulation.devices.outcome import Run, collect, first_times
from neuroflysim.simulation.display import FOR_EVER
from neuroflysim.simulation.model import Model
from neuroflysim.simulation.settling import Watch

#: Bytes of a line of the cache, and of the widest vectors.
LINE = 64

#: Steps after which a run reports and looks for runaway activity.
STEPS_BETWEEN_CHECKS = 50


class RuntimeProgram:
    """Runs in this process; Brian2 compiles the inner loops with Cython where it can.

    `brian2.Network.run` prepares all objects anew at each call, which takes longer than a short
    stimulus. So they are prepared once, and stepped here in the order that Brian2 gave them.
    """

    goes_on = True
    large_runs = False

    def __init__(self, plan: Plan):
        self._plan = plan
        with (
            borrowed_brian(runtime_device, plan.dtype),
            told_as_ours(),
            compiling(plan.needs_compiler),
        ):
            self._model = plan.build(plan.n_rows)
            _put_on_lines(self._model)
            self._model.brian_network.run(0 * second, namespace={})  # prepares the objects
            self._objects = [
                obj
                for obj in self._model.brian_network.sorted_objects
                if obj.active and (obj.code_objects or type(obj).run is not BrianObject.run)
                if obj is not self._model.cells.backward
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
            values = {**values, **self.state()}
        if n_common and (away is None or to_the_end):
            shown = {**values, **show(0, 0, n_common)}
            run = self._run(shown, n_common, progress, traces, to_the_end)
            away = first_times(away, run.runaway_time, n_lead * self._plan.time_step)
        return evolve(run, runaway_time=away, lead=moved), self.state()

    def run(
        self,
        values: Values,
        show: Show,
        n_common: int,
        progress: Progress,
        traces: bool = True,
        to_the_end: bool = False,
        n_frames: int | None = None,
    ) -> Run:
        """Show what follows the first frames, from the state that `begin` led to.

        Times are those since the run began, and thus since the end of the first frames.
        """
        shown = {**values, **show(-n_common, n_common, n_frames)}
        n_steps = (self._plan.n_frames if n_frames is None else n_frames) - n_common
        return self._run(shown, n_steps, progress, traces, to_the_end)

    def close(self) -> None:
        """Free the arrays.

        Brian2's objects refer to each other in circles: Python finds them some time later, and does
        not know how much memory hangs on them.
        """
        for brian_object in self._model.brian_network.objects:
            for code in brian_object.code_objects:
                code.namespace.clear()
        for variable in _variables(self._model):
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
        # Nothing of Brian2 that is global has a part in it: what was prepared is stepped.
        with one_at_a_time(), told_as_ours(), np.errstate(over="ignore"):
            tick = self._rewound()
            for name, value in values.items():
                # Compiled code reads these arrays where they lie. A lead needs not all rows.
                model.owner(name).variables[name].get_value()[: len(value)] = value
            for first in range(0, n_steps, STEPS_BETWEEN_CHECKS):
                some_steps = min(STEPS_BETWEEN_CHECKS, n_steps - first)
                for step in range(first, first + some_steps):
                    for brian_object in objects:
                        brian_object.run()
                    tick()
                    if watch is not None and step >= seen_from:
                        watch.see(model.recorded_voltage())
                progress(some_steps)
                if not to_the_end and np.any(runaway_time.get_value()):
                    break
            return collect(model, traces)

    def state(self) -> Values:
        """Return the state after the last run by variable, in the order of the neurons."""
        variables = self._model.cells.neurons.variables
        return {name: variables[name].get_value().copy() for name in self._model.state_variables}

    def _rewound(self) -> Callable[[], None]:
        """Go back to time 0 with nothing recorded, and return what advances the clock by a step.

        All other variables are set or follow. A clock of Brian2 finds its variables anew for each
        step, which takes as long as to run a small network.
        """
        model = self._model
        model.recorder.resize(0)
        model.cells.neurons.variables["runaway_time"].set_value(0.0)
        step, time = (model.clock.variables[name].get_value() for name in ("timestep", "t"))
        step[0], time[0] = 0, 0.0
        time_step = model.clock.dt_

        def tick() -> None:
            step[0] += 1
            time[0] = step[0] * time_step

        return tick


def _variables(model: Model) -> list[Variable]:
    """Return the variables of all groups of a model."""
    groups = model.brian_network.objects
    return [each for group in groups for each in getattr(group, "variables", {}).values()]


def _put_on_lines(model: Model) -> None:
    """Let arrays begin at a line of the cache, before compiled code learns where they lie.

    NumPy's begin anywhere, and a vector across two lines takes twice as long to load.
    """
    for variable in _variables(model):
        array = runtime_device.arrays.get(variable)
        if type(array) is np.ndarray and array.nbytes >= LINE and array.ctypes.data % LINE:
            room = np.empty(array.nbytes + LINE, dtype=np.uint8)
            first = -room.ctypes.data % LINE
            on_line = room[first : first + array.nbytes].view(array.dtype)
            on_line[:] = array
            runtime_device.arrays[variable] = on_line
