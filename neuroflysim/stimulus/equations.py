"""Luminance as Brian2 equations: parsed, checked for units, and evaluated with numpy."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from brian2 import Equations, second
from brian2.core.functions import DEFAULT_FUNCTIONS
from brian2.equations.equations import SUBEXPRESSION, EquationError
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, get_dimensions
from brian2.utils.stringtools import word_substitute

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.expressions import (
    CONSTANTS,
    RANDOM,
    dimensions_of,
    in_numpy,
    names_used,
    require_small_powers,
    unknown_names,
)
from neuroflysim.stimulus.axis_words import WORDS, AxisWord, take_out_axes
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


class LuminanceEquations:
    """Brian2 subexpressions that end in ``luminance``.

    Parameters
    ----------
    text : str
        The equations.
    parameters : mapping of str to Dimension
        Names that the equations may use beside x, y, t, background, along(angle) and
        across(angle).

    Raises
    ------
    InvalidValueError
        If the equations do not parse, use an unknown name, or their units do not agree.
    """

    def __init__(self, text: str, parameters: Mapping[str, Dimension]):
        if not isinstance(text, str):
            raise InvalidTypeError(f"equations must be a string, but is {type(text).__name__}.")
        names_in_equations("the parameters", parameters)
        require_no_labels(parameters, {*VARIABLES, *BRIAN2_NAMES, *CONSTANTS, *DEFAULT_FUNCTIONS})
        try:
            require_small_powers(text)
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
        known, names = {**VARIABLES, **parameters}, {}
        for equation in parsed.ordered:
            expression = take_out_axes(
                equation.varname, equation.expr.code, parameters, found=names
            )
            self._check(equation, expression, known, names)
            known[equation.varname] = equation.dim
            expression = word_substitute(expression, self._inside)
            self._expressions[self.inside(equation.varname)] = expression
            name = self.inside(equation.varname)
            self._steps.append((name, in_numpy(expression, equation.varname)))
        #: What `evaluate` needs beside what it takes by the names that the user has for it.
        self.axes: dict[str, AxisWord] = {name: axis for axis, name in names.items()}

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
        known = {self.inside(name): value for name, value in values.items()}
        for name, step in self._steps:
            known[name] = step(known)
        return np.asarray(known["luminance"])

    def _check(
        self,
        equation,
        expression: str,
        known: Mapping[str, Dimension],
        axes: Mapping[AxisWord, str],
    ) -> None:
        known = {**known, **dict.fromkeys(axes.values(), DIMENSIONLESS)}
        random = sorted(names_used(expression) & RANDOM)
        if random:
            raise InvalidValueError(
                f"the equation of {equation.varname!r} uses {random[0]}, but a"
                " protocol must give the same stimulus each time; draw it in a function, frames=,"
                " with numpy and a seed as parameter."
            )
        unknown = unknown_names(expression, known)
        if unknown:
            raise InvalidValueError(
                f"the equation of {equation.varname!r} uses {unknown[0]!r}, which is neither a"
                f" parameter nor one of {', '.join(VARIABLES)} nor a function or unit of Brian2"
                f" nor {WORDS[0]}(angle) or {WORDS[1]}(angle)."
            )
        try:
            found = dimensions_of(expression, known)
        except InvalidValueError as error:
            told = word_substitute(str(error), {name: str(axis) for axis, name in axes.items()})
            raise InvalidValueError(f"the equation of {equation.varname!r}: {told}") from None
        if found is not equation.dim:
            raise InvalidValueError(
                f"the equation of {equation.varname!r} is declared with the unit {equation.dim},"
                f" but its expression has the unit {found}."
            )
