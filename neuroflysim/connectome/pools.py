"""Cells that stand once per eye: how they pool over columns, and project back to them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from attrs import field, frozen

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.lattice import COLUMN_ANGLE, Lattice, position

#: What a weight may use: where the column looks, in degrees to the right and up.
COORDINATES = ("x", "y")

#: Synapses of one pair of cells are at most so many, as counts by offset are.
MOST_WEIGHT = 1e6

#: Characters of an equation, at most.
LONGEST_WEIGHT = 1000


def _word(value: Any) -> str:
    return value if isinstance(value, str) else str(value)


@frozen
class Pool:
    """A connection of a cell that stands once per eye with cells in columns, or with another such.

    Parameters
    ----------
    source_type, target_type : str
        At least one of the two stands once per eye.
    weight : str or float
        How many synapses the cell in the middle of the eye has with that of each column: an
        equation in Brian2's words of x and y, where the column looks, in degrees to the right and
        up (5.8 degrees from column to column); or one number for all columns. Where it is 0, the
        cells are not connected.
    sign : {1, -1}
        Excitatory or inhibitory.
    reference : str
        Publication that the connection and its sign rest on.

    Examples
    --------
    >>> Pool("T4a", "HS", "exp(-(y/30)**2)").sign
    1
    """

    source_type: str
    target_type: str
    weight: str | float = field(default="1", converter=_word)
    sign: int = 1
    reference: str = ""

    def __attrs_post_init__(self):
        for name in ("source_type", "target_type", "reference"):
            if not isinstance(getattr(self, name), str):
                raise InvalidTypeError(
                    f"{name} of a Pool must be text, but is {type(getattr(self, name)).__name__}."
                )
        if self.sign not in (1, -1) or isinstance(self.sign, bool):
            raise InvalidValueError(
                f"sign of {self} is {self.sign!r}, but must be 1 (excitatory) or -1 (inhibitory)."
            )
        wrong = wrong_weight(str(self.weight))
        if wrong:
            raise InvalidValueError(f"weight of {self} is {self.weight!r}, {wrong}.")

    def __str__(self) -> str:
        return f"{self.source_type} -> {self.target_type}"


def wrong_weight(weight: str) -> str | None:
    """Return what is wrong with the equation of a weight and how to mend it, or None.

    Parameters
    ----------
    weight : str

    Examples
    --------
    >>> wrong_weight("exp(-(x/40)**2)*int(y < 0)")
    >>> wrong_weight("exp(-z)")
    "which uses 'z', but a weight is made of x and y (degrees) and functions of Brian2"
    """
    # Brian2 takes a while to be imported, and most connectomes have no such cells.
    from brian2.units.fundamentalunits import DIMENSIONLESS

    from neuroflysim.expressions import RANDOM, dimensions_of, names_used, unknown_names

    if len(weight) > LONGEST_WEIGHT:
        return f"which is longer than {LONGEST_WEIGHT} characters; give weights by column"
    known: dict[str, Any] = dict.fromkeys(COORDINATES, DIMENSIONLESS)
    try:
        if names_used(weight) & RANDOM:
            return (
                "but a connectome is the same each time; draw the weights with numpy and give"
                " them by column (table of pools)"
            )
        unknown = unknown_names(weight, known)
        if unknown:
            return (
                f"which uses {unknown[0]!r}, but a weight is made of x and y (degrees) and"
                " functions of Brian2"
            )
        found = dimensions_of(weight, known)
    except (InvalidValueError, RecursionError) as error:
        return f"which cannot be understood: {error} x and y are plain numbers of degrees"
    if found is not DIMENSIONLESS:
        return f"which has the unit {found}; x and y are plain numbers of degrees, so leave it out"
    return None


@lru_cache(maxsize=1000)
def _evaluator(weight: str) -> Callable:
    from neuroflysim.expressions import in_numpy

    return in_numpy(weight, "weight")


def uses_coordinates(weight: str) -> bool:
    """Return whether a weight differs from column to column."""
    from neuroflysim.expressions import names_used

    return bool(names_used(weight) & set(COORDINATES))


def weights(rows: pd.DataFrame, lattice: Lattice, place: np.ndarray) -> np.ndarray:
    """Return the weights of one connection of a cell that stands once, by column.

    Parameters
    ----------
    rows : DataFrame
        Of the table of pools: one row with an equation, or rows by column.
    lattice : Lattice
    place : ndarray of int
        Which columns of the lattice have cells of the other type.

    Returns
    -------
    ndarray of float, shape of place

    Raises
    ------
    InvalidValueError
        Names the column at which a weight is negative or not finite.

    Examples
    --------
    >>> rows = pd.DataFrame({"source_type": ["T4a"], "target_type": ["HS"], "u": [""], "v": [""],
    ...                      "weight": ["int(y < 0)"]})
    >>> weights(rows, Lattice(extent=1), np.arange(7)).tolist()
    [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0]
    """
    columns = lattice.columns[place]
    if rows["u"].iloc[0] != "":
        u, v = (rows[name].astype(int).to_numpy() for name in ("u", "v"))
        by_column = np.zeros(lattice.n_columns + 1)  # the last takes what lies outside
        by_column[lattice.index(u, v)] = rows["weight"].astype(float)
        return by_column[:-1][place]
    text = rows["weight"].iloc[0]
    x, y = (COLUMN_ANGLE * along for along in position(*columns.T))
    try:
        with np.errstate(over="ignore"):
            found = np.asarray(_evaluator(text)({"x": x, "y": y}), dtype=float)
    except ArithmeticError:  # of numbers of Python, as in 1/0
        found = np.asarray(np.nan)
    found = np.broadcast_to(found, len(columns)).copy()
    wrong = ~((found >= 0) & (found <= MOST_WEIGHT))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        pair = " -> ".join(rows[["source_type", "target_type"]].iloc[0])
        raise InvalidValueError(
            f"the weight of {pair}, {text!r}, is {found[at]:g} at column"
            f" ({columns[at, 0]}, {columns[at, 1]}), which looks to x = {x[at]:.4g},"
            f" y = {y[at]:.4g}; it must be a finite number of 0 or more, at most"
            f" {MOST_WEIGHT:,.0f}"
            + (" (the sign stands in connections)." if found[at] < 0 else "; correct it there.")
        )
    return found
