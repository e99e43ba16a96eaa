"""Running as a C++ program that Brian2 writes and compiles."""

from __future__ import annotations

import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path
from typing import cast

import numpy as np
from attrs import evolve
from brian2 import prefs, second
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice

from neuroflysim.errors import SimulationError
from neuroflysim.simulation.brian_state import (
    COMPILE_FLAGS,
    LINK_FLAGS,
    borrowed_brian,
    flags_for_processor,
)
from neuroflysim.simulation.build_trouble import told_as_ours
from neuroflysim.simulation.captured import captured_output
from neuroflysim.simulation.compiling import checked_flags
from neuroflysim.simulation.devices.contract import Plan, Progress, Show, Values
from neuroflysim.simulation.devices.one_source import OneSource
from neuroflysim.simulation.devices.outcome import Run, collect
from neuroflysim.simulation.settling import watched


class _OneSourceDevice(OneSource, CPPStandaloneDevice):
    """Hands the C++ compiler one source file."""


class StandaloneProgram:
    """Runs as a C++ program that Brian2 writes and compiles once, in a temporary folder.

    How long a run is gets compiled in. So the lead is shown anew before each stimulus.
    """

    goes_on = False
    large_runs = False

    def __init__(self, plan: Plan):
        self._plan, self._process = plan, os.getpid()
        self._folder = tempfile.TemporaryDirectory(prefix="neuroflysim-")
        n_steps = plan.n_lead + plan.n_frames
        try:
            self._device = self._make_device(Path(self._folder.name))
            with self._building(), told_as_ours():
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
        n_frames: int | None = None,
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
        with borrowed_brian(self._device, self._plan.dtype), told_as_ours():
            every = {**values, **show(n_lead, 0, None)}
            self._run([self._argument(k, *item) for k, item in enumerate(every.items())])
            run = collect(self._model)
        progress(n_lead + self._plan.n_frames)
        recorded = cast(dict, run.traces)  # a program always records
        seen = recorded["voltage"][n_lead - self._plan.n_watched : n_lead]
        shown = {name: values[n_lead:] for name, values in recorded.items()}
        return evolve(run, traces=shown, lead=watched(seen) if n_lead else None)

    def _argument(self, number: int, name: str, value: np.ndarray) -> str:
        """Write a value for the program to read, and return the argument that tells it to.

        Brian2 would do this too, but names the files by their content, so that each run adds some.
        """
        owner = self._model.owner(name)
        variable = owner.variables[name]
        # The program would say so, and go on without it.
        if not variable.dynamic and variable.size != len(value):
            raise SimulationError(f"{name} has {len(value)} values, not {variable.size}.")
        file = f"values/{number}"
        np.ascontiguousarray(value, variable.dtype).tofile(Path(self._folder.name) / file)
        return f"{owner.name}.{name}={file}"

    def close(self) -> None:
        """Remove the program and its results from the disk; a forked process leaves them."""
        if os.getpid() == self._process:
            self._folder.cleanup()
        else:
            self._folder._finalizer.detach()  # pyright: ignore[reportAttributeAccessIssue]  (private)
