"""Equations of model neurons: one file for each set of Brian2 equations."""

from neuroflysim.dynamics.dynamics import Dynamics
from neuroflysim.dynamics.graded import GRADED
from neuroflysim.dynamics.inside import (
    cell_constants,
    cell_equations,
    cell_states,
    noise_variable,
)
from neuroflysim.dynamics.noisy import NOISY

__all__ = [
    "GRADED",
    "NOISY",
    "Dynamics",
    "cell_constants",
    "cell_equations",
    "cell_states",
    "noise_variable",
]
