"""What a user says of the parameters that a fit may move: patterns, bounds, scales, ties."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from attrs import Converter, asdict, field, fields, frozen
from brian2 import Quantity, have_same_dimensions

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files.text_tables import read_text_table
from neuroflysim.quantity_text import parse_quantity

#: How parameters may be tied, beside not at all (False) and all of them (True).
SUBTYPES = "subtypes"


def _number(value: Any, entry: Any, attribute: Any) -> float | Quantity | None:
    """Return a number or a quantity of one; text such as "20 ms" is read."""
    what = f"{attribute.name} of free {entry.pattern!r}"
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = parse_quantity(value)
        except InvalidValueError as error:
            raise InvalidValueError(f"{what}: {error}") from None
    if isinstance(value, Quantity) and not value.is_dimensionless:
        if np.ndim(value) or not np.isfinite(float(value)):
            raise InvalidValueError(f"{what} is {value}, but must be one finite number.")
        return value
    if attribute.name == "prior" and isinstance(value, float) and value == math.inf:
        return value
    return checks.finite_number(what, float(value) if isinstance(value, Quantity) else value)


_NUMBER = Converter(_number, takes_self=True, takes_field=True)


@frozen
class Free:
    """Some parameters that a fit may move, and how.

    Parameters
    ----------
    pattern : str
        A table of `Parameters` and names in it, with a colon between: ``"time_constant:T4*"``,
        ``"resting_potential:*"``, ``"synapse_strength:Mi*->T4*"``, or what a dynamics declares,
        such as ``"adaptation_strength:Tm[123]"``. ``*`` stands for any letters, ``?`` for one,
        ``[ab]`` for one of these. ``"*"`` is all that there is, and ``"*:T4a"`` all that T4a has of
        its own.
    lowest, highest : Quantity, float or str, optional
        No value leaves these. Numbers without a unit are in SI units; text like "20 ms" is read.
        If not given, time constants stay within 20 and 600 ms or the start, strengths within
        factors of exp(4.8), and what a dynamics declares within its bounds.
    scale : float or Quantity, optional
        How far 1 along a coordinate moves the value, or its logarithm if that is what is moved
        (time constants, strengths, and what is declared so). If not given, 0.5 for time constants,
        0.6 for strengths, 0.2 for resting potentials, `TypeParameter.width` for others.
    prior : float or Quantity, optional
        Standard deviation about the start with which a value is expected, in the same terms as the
        scale; the scale itself, if not given, and inf if nothing is expected.
    tied : bool or "subtypes"
        True: all of one table that match move as one number, by the same factor (what moves on a
        logarithmic scale) or by the same amount. "subtypes": types that differ only in their last
        letter, a to d, move together, and strengths if both ends do.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If one of these is not as it must be; where the model tells, when it is used.

    Examples
    --------
    >>> from brian2 import ms
    >>> Free("time_constant:T4*", lowest=30*ms, highest="200 ms", tied="subtypes").tied
    'subtypes'
    """

    pattern: str
    lowest: Any = field(default=None, kw_only=True, converter=_NUMBER)
    highest: Any = field(default=None, kw_only=True, converter=_NUMBER)
    scale: Any = field(default=None, kw_only=True, converter=_NUMBER)
    prior: Any = field(default=None, kw_only=True, converter=_NUMBER)
    tied: bool | str = field(default=False, kw_only=True)

    def __attrs_post_init__(self):
        where = f"free {self.pattern!r}"
        if not isinstance(self.pattern, str) or not self.pattern.strip():
            raise InvalidTypeError(
                f"the pattern of a Free is {self.pattern!r}, but must be text such as"
                " 'time_constant:T4*'."
            )
        for name in ("scale", "prior"):
            value = getattr(self, name)
            if value is not None and not float(value) > 0:
                raise InvalidValueError(
                    f"{name} of {where} is {value}, but must be greater than 0; leave out of free"
                    " what is not to move."
                )
        if isinstance(self.tied, np.bool_):
            object.__setattr__(self, "tied", bool(self.tied))
        if not isinstance(self.tied, bool) and self.tied != SUBTYPES:
            raise InvalidValueError(
                f"tied of {where} is {self.tied!r}, but must be True, False or {SUBTYPES!r}."
            )
        low, high = self.lowest, self.highest
        if low is None or high is None:
            return
        if not have_same_dimensions(low, high):
            raise InvalidTypeError(
                f"lowest of {where} is {low} and highest {high}; give both one unit."
            )
        if not float(low) < float(high):
            raise InvalidValueError(
                f"lowest of {where} is {low}, but must be below highest, which is {high};"
                " leave out of free what is not to move."
            )

    def to_dict(self) -> dict:
        """Return what was given, as JSON holds it; quantities in SI units."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {
            name: float(value) if isinstance(value, Quantity) else value
            for name, value in given.items()
        }


#: The columns of a table of what is free; "name" is another word for the pattern.
COLUMNS = [each.name for each in fields(Free)]

#: Everything.
ALL = Free("*")


def entries_of(free: Any) -> list[Free]:
    """Return what is free, in whichever way it is given.

    Parameters
    ----------
    free : None, str, Free, DataFrame, path-like, or sequence of str and Free
        A DataFrame or a CSV file (a path that ends in .csv) has a row for each entry.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If it is none of these.

    Examples
    --------
    >>> entries_of(["time_constant:*", Free("resting_potential:T4?", tied=True)])[0].pattern
    'time_constant:*'
    """
    if free is None:
        return [ALL]
    if isinstance(free, os.PathLike) or (isinstance(free, str) and free.endswith(".csv")):
        return _entries_of_file(Path(free))
    if isinstance(free, pd.DataFrame):
        table: pd.DataFrame = free
        rows = {f"row {label} of free": row for label, row in table.iterrows()}
        return _entries_of_table("free", list(table.columns), rows)
    listed = [free] if isinstance(free, str | Free) else free
    if not isinstance(listed, Sequence):
        raise InvalidTypeError(
            f"free is {type(free).__name__}, but must be a pattern such as 'time_constant:T4*', an"
            " nfs.Free, a list of these, a DataFrame, or the path of a table (.csv)."
        )
    for index, each in enumerate(listed):
        if not isinstance(each, str | Free):
            raise InvalidTypeError(
                f"entry {index} of free is {type(each).__name__}, but must be a pattern such as"
                " 'time_constant:T4*', or an nfs.Free."
            )
    return _some("free", [each if isinstance(each, Free) else Free(each) for each in listed])


def _entries_of_file(path: Path) -> list[Free]:
    table = read_text_table(path)
    rows = {f"{path.name}, line {line}": row for line, row in table.rows.iterrows()}
    return _entries_of_table(path.name, list(table.rows.columns), rows)


def _entries_of_table(where: str, columns: list, rows: dict[str, pd.Series]) -> list[Free]:
    """Return an entry for each row; cells that are empty are not given."""
    for column in columns:
        checks.one_of(f"a column of {where}", column, [*COLUMNS, "name"])
    if ("name" in columns) == ("pattern" in columns):
        raise InvalidValueError(
            f"{where} must have one column 'pattern' (or 'name'), with a pattern in each row."
        )
    return _some(where, [_entry_of_row(told, row) for told, row in rows.items()])


def _entry_of_row(where: str, row: pd.Series) -> Free:
    given: dict[str, Any] = {
        "pattern" if name == "name" else str(name): value
        for name, value in row.items()
        if not (value is None or value == "" or (isinstance(value, float) and math.isnan(value)))
    }
    if "pattern" not in given:
        raise InvalidValueError(f"{where}: has no pattern; name what is free, or remove the row.")
    if isinstance(given.get("tied"), str):
        words = {"true": True, "false": False}
        given["tied"] = words.get(given["tied"].lower(), given["tied"])
    try:
        return Free(**given)
    except (InvalidTypeError, InvalidValueError) as error:
        raise type(error)(f"{where}: {error}") from None


def _some(where: str, entries: list[Free]) -> list[Free]:
    if not entries:
        raise InvalidValueError(
            f"{where} is empty, so that a fit could move nothing; name what is free, or leave it"
            " out for all parameters."
        )
    return entries
