"""Where a model runs: in this process (runtime), or as a compiled program (cpp_standalone)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
from attrs import evolve, field, frozen
from brian2 import BrianObjectException, Quantity, second
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import runtime_device

from neuroflysim.errors import SimulationError
from neuroflysim.simulation.brian_state import borrowed_brian
from neuroflysim.simulation.model import Model

#: Steps after which a run in this process reports and looks for runaway activity.
STEPS_BETWEEN_CHECKS = 50

Values = dict[str, np.ndarray]
Progress = Callable[[int], None]


@frozen
class Run:
    """What one run gave."""

    voltage: np.ndarray = field(repr=False)  #: shape (time, recorded), in the order recorded
    state: Values = field(repr=False)  #: by variable, at the end, in the order of the neurons
    runaway_time: np.ndarray = field(repr=False)  #: s since the run began, lead included; 0: never


@frozen
class Plan:
    """What a program is built for."""

    build: Callable[[int], Model] = field(repr=False)  #: takes the number of frames of a run
    time_step: float  #: seconds
    dtype: np.dtype
    n_lead: int  #: frames shown before each stimulus, not recorded; all of them the same
    n_frames: int  #: frames of a stimulus


class RuntimeProgram:
    """Runs in this process; Brian2 compiles the inner loops with Cython where it can.

    `brian2.Network.run` prepares all objects anew at each call, which takes longer than a short
    stimulus. So they are prepared once, and stepped here in the order that Brian2 gave them.
    """

    def __init__(self, plan: Plan):
        self._plan = plan
        with borrowed_brian(runtime_device, plan.dtype), _told_as_ours():
            self._model = plan.build(plan.n_frames)
            self._model.brian_network.run(0 * second, namespace={})  # prepares the objects
            self._objects = [obj for obj in self._model.brian_network.sorted_objects if obj.active]

    def respond(
        self,
        values: Values,
        lead: np.ndarray,
        stimuli: Iterable[np.ndarray],
        progress: Progress,
    ) -> Iterator[Run]:
        """Run each stimulus, from the state that the lead leads to.

        Parameters
        ----------
        values : dict of str to ndarray
            Parameters and state, in the order of the neurons or of their weights.
        lead : ndarray, shape (lead time, pixel)
        stimuli : iterable of ndarray, shape (time, pixel)
        progress : callable
            Told how many steps were made.
        """
        if not len(lead):
            for frames in stimuli:
                yield self._run(values, frames, progress)
            return
        settled = self._run(values, lead, progress)
        lead_time = len(lead) * self._plan.time_step
        for frames in stimuli:
            run = self._run({**values, **settled.state}, frames, progress)
            later = np.where(run.runaway_time > 0, run.runaway_time + lead_time, 0)
            first = np.where(settled.runaway_time > 0, settled.runaway_time, later)
            yield evolve(run, runaway_time=first)

    def n_steps(self, n_stimuli: int) -> int:
        """Return how many steps `respond` makes."""
        return self._plan.n_lead + n_stimuli * self._plan.n_frames

    def close(self) -> None:
        """Do nothing: a program in this process leaves nothing on disk."""

    def _run(self, values: Values, frames: np.ndarray, progress: Progress) -> Run:
        model, shown = self._model, self._model.shown.values
        with borrowed_brian(runtime_device, self._plan.dtype), _told_as_ours():
            self._rewind(len(frames))
            for name, value in values.items():
                model.owner(name).variables[name].set_value(value)
            # Brian2's compiled code reads this array where it lies, and stays with its last frame
            # when a run is longer. A lead may be: all its frames are the same.
            n_fitting = min(len(frames), len(shown))
            shown[:n_fitting], shown[n_fitting:] = frames[:n_fitting], frames[-1]
            for first in range(0, len(frames), STEPS_BETWEEN_CHECKS):
                n_steps = min(STEPS_BETWEEN_CHECKS, len(frames) - first)
                for _ in range(n_steps):
                    for brian_object in self._objects:
                        brian_object.run()
                    model.clock.advance()
                progress(n_steps)
                if np.any(model.neurons.variables["runaway_time"].get_value()):
                    break
            return _collect(model)

    def _rewind(self, n_steps: int) -> None:
        """Go back to time 0 with nothing recorded; all other variables are set or follow."""
        model = self._model
        model.clock.set_interval(0 * second, (n_steps + 1) * self._plan.time_step * second)
        model.recorder.resize(0)
        model.neurons.variables["runaway_time"].set_value(0.0)


class StandaloneProgram:
    """Runs as a C++ program that Brian2 writes and compiles once, in a temporary folder.

    How long a run is gets compiled in. So the lead is shown anew before each stimulus.
    """

    def __init__(self, plan: Plan):
        self._plan = plan
        self._folder = tempfile.TemporaryDirectory(prefix="neuroflysim-")
        n_frames = plan.n_lead + plan.n_frames
        try:
            self._device = self._make_device(Path(self._folder.name))
            with self._building(), _told_as_ours():
                self._model = plan.build(n_frames)
                self._model.brian_network.run(n_frames * plan.time_step * second, namespace={})
                self._device.build(directory=self._folder.name, run=False, with_output=False)
        except BaseException:
            self.close()
            raise

    def _make_device(self, folder: Path) -> CPPStandaloneDevice:
        """Return the Brian2 device of this program alone; `folder` is where it will be built."""
        return CPPStandaloneDevice()

    def _building(self) -> AbstractContextManager:
        """Return the state of Brian2 in which the program is written and compiled."""
        return borrowed_brian(self._device, self._plan.dtype)

    def _run(self, arguments: dict) -> None:
        """Run the program with other values of Brian2's variables, while Brian2 is borrowed."""
        self._device.run(run_args=arguments, with_output=False)

    def respond(
        self,
        values: Values,
        lead: np.ndarray,
        stimuli: Iterable[np.ndarray],
        progress: Progress,
    ) -> Iterator[Run]:
        """Run each stimulus after the lead; see `RuntimeProgram.respond`."""
        model = self._model
        for frames in stimuli:
            with borrowed_brian(self._device, self._plan.dtype), _told_as_ours():
                arguments = {model.shown: np.concatenate([lead, frames])}
                for name, value in values.items():
                    view = getattr(model.owner(name), name)
                    arguments[view] = Quantity(value, dim=view.dim)
                self._run(arguments)
                run = _collect(model)
            progress(len(lead) + len(frames))
            yield evolve(run, voltage=run.voltage[len(lead) :])

    def n_steps(self, n_stimuli: int) -> int:
        """Return how many steps `respond` makes."""
        return n_stimuli * (self._plan.n_lead + self._plan.n_frames)

    def close(self) -> None:
        """Remove the program and its results from the disk."""
        self._folder.cleanup()


def _collect(model: Model) -> Run:
    neurons = model.neurons
    return Run(
        voltage=np.array(model.recorder.voltage_).T,
        state={name: np.array(getattr(neurons, f"{name}_")) for name in model.state_variables},
        runaway_time=np.array(neurons.runaway_time_),
    )


@contextmanager
def _told_as_ours() -> Iterator[None]:
    """Turn what Brian2 or the compiler raise into one error of ours that says where to look."""
    try:
        yield
    except SimulationError:
        raise
    except (BrianObjectException, RuntimeError, OSError) as error:
        cause = error.__cause__ or error
        raise SimulationError(
            f"Brian2 could not build or run the network: {type(cause).__name__}: {cause}. If you"
            " wrote the dynamics, look at their equations; else `neuroflysim doctor` checks the"
            " compiler."
        ) from error
