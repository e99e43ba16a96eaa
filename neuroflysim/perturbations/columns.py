"""The columns to which a perturbation is limited: as written, in words, and in a network."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from neuroflysim import checks
from neuroflysim.connectome import Network
from neuroflysim.errors import InvalidValueError

#: Axial coordinates (u, v) of some columns; None: all.
Columns = list[tuple[int, int]] | None


def as_columns(value: npt.ArrayLike) -> Columns:
    """Return a list of columns; None for all.

    Parameters
    ----------
    value : "all", (int, int) or list of (int, int)
    """
    if isinstance(value, str):
        checks.one_of("columns", value, ("all",))
        return None
    return checks.columns("columns", value)


def in_words(columns: Columns) -> str:
    """Return columns in words that follow others; nothing for all.

    Parameters
    ----------
    columns : list of (int, int) or None

    Examples
    --------
    >>> in_words([(k, 0) for k in range(5)])
    ' at (0, 0) and (1, 0) and 3 more'
    """
    if columns is None:
        return ""
    listed = [f"({u}, {v})" for u, v in columns]
    some = listed if len(listed) <= 3 else [*listed[:2], f"{len(listed) - 2} more"]
    return f" at {' and '.join(some)}"


def cells_of(network: Network, cell_types: Sequence[str], columns: Columns) -> np.ndarray:
    """Return which neurons are of some cell types, and at some columns.

    Parameters
    ----------
    network : Network
    cell_types : sequence of str
    columns : list of (int, int), or None
        Axial coordinates (u, v); None: all.

    Returns
    -------
    ndarray of bool, shape (neuron,)

    Raises
    ------
    InvalidValueError
        If a column has no cell of a type: says where it has one.
    """
    for name in cell_types:
        checks.one_of("cell_type of a perturbation", name, network.cell_types)
    wanted = [network.cell_types.index(name) for name in cell_types]
    of_type = np.isin(network.neuron_type, wanted)
    if columns is None:
        return of_type
    chosen = np.zeros(network.n_neurons, dtype=bool)
    u, v = network.columns[network.neuron_column].T
    for column in columns:
        here = of_type & (u == column[0]) & (v == column[1])
        for name, kind in zip(cell_types, wanted, strict=True):
            own = network.neuron_type == kind
            if not (here & own).any():
                raise InvalidValueError(
                    f"{name} has no cell at column {column} of {network.lattice}; a near one is"
                    f" at {nearest(network, own, column)}."
                )
        chosen |= here
    return chosen


def nearest(network: Network, some: np.ndarray, column: tuple[int, int]) -> tuple[int, int]:
    """Return the column of the cell next to a column, out of some.

    Parameters
    ----------
    network : Network
    some : ndarray of bool, shape (neuron,)
    column : (int, int)
    """
    u, v = network.columns[network.neuron_column[some]].T
    closest = np.argmin(abs(u - column[0]) + abs(v - column[1]))
    return int(u[closest]), int(v[closest])
