"""Derivatives of expressions of Brian2, those of its functions included.

Sympy knows most functions. Those here jump, or have a bend, or are unknown to it: a jump counts as
constant on both sides, and at a bend the derivative is that of one side.
"""

from __future__ import annotations

import sympy
from brian2.parsing.sympytools import str_to_sympy, sympy_to_str
from sympy.core.function import AppliedUndef

from neuroflysim.errors import InvalidValueError


class _Flat(sympy.Function):
    """A function that is constant but for jumps."""

    def _eval_derivative(self, s: sympy.Symbol) -> sympy.Expr:
        return sympy.S.Zero


# Brian2 knows these by the names of the classes, which is what is printed.
class int_(_Flat):
    """A truth as a number, or a number without its fraction."""


class floor(_Flat):
    """The next whole number below."""


class ceil(_Flat):
    """The next whole number above."""


class sign(_Flat):
    """-1, 0 or 1."""


class timestep(_Flat):
    """The number of a time step."""


class abs(sympy.Function):
    """The absolute value; at 0 its derivative is 0."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the derivative by the argument."""
        return sign(self.args[0])


class clip(sympy.Function):
    """A value within two bounds; at a bound, its derivative is that within."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the derivative by one of the arguments: value, lowest and highest."""
        value, lowest, highest = self.args
        if argindex == 2:
            return int_(value < lowest)
        if argindex == 3:
            return int_(value > highest)
        return int_(value >= lowest) * int_(value <= highest)


_OURS = {each.__name__: each for each in (int_, floor, ceil, sign, timestep, abs, clip)}

#: Functions of sympy, by what they are called here.
_OF_SYMPY = {
    sympy.floor: floor,
    sympy.ceiling: ceil,
    sympy.sign: sign,
    sympy.Abs: abs,
}

#: What sympy leaves where it knows no derivative, or one that is no number.
_UNKNOWN = (sympy.Derivative, sympy.Subs, sympy.DiracDelta, sympy.Heaviside, AppliedUndef)


def parsed(expression: str) -> sympy.Expr:
    """Return an expression of Brian2 for `derivative`.

    Parameters
    ----------
    expression : str
    """
    found = sympy.sympify(str_to_sympy(expression))
    for theirs, ours in _OF_SYMPY.items():
        found = found.replace(theirs, ours)
    found = found.replace(sympy.Mod, lambda value, by: value - by * floor(value / by))
    return found.replace(
        lambda part: isinstance(part, AppliedUndef) and part.func.__name__ in _OURS,
        lambda part: _OURS[part.func.__name__](*part.args),
    )


def derivative(expression: sympy.Expr, symbol: sympy.Symbol) -> sympy.Expr:
    """Return the derivative of an expression by one of its symbols.

    Parameters
    ----------
    expression : Expr
    symbol : Symbol

    Raises
    ------
    InvalidValueError
        If it has none that can be computed.

    Examples
    --------
    >>> voltage = parsed("voltage")
    >>> sympy_to_str(derivative(parsed("voltage*int(voltage > 0)"), voltage))
    'int(voltage > 0)'
    """
    found = sympy.diff(expression, symbol)
    unknown = [part for part in sympy.preorder_traversal(found) if isinstance(part, _UNKNOWN)]
    if unknown:
        raise InvalidValueError(
            f"{sympy_to_str(expression)} has no derivative by {symbol} that can be computed; write"
            " it with other functions of Brian2 (docs/gradients.md lists those that have one)."
        )
    return found
