"""Equations of model neurons: one file for each set of Brian2 equations."""

from neuroflysim.dynamics.conductance import CONDUCTANCE
from neuroflysim.dynamics.dynamics import Dynamics
from neuroflysim.dynamics.graded import GRADED
from neuroflysim.dynamics.inside import (
    cell_constants,
    cell_equations,
    cell_sources,
    cell_states,
    cell_sums,
    noise_variable,
)
from neuroflysim.dynamics.noisy import NOISY
from neuroflysim.dynamics.synaptic_sum import SynapticSum

__all__ = [
    "CONDUCTANCE",
    "GRADED",
    "NOISY",
    "Dynamics",
    "SynapticSum",
    "cell_constants",
    "cell_equations",
    "cell_sources",
    "cell_states",
    "cell_sums",
    "noise_variable",
]
