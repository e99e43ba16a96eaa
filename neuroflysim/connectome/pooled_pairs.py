"""The pairs of cells that the table of pools joins on a lattice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from attrs import field, frozen

from neuroflysim.connectome.pools import weights
from neuroflysim.connectome.table_rows import COLUMNAR, PAIR
from neuroflysim.errors import InvalidValueError
from neuroflysim.lattice import Lattice


@frozen(eq=False)
class PooledPairs:
    """Pairs of cells of which at least one stands once per eye.

    Attributes
    ----------
    source, target : ndarray of int, shape (pair,)
        Neurons.
    weight : ndarray of int, shape (pair,)
        Which of the weights.
    connection : ndarray of int, shape (weight,)
        Row of the table of connections.
    signed_count : ndarray of float, shape (weight,)
        Number of synapses times sign.
    """

    source: np.ndarray = field(repr=False)
    target: np.ndarray = field(repr=False)
    weight: np.ndarray = field(repr=False)
    connection: np.ndarray = field(repr=False)
    signed_count: np.ndarray = field(repr=False)


def types_that_stand_once(cell_types: pd.DataFrame) -> set[str]:
    """Return the cell types with a single cell per eye, of a checked table."""
    if COLUMNAR not in cell_types:
        return set()
    return set(cell_types["cell_type"][~cell_types[COLUMNAR]])


def pooled_pairs(
    tables: Mapping[str, pd.DataFrame],
    neuron_of_type: Mapping[str, np.ndarray],
    lattice: Lattice,
) -> PooledPairs:
    """List the pairs of all pools, in the order of the table.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Those of a connectome, checked.
    neuron_of_type : mapping of str to ndarray of int, shape (column,)
        Which neuron of a cell type is in which column; -1 where there is none.
    lattice : Lattice

    Raises
    ------
    InvalidValueError
        If a weight is negative or not finite at a column.
    """
    once = types_that_stand_once(tables["cell_types"])
    pairs = list(map(tuple, tables["connections"][PAIR].to_numpy()))
    parts, n_weights = [], 0
    for pair, rows in tables.get("pools", _NONE).groupby(PAIR, sort=False):
        ends = [neuron_of_type[name] for name in pair]
        inside = [of for of, name in zip(ends, pair, strict=True) if name not in once]
        place = np.flatnonzero((inside or ends)[0] >= 0)
        number = weights(rows, lattice, place)
        place, number = place[number > 0], number[number > 0]
        counts, which = number, np.arange(len(number))
        if pair[1] not in once:  # cells next to each other then take their input with one weight
            counts, which = np.unique(number, return_inverse=True)
        source, target = (
            np.full(len(place), of.max()) if name in once else of[place]
            for of, name in zip(ends, pair, strict=True)
        )
        row = pairs.index(pair)
        sign = tables["connections"]["sign"].iloc[row]
        parts.append((source, target, which + n_weights, np.full(len(counts), row), sign * counts))
        n_weights += len(counts)
    whole = [np.zeros(0, dtype=int)] * 4 + [np.zeros(0)]
    return PooledPairs(*(np.concatenate(each) for each in zip(whole, *parts, strict=True)))


_NONE = pd.DataFrame(columns=PAIR, dtype=object)


def require_an_open_lattice(once: set[str], lattice: Lattice) -> None:
    """Raise if cells stand once on a lattice that has no places on the eye."""
    if once and lattice.periodic:
        raise InvalidValueError(
            f"{sorted(once)[0]} stands once per eye and pools over where columns look, but the"
            " columns of a periodic lattice are all alike and look nowhere; take an open one"
            " (lattice=15), or the connectome without such cells and then Parameters.extended."
        )
