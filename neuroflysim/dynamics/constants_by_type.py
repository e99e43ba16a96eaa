"""Constants of a dynamics: one number for all neurons, or one for each cell type."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from brian2 import Quantity, get_dimensions
from brian2.units.fundamentalunits import DIMENSIONLESS, Dimension

from neuroflysim.checks import finite_number
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def as_dicts(constants: Any) -> Any:
    """Return constants with tables by cell type as dicts, of their own; else what was given."""
    if not isinstance(constants, Mapping):
        return constants
    return {
        name: dict(value.items()) if isinstance(value, Mapping | pd.Series) else value
        for name, value in constants.items()
    }


def require_constant(where: str, value: Any) -> None:
    """Raise unless a constant is one finite number, or one for each of some cell types.

    Parameters
    ----------
    where : str
        What it is, for messages.
    value : float, Quantity or dict of them
    """
    if not isinstance(value, dict):
        _require_number(where, value)
        return
    if not value:
        raise InvalidValueError(f"{where} is an empty table; give each cell type its value.")
    for cell_type, each in value.items():
        if not isinstance(cell_type, str):
            raise InvalidTypeError(
                f"{where} has a value for {cell_type!r}, but must be by names of cell types."
            )
        _require_number(f"{where} of {cell_type}", each)
    units = {cell_type: get_dimensions(each) for cell_type, each in value.items()}
    (first, unit), *others = units.items()
    for cell_type, other in others:
        if other is not unit:
            raise InvalidValueError(
                f"{where} has the unit {unit} for {first} and {other} for {cell_type}; give all"
                " values one unit."
            )


def _require_number(where: str, value: Any) -> None:
    if isinstance(value, Quantity) and get_dimensions(value) is not DIMENSIONLESS:
        if np.ndim(value) != 0 or not np.isfinite(float(value)):
            raise InvalidValueError(f"{where} is {value}, but must be one finite number.")
    else:
        finite_number(where, value)


def dimensions_of_constant(value: Any) -> Dimension:
    """Return the physical dimensions of a constant that was checked.

    Parameters
    ----------
    value : float, Quantity or dict of them
    """
    return get_dimensions(next(iter(value.values())) if isinstance(value, dict) else value)


def by_cell_type(where: str, value: dict, cell_types: Sequence[str]) -> np.ndarray:
    """Return a constant by cell type in the order of a connectome, in SI units.

    Parameters
    ----------
    where : str
        What it is, for messages.
    value : dict
    cell_types : sequence of str

    Raises
    ------
    InvalidValueError
        If a cell type has no value, or one is not known.
    """
    for what, names in (
        ("lacks", [name for name in cell_types if name not in value]),
        ("has the unknown", [name for name in value if name not in set(cell_types)]),
    ):
        if names:
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            raise InvalidValueError(
                f"{where} does not fit the connectome: it {what} {', '.join(names[:5])}{more}. It"
                f" needs exactly the {len(cell_types)} cell types of the connectome."
            )
    return np.array([float(value[name]) for name in cell_types])
