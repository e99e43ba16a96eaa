"""Derivatives of expressions of Brian2, those of its functions included.

Sympy knows most functions. Those here jump, or have a bend, or are unknown to it: a jump counts as
constant on both sides, and at a bend the derivative is that of one side.
"""

from __future__ import annotations

import sympy
from brian2.core import functions as of_brian
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


class exprel(sympy.Function):
    """(exp(x) - 1)/x, whose derivative is a series where the quotient would be 0/0."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the derivative by the argument."""
        (x,) = self.args
        small = int_(abs(x) < sympy.Float(0.01))
        other = x + small  # never 0
        quotient = ((other - 1) * sympy.exp(other) + 1) / other**2
        series = x**3 / 30 + x**2 / 8 + x / 3 + sympy.Rational(1, 2)
        return (1 - small) * quotient + small * series


class _Power(sympy.Function):
    """A power whose exponent is no number: of 0, too, it has a derivative."""

    def fdiff(self, argindex: int = 1) -> sympy.Expr:
        """Return the derivative by base or exponent."""
        base, exponent = self.args
        if argindex == 1:
            return exponent * _Power(base, exponent - 1)
        positive = base if base.is_positive else base + int_(sympy.Eq(base, 0))
        return _Power(base, exponent) * sympy.log(positive)


_OURS = {each.__name__: each for each in (int_, floor, ceil, sign, timestep, abs, clip)}
_OURS["sqrt"] = sympy.sqrt  # which Brian2 reads as a function that sympy does not know

#: Functions of sympy, by what they are called here.
_OF_SYMPY = {
    sympy.floor: floor,
    sympy.ceiling: ceil,
    sympy.sign: sign,
    sympy.Abs: abs,
    of_brian.exprel: exprel,
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
    found = found.replace(
        lambda part: isinstance(part, sympy.Pow) and not part.exp.is_number,
        lambda part: _Power(part.base, part.exp),
    )
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
    found = sympy.diff(expression, symbol).replace(_Power, sympy.Pow)
    unknown = [part for part in sympy.preorder_traversal(found) if isinstance(part, _UNKNOWN)]
    if unknown:
        raise InvalidValueError(
            f"{sympy_to_str(expression)} has no derivative by {symbol} that can be computed; write"
            " it with other functions of Brian2 (docs/gradients.md lists those that have one)."
        )
    return found
