"""The words ``along(angle)`` and ``across(angle)`` of luminance equations.

What they say does not change while a stimulus is shown. So each stands in the equations for one
number of each column, which is computed beforehand: exactly, and the same in every engine.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from attrs import frozen
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension

from neuroflysim.errors import InvalidValueError
from neuroflysim.expressions import RANDOM, dimensions_of, in_numpy, names_used, unknown_names
from neuroflysim.stimulus.eye import Eye

#: The words; each is a method of `Eye`.
WORDS = ("along", "across")


@frozen
class AxisWord:
    """One of the words with its angle, as they stand in an equation."""

    word: str
    angle: str  #: degrees, an expression of parameters

    def __str__(self) -> str:
        return f"{self.word}({self.angle})"

    def places(self, eye: Eye, parameters: Mapping[str, npt.ArrayLike]) -> np.ndarray:
        """Return where the columns of an eye lie on this axis, in degrees.

        Parameters
        ----------
        eye : Eye
        parameters : mapping of str to float, or to ndarray of shape (condition,)

        Returns
        -------
        ndarray of float, shape (column,), or (condition, column) if the angle differs
        """
        return getattr(eye, self.word)(in_numpy(self.angle, str(self))(parameters))


def take_out_axes(
    name: str, expression: str, parameters: Mapping[str, Dimension], found: dict[AxisWord, str]
) -> str:
    """Return an expression with a name in the place of each axis word.

    Parameters
    ----------
    name : str
        Of the equation, for errors.
    expression : str
    parameters : mapping of str to Dimension
        What an angle may be made of.
    found : dict of AxisWord to str
        Names of the words found so far; those of this expression are added.

    Raises
    ------
    InvalidValueError
        If a word does not have one angle, or its angle has a unit or is made of anything else.

    Examples
    --------
    >>> found = {}
    >>> take_out_axes("edge", "int(along(angle + 90) <= 3)", {"angle": DIMENSIONLESS}, found)
    'int(_axis_0 <= 3)'
    >>> [str(word) for word in found]
    ['along(angle + 90)']
    """
    if not names_used(expression) & set(WORDS):
        return expression
    finder = _Finder(name, parameters, found)
    return ast.unparse(finder.visit(ast.parse(expression.strip(), mode="eval")))


class _Finder(ast.NodeTransformer):
    def __init__(self, name: str, parameters: Mapping, found: dict[AxisWord, str]):
        self._where, self._parameters, self._found = f"the equation of {name!r}", parameters, found

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if not (isinstance(node.func, ast.Name) and node.func.id in WORDS):
            return self.generic_visit(node)
        if len(node.args) != 1 or node.keywords:
            raise InvalidValueError(
                f"{self._where} has {ast.unparse(node)!r}, but {node.func.id} takes one angle in"
                f" degrees: write {node.func.id}(angle)."
            )
        axis = AxisWord(node.func.id, ast.unparse(node.args[0]))
        self._require_steady(axis)
        return ast.Name(self._found.setdefault(axis, f"_axis_{len(self._found)}"), ast.Load())

    def _require_steady(self, axis: AxisWord) -> None:
        wrong = {*unknown_names(axis.angle, self._parameters), *(names_used(axis.angle) & RANDOM)}
        if wrong:
            raise InvalidValueError(
                f"{self._where} has '{axis}', but axes are found before the stimulus begins, so"
                f" an angle is made of parameters and numbers, and {min(wrong)!r} is neither. For"
                " an axis that turns write x*cos(pi/180*angle) + y*sin(pi/180*angle)."
            )
        found = dimensions_of(axis.angle, self._parameters)
        if found is not DIMENSIONLESS:
            raise InvalidValueError(
                f"{self._where} has '{axis}', but its angle has the unit {found}; angles are plain"
                " numbers of degrees."
            )
