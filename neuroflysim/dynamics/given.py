"""The names that the simulation gives to the equations of a cell, and those that it cannot give."""

from __future__ import annotations

from brian2 import get_dimensions, second
from brian2.units.fundamentalunits import DIMENSIONLESS

#: What the engine gives to every neuron, beside the sums over its inputs, for the equations to use.
GIVEN = """
    luminance : 1                            # of the neuron's column; 0 if no photoreceptor
    time_constant : second (constant)        # by cell type
    resting_potential : 1 (constant)         # by cell type
"""

#: Parameters of the published model that neurons have by cell type.
BY_TYPE = {"time_constant": get_dimensions(second), "resting_potential": DIMENSIONLESS}

#: The sum that a dynamics has if it declares no others, and to which an electrode adds its current.
SYNAPTIC_INPUT = "synaptic_input"

#: What equations may use to say themselves where the current of an electrode goes.
CURRENT = "injected_current"

#: The current through gap junctions: the sum of conductance * (voltage of the other - own voltage).
ELECTRICAL = "electrical_input"

ONLY_XI = (
    "a simulation gives the same voltages each time, whatever it is computed with; for noise write"
    " xi, Gaussian white noise with the unit second**-0.5, in a term like sigma*xi"
)

#: What Brian2 knows, and why the equations of a cell cannot use it here.
NOT_FOR_CELLS = {
    "t_in_timesteps": "the time of a program begins at different steps on different devices; let"
    " the stimulus or a state variable depend on time",
    "t": "the time of a program begins at different steps on different devices; let the stimulus or"
    " a state variable depend on time",
    "i": "numbers of neurons count candidates and conditions, too",
    "N": "the number of neurons counts candidates and conditions, too",
    "rand": ONLY_XI,
    "randn": ONLY_XI,
    "poisson": ONLY_XI,
}
