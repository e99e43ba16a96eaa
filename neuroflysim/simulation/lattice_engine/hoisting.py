"""Takes out of a step what is the same for all cells of a type, to be computed once a run.

Such are 1/time_constant, or the exponential of the exponential method: what depends on nothing but
the time step, constants, and parameters by cell type. A division takes ten times as long as a
multiplication, and an exponential longer still.
"""

from __future__ import annotations

import ast
from collections.abc import Set

from brian2.core.functions import DEFAULT_CONSTANTS
from brian2.core.namespace import DEFAULT_UNITS

#: What a name of such a value begins with.
PREFIX = "_by_type_"

_CONSTANT = {"dt", *DEFAULT_CONSTANTS, *DEFAULT_UNITS}


def hoisted(
    code: str, by_type: Set[str], constants: Set[str], prefix: str = PREFIX
) -> tuple[str, dict[str, str]]:
    """Return Brian2 statements with names for such values, and the values by name.

    Parameters
    ----------
    code : str
        Statements as Brian2's integration methods write them, one a line.
    by_type : set of str
        Names of the parameters by cell type.
    constants : set of str
        Names of the constants of the dynamics.
    prefix : str
        What names of values begin with.

    Examples
    --------
    >>> hoisted("v = v + dt*(x - v)/tau", {"tau"}, set())
    ('v = v + dt * (x - v) * _by_type_0', {'_by_type_0': '1.0 / tau'})
    """
    taken = _Hoister(by_type, _CONSTANT | constants, prefix)
    lines = [taken.statement(line) for line in code.splitlines() if line.strip()]
    return "\n".join(lines), {name: text for text, name in taken.names.items()}


class _Hoister(ast.NodeTransformer):
    def __init__(self, by_type: Set[str], constants: Set[str], prefix: str):
        self._by_type, self._constants, self._prefix = by_type, constants, prefix
        self.names: dict[str, str] = {}  # by the text of their values

    def statement(self, line: str) -> str:
        """Return a line with names in place of values."""
        statement = ast.parse(line.strip())
        return ast.unparse(ast.fix_missing_locations(self.visit(statement)))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        if self._is_by_type(node):
            return self._named(node)
        if isinstance(node.op, ast.Div) and self._is_by_type(node.right):
            inverse = self._named(ast.BinOp(ast.Constant(1.0), ast.Div(), node.right))
            return ast.BinOp(self.visit(node.left), ast.Mult(), inverse)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if self._is_by_type(node):
            return self._named(node)
        node.args = [self.visit(argument) for argument in node.args]
        return node

    def _named(self, node: ast.expr) -> ast.Name:
        text = ast.unparse(node)
        name = self.names.setdefault(text, f"{self._prefix}{len(self.names)}")
        return ast.Name(name, ast.Load())

    def _is_by_type(self, node: ast.expr) -> bool:
        """Tell whether a value is a number that depends on the cell type and nothing else."""
        parts = list(ast.walk(node))
        functions = {id(part.func) for part in parts if isinstance(part, ast.Call)}
        names = {p.id for p in parts if isinstance(p, ast.Name) and id(p) not in functions}
        logical = any(isinstance(p, ast.Compare | ast.BoolOp | ast.Not) for p in parts)
        return (
            not logical and bool(names & self._by_type) and names <= self._constants | self._by_type
        )
