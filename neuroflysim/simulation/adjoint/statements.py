r"""The adjoint of one time step, derived from the code that Brian2 writes for it.

A step takes the state X of a cell, its sums over inputs S and its light l to

.. math:: X' = F(X, S, l, p), \qquad y = f(X, p)

with parameters p by cell type, and what the cell passes on, y. Backwards, from the derivatives
:math:`\lambda'` of a loss by X', come those by X, by S, by l and by p. Of y come those that its
targets send back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sympy
from attrs import frozen
from brian2.parsing.sympytools import sympy_to_str

from neuroflysim.simulation.adjoint.derivative import derivative, parsed

#: Names in generated code: derivatives of the loss by a state variable, by a sum over inputs, by
#: light, by something by cell type; and what targets send back for a sum.
ADJOINT, BACK, TO_LIGHT, TO_TYPE, RETURNED = (
    "_adjoint_", "_back_", "_to_light", "_to_type_", "_returned_",
)  # fmt: skip


@frozen
class AdjointStep:
    """Statements of Brian2 for one cell.

    Attributes
    ----------
    back : str
        From the derivatives by the state after a step, `_adjoint_...`, those by the state before,
        as far as the cell itself goes; `_back_...` by its sums; `_to_light`; and `_to_type_...`.
    onto : str
        Adds to `_adjoint_...` and `_to_type_...` what targets sent back for what the cell passed
        on, `_returned_...`.
    back_types, onto_types : tuple of str
        What is by cell type and has a derivative in either of them.
    back_sums : tuple of int
        The sums on which the step depends.
    sees : bool
        Whether it depends on light.
    """

    back: str
    onto: str
    back_types: tuple[str, ...]
    onto_types: tuple[str, ...]
    back_sums: tuple[int, ...]
    sees: bool


def adjoint_step(
    step: str,
    passed_on: Mapping[str, str],
    states: Sequence[str],
    sums: Sequence[tuple[str, str]],
    by_type: Sequence[str],
) -> AdjointStep:
    """Derive the adjoint of a step.

    Parameters
    ----------
    step : str
        Statements of Brian2's integration method, one a line.
    passed_on : mapping of str to str
        What cells pass on, as expressions of state variables and of what is by cell type.
    states : sequence of str
        State variables.
    sums : sequence of (str, str)
        Name of each sum over inputs, and which of what cells pass on it is of.
    by_type : sequence of str
        Names of what is by cell type.

    Examples
    --------
    >>> leak = adjoint_step("v = v + dt*(s - v)/tau", {"y": "v"}, ["v"], [("s", "y")], ["tau"])
    >>> [line.split(" = ")[0] for line in leak.back.splitlines()]
    ['_new_v', '_back_0', '_to_type_tau', '_adjoint_v']
    >>> print(leak.onto)
    _adjoint_v = _adjoint_v + _returned_0
    """
    after = _after(step, states)
    lost = {state: sympy.Symbol(ADJOINT + state, real=True) for state in states}
    varying = {parsed(name) for name in (*states, *(name for name, _ in sums), "luminance")}
    varying |= set(lost.values())

    def pulled(name: str) -> sympy.Expr:
        symbol = parsed(name)
        return sympy.Add(*(lost[s] * derivative(after[s], symbol) for s in states))

    back, sees = [], pulled("luminance")
    back += [f"_new_{state} = {_printed(pulled(state), varying)}" for state in states]
    by_sum = {k: pulled(name) for k, (name, _) in enumerate(sums)}
    by_sum = {k: found for k, found in by_sum.items() if found != 0}
    back += [f"{BACK}{k} = {_printed(found, varying)}" for k, found in by_sum.items()]
    if sees != 0:
        back.append(f"{TO_LIGHT} = {_printed(sees, varying)}")
    types = {name: pulled(name) for name in by_type}
    types = {name: found for name, found in types.items() if found != 0}
    back += [f"{TO_TYPE}{name} = {_printed(found, varying)}" for name, found in types.items()]
    back += [f"{ADJOINT}{state} = _new_{state}" for state in states]

    varying |= {sympy.Symbol(f"{RETURNED}{k}", real=True) for k in range(len(sums))}
    sent = {of: sympy.S.Zero for of in passed_on}
    for k in by_sum:
        sent[sums[k][1]] += sympy.Symbol(f"{RETURNED}{k}", real=True)

    def returned(name: str) -> sympy.Expr:
        symbol = parsed(name)
        return sympy.Add(
            *(sent[of] * derivative(parsed(text), symbol) for of, text in passed_on.items())
        )

    onto = [
        f"{ADJOINT}{state} = {ADJOINT}{state} + {_printed(returned(state), varying)}"
        for state in states
        if returned(state) != 0
    ]
    more = {name: returned(name) for name in by_type}
    more = {name: found for name, found in more.items() if found != 0}
    onto += [f"{TO_TYPE}{name} = {_printed(found, varying)}" for name, found in more.items()]
    return AdjointStep(
        back="\n".join(back),
        onto="\n".join(onto),
        back_types=tuple(types),
        onto_types=tuple(more),
        back_sums=tuple(by_sum),
        sees=sees != 0,
    )


def _after(step: str, states: Sequence[str]) -> dict[str, sympy.Expr]:
    """Return the state variables after statements, as expressions of what was before them."""
    now: dict[sympy.Symbol, sympy.Expr] = {}
    for line in filter(None, map(str.strip, step.splitlines())):
        name, _, expression = line.partition("=")
        now[parsed(name.strip())] = parsed(expression.strip()).xreplace(now)
    return {state: now.get(parsed(state), parsed(state)) for state in states}


def _printed(expression: sympy.Expr, varying: set[sympy.Symbol]) -> str:
    """Return an expression as Brian2 reads it, with factors first that no cell has for itself."""
    if not isinstance(expression, sympy.Mul):
        return sympy_to_str(expression)
    fixed, rest = expression.as_independent(*varying, as_Add=False)
    if fixed == 1 or rest == 1:
        return sympy_to_str(expression)
    return f"({sympy_to_str(fixed)})*{_in_parentheses(rest)}"


def _in_parentheses(expression: sympy.Expr) -> str:
    text = sympy_to_str(expression)
    return text if expression.is_Symbol else f"({text})"
