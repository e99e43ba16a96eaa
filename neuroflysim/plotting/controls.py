"""Controls beside the fitted models, a dot for each model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

from neuroflysim import checks
from neuroflysim.plotting.colors import BLUE, GREEN, VERMILION
from neuroflysim.plotting.panels import Panels, given_panels, legend_below

#: What is drawn in each panel: title, limits, and the number that chance or no response gives.
PANELS = {
    "flow_r2": ("R2 of flow, periodic worlds", (0, 1), 0),
    "task_r2": ("R2 of flow, photographs", (0, 1), 0),
    "direction_selective": ("direction selective, of 8", (0, 8), None),
    "dsi_median": ("size of the DSI", (0, 1), 0),
    "preferred_direction_error_deg": ("direction error (deg)", (0, 180), 90),
    "dsi_r": ("DSI, r, 18 types", (-1, 1), 0),
    "polarity_correct": ("right polarity, of 32", (0, 32), 16),
    "polarity_r": ("polarity, r, 32 types", (-1, 1), 0),
    "t4_tuning_r": ("tuning of T4, r", (-1, 1), 0),
    "t5_tuning_r": ("tuning of T5, r", (-1, 1), 0),
}
#: Colours and markers of the kinds of controls.
KINDS = {
    "nothing": ("fitted to flow", BLUE, "o"),
    "no fit": ("no fit", "0.45", "s"),
    "connectome": ("connectome changed", VERMILION, "D"),
    "task": ("another task", GREEN, "^"),
}
_N_ACROSS = 5
#: How far the dots of one control lie apart at most, in rows.
_SPREAD = 0.5


def plot_controls(table: pd.DataFrame, axes: Panels | None = None) -> np.ndarray:
    """Draw the numbers of models fitted to flow, and of controls.

    Parameters
    ----------
    table : DataFrame
        One row for each model: control (its name), kind (one of `KINDS`), failure (empty, or why
        the model does not count), and the columns of `PANELS`. Controls are drawn in the order in
        which they come.
    axes : sequence of 10 Axes, optional

    Returns
    -------
    ndarray of Axes
        Of a model that failed only its number is told, beside the name of the control. Bars are
        medians; the dashed line is that of the models fitted to flow, the dotted one is chance.
        Numbers below the limits of R2 are drawn at the border.

    Examples
    --------
    >>> table = pd.DataFrame({"control": ["flow", "untrained"], "kind": ["nothing", "no fit"],
    ...     "failure": "", **dict.fromkeys(PANELS, 0.5)})  # made up
    >>> axes = plot_controls(table)
    >>> [label.get_text() for label in axes[0].get_yticklabels()]
    ['flow', 'untrained']
    """
    columns = ("control", "kind", "failure", *PANELS)
    checks.table("the table", table, "benchmarks/controls.py", columns)
    names = list(dict.fromkeys(table["control"]))
    failed = table["failure"].notna() & (table["failure"] != "")
    own = axes is None
    if axes is None:
        n_down = -(-len(PANELS) // _N_ACROSS)
        size = (2.1 * _N_ACROSS + 2, (0.26 * len(names) + 0.9) * n_down + 0.4)
        _, axes = plt.subplots(n_down, _N_ACROSS, figsize=size, sharey=True, layout="constrained")
    axes = given_panels(axes, len(PANELS))
    for ax, (quantity, (title, limits, chance)) in zip(axes, PANELS.items(), strict=True):
        if chance is not None:
            ax.axvline(chance, color="0.7", lw=0.8, ls=":", zorder=0)
        _draw(ax, table[~failed], names, quantity, limits)
        margin = 0.05 * (limits[1] - limits[0])
        ax.set_xlim(limits[0] - margin, limits[1] + margin)
        ax.set_xticks(np.linspace(limits[0], limits[1], 3))
        ax.set_title(title, fontsize=9, loc="left")
        ax.tick_params(labelsize=8)
        ax.spines[["top", "right"]].set_visible(False)
    lost = failed.groupby(table["control"]).agg(["sum", "size"]).loc[names]
    labels = [
        f"{name} ({n} of {of} failed)" if n else name
        for name, n, of in zip(names, *lost.to_numpy().T, strict=True)
    ]
    axes[0].set_yticks(range(len(names)), labels)
    axes[0].set_ylim(len(names) - 0.5, -0.5)
    handles = _handles(set(table["kind"]))
    legend_below(axes, own, handles, [str(one.get_label()) for one in handles], len(handles))
    return axes


def _draw(ax, table: pd.DataFrame, names: list[str], quantity: str, limits) -> None:
    for place, name in enumerate(names):
        rows = table[table["control"] == name]
        values = rows[quantity].to_numpy(dtype=float)
        if np.isnan(values).all():
            continue
        kind = rows["kind"].iloc[0]
        _, color, marker = KINDS[kind]
        middle = np.nanmedian(values)
        if kind == "nothing":
            ax.axvline(middle, color=color, lw=0.9, ls="--", alpha=0.7, zorder=1)
        n = len(values)
        shifts = np.linspace(-0.5, 0.5, n) * _SPREAD * min(1, (n - 1) / 4) if n > 1 else [0]
        values = np.clip(values, *limits)
        ax.plot(values, place + np.asarray(shifts), marker, color=color, ms=4, mew=0, alpha=0.75)
        ax.vlines(np.clip(middle, *limits), place - 0.38, place + 0.38, color=color, lw=1.8)


def _handles(kinds: set[str]) -> list[Line2D]:
    handles = [
        Line2D([], [], color=color, marker=marker, ls="none", ms=5, label=label)
        for kind, (label, color, marker) in KINDS.items()
        if kind in kinds
    ]
    handles.append(
        Line2D([], [], color="0.3", marker="|", ls="none", ms=9, mew=1.8, label="median")
    )
    return handles
