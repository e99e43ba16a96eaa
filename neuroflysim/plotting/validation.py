"""The headline numbers of models, of the untrained start and of flyvis, side by side."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.plotting.colors import BLUE, VERMILION
from neuroflysim.plotting.panels import Panels, given_panels, legend_below

#: What is drawn in each panel: rows, limits, and the number that chance or no response gives.
PANELS = {
    "correlation with what is known (Pearson r)": (
        {
            "polarity_r": "flash response index,\n32 types",
            "tuning_r_T4": "tuning of T4, best speed",
            "tuning_r_T4_at_one_speed": "tuning of T4, one speed",
            "tuning_r_T5": "tuning of T5, best speed",
            "tuning_r_T5_at_one_speed": "tuning of T5, one speed",
            "dsi_r": "direction selectivity,\n18 types",
        },
        (-1, 1),
        0,
    ),
    "size of the direction selectivity index": (
        {"dsi_T4": "T4, bright edges", "dsi_T5": "T5, dark edges"},
        (0, 1),
        0,
    ),
    "types of T4 and T5 that are selective as they should be, of 8": (
        {"direction_selective": "index >= 0.2, within 45\N{DEGREE SIGN}"},
        (0, 8),
        0,
    ),
    "types of right polarity, of 32": ({"polarity_count": "flash response"}, (0, 32), 16),
    "error of the preferred direction (deg)": (
        {"preferred_direction_error": "T4 and T5"},
        (0, 180),
        90,
    ),
}
#: Who is shown: columns of the table, name, colour, marker.
SHOWN = (
    ("model", "models: median and range", BLUE, "o"),
    ("untrained_start", "untrained start", "0.45", "s"),
    ("flyvis", "flyvis, published: median and range", VERMILION, "D"),
)


def plot_validation(table: pd.DataFrame, axes: Panels | None = None) -> np.ndarray:
    """Draw the headline numbers; what is missing was not published, or there is no model.

    Parameters
    ----------
    table : DataFrame
        From `neuroflysim.validate`.
    axes : sequence of 5 Axes, optional

    Returns
    -------
    ndarray of Axes, shape (5,)

    Examples
    --------
    >>> from neuroflysim.validation.headline import QUANTITIES
    >>> ends = ("", "_min", "_max")
    >>> columns = [f"{who}{end}" for who in ("model", "flyvis") for end in ends]
    >>> table = pd.DataFrame(0.5, list(QUANTITIES), [*columns, "untrained_start"])  # made up
    >>> axes = plot_validation(table)
    >>> len(axes)
    5
    """
    checks.table("the table", table, "nfs.validate")
    missing = [name for rows, *_ in PANELS.values() for name in rows if name not in table.index]
    if missing:
        raise InvalidValueError(
            f"the table has no row {missing[0]!r}; make it with neuroflysim.validate."
        )
    own = axes is None
    if axes is None:
        heights = [len(rows) + 0.9 for rows, *_ in PANELS.values()]
        _, axes = plt.subplots(
            len(PANELS), figsize=(7.2, 8.2), height_ratios=heights, layout="constrained"
        )
    axes = given_panels(axes, len(PANELS))
    for ax, (title, (rows, limits, chance)) in zip(axes, PANELS.items(), strict=True):
        _draw_rows(ax, table.loc[list(rows)])
        ax.axvline(chance, color="0.7", lw=0.8, ls=":", zorder=0)
        ax.set_title(title, fontsize=10, loc="left")
        fitted = table.get("fitted", pd.Series(False, table.index))
        labels = [f"{label}, fitted" if fitted[name] else label for name, label in rows.items()]
        ax.set_yticks(range(len(rows)), labels, fontsize=8)
        ax.set_ylim(len(rows) - 0.5, -0.5)
        margin = 0.02 * (limits[1] - limits[0])
        ax.set_xlim(limits[0] - margin, limits[1] + margin)
        ax.set_xticks(np.linspace(*limits, 5))
        ax.tick_params(axis="x", labelsize=8)
        ax.spines[["top", "right"]].set_visible(False)
    lines, names = axes[0].get_legend_handles_labels()
    legend_below(axes, own, lines, names, 3)
    return axes


def _draw_rows(ax, table: pd.DataFrame) -> None:
    places = np.arange(len(table))
    for shift, (name, label, color, marker) in zip((-0.22, 0, 0.22), SHOWN, strict=True):
        values = table[name].to_numpy(dtype=float)
        if np.isnan(values).all() and name == "model":
            continue
        ax.plot(values, places + shift, marker, color=color, label=label, ms=6, zorder=3)
        if f"{name}_min" in table:
            low, high = (table[f"{name}_{end}"].to_numpy(dtype=float) for end in ("min", "max"))
            ax.hlines(places + shift, low, high, color=color, lw=1.6, alpha=0.6)
