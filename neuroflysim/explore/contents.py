"""What a page holds: cells of some types, at some times, in all conditions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from attrs import frozen

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.explore.coding import STEPS, Scale, packed

#: Bytes of the largest page: what browsers open at once and mail takes.
MOST_BYTES = 10_000_000
#: Of them, for the numbers; text, style and scripts take less than the rest.
MOST_FOR_NUMBERS = 9_700_000

#: Samples over time: no more than a person would step through, no fewer than motion needs.
MOST_SAMPLES, FEWEST_SAMPLES = 300, 12

#: Bytes that a value takes at least, and what is assumed at first.
_AT_FIRST = 0.3


@frozen
class Contents:
    """The numbers of a page."""

    times: np.ndarray  #: in seconds
    every: int  #: of so many samples one is on the page
    columns: np.ndarray  #: axial coordinates, shape (column, 2)
    types: list[dict]  #: name, cells (places among columns), low, step, limit, data by condition


def chosen_cells(signal: xr.DataArray, cell_types: Sequence[str] | str | None) -> list[str]:
    """Return the names of the cell types on the page, as they were recorded or asked for.

    Parameters
    ----------
    signal : DataArray
    cell_types : sequence of str, str or None
        None is all.
    """
    there = list(dict.fromkeys(map(str, signal["cell_type"].to_numpy().tolist())))
    if cell_types is None:
        return there
    asked = [cell_types] if isinstance(cell_types, str) else checks.words("cell_types", cell_types)
    if not asked:
        raise InvalidValueError("cell_types is empty; name one cell type or more.")
    return list(dict.fromkeys(checks.one_of("a cell type", name, there) for name in asked))


def contents_of(
    signal: xr.DataArray, cell_types: list[str], begin: float, end: float | None
) -> Contents:
    """Return the numbers of a page; of a long recording every so many samples, to stay small.

    Parameters
    ----------
    signal : DataArray, dims (condition, time, cell)
    cell_types : list of str
    begin, end : float
        Seconds from onset; without an end until the last sample.

    Raises
    ------
    InvalidValueError
        If no sample lies there, or fewer than 12 of them would fit.
    """
    times = signal["time"].to_numpy()
    last = times[-1] if end is None else end
    shown = np.flatnonzero((times >= begin - 1e-9) & (times <= last + 1e-9))
    if not len(shown):
        raise InvalidValueError(
            f"no sample lies between begin = {begin:g} s and end = {last:g} s; these responses last"
            f" from {times[0]:g} s to {times[-1]:g} s."
        )
    names = signal["cell_type"].to_numpy()
    cells = [np.flatnonzero(names == name) for name in cell_types]
    n_each = signal.sizes["condition"] * sum(map(len, cells))
    fitting = int(MOST_FOR_NUMBERS / _AT_FIRST / n_each)
    every = -(-len(shown) // min(MOST_SAMPLES, max(1, fitting)))
    while True:
        kept = shown[::every]
        if len(kept) < min(FEWEST_SAMPLES, len(shown)):
            raise InvalidValueError(_too_much(cell_types, signal.sizes["condition"]))
        columns, places = _columns_of(signal, cells)
        types, size = [], 0
        for name, which, place in zip(cell_types, cells, places, strict=True):
            types.append(_coded(name, np.asarray(signal[:, kept, which]), times[kept], place))
            size += sum(map(len, types[-1]["data"]))
            if size > MOST_FOR_NUMBERS:
                break
        else:
            return Contents(times[kept], every, columns, types)
        part = len(types) / len(cells)  # of the types were coded when it became too large
        every = max(every + 1, int(np.ceil(every * size / part / MOST_FOR_NUMBERS)))


def _coded(name: str, values: np.ndarray, times: np.ndarray, place: list[int]) -> dict:
    """Return one cell type, values of shape (condition, time, cell)."""
    values = np.asarray(values, float)
    scale = Scale.of(values)
    whole = scale.whole(values)
    read = scale.values(whole)
    rest = read[:, resting(times)].mean(axis=1, keepdims=True)
    change = np.abs(read - rest)
    limit = float(np.nanmax(change)) if np.isfinite(change).any() else 0.0
    return {
        "name": name,
        "cells": place,
        "low": scale.low,
        "step": scale.step,
        "limit": limit or 1.0,
        "data": [packed(one) for one in whole],
    }


def resting(times: np.ndarray) -> np.ndarray:
    """Return which samples are before the stimulus; the first one, if there is none.

    Parameters
    ----------
    times : ndarray
        In seconds from onset.
    """
    before = np.flatnonzero(times <= 1e-9)
    return before if len(before) else np.array([0])


def _columns_of(
    signal: xr.DataArray, cells: list[np.ndarray]
) -> tuple[np.ndarray, list[list[int]]]:
    """Return the columns that have a cell, and in which of them those of each type are."""
    if "u" in signal.coords and "v" in signal.coords:
        where = np.column_stack([signal["u"].to_numpy(), signal["v"].to_numpy()]).astype(int)
    else:
        where = np.zeros((len(signal["cell_type"]), 2), dtype=int)
    every = np.concatenate(cells)
    columns = np.unique(where[every], axis=0)
    index = {tuple(column): k for k, column in enumerate(columns.tolist())}
    return columns, [[index[tuple(at)] for at in where[which].tolist()] for which in cells]


def _too_much(cell_types: list[str], n_conditions: int) -> str:
    return (
        f"{len(cell_types)} cell types in {n_conditions} conditions are more than a page of"
        f" {MOST_BYTES / 1e6:g} MB holds: name fewer of them (cell_types=['T4a', 'Mi1'],"
        " --cell-types T4a,Mi1), or simulate fewer conditions."
    )


def told_precision(types: list[dict]) -> str:
    """Return how exact the numbers of a page are.

    Parameters
    ----------
    types : list of dict
    """
    coarsest = max(one["step"] for one in types)
    return (
        f"Each cell type has {STEPS:,} steps from its lowest to its highest value; the largest step"
        f" is {coarsest:.2g}, and no value is farther than half a step from the recorded one."
    )
