"""Equations of model neurons: one file for each set of Brian2 equations.

A new file that defines one `Dynamics` is found by its name without being listed anywhere:
``dynamics="graded"`` stands for what ``graded.py`` defines.
"""

from neuroflysim.dynamics.conductance import CONDUCTANCE
from neuroflysim.dynamics.coupled import COUPLED
from neuroflysim.dynamics.dynamics import Dynamics, load_dynamics
from neuroflysim.dynamics.graded import GRADED
from neuroflysim.dynamics.initial import initial_states, names_of_initial
from neuroflysim.dynamics.inside import (
    GAP_JUNCTIONS,
    by_type_equations,
    by_type_names,
    cell_constants,
    cell_equations,
    cell_sources,
    cell_states,
    cell_sums,
    inside_name,
    noise_variable,
    type_constants,
)
from neuroflysim.dynamics.library import checked_dynamics
from neuroflysim.dynamics.noisy import NOISY
from neuroflysim.dynamics.synaptic_sum import SynapticSum
from neuroflysim.dynamics.type_parameters import Declaration, TypeParameter

__all__ = [
    "CONDUCTANCE",
    "COUPLED",
    "GAP_JUNCTIONS",
    "GRADED",
    "NOISY",
    "Declaration",
    "Dynamics",
    "SynapticSum",
    "TypeParameter",
    "by_type_equations",
    "by_type_names",
    "cell_constants",
    "cell_equations",
    "cell_sources",
    "cell_states",
    "cell_sums",
    "checked_dynamics",
    "initial_states",
    "inside_name",
    "load_dynamics",
    "names_of_initial",
    "noise_variable",
    "type_constants",
]
