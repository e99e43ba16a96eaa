"""What keeps cells at a voltage at grey: the resting potential that a dynamics needs for it.

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

from neuroflysim.connectome import Connectome
from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.dynamics.dependence import leaves
from neuroflysim.dynamics.given import CURRENT, ELECTRICAL
from neuroflysim.dynamics.inside import type_constants
from neuroflysim.expressions import in_numpy, names_used
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.starts import type_counts
from neuroflysim.simulation.grey import GREY

#: Where no resting potential keeps a cell at its voltage, such as a root of a negative number: with
#: this one it runs away, and a fit looks elsewhere.
IMPOSSIBLE = 1e9

#: A voltage at grey is found when the resting potential that it needs is that of the model, to
#: this; and how many steps of Newton's method it may take.
TOLERANCE, MOST_STEPS = 1e-11, 100


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


class AtGrey:
    """Resting potentials of a dynamics from voltages at grey, far from the border, and back.

    The mean field: cells with a neighbour in every column get the mean input from strided types.
    Without noise, and with modulators at the levels that the dynamics tells.

    Parameters
    ----------
    connectome : Connectome
    dynamics : Dynamics
        One that `is_solvable`.
    """

    def __init__(self, connectome: Connectome, dynamics: Dynamics):
        self._connectome, self._dynamics = connectome, dynamics
        self._n_types = connectome.n_cell_types
        self._counts = type_counts(connectome).to_numpy()
        index = {name: k for k, name in enumerate(connectome.cell_types.index)}
        pairs = connectome.connections.index
        source, target = (pairs.get_level_values(k).map(index).to_numpy() for k in (0, 1))
        self._ends = target, source
        self._light = GREY * connectome.cell_types["photoreceptor"].to_numpy()
        self._equations = None if dynamics == GRADED else resting_equations(dynamics)
        self._goes = {name: each.connections(connectome) for name, each in dynamics.inputs.items()}
        same_for_all = {
            name: float(each)
            for name, each in dynamics.constants.items()
            if not isinstance(each, dict)
        }
        by_type = type_constants(dynamics, list(connectome.cell_types.index))
        self._constants = {**same_for_all, **by_type, **dynamics.modulators}

    @staticmethod
    def is_solvable(connectome: Connectome, dynamics: Dynamics) -> bool:
        """Whether there is a formula: not for every dynamics, nor with gap junctions.

        Parameters
        ----------
        connectome : Connectome
        dynamics : Dynamics
        """
        if dynamics.takes_electrical_input and len(connectome.electrical_offsets):
            return False
        return dynamics == GRADED or resting_equations(dynamics) is not None

    @property
    def depends_on(self) -> set[str]:
        """Tables of parameters on which the voltage at grey depends."""
        used = {"synapse_strength", "resting_potential"}
        if self._equations is not None:
            parsed = Equations(self._dynamics.equations)
            used |= self._equations.used | set().union(
                *(leaves(each, parsed) for each in self._dynamics.sources)
            )
        return used & {
            "time_constant", "resting_potential", "synapse_strength", *self._dynamics.parameters
        }  # fmt: skip

    def resting_potential(self, voltage: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """Return the resting potentials with which cells stay at these voltages at grey.

        Parameters
        ----------
        voltage : ndarray, shape (..., cell_type)
        vector : ndarray, shape (parameter,)
            All parameters, as `Parameters.to_vector` gives them; the resting potentials among them
            are not looked at.

        Returns
        -------
        ndarray, shape (..., cell_type)
            `IMPOSSIBLE` where none does.
        """
        found = self._given(vector)(voltage)
        if self._equations is None:  # of the published model always finite
            return found
        return np.where(np.isfinite(found), found, IMPOSSIBLE)

    def _given(self, vector: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
        """Return resting potentials as a function of voltages alone."""
        n_types, connectome = self._n_types, self._connectome
        strength = vector[2 * n_types : 2 * n_types + connectome.n_connections]
        weights = np.zeros_like(self._counts)
        weights[self._ends] = self._counts[self._ends] * strength
        equations = self._equations
        if equations is None:
            return lambda voltage: voltage - _sums(weights, voltage) - self._light
        own = vector[2 * n_types + connectome.n_connections :].reshape(-1, n_types)
        dynamics = self._dynamics
        values = {
            **self._constants,
            **dict(zip(dynamics.parameters, own, strict=True)),
            "time_constant": vector[:n_types],
            "luminance": self._light,
        }
        chosen = {}
        for name, goes in self._goes.items():
            ends = self._ends[0][goes], self._ends[1][goes]
            chosen[name] = np.zeros_like(weights)
            chosen[name][ends] = weights[ends]
        return lambda voltage: _evaluated(
            dynamics, equations, {**values, "voltage": voltage}, chosen
        )

    def voltage(self, parameters: Parameters) -> np.ndarray | None:
        """Return the voltage of each cell type at grey; None if none was found.

        Newton's method, from the resting potentials and from 0.5, the same for all cells.

        Parameters
        ----------
        parameters : Parameters

        Returns
        -------
        ndarray, shape (cell_type,), or None
        """
        needed = self._given(parameters.to_vector())
        wanted = parameters.resting_potential.to_numpy()
        for first in (wanted, np.full_like(wanted, 0.5)):
            found = _newton(lambda voltage: needed(voltage) - wanted, first)
            if found is not None:
                return found
        return None


def _evaluated(
    dynamics: Dynamics, equations: RestingEquations, known: dict, weights: dict
) -> np.ndarray:
    """Evaluate the solved equations: states, then what is passed on, then sums over it."""
    voltage = known["voltage"]
    for name, expression in equations.states.items():
        known[name] = _compiled(expression)(known)
    passed_on = {
        each: _compiled(_code_of(each, dynamics.equations))(known) for each in dynamics.sources
    }
    for name, each in dynamics.inputs.items():
        known[name] = np.broadcast_to(passed_on[each.of], voltage.shape) @ weights[name].T
    return np.broadcast_to(_compiled(equations.resting_potential)(known), voltage.shape)


@cache
def _compiled(expression: str) -> Callable:
    """Compile once what every candidate asks for."""
    return in_numpy(expression, "an expression at grey")


@cache
def _code_of(name: str, equations: str) -> str:
    """Return a variable that cells pass on as an expression of states and parameters."""
    parsed = Equations(equations)
    substituted = dict(parsed.get_substituted_expressions(include_subexpressions=True))
    return name if name in parsed.diff_eq_names else substituted[name].code


def _sums(weights: np.ndarray, voltage: np.ndarray) -> np.ndarray:
    """Return the sums over inputs of the published model."""
    if voltage.ndim == 1:
        return weights @ np.maximum(voltage, 0)  # these bits are those of the fits in the box
    return np.maximum(voltage, 0) @ weights.T


def _newton(residual: Callable[[np.ndarray], np.ndarray], first: np.ndarray) -> np.ndarray | None:
    """Solve for a zero, with slopes from small differences, all of them at once."""
    voltage, step = first.copy(), 1e-6
    for _ in range(MOST_STEPS):
        off = residual(voltage)
        size = np.abs(off).max()
        if not np.isfinite(size):
            return None
        if size <= TOLERANCE * max(1.0, np.abs(voltage).max()):
            return voltage
        slopes = (residual(voltage + step * np.eye(len(voltage))) - off).T / step
        try:
            move = np.linalg.solve(slopes, off)
        except np.linalg.LinAlgError:
            return None
        for part in 0.5 ** np.arange(12):
            trial = voltage - part * move
            if np.abs(residual(trial)).max() < size:
                break
        voltage = trial
    return None
