"""Two connectomes beside each other: counts of each connection, and what only one has."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.plotting.colors import FLY_COLOR, MODEL_COLOR
from neuroflysim.plotting.panels import Panels, panels

#: Where connections are drawn that the other lacks, as a part of the least count that both have.
_MARGIN = 0.4

#: Connections that are named: those whose counts differ most.
_NAMED = 6


def plot_compared_connectomes(
    table: pd.DataFrame,
    names: tuple[str, str] = ("first", "second"),
    axes: Panels | None = None,
) -> np.ndarray:
    """Draw the counts of each connection in two connectomes, and how far their offsets agree.

    Parameters
    ----------
    table : DataFrame
        From `neuroflysim.compare_connectomes`.
    names : (str, str)
        What the two are called on the axes.
    axes : array of two Axes, optional

    Returns
    -------
    ndarray of Axes
        Left, a dot for each connection, on logarithmic axes; those that one lacks (or has no
        synapses of) stand at the border, and those whose sign differs are squares. Right, overlap
        of the offsets of those that both have, from the smallest to the largest.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> other = connectome.restricted_to(["R1", "L1", "L2", "C2"])
    >>> axes = plot_compared_connectomes(nfs.compare_connectomes(connectome, other))
    >>> axes[0, 0].get_xlabel()
    'synapses on one target cell, first'
    """
    columns = ("only_in", "synapse_count_first", "synapse_count_second", "overlap")
    checks.table("table", table, "nfs.compare_connectomes", columns)
    if len(checks.words("names", names)) != 2:
        raise InvalidValueError(f"names are {names!r}, but must be two, one for each connectome.")
    drawn = panels(2, 4.4, 4.2, axes)
    left, right = drawn.flat[:2]
    _draw_counts(left, table, names)
    _draw_overlap(right, table)
    return drawn


def _draw_counts(ax: Axes, table: pd.DataFrame, names: tuple[str, ...]) -> None:
    counts = table[["synapse_count_first", "synapse_count_second"]].dropna().to_numpy(float)
    rows = table.loc[table[["synapse_count_first", "synapse_count_second"]].notna().all(axis=1)]
    rows, counts = rows[(counts > 0).any(axis=1)], counts[(counts > 0).any(axis=1)]
    above = counts[counts > 0]
    least = above.min() * _MARGIN if len(above) else 0.1
    shown = np.where(counts > 0, counts, least)
    both = (counts > 0).all(axis=1)
    turned = both & (rows["sign_first"] != rows["sign_second"]).fillna(False).to_numpy(bool)
    for which, marker, color, label in (
        (both & ~turned, "o", MODEL_COLOR, "in both"),
        (turned, "s", FLY_COLOR, "of another sign"),
        (~both, "x", "0.45", "in one only"),
    ):
        if which.any():
            text = f"{label} ({which.sum()})"
            ax.plot(*shown[which].T, marker, color=color, ms=4, alpha=0.8, mew=1, label=text)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ends = np.array([least, max(shown.max(), 1.0)]) if len(shown) else np.array([0.1, 1.0])
    ax.plot(ends, ends, color="0.7", lw=0.8, zorder=0)
    ratio = np.abs(rows["log_ratio"].to_numpy(float))
    for row in np.argsort(-np.nan_to_num(ratio), kind="stable")[:_NAMED]:
        if ratio[row] > 0:
            name = " - ".join(rows.index[row])
            ax.annotate(
                name,
                tuple(shown[row]),
                (-4, 0),
                fontsize=6,
                va="center",
                ha="right",
                textcoords="offset points",
            )
    ax.set_xlabel(f"synapses on one target cell, {names[0]}")
    ax.set_ylabel(f"synapses on one target cell, {names[1]}")
    ax.legend(fontsize=7, frameon=False)


def _draw_overlap(ax: Axes, table: pd.DataFrame) -> None:
    overlap = np.sort(table["overlap"].dropna().to_numpy(float))
    ax.plot(np.arange(1, len(overlap) + 1), overlap, color=MODEL_COLOR)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel("connections that both have, by overlap")
    ax.set_ylabel("overlap of the profiles over offsets")
