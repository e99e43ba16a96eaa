"""The equations of a cell as they stand in generated code, where names of ours stand beside them.

Every name that a user chose gets a suffix there that no name of ours has. So none can meet one of
the simulation, of a perturbation, of Brian2's groups, or of a language that code is generated in.
"""

from __future__ import annotations

import re

from brian2 import Equations
from brian2.equations.codestrings import Expression
from brian2.equations.equations import SingleEquation

from neuroflysim.dynamics.dynamics import CURRENT, SYNAPTIC_INPUT, Dynamics
from neuroflysim.dynamics.synaptic_sum import SynapticSum

#: What follows a name that a user chose.
SUFFIX = "_of_cell"

#: The names that equations and the simulation share.
OWN_NAMES = {"voltage", "output", SYNAPTIC_INPUT}


def cell_equations(dynamics: Dynamics, with_current: bool = False) -> Equations:
    """Return the equations with names of their own.

    Parameters
    ----------
    dynamics : Dynamics
    with_current : bool
        Whether cells have electrodes. Their current adds to the synaptic input, unless the
        equations say themselves where it goes.
    """
    noises = {name: noise_variable(k) for k, name in enumerate(dynamics.noises)}
    renamed = _renamed(dynamics) | noises
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
    return {renamed[name]: value for name, value in dynamics.constants.items()}


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
    chosen = {*Equations(dynamics.equations).names, *dynamics.constants, *dynamics.inputs}
    return {name: name + SUFFIX for name in chosen - OWN_NAMES}


def _written(code: str, renamed: dict[str, str]) -> str:
    """Return code with other names, all at once: what is written is not looked at again."""
    return re.sub(r"\b[A-Za-z_]\w*\b", lambda word: renamed.get(word[0], word[0]), code)
