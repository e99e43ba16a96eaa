"""How what is free moves: on which scale, how far, and within which bounds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen
from brian2 import Quantity, have_same_dimensions, second
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension, get_dimensions

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.fit.free import SUBTYPES, Free
from neuroflysim.fit.matching import matched, subtypes_together, tables_of
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.named_values import label

#: What a search keeps time constants between, in seconds, if nothing is said. A start beyond stays.
SHORTEST, LONGEST = 0.02, 0.6

#: Standard deviations of 1 along a coordinate: of the logarithm of a time constant, of a voltage at
#: grey or resting potential, and of the logarithm of a strength.
TIME_CONSTANT_SCALE, GREY_VOLTAGE_SCALE, STRENGTH_SCALE = 0.5, 0.2, 0.6

#: A coordinate of a strength beyond this is cut off: exp(0.6 * 8) is 120 times the start.
FARTHEST = 8.0


@frozen(eq=False)
class Table:
    """What there is to know of a table of parameters before one says what of it is free."""

    name: str
    first: int  #: its place in the vector of parameters
    is_log: bool
    scale: float
    dimensions: Dimension
    lowest: float  #: what parameters allow, in SI units
    highest: float
    usual: tuple[float, float]  #: bounds if none are given


def table_of(name: str, tables: Mapping[str, pd.Index], parameters: Parameters) -> Table:
    """Return what there is to know of a table.

    Parameters
    ----------
    name : str
    tables : mapping of str to Index
        As `tables_of` returns them.
    parameters : Parameters
    """
    names = list(tables)
    first = sum(len(tables[each]) for each in names[: names.index(name)])
    everything = (-math.inf, math.inf)
    if name == "time_constant":
        least = float(np.nextafter(0, 1))  # above 0
        usual, seconds = (SHORTEST, LONGEST), get_dimensions(second)
        return Table(name, first, True, TIME_CONSTANT_SCALE, seconds, least, math.inf, usual)
    if name == "resting_potential":
        scale = GREY_VOLTAGE_SCALE
        return Table(name, first, False, scale, DIMENSIONLESS, *everything, everything)
    if name == "synapse_strength":
        usual = (0.0, math.inf)
        return Table(name, first, True, STRENGTH_SCALE, DIMENSIONLESS, *usual, usual)
    one = parameters.declaration.parameters[name]
    is_log, bounds = one.scale == "log", (one.lowest, one.highest)
    return Table(name, first, is_log, one.width, one.dimensions, *bounds, bounds)


@frozen(eq=False)
class Freed:
    """What one entry frees of one table. Arrays have an element for each of its parameters."""

    entry: Free
    table: Table
    places: np.ndarray  #: in the vector of parameters
    together: list  #: those with the same answer move as one number
    scale: float
    prior: float
    lowest: np.ndarray
    highest: np.ndarray
    #: How far a coordinate may go whatever the bounds are, as a factor or a shift.
    least: float
    most: float

    @property
    def is_free_at_will(self) -> bool:
        """Whether each moves for itself, and nothing bounds it."""
        entry = self.entry
        return entry.tied is False and entry.lowest is None and entry.highest is None

    def to_dict(self) -> dict:
        """Return how these move, as JSON holds it."""
        given = self.entry.to_dict()
        return {
            "pattern": given["pattern"],
            "table": self.table.name,
            "parameters": len(self.places),
            "moved": "logarithm" if self.table.is_log else "value",
            "scale": self.scale,
            "prior": _finite(self.prior),
            "lowest": given.get("lowest", _finite(self.table.usual[0])),
            "highest": given.get("highest", _finite(self.table.usual[1])),
            "farthest": [_finite(self.least), _finite(self.most)],
            "tied": self.entry.tied,
        }


def _finite(number: float) -> float | None:
    """Return a number as JSON holds it; None if nothing is bounded by it."""
    return number if math.isfinite(number) else None


def freed_by(entries: list[Free], start: Parameters) -> list[Freed]:
    """Return what entries free, table by table. What several entries mean is the last one's.

    Parameters
    ----------
    entries : list of Free
    start : Parameters

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If an entry matches nothing, is overridden wholly by later ones, has a bound or unit that
        its parameters cannot have, or if the start lies beyond its bounds.
    """
    owner: dict[str, np.ndarray] = {}
    names = tables_of(start)  # once: a connectome makes its tables anew
    asked = [matched(entry.pattern, names) for entry in entries]
    for index, tables in enumerate(asked):
        for table, places in tables.items():
            owner.setdefault(table, np.full(len(names[table]), -1))[places] = index
    found = []
    for index, (entry, tables) in enumerate(zip(entries, asked, strict=True)):
        own = {table: places[owner[table][places] == index] for table, places in tables.items()}
        if not any(map(len, own.values())):
            raise InvalidValueError(
                f"free {entry.pattern!r} has no effect: later entries say otherwise of all that it"
                " means. Put what is more particular last, or leave one of them out."
            )
        found += [_freed(entry, each, own[each], names, start) for each in own if len(own[each])]
    return found


def _freed(
    entry: Free, name: str, places: np.ndarray, tables: Mapping[str, pd.Index], start: Parameters
) -> Freed:
    table, names = table_of(name, tables, start), tables[name]
    values = start.to_vector()[table.first + places]
    if table.is_log and not values.any():
        raise InvalidValueError(
            f"free {entry.pattern!r}: {name} of {label(names[places[0]])} is 0 at the start, and"
            " moves by a factor, so that it would stay 0; begin elsewhere"
            f" (start.replace({name}={{...}}))."
        )
    scale = _in_si(entry, "scale", table, is_bound=False)
    scale = table.scale if scale is None else scale
    prior = _in_si(entry, "prior", table, is_bound=False)
    lowest, highest = _bounds(entry, table, values, [label(names[k]) for k in places])
    least, most = (0.0, math.inf) if table.is_log else (-math.inf, math.inf)
    if name == "synapse_strength":
        farthest = np.exp(scale * np.array([-FARTHEST, FARTHEST]))
        least = farthest[0] if entry.lowest is None else least
        most = farthest[1] if entry.highest is None else most
    together: list = [label(names[k]) for k in places]
    if entry.tied:
        chosen = [names[k] for k in places]
        together = subtypes_together(chosen) if entry.tied == SUBTYPES else ["all"] * len(places)
    return Freed(
        entry, table, table.first + places, together, scale,
        scale if prior is None else prior, lowest, highest, float(least), float(most),
    )  # fmt: skip


def _bounds(
    entry: Free, table: Table, values: np.ndarray, names: list[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Return lowest and highest of each value; raise if they are impossible, or it is beyond."""
    lowest, highest = (_in_si(entry, each, table) for each in ("lowest", "highest"))
    for what, bound in (("lowest", lowest), ("highest", highest)):
        if bound is not None and not table.lowest <= bound <= table.highest:
            raise InvalidValueError(
                f"{what} of free {entry.pattern!r} is {bound:g}, beyond what {table.name} may be:"
                f" {_allowed(table)}. Give a bound within, or leave it out."
            )
    low, high = (
        np.full(len(values), bound) if bound is not None else each
        for bound, each in (
            (lowest, np.minimum(values, table.usual[0])),
            (highest, np.maximum(values, table.usual[1])),
        )
    )
    for what, bound, beyond in (("lowest", low, values < low), ("highest", high, values > high)):
        if beyond.any():
            k = int(np.argmax(beyond))
            side = "below" if what == "lowest" else "above"
            raise InvalidValueError(
                f"free {entry.pattern!r}: {table.name} of {names[k]} is {values[k]:g} at the start,"
                f" {side} {what}, which is {bound[k]:g} (in SI units); widen the bounds, or begin"
                f" within them (start.replace({table.name}={{...}}))."
            )
    return low, high


def _allowed(table: Table) -> str:
    if table.name == "time_constant":
        return "greater than 0 s"
    if table.name == "synapse_strength":
        return "0 or more, the sign stands in the connectome"
    return f"{table.lowest:g} to {table.highest:g} (in SI units), as its dynamics declares"


def _in_si(entry: Free, what: str, table: Table, is_bound: bool = True) -> float | None:
    """Return a bound or a scale as a number in SI units; None if it is not given."""
    value: Any = getattr(entry, what)
    if value is None:
        return None
    wanted = table.dimensions if is_bound or not table.is_log else DIMENSIONLESS
    if isinstance(value, Quantity) and not have_same_dimensions(value, Quantity(1, dim=wanted)):
        cure = (
            "a plain number, for the logarithm moves"
            if wanted is not table.dimensions
            else f"a value of {table.name}, with its unit or as a number in SI units"
        )
        raise InvalidTypeError(f"{what} of free {entry.pattern!r} is {value}, but must be {cure}.")
    return float(value)
