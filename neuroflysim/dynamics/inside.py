"""The equations of a cell as they stand in generated code, where names of ours stand beside them.

Every name that a user chose gets a suffix there that no name of ours has. So none can meet one of
the simulation, of a perturbation, of Brian2's groups, or of a language that code is generated in.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from brian2 import Equations
from brian2.equations.codestrings import Expression
from brian2.equations.equations import PARAMETER, SingleEquation

from neuroflysim.dynamics.constants_by_type import by_cell_type
from neuroflysim.dynamics.dynamics import Dynamics
from neuroflysim.dynamics.given import BY_TYPE, CURRENT, ELECTRICAL, SYNAPTIC_INPUT
from neuroflysim.dynamics.synaptic_sum import SynapticSum

#: What follows a name that a user chose.
SUFFIX = "_of_cell"

#: The names that equations and the simulation share.
OWN_NAMES = {"voltage", "output", SYNAPTIC_INPUT}


#: What comes through gap junctions: the sum of conductance * voltage over the cells that they lead
#: to, and the sum of the conductances. Cells at a border have fewer partners, so each has its own.
GAP_JUNCTIONS = "gap_junction_conductance : 1"
THROUGH_GAP_JUNCTIONS = "(gap_junction_sum - gap_junction_conductance*voltage)"


def cell_equations(
    dynamics: Dynamics, with_current: bool = False, with_gap_junctions: bool = False
) -> Equations:
    """Return the equations with names of their own.

    Parameters
    ----------
    dynamics : Dynamics
    with_current : bool
        Whether cells have electrodes. Their current adds to the synaptic input, unless the
        equations say themselves where it goes.
    with_gap_junctions : bool
        Whether there are any. Without them, their current is 0.
    """
    noises = {name: noise_variable(k) for k, name in enumerate(dynamics.noises)}
    renamed = _renamed(dynamics) | noises
    renamed[ELECTRICAL] = THROUGH_GAP_JUNCTIONS if with_gap_junctions else "0"
    if CURRENT in Equations(dynamics.equations).identifiers:
        renamed |= {} if with_current else {CURRENT: "0"}
    elif with_current:
        renamed |= {SYNAPTIC_INPUT: f"({SYNAPTIC_INPUT} + {CURRENT})"}
    return Equations(
        [
            SingleEquation(
                equation.type,
                renamed.get(equation.varname, equation.varname),
                equation.dim,
                var_type=equation.var_type,
                expr=Expression(_written(equation.expr.code, renamed)),
                flags=equation.flags,
            )
            for equation in Equations(dynamics.equations).values()
        ]
    )


def noise_variable(number: int) -> str:
    """Return the variable that stands for a noise: its value in a step, times no square root.

    Parameters
    ----------
    number : int
        In the order of `Dynamics.noises`.
    """
    return f"_noise_{number}"


def cell_constants(dynamics: Dynamics) -> dict:
    """Return the constants with names of their own.

    Parameters
    ----------
    dynamics : Dynamics
    """
    renamed = _renamed(dynamics)
    constants = dynamics.constants.items()
    return {renamed[name]: value for name, value in constants if not isinstance(value, dict)}


def by_type_names(dynamics: Dynamics) -> dict[str, str]:
    """Return, for each name of what cells have by cell type, the one that stands in generated code.

    First those of the published model, then declared parameters, then constants by cell type, then
    modulators, which are the same for all types.

    Parameters
    ----------
    dynamics : Dynamics

    Examples
    --------
    >>> from neuroflysim.dynamics import GRADED
    >>> by_type_names(GRADED)
    {'time_constant': 'time_constant', 'resting_potential': 'resting_potential'}
    """
    tables = [name for name, value in dynamics.constants.items() if isinstance(value, dict)]
    own = {name: name + SUFFIX for name in (*dynamics.parameters, *tables, *dynamics.modulators)}
    return {**{name: name for name in BY_TYPE}, **own}


def type_constants(dynamics: Dynamics, cell_types: Sequence[str]) -> dict[str, np.ndarray]:
    """Return the constants by cell type in the order of a connectome, in SI units.

    Parameters
    ----------
    dynamics : Dynamics
    cell_types : sequence of str

    Raises
    ------
    InvalidValueError
        If one does not fit the connectome; says which, and what is missing or unknown.
    """
    return {
        name: by_cell_type(f"dynamics {dynamics.name}: the constant {name!r}", value, cell_types)
        for name, value in dynamics.constants.items()
        if isinstance(value, dict)
    }


def by_type_equations(dynamics: Dynamics, flags: tuple[str, ...] = ()) -> Equations:
    """Return declarations of what a dynamics has by cell type beside the published parameters.

    Parameters
    ----------
    dynamics : Dynamics
    flags : tuple of str
        Of Brian2: ("constant",).
    """
    return Equations(
        [
            SingleEquation(PARAMETER, inside, dynamics.own_dimensions[name], flags=list(flags))
            for name, inside in by_type_names(dynamics).items()
            if name not in BY_TYPE
        ]
    )


def cell_states(dynamics: Dynamics) -> set[str]:
    """Return the state variables with names of their own.

    Parameters
    ----------
    dynamics : Dynamics

    Examples
    --------
    >>> from neuroflysim.dynamics import GRADED
    >>> cell_states(GRADED)
    {'voltage'}
    """
    renamed = _renamed(dynamics)
    return {renamed.get(name, name) for name in dynamics.state_variables}


def inside_name(dynamics: Dynamics, name: str) -> str:
    """Return what stands in generated code for a name of the equations.

    Parameters
    ----------
    dynamics : Dynamics
    name : str
    """
    return _renamed(dynamics).get(name, name)


def cell_sources(dynamics: Dynamics) -> list[str]:
    """Return the variables that cells pass on, the output first, with names of their own.

    Parameters
    ----------
    dynamics : Dynamics
    """
    renamed = _renamed(dynamics)
    return [renamed.get(name, name) for name in dynamics.sources]


def cell_sums(dynamics: Dynamics) -> dict[str, SynapticSum]:
    """Return the sums over inputs by names of their own.

    Parameters
    ----------
    dynamics : Dynamics
    """
    renamed = _renamed(dynamics)
    return {renamed.get(name, name): each for name, each in dynamics.inputs.items()}


def _renamed(dynamics: Dynamics) -> dict[str, str]:
    own = {*dynamics.constants, *dynamics.parameters, *dynamics.inputs, *dynamics.modulators}
    chosen = {*Equations(dynamics.equations).names, *own}
    return {name: name + SUFFIX for name in chosen - OWN_NAMES}


def _written(code: str, renamed: dict[str, str]) -> str:
    """Return code with other names, all at once: what is written is not looked at again."""
    return re.sub(r"\b[A-Za-z_]\w*\b", lambda word: renamed.get(word[0], word[0]), code)
