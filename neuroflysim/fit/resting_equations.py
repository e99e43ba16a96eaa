"""The equations of a cell at rest, solved.

At rest nothing changes. So all differential equations of a cell, with 0 on their left, are solved:
first for its state variables other than the voltage, then for the resting potential.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import sympy
from attrs import frozen
from brian2 import Equations
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from sympy.matrices.exceptions import MatrixError
from sympy.solvers.solveset import NonlinearError

from neuroflysim.dynamics import Dynamics
from neuroflysim.dynamics.dependence import leaves
from neuroflysim.dynamics.given import CURRENT, ELECTRICAL
from neuroflysim.expressions import in_numpy, names_used
from neuroflysim.simulation.adjoint.derivative import derivative, parsed


@frozen
class RestingEquations:
    """The equations of a cell at rest, solved: expressions in Brian2's words, to be sent around."""

    states: dict[str, str]  #: those beside the voltage of which something is passed on
    resting_potential: str

    @property
    def used(self) -> set[str]:
        """Names in the expressions."""
        return set().union(*map(names_used, [*self.states.values(), self.resting_potential]))


def resting_equations(dynamics: Dynamics) -> RestingEquations | None:
    """Solve the equations of a cell at rest; None where they have no solution in these steps.

    They have one if the slow variables and the resting potential stand in them linearly, the latter
    at all voltages, and if what a cell passes on depends on no sum over inputs.

    Parameters
    ----------
    dynamics : Dynamics

    Examples
    --------
    >>> from neuroflysim.dynamics import checked_dynamics
    >>> found = resting_equations(checked_dynamics("adapting"))
    >>> found.resting_potential
    'adaptation_strength*voltage - luminance - synaptic_input + voltage'
    """
    return _solved(dynamics.equations, tuple(dynamics.inputs), dynamics.sources)


@cache
def _solved(
    equations: str, sums: tuple[str, ...], sources: tuple[str, ...]
) -> RestingEquations | None:
    parsed = Equations(equations)
    nothing: dict = {_symbol(name): 0 for name in (CURRENT, ELECTRICAL)}
    nothing |= {_symbol(name): 0 for name in parsed.stochastic_variables}
    right = {
        name: str_to_sympy(expression.code).subs(nothing)
        for name, expression in parsed.get_substituted_expressions()
    }
    slow = [_symbol(name) for name in right if name != "voltage"]
    resting = _symbol("resting_potential")
    try:
        matrix, known = sympy.linear_eq_to_matrix([right[s.name] for s in slow], slow)
        values = list(matrix.LUsolve(known)) if slow else []
        at_rest = right["voltage"].subs(dict(zip(slow, values, strict=True)))
        ((factor,),), others = _rows(sympy.linear_eq_to_matrix([at_rest], [resting]))
    except (NonlinearError, MatrixError, ValueError, ZeroDivisionError):
        return None
    numerator = sympy.fraction(sympy.together(factor))[0]
    if factor == 0 or numerator.free_symbols & {_symbol(name) for name in ("voltage", *sums)}:
        return None  # at some voltages the resting potential would have no effect
    states = {s.name: value for s, value in zip(slow, values, strict=True)}
    needed = {name for each in sources for name in leaves(each, parsed)}
    own = {name: states[name] for name in needed & set(states)}
    used = needed | {symbol.name for value in own.values() for symbol in value.free_symbols}
    if used & {*sums, "resting_potential", *parsed.stochastic_variables, CURRENT, ELECTRICAL}:
        return None
    solution = sympy.simplify(others[0][0] / factor)
    try:
        said = {name: sympy_to_str(value) for name, value in own.items()}
        found = RestingEquations(said, sympy_to_str(solution))
        for expression in (*said.values(), found.resting_potential):
            _compiled(expression)
    except (SyntaxError, ValueError, TypeError, NotImplementedError):
        return None  # sympy writes some functions in words that Brian2 does not know
    return None if "dt" in found.used else found


def _symbol(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, real=True)


def _rows(both: tuple) -> tuple[list, list]:
    return both[0].tolist(), both[1].tolist()


def evaluated(
    dynamics: Dynamics, equations: RestingEquations, known: dict, weights: dict
) -> np.ndarray:
    """Return resting potentials, and write all else that equations tell at rest beside `known`.

    Parameters
    ----------
    dynamics : Dynamics
    equations : RestingEquations
    known : dict
        Voltages, shape (..., cell_type), and all else that equations use, but sums.
    weights : dict of str to ndarray, shape (target, source)
        Of each sum.
    """
    voltage = known["voltage"]
    for name, expression in equations.states.items():
        known[name] = _compiled(expression)(known)
    passed_on = {
        each: _compiled(code_of(each, dynamics.equations))(known) for each in dynamics.sources
    }
    for name, each in dynamics.inputs.items():
        known[name] = np.broadcast_to(passed_on[each.of], voltage.shape) @ weights[name].T
    return np.broadcast_to(_compiled(equations.resting_potential)(known), voltage.shape)


def resting_slopes(
    dynamics: Dynamics,
    equations: RestingEquations,
    known: dict,
    weights: dict,
    of_resting: np.ndarray,
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return derivatives by what is known and by weights, given those by resting potentials.

    The way back of `evaluated`, step by step. What is not finite counts as 0.

    Parameters
    ----------
    dynamics, equations, known, weights
        See `evaluated`; voltages have the shape (cell_type,).
    of_resting : ndarray, shape (cell_type,)

    Returns
    -------
    dict of str to ndarray, shape (cell_type,)
        By the names of what is known.
    dict of str to ndarray, shape (target, source)
        By the names of sums.
    """
    evaluated(dynamics, equations, known, weights)
    found: dict[str, np.ndarray] = {}
    shape = known["voltage"].shape

    def go_through(expression: str, of_value: np.ndarray) -> None:
        for name in names_used(expression) & set(known):
            slope = np.broadcast_to(_slope(expression, name)(known), shape)
            slope = np.where(np.isfinite(slope), slope, 0.0)
            found[name] = found.get(name, 0.0) + slope * of_value

    go_through(equations.resting_potential, of_resting)
    of_weights, of_passed_on = {}, {}
    for name, each in dynamics.inputs.items():
        of_sum = found.pop(name, np.zeros(shape))
        code = code_of(each.of, dynamics.equations)
        of_weights[name] = np.outer(of_sum, np.broadcast_to(_compiled(code)(known), shape))
        of_passed_on[code] = of_passed_on.get(code, 0.0) + weights[name].T @ of_sum
    for code, of_value in of_passed_on.items():
        go_through(code, of_value)
    for name, expression in equations.states.items():
        if name in found:
            go_through(expression, found.pop(name))
    return found, of_weights


@cache
def _slope(expression: str, name: str) -> Callable:
    """Compile the derivative of an expression by one of its names."""
    symbol = next((s for s in parsed(expression).free_symbols if s.name == name), None)
    slope = "0" if symbol is None else sympy_to_str(derivative(parsed(expression), symbol))
    return _compiled(slope)


@cache
def _compiled(expression: str) -> Callable:
    """Compile once what every candidate asks for."""
    return in_numpy(expression, "an expression at grey")


@cache
def code_of(name: str, equations: str) -> str:
    """Return a variable that cells pass on as an expression of states and parameters.

    Parameters
    ----------
    name : str
    equations : str

    Examples
    --------
    >>> from neuroflysim.dynamics import GRADED
    >>> code_of("output", GRADED.equations)
    'voltage*int(voltage > 0)'
    """
    parsed = Equations(equations)
    substituted = dict(parsed.get_substituted_expressions(include_subexpressions=True))
    return name if name in parsed.diff_eq_names else substituted[name].code
