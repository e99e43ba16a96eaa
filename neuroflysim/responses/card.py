"""What a notebook shows of responses: sizes, conditions, curves, and a map of all columns."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import xarray as xr

from neuroflysim.lattice import hexagonal_distance
from neuroflysim.notebook import card, curves, diverging, figure, hexagons, number, table

#: Only a glance: of so many moments, and as many cell types, the one with most to see is drawn.
MOMENTS, CURVES = 24, 3

#: A map has the columns up to this distance from the middle.
FARTHEST = 15


def responses_card(signal: xr.DataArray, kind: str, beside: Iterable[str]) -> str:
    """Return HTML.

    Parameters
    ----------
    signal : DataArray
        As `Responses` holds it.
    kind : str
        What it is, voltage or calcium.
    beside : iterable of str
        Names of the variables that were recorded, too.
    """
    sizes, attrs = signal.sizes, signal.attrs
    types = np.unique(signal["cell_type"].to_numpy()) if "cell_type" in signal.coords else []
    if "neuron" in sizes:
        cells = f"{sizes['neuron']:,} neurons of {len(types)} types"
    else:
        cells = f"{sizes['cell_type']} central cells, one of each type"
    facts = {
        "recorded": ", ".join([kind, *beside]),
        "cells": cells,
        "candidates": sizes["candidate"],
        "trials": sizes.get("trial"),
        "conditions": sizes["condition"],
        "times": _times(signal),
        "stimulus": attrs.get("stimulus") or attrs.get("protocol"),
        "dynamics": attrs.get("dynamics"),
        "method": attrs.get("method"),
    }
    parts = [_conditions(signal)]
    if signal.size and "cell_type" in signal.coords:
        parts = [*_pictures(signal, kind), *parts]
    return card("Responses", facts, parts)


def _times(signal: xr.DataArray) -> str:
    if "time" not in signal.coords or not signal.sizes["time"]:
        return number(signal.sizes["time"])
    times = signal["time"].to_numpy()
    return f"{len(times):,}, from {times[0]:g} s to {times[-1]:g} s"


def _conditions(signal: xr.DataArray) -> str:
    """Return the table of conditions and that of perturbations, where there are any."""
    parts = []
    for dim in ("condition", "candidate"):
        names = [
            str(name) for name, one in signal.coords.items()
            if one.dims == (dim,) and name not in (dim, "parameters_sha256")
        ]  # fmt: skip
        if names:
            columns = [signal[name].to_numpy()[:8].tolist() for name in names]
            parts.append(table(names, zip(*columns, strict=True), signal.sizes[dim]))
    return "".join(parts)


def _pictures(signal: xr.DataArray, kind: str) -> list[str]:
    """Return curves of the cells that change most, and a map of the one that changes most."""
    one = signal[0, 0, 0] if "trial" in signal.dims else signal[0, 0]  # dims (time, cell)
    times = _seconds(one)
    before = max(0, int(np.searchsorted(times, 1e-9)) - 1)  # the last sample before the stimulus
    looked = np.unique(np.linspace(before, len(times) - 1, MOMENTS).round().astype(int))
    values = np.asarray(one[looked].to_numpy() - one[before].to_numpy(), float)
    values = np.nan_to_num(values)
    types = one["cell_type"].to_numpy()
    central, whose = np.arange(len(types)), "the central "
    if len(set(types)) == len(types) and "u" in one.coords:
        whose = ""  # cells of a column that was chosen
    elif "u" in one.coords and "v" in one.coords:
        central = np.flatnonzero((one["u"].to_numpy() == 0) & (one["v"].to_numpy() == 0))
    parts = []
    if len(central):
        most = np.argsort(-np.abs(values[:, central]).max(axis=0), kind="stable")[:CURVES]
        chosen = central[most]
        lines = [one[:, int(k)].to_numpy() for k in chosen]
        told = ", ".join(map(str, types[chosen]))
        caption = f"{kind} of {whose}{told} (blue, orange, green), condition 0"
        parts.append(figure(curves(times, lines, caption, "s"), caption))
    if "neuron" in one.dims and "u" in one.coords and "v" in one.coords:
        parts.insert(0, _map(one, values, times[looked], types, kind))
    return parts


def _map(
    one: xr.DataArray, values: np.ndarray, times: np.ndarray, types: np.ndarray, kind: str
) -> str:
    """Return the hexagons of one type at the moment when it changes most."""
    moment, most = np.unravel_index(int(np.abs(values).argmax()), values.shape)
    u, v = one["u"].to_numpy(), one["v"].to_numpy()
    near = hexagonal_distance(u, v) <= FARTHEST
    cells = np.flatnonzero((types == types[most]) & near)
    if not len(cells):
        return ""
    shown = values[moment, cells]
    limit = float(np.abs(shown).max()) or 1.0
    part = "" if near.all() else f", the middle {len(cells)} columns"
    caption = (
        f"change of {kind} of {types[most]} at {times[moment] * 1000:.0f} ms, condition 0:"
        f" blue {-limit:.2g} to red {limit:.2g}{part}"
    )
    return figure(hexagons(u[cells], v[cells], diverging(shown, limit), caption, 130), caption)


def _seconds(one: xr.DataArray) -> np.ndarray:
    if "time" in one.coords:
        return one["time"].to_numpy().astype(float)
    return np.arange(one.sizes["time"], dtype=float)
