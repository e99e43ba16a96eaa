"""The equations of a cell as they stand in generated code, where names of ours stand beside them.

Every name that a user chose gets a suffix there that no name of ours has. So none can meet one of
the simulation, of a perturbation, of Brian2's groups, or of a language that code is generated in.
"""

from __future__ import annotations

import re

from brian2 import Equations
from brian2.equations.codestrings import Expression
from brian2.equations.equations import SingleEquation

from neuroflysim.dynamics.dynamics import OWN_NAMES, Dynamics

#: What follows a name that a user chose.
SUFFIX = "_of_cell"

#: What adds to the input of a cell that has an electrode.
WITH_CURRENT = {"synaptic_input": "(synaptic_input + injected_current)"}


def cell_equations(dynamics: Dynamics, with_current: bool = False) -> Equations:
    """Return the equations with names of their own.

    Parameters
    ----------
    dynamics : Dynamics
    with_current : bool
        Whether ``injected_current`` adds to the synaptic input.
    """
    noises = {name: noise_variable(k) for k, name in enumerate(dynamics.noises)}
    renamed = _renamed(dynamics) | noises | (WITH_CURRENT if with_current else {})
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


def _renamed(dynamics: Dynamics) -> dict[str, str]:
    chosen = (Equations(dynamics.equations).names | set(dynamics.constants)) - OWN_NAMES
    return {name: name + SUFFIX for name in chosen}


def _written(code: str, renamed: dict[str, str]) -> str:
    """Return code with other names, all at once: what is written is not looked at again."""
    return re.sub(r"\b[A-Za-z_]\w*\b", lambda word: renamed.get(word[0], word[0]), code)
