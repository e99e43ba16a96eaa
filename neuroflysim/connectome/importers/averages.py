"""Synapses by source type, target type and offset: means over the target cells of a lobe."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from neuroflysim.connectome.importers.lobe_map import LobeMap, meetings, spectrum
from neuroflysim.connectome.importers.pair_store import Pairs, summed_by


def averaged(
    parts: Iterable[Pairs],
    type_of: np.ndarray,
    n_types: int,
    column: np.ndarray,
    placed: np.ndarray,
    lobe: LobeMap,
    border: int,
    over_pairs: bool,
) -> pd.DataFrame:
    """Average synapses over target cells away from the border.

    Parameters
    ----------
    parts : iterable of Pairs
        All pairs of a target in one of them.
    type_of : ndarray of int, shape (neuron,)
    n_types : int
    column : ndarray of int, shape (neuron, 2)
        Axial coordinates.
    placed : ndarray of bool, shape (neuron,)
    lobe : LobeMap
    border : int
        Target cells so near to the border are left out; see `LobeMap.interior`.
    over_pairs : bool
        A target cell counts at an offset if a source cell stands there; otherwise if there is a
        column.

    Returns
    -------
    DataFrame
        source, target (indices of types), du, dv; total (synapses in all), synapse_count (mean of
        a target cell), deviation (standard deviation among target cells), n_cells (how many).
    """
    interior = lobe.interior(border)
    within = placed & lobe.holds(column)
    place = np.where(within[:, None], column - lobe.low, 0)
    is_target = within & interior[place[:, 0], place[:, 1]]
    sums = _sums(parts, type_of, n_types, column, within, is_target, lobe.shape)
    cells = np.zeros(len(sums), dtype=np.int64)
    every = range(n_types)
    standing = np.array([lobe.counted(column[within & (type_of == k)]) for k in every])
    at_target = np.array([lobe.counted(column[is_target & (type_of == k)]) for k in every])
    there = standing > 0 if over_pairs else np.broadcast_to(lobe.inside, standing.shape)
    there, at_target = spectrum(there), spectrum(at_target)
    source, du, dv = (sums[name].to_numpy() for name in ("source", "du", "dv"))
    for target, rows in sums.groupby("target", sort=False).indices.items():
        sources, which = np.unique(source[rows], return_inverse=True)
        met = meetings(there[sources], at_target[target], lobe.shape)
        cells[rows] = met[which, du[rows], dv[rows]]
    mean = sums["total"] / cells
    # Cells without a synapse at the offset count as 0.
    variance = (sums["squares"] - cells * mean**2) / np.maximum(cells - 1, 1)
    return sums.drop(columns="squares").assign(
        synapse_count=mean, deviation=np.sqrt(np.maximum(variance, 0)), n_cells=cells
    )


def _sums(
    parts: Iterable[Pairs],
    type_of: np.ndarray,
    n_types: int,
    column: np.ndarray,
    within: np.ndarray,
    is_target: np.ndarray,
    shape: tuple[int, int],
) -> pd.DataFrame:
    """Add up synapses, and squares of what each target cell has, by types and offset."""
    n_u, n_v = 2 * shape[0] - 1, 2 * shape[1] - 1
    keys, totals, squares = [], [], []
    for pairs in parts:
        kept = within[pairs.source] & is_target[pairs.target]
        source, target = pairs.source[kept], pairs.target[kept]
        offset = column[target] - column[source] + np.array(shape) - 1
        # Several source cells may stand in one column: what they do to a target is added up.
        at = (type_of[source] * n_u + offset[:, 0]) * n_v + offset[:, 1]
        per_cell, (count,) = summed_by(target * (n_types * n_u * n_v) + at, pairs.count[kept])
        of_cell, at = np.divmod(per_cell, n_types * n_u * n_v)
        key, (total, square) = summed_by(
            type_of[of_cell] * (n_types * n_u * n_v) + at, count, count.astype(float) ** 2
        )
        keys.append(key)
        totals.append(total)
        squares.append(square)
    nothing = np.zeros(0, dtype=np.int64)
    key, (total, square) = summed_by(
        np.concatenate([nothing, *keys]),
        np.concatenate([nothing, *totals]),
        np.concatenate([nothing.astype(float), *squares]),
    )
    rest, dv = np.divmod(key, n_v)
    rest, du = np.divmod(rest, n_u)
    target, source = np.divmod(rest, n_types)
    return pd.DataFrame(
        {
            "source": source, "target": target, "du": du - shape[0] + 1, "dv": dv - shape[1] + 1,
            "total": total, "squares": square,
        }
    )  # fmt: skip
