"""Where a model runs: in this process (runtime), or as a compiled program (cpp_standalone)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator

import numpy as np
from attrs import evolve, field, frozen
from brian2 import second
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice
from brian2.devices.device import runtime_device

from neuroflysim.errors import SimulationError
from neuroflysim.simulation.brian_state import borrowed_brian
from neuroflysim.simulation.model import Model, as_quantity

Values = dict[str, np.ndarray]


@frozen
class Run:
    """What one run gave."""

    voltage: np.ndarray = field(repr=False)  #: shape (time, recorded neuron)
    state: dict[str, np.ndarray] = field(repr=False)  #: by variable, at the end, shape (neuron,)
    runaway_time: np.ndarray = field(repr=False)  #: seconds, shape (neuron,); 0 is never


@frozen
class Plan:
    """What a program is built for."""

    build: Callable[[int], Model] = field(repr=False)  #: takes the number of frames of a run
    time_step: float  #: seconds
    dtype: np.dtype
    n_lead: int  #: frames shown before each condition, not recorded
    n_frames: int  #: frames of a condition


class RuntimeProgram:
    """Runs in this process; Brian2 compiles the inner loops with Cython where it can."""

    def __init__(self, plan: Plan):
        self._plan = plan
        with borrowed_brian(runtime_device, plan.dtype):
            self._model = plan.build(plan.n_frames)
            self._model.brian_network.store("built")

    def respond(
        self, parameters: Values, state: Values, lead: np.ndarray, conditions: np.ndarray
    ) -> Iterator[Run]:
        """Run each condition, from the state that the lead leads to.

        Parameters
        ----------
        parameters, state : dict of str to ndarray
            Values by neuron or by pair.
        lead : ndarray, shape (lead time, column)
        conditions : ndarray, shape (condition, time, column)
        """
        if len(lead):
            state = self._run(parameters, state, lead).state
        for frames in conditions:
            yield self._run(parameters, state, frames)

    def close(self) -> None:
        """Do nothing: a program in this process leaves nothing on disk."""

    def _run(self, parameters: Values, state: Values, frames: np.ndarray) -> Run:
        model, shown = self._model, self._model.shown.values
        with borrowed_brian(runtime_device, self._plan.dtype):
            model.brian_network.restore("built")
            for name, value in {**parameters, **state}.items():
                owner = model.synapses if name == "weight" else model.neurons
                setattr(owner, name, as_quantity(name, value))
            # Brian2's compiled code reads this array where it lies, and stays with its last frame
            # when a run is longer. A lead may be: all its frames are the same.
            n_fitting = min(len(frames), len(shown))
            shown[:n_fitting], shown[n_fitting:] = frames[:n_fitting], frames[-1]
            model.brian_network.run(len(frames) * self._plan.time_step * second, namespace={})
            return _collect(model)


class StandaloneProgram:
    """Runs as a C++ program that Brian2 writes and compiles once, in a temporary folder.

    How long a run is gets compiled in. So the lead is shown anew before each condition.
    """

    def __init__(self, plan: Plan):
        self._plan, self._device = plan, CPPStandaloneDevice()
        self._folder = tempfile.TemporaryDirectory(prefix="neuroflysim-")
        n_frames = plan.n_lead + plan.n_frames
        try:
            with borrowed_brian(self._device, plan.dtype):
                self._model = plan.build(n_frames)
                self._model.brian_network.run(n_frames * plan.time_step * second, namespace={})
                self._device.build(directory=self._folder.name, run=False, with_output=False)
        except (RuntimeError, OSError) as error:
            self.close()
            raise SimulationError(
                f"the C++ program could not be compiled ({error});"
                " `neuroflysim doctor` checks the compiler."
            ) from error

    def respond(
        self, parameters: Values, state: Values, lead: np.ndarray, conditions: np.ndarray
    ) -> Iterator[Run]:
        """Run each condition after the lead; see `RuntimeProgram.respond`."""
        model = self._model
        arguments = {}
        for name, value in {**parameters, **state}.items():
            owner = model.synapses if name == "weight" else model.neurons
            arguments[getattr(owner, name)] = as_quantity(name, value)
        for frames in conditions:
            with borrowed_brian(self._device, self._plan.dtype):
                shown = {model.shown: np.concatenate([lead, frames])}
                self._device.run(run_args={**arguments, **shown}, with_output=False)
                run = _collect(model)
            yield evolve(run, voltage=run.voltage[len(lead) :])

    def close(self) -> None:
        """Remove the program and its results from the disk."""
        self._folder.cleanup()


PROGRAMS = {"runtime": RuntimeProgram, "cpp_standalone": StandaloneProgram}


def _collect(model: Model) -> Run:
    return Run(
        voltage=np.array(model.recorder.voltage).T,
        state={name: np.array(getattr(model.neurons, name)) for name in model.state_variables},
        runaway_time=np.array(model.neurons.runaway_time),
    )
