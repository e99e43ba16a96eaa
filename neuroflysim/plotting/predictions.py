"""What an ensemble predicts, and whether a better score goes with a better match."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.ticker import MaxNLocator

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.plotting.colors import BLUE
from neuroflysim.plotting.panels import Panels, given_panels, legend_below
from neuroflysim.validation.correlating import MATCHES, score_and_match

#: Quantities of the three panels, with title and the line that parts two kinds of cells.
PANELS = {
    "flash_response_index": ("flash response index\nOFF < 0 < ON", 0.0),
    "dsi_on": ("direction selectivity\nbright edges", 0.2),
    "dsi_off": ("direction selectivity\ndark edges", 0.2),
}
#: Of the models that have to agree, for a filled dot.
MOST = 0.9
GREY = "0.55"

#: Names of the scores and matches in the picture.
TEXTS = {
    "r2": "held-out R\N{SUPERSCRIPT TWO}, worlds like those of the fit",
    "task_r2": "task R\N{SUPERSCRIPT TWO}, unseen photographs",
    "task_r2_worlds": "task R\N{SUPERSCRIPT TWO}, layered worlds",
    "polarity_correct": "polarities right, of 32",
    "polarity_r": "polarity, r",
    "direction_selective": "selective types, of 8",
    "dsi_median": "direction selectivity index",
    "dsi_r": "direction selectivity, r",
    "t4_tuning_r": "tuning of T4, r",
    "t5_tuning_r": "tuning of T5, r",
    "preferred_direction_error_deg": "error of direction (deg)",
}


def plot_predictions(
    table: pd.DataFrame, measured: bool = False, axes: Panels | None = None
) -> np.ndarray:
    """Draw the median and the range of the models for each cell type.

    A dot is filled where nine of ten models agree (on the sign, or on being selective), and open
    where they do not. A small square is the untrained start. A type says fitted if a model was
    fitted to recordings of it: then it is no prediction.

    Parameters
    ----------
    table : DataFrame
        From `neuroflysim.predictions`.
    measured : bool
        Draw types that a study of the database has measured, instead of those that none has.
    axes : sequence of 3 Axes, optional

    Returns
    -------
    ndarray of Axes, shape (3,)

    Examples
    --------
    >>> names = ["quantity", "cell_type"]
    >>> index = pd.MultiIndex.from_product([list(PANELS), ["Tm28", "TmY9"]], names=names)
    >>> table = pd.DataFrame({"median": 0.3, "lowest": 0.1, "highest": 0.5, "agreement": 1.0,
    ...     "untrained": 0.2, "studies": ""}, index)  # made up
    >>> axes = plot_predictions(table)
    >>> [label.get_text() for label in axes[0].get_yticklabels()]
    ['Tm28', 'TmY9']
    """
    columns = ("median", "lowest", "highest", "agreement", "untrained", "studies")
    checks.table("the table", table, "nfs.predictions", columns)
    checks.truth_value("measured", measured)
    chosen = table[(table["studies"] != "") == measured]
    first, *_ = PANELS
    if first not in chosen.index.get_level_values("quantity"):
        raise InvalidValueError(
            "the table has no cell types to draw; make it with neuroflysim.predictions, or draw the"
            f" types with measured={not measured}."
        )
    order = chosen.loc[first]["median"].sort_values().index
    fitted = chosen.loc[first].get("fitted", pd.Series(False, order))
    labels = [f"{name}, fitted" if fitted[name] else name for name in order]
    own = axes is None
    if axes is None:
        height = 1.7 + 0.19 * len(order)
        _, axes = plt.subplots(1, 3, figsize=(8, height), sharey=True, layout="constrained")
    axes = given_panels(axes, 3)
    places = np.arange(len(order))
    for ax, (name, (title, line)) in zip(axes, PANELS.items(), strict=True):
        rows = chosen.loc[name].loc[order]
        agreed = (rows["agreement"] >= MOST).to_numpy()
        ax.axvline(line, color="0.7", lw=0.8, ls=":", zorder=0)
        ax.hlines(places, rows["lowest"], rows["highest"], color=BLUE, lw=1.4, alpha=0.6)
        ax.plot(rows["untrained"], places, "s", color=GREY, ms=3, label="untrained start")
        for kind, fill, label in (
            (agreed, BLUE, "median, 9 of 10 models agree"),
            (~agreed, "white", "median, they do not"),
        ):
            ax.plot(
                rows["median"][kind], places[kind], "o", color=BLUE, mfc=fill, ms=5, label=label
            )
        ax.set_title(title, fontsize=9)
        ax.set_yticks(places, labels, fontsize=7)
        ax.set_ylim(-0.7, len(order) - 0.3)
        ax.tick_params(axis="x", labelsize=8)
        ax.grid(axis="y", color="0.93", lw=0.6)
        ax.set_axisbelow(True)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_xlim(-1.02, 1.02)
    for ax in axes[1:]:
        ax.set_xlim(-0.02, max(0.5, ax.get_xlim()[1]))
    lines, names = axes[0].get_legend_handles_labels()
    legend_below(axes, own, lines, names, 3)
    return axes


def plot_score_and_match(
    table: pd.DataFrame,
    score: str = "task_r2",
    untrained: pd.Series | None = None,
    axes: Panels | None = None,
) -> np.ndarray:
    """Draw each model by its score in the task and its match with recordings.

    Parameters
    ----------
    table : DataFrame
        See `neuroflysim.experiments.score_and_match`.
    score : str
        Column with the score.
    untrained : Series, optional
        The numbers of the untrained start, drawn as a square.
    axes : sequence of Axes, optional
        One for each match that the table has.

    Returns
    -------
    ndarray of Axes, one for each match

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> axes = plot_score_and_match(nfs.load_ensemble("flow").table)
    >>> len(axes)
    8
    """
    found = score_and_match(table, score)
    if "stable" in table:
        table = table[table["stable"].astype(bool)]
    names = [name for name in MATCHES if name in found.index]
    own = axes is None
    if axes is None:
        n_rows = -(-len(names) // 4)
        figure, axes = plt.subplots(
            n_rows, 4, figsize=(9, 2.4 * n_rows), squeeze=False, layout="constrained"
        )
        for ax in axes.flat[len(names) :]:
            ax.remove()
        axes = axes.flat[: len(names)]
        figure.supxlabel(TEXTS.get(score, score), fontsize=9)
    axes = given_panels(axes, len(names))
    for ax, name in zip(axes, names, strict=True):
        ax.plot(table[score], table[name], "o", color=BLUE, ms=4, alpha=0.8, mew=0)
        if untrained is not None:
            ax.plot(untrained[score], untrained[name], "s", color=GREY, ms=5)
        row = found.loc[name]
        interval = "" if np.isnan(row["low"]) else f" ({row['low']:.2f} to {row['high']:.2f})"
        ax.set_title(f"r = {row['pearson_r']:.2f}{interval}", fontsize=8)
        ax.set_ylabel(TEXTS[name], fontsize=8)
        if not own:
            ax.set_xlabel(TEXTS.get(score, score), fontsize=8)
        ax.tick_params(labelsize=7)
        if (table[name] % 1 == 0).all():  # counts
            ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
        ax.spines[["top", "right"]].set_visible(False)
    return axes
