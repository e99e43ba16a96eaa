"""Luminance as Brian2 equations: parsed, checked for units, and evaluated with numpy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from brian2 import Equations, Quantity, second
from brian2.core.functions import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS
from brian2.core.namespace import DEFAULT_UNITS
from brian2.core.variables import Constant
from brian2.equations.equations import SUBEXPRESSION, EquationError
from brian2.parsing.expressions import parse_expression_dimensions
from brian2.parsing.rendering import NumpyNodeRenderer
from brian2.units.fundamentalunits import (
    DIMENSIONLESS,
    Dimension,
    DimensionMismatchError,
    get_dimensions,
)
from brian2.utils.stringtools import get_identifiers, word_substitute

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.stimulus.conditions import require_no_labels
from neuroflysim.stimulus.names import names_in_equations

#: What equations may use beside their parameters, with dimensions; x and y are in degrees.
VARIABLES = {
    "x": DIMENSIONLESS,
    "y": DIMENSIONLESS,
    "t": get_dimensions(second),
    "background": DIMENSIONLESS,
}

#: What Brian2 calls its own.
BRIAN2_NAMES = ("i", "dt", "N", "t_in_timesteps")

#: What precedes, in generated code, a name that the user chose: so it cannot meet one of ours, of
#: Brian2 or of a language that code is generated in. Users' names do not begin with _.
OWN = "_own_"

RANDOM = {"rand", "randn", "poisson"}


class LuminanceEquations:
    """Brian2 subexpressions that end in ``luminance``.

    Parameters
    ----------
    text : str
        The equations.
    parameters : mapping of str to Dimension
        Names that the equations may use beside x, y, t and background.

    Raises
    ------
    InvalidValueError
        If the equations do not parse, use an unknown name, or their units do not agree.
    """

    def __init__(self, text: str, parameters: Mapping[str, Dimension]):
        if not isinstance(text, str):
            raise InvalidTypeError(f"equations must be a string, but is {type(text).__name__}.")
        names_in_equations("the parameters", parameters)
        require_no_labels(parameters, {*VARIABLES, *BRIAN2_NAMES, *_CONSTANTS, *DEFAULT_FUNCTIONS})
        try:
            parsed = Equations(text)
        except (EquationError, SyntaxError, ValueError, TypeError, KeyError) as error:
            raise InvalidValueError(
                f"the luminance equations do not parse: {error}. Each line is 'name = expression :"
                " unit'; write and, or, not for logic."
            ) from None
        others = [equation.varname for equation in parsed.ordered if equation.type != SUBEXPRESSION]
        if others:
            raise InvalidValueError(
                f"{others[0]!r} is not of the form 'name = expression : unit'; luminance equations"
                " hold nothing else (write what is to be integrated as a function of t)."
            )
        if "luminance" not in parsed:
            raise InvalidValueError(
                "the equations do not define luminance; add 'luminance = ... : 1'."
            )
        if parsed["luminance"].dim is not DIMENSIONLESS:
            raise InvalidValueError(
                f"luminance is declared with the unit {parsed['luminance'].dim}, but is a plain"
                " number between 0 and 1; declare it with ': 1'."
            )
        names_in_equations("the luminance equations", parsed.names)
        redefined = sorted(parsed.names & (set(parameters) | set(VARIABLES) | set(BRIAN2_NAMES)))
        if redefined:
            raise InvalidValueError(
                f"the equations define {redefined[0]!r}, which is a parameter or given; choose"
                " another name."
            )
        unused = sorted(set(parameters) - set(parsed.identifiers))
        if unused:
            raise InvalidValueError(
                f"no equation uses the parameter {unused[0]!r}; remove it, or correct its name."
            )
        self.parameters = tuple(parameters)
        own = (set(parameters) | parsed.names) - {"luminance"}
        self._inside = {name: OWN + name for name in own}
        self._expressions, self._steps = {}, []
        known = {**VARIABLES, **parameters}
        for equation in parsed.ordered:
            self._check(equation, known)
            known[equation.varname] = equation.dim
            expression = word_substitute(equation.expr.code, self._inside)
            self._expressions[self.inside(equation.varname)] = expression
            code = compile(
                NumpyNodeRenderer().render_expr(expression), f"<{equation.varname}>", "eval"
            )
            self._steps.append((self.inside(equation.varname), code))

    def inside(self, name: str) -> str:
        """Return what stands in generated code for a name that the user chose.

        Parameters
        ----------
        name : str

        Examples
        --------
        >>> equations = LuminanceEquations("luminance = clip(weight*x, 0, 1) : 1",
        ...                                {"weight": DIMENSIONLESS})
        >>> equations.inside("weight"), equations.inside("x")
        ('_own_weight', 'x')
        """
        return self._inside.get(name, name)

    def abstract_code(self, renamed: Mapping[str, str]) -> str:
        """Return the equations as Brian2 statements, each after those that it uses.

        Parameters
        ----------
        renamed : mapping of str to str
            What to write instead of a name that the user did not choose.
        """
        return "\n".join(
            f"{renamed.get(name, name)} = {word_substitute(expression, renamed)}"
            for name, expression in self._expressions.items()
        )

    def evaluate(self, /, **values: npt.ArrayLike) -> np.ndarray:
        """Return the luminance; all values in SI units and broadcast against each other."""
        inside = {self.inside(name): value for name, value in values.items()}
        namespace = {**_NUMPY_NAMESPACE, **inside}
        with np.errstate(divide="ignore", invalid="ignore"):  # NaN is reported by the caller
            for name, code in self._steps:
                namespace[name] = eval(code, {"__builtins__": {}}, namespace)
        return namespace["luminance"]

    def _check(self, equation, known: Mapping[str, Dimension]) -> None:
        expression = equation.expr.code
        names = get_identifiers(expression) - {"and", "or", "not", "True", "False"}
        if names & RANDOM:
            raise InvalidValueError(
                f"the equation of {equation.varname!r} uses {sorted(names & RANDOM)[0]}, but a"
                " protocol must give the same stimulus each time; draw it in a function, frames=,"
                " with numpy and a seed as parameter."
            )
        unknown = sorted(names - set(known) - set(_CONSTANTS) - set(DEFAULT_FUNCTIONS))
        if unknown:
            raise InvalidValueError(
                f"the equation of {equation.varname!r} uses {unknown[0]!r}, which is neither a"
                f" parameter nor one of {', '.join(VARIABLES)} nor a function or unit of Brian2."
            )
        try:
            found = dimensions_of(expression, known)
        except InvalidValueError as error:
            raise InvalidValueError(f"the equation of {equation.varname!r}: {error}") from None
        if found is not equation.dim:
            raise InvalidValueError(
                f"the equation of {equation.varname!r} is declared with the unit {equation.dim},"
                f" but its expression has the unit {found}."
            )


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
    >>> dimensions_of("x*exp(-t/(2*second))", VARIABLES) is DIMENSIONLESS
    True
    """
    names = get_identifiers(expression)
    variables = {name: Constant(name, value=1.0, dimensions=dim) for name, dim in known.items()}
    variables |= {name: _CONSTANTS[name] for name in names & set(_CONSTANTS)}
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
    code = compile(NumpyNodeRenderer().render_expr(expression), "<expression>", "eval")
    arrays = {name: np.asarray(value, dtype=float) for name, value in values.items()}
    with np.errstate(all="ignore"):
        try:
            return eval(code, {"__builtins__": {}}, {**_NUMPY_NAMESPACE, **arrays})
        except (ZeroDivisionError, OverflowError):  # of numbers in the expression
            return np.array(np.nan)


_CONSTANTS = {
    **{name: value for name, value in DEFAULT_CONSTANTS.items()},
    **{
        name: Constant(name, value=float(unit), dimensions=get_dimensions(unit))
        for name, unit in DEFAULT_UNITS.items()
        if isinstance(unit, Quantity)
    },
}

_NUMPY_NAMESPACE = {
    **{name: function.pyfunc for name, function in DEFAULT_FUNCTIONS.items()},
    **{name: constant.value for name, constant in _CONSTANTS.items()},
    "logical_not": np.logical_not,  # what `not` is rendered to
}
