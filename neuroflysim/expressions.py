"""Expressions in Brian2's words: checked for units, and compiled for numpy."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
from brian2 import Quantity
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.parsing.rendering import NumpyNodeRenderer
from brian2.units.fundamentalunits import Dimension, DimensionMismatchError, get_dimensions
from brian2.utils.stringtools import get_identifiers

from neuroflysim.errors import InvalidValueError

#: Functions that give other values each time.
RANDOM = {"rand", "randn", "poisson"}

#: Brian2's constants and units.
CONSTANTS = {
    **{name: value for name, value in DEFAULT_CONSTANTS.items()},
    **{
        name: Constant(name, value=float(unit), dimensions=get_dimensions(unit))
        for name, unit in DEFAULT_UNITS.items()
        if isinstance(unit, Quantity)
    },
}

_NUMPY_NAMESPACE = {
    **{name: function.pyfunc for name, function in DEFAULT_FUNCTIONS.items()},
    **{name: constant.value for name, constant in CONSTANTS.items()},
    "logical_not": np.logical_not,  # what `not` is rendered to
}


#: A number to the power of a power, or of three digits. Python and sympy compute it whole, however
#: many digits that has.
_TOWER = re.compile(
    r"""\*\*\s*(?:
        [-+]?\s*\d[\d.]*\s*\*\*        # 9**9**9
        | \([^()A-Za-z]*\*\*             # 9**(9**9)
        | [-+(\s]*\d{3}                 # 9**999
    )""",
    re.VERBOSE,
)


def require_small_powers(text: str) -> None:
    """Raise if equations or an expression hold a power of numbers that never ends to be computed.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> require_small_powers("x**2 + 3**-2 + second**(1/2)")
    >>> require_small_powers("x*9**9**9")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: the power '**9**' is too large...
    """
    found = _TOWER.search(text)
    if found:
        raise InvalidValueError(
            f"the power {found.group()!r} is too large to compute; write powers of numbers below"
            " 100, and none of powers."
        )


def names_used(expression: str) -> set[str]:
    """Return the names in an expression, without the words of Python.

    Parameters
    ----------
    expression : str

    Examples
    --------
    >>> sorted(names_used("exp(-x/2)*int(x > 0 and y > 0)"))
    ['exp', 'int', 'x', 'y']
    """
    return get_identifiers(expression) - {"and", "or", "not", "True", "False"}


def unknown_names(expression: str, known: Mapping) -> list[str]:
    """Return the names in an expression that neither Brian2 nor the caller knows.

    Parameters
    ----------
    expression : str
    known : mapping of str to anything
        What the caller gives a value.

    Examples
    --------
    >>> unknown_names("exp(-x/width)", {"x": 1})
    ['width']
    """
    return sorted(names_used(expression) - set(known) - set(CONSTANTS) - set(DEFAULT_FUNCTIONS))


def dimensions_of(expression: str, known: Mapping[str, Dimension]) -> Dimension:
    """Return the physical dimensions of an expression; raise if its parts do not agree.

    Parameters
    ----------
    expression : str
        It may use Brian2's functions, constants and units.
    known : mapping of str to Dimension
        Dimensions of all other names.

    Examples
    --------
    >>> from brian2 import second
    >>> from brian2.units.fundamentalunits import DIMENSIONLESS
    >>> known = {"x": DIMENSIONLESS, "t": get_dimensions(second)}
    >>> dimensions_of("x*exp(-t/(2*second))", known) is DIMENSIONLESS
    True
    """
    require_small_powers(expression)
    names = get_identifiers(expression)
    variables = {name: Constant(name, value=1.0, dimensions=dim) for name, dim in known.items()}
    variables |= {name: CONSTANTS[name] for name in names & set(CONSTANTS)}
    variables |= {name: DEFAULT_FUNCTIONS[name] for name in names & set(DEFAULT_FUNCTIONS)}
    try:
        return parse_expression_dimensions(expression, variables)
    except (DimensionMismatchError, SyntaxError, TypeError, ValueError, KeyError) as error:
        raise InvalidValueError(str(error)) from None


def value_of(expression: str, values: Mapping[str, npt.ArrayLike]) -> np.ndarray:
    """Return the value of an expression, in SI units; NaN or infinite where it has none.

    Parameters
    ----------
    expression : str
        It may use Brian2's functions, constants and units.
    values : mapping of str to array_like
        All other names, in SI units and broadcast against each other.

    Examples
    --------
    >>> float(value_of("2*x + 10*ms/second", {"x": 1.0}))
    2.01
    """
    arrays = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    with np.errstate(all="ignore"):
        try:
            return in_numpy(expression, "expression")(arrays)
        except (ZeroDivisionError, OverflowError):  # of numbers in the expression
            return np.array(np.nan)


def in_numpy(expression: str, name: str) -> Callable[[Mapping], np.ndarray]:
    """Return a function of a mapping of names to values that evaluates an expression.

    Parameters
    ----------
    expression : str
        Checked: without names that are unknown.
    name : str
        What it is called in a traceback.

    Examples
    --------
    >>> in_numpy("x**2 + 1", "example")({"x": np.array([1.0, 2.0])}).tolist()
    [2.0, 5.0]
    """
    code = compile(NumpyNodeRenderer().render_expr(expression), f"<{name}>", "eval")

    def evaluate(values: Mapping) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):  # reported by the caller
            return eval(code, {"__builtins__": {}}, {**_NUMPY_NAMESPACE, **values})

    return evaluate
