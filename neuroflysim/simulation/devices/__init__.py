"""Where a model runs: in this process, or as a compiled program, on processors or on a GPU."""

from neuroflysim.simulation.devices.contract import Device, Plan, Progress, Show, Values
from neuroflysim.simulation.devices.outcome import Run, first_times

__all__ = ["Device", "Plan", "Progress", "Run", "Show", "Values", "first_times"]
