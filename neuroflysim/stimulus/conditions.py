"""The conditions of a protocol: its parameters in every combination that is asked for.

Each parameter takes a list of values, and the conditions are the product of the lists. Parameters
that vary together share one place in that product: their key is a tuple of names, and their list
holds one tuple of values for each of their settings.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain, product
from types import MappingProxyType

import numpy as np
import pandas as pd
from brian2 import Quantity, get_dimensions
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: Names that label results, and so cannot be parameters.
LABELS = frozenset({
    "luminance", "voltage", "candidate", "condition", "time", "cell_type", "column", "neuron",
    "u", "v", "x", "y", "parameters_sha256",
})  # fmt: skip


class Conditions:
    """Values of the parameters, and the table of their combinations.

    Parameters
    ----------
    parameters : mapping of str, or of tuple of str, to list
        As `checked_parameters` returns it.
    """

    def __init__(self, parameters: Mapping):
        self._axes = []  # one for each place in the product: values by name, all of one length
        for key, values in parameters.items():
            if isinstance(key, str):
                self._axes.append({key: values})
            else:
                columns = zip(*values, strict=True)
                self._axes.append(
                    {
                        name: checks.quantities(f"parameter {name}", list(column))
                        for name, column in zip(key, columns, strict=True)
                    }
                )
        self.values: dict[str, Quantity] = {k: v for axis in self._axes for k, v in axis.items()}

    def __len__(self) -> int:
        return int(np.prod([len(next(iter(axis.values()))) for axis in self._axes], dtype=int))

    @property
    def dimensions(self) -> dict[str, Dimension]:
        """The physical dimensions of each parameter."""
        return {name: get_dimensions(values) for name, values in self.values.items()}

    @property
    def table(self) -> pd.DataFrame:
        """One row for each condition, one column for each parameter, in SI units."""
        axes = [zip(*map(np.asarray, axis.values()), strict=True) for axis in self._axes]
        rows = [list(chain.from_iterable(settings)) for settings in product(*axes)]
        return pd.DataFrame(rows, columns=list(self.values)).rename_axis("condition")

    def coordinates(self) -> dict[str, tuple]:
        """Return the parameters as xarray coordinates along the dimension condition."""
        table = self.table
        return {
            name: (
                "condition",
                table[name].to_numpy(),
                {"units": "1" if unit is DIMENSIONLESS else str(unit)},
            )
            for name, unit in self.dimensions.items()
        }


def checked_parameters(parameters: Mapping) -> Mapping:
    """Return parameters as lists of one value or more, which cannot be changed.

    Parameters
    ----------
    parameters : mapping of str, or of tuple of str, to list

    Returns
    -------
    mapping of str to Quantity, or of tuple of str to tuple of tuple
    """
    if not isinstance(parameters, Mapping):
        raise InvalidTypeError(
            f"parameters must be a dict of lists, for example {{'speed': [20, 40]}}, but is"
            f" {type(parameters).__name__}."
        )
    checked, seen = {}, set()
    for key, values in parameters.items():
        names = key if isinstance(key, tuple) else (key,)
        if not names or not all(isinstance(name, str) for name in names):
            raise InvalidTypeError(
                f"{key!r} is no name of a parameter; write one word, or a tuple of words for"
                " parameters that vary together."
            )
        for name in names:
            if name in seen:
                raise InvalidValueError(f"the parameter {name!r} is given twice; name it once.")
            seen.add(name)
        checked[key] = _settings(key, values) if isinstance(key, tuple) else _values(key, values)
    return MappingProxyType(checked)


def require_no_labels(names: Iterable[str], taken: Iterable[str] = ()) -> None:
    """Raise if a parameter has a name that has a meaning already.

    Parameters
    ----------
    names : iterable of str
    taken : iterable of str
        Further names, beside those of `LABELS`.
    """
    wrong = sorted(set(names) & (LABELS | set(taken)))
    if wrong:
        raise InvalidValueError(
            f"{wrong[0]!r} cannot name a parameter: it is a variable, label, function or unit"
            " already; choose another."
        )


def _values(name: str, values) -> Quantity:
    checked = checks.quantities(f"parameter {name}", values)
    checked.flags.writeable = False
    return checked


def _settings(names: tuple[str, ...], rows) -> tuple[tuple, ...]:
    where = f"the parameters ({', '.join(names)}), which vary together,"
    if isinstance(rows, str | Mapping) or not np.iterable(rows):
        raise InvalidTypeError(f"{where} need a list of tuples, but have {rows!r}.")
    checked = []
    for index, row in enumerate(rows):
        if np.iterable(row) and not isinstance(row, str | bytes | Mapping):
            row = tuple(row)
        if not isinstance(row, tuple) or len(row) != len(names):
            raise InvalidValueError(
                f"{where} need {len(names)} values in each tuple, but entry {index} is {row!r}."
            )
        checked.append(row)
    if not checked:
        raise InvalidValueError(f"{where} need a list of one tuple or more.")
    return tuple(checked)
