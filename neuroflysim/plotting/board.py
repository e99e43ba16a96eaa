"""The board: how well each ensemble agrees with the studies, and in which families of measures."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.collections import PolyCollection
from matplotlib.lines import Line2D

from neuroflysim.plotting.colors import AGREEMENT, AGREES, BLUE, CONTRADICTS, GREEN, VERMILION
from neuroflysim.plotting.panels import Panels, given_panels, legend_below
from neuroflysim.scoreboard.boards import SCORE, Board, checked_board

#: Families of measures: columns of the board's table, and their headings in the picture.
FAMILIES = {
    "direction": "direction",
    "polarity": "polarity",
    "temporal_filters": "temporal\nfilters",
    "spatial_fields": "spatial\nfields",
    "enhancement_and_suppression": "enhancement,\nsuppression",
    "perturbations": "pertur-\nbations",
    "tangential_cells": "tangential\ncells",
    "hs_and_vs": "HS and VS,\nin no score",
}
#: Kinds of rows: how they are headed, and their colour; grey is what no task taught.
KINDS = {
    "published": ("published models", VERMILION),
    "fitted here": ("fitted here", BLUE),
    "control": ("controls", "0.5"),
    "no fit": ("no fit", "0.5"),
    "trivial": ("trivial", "0.5"),
    "yours": ("yours", GREEN),
}
#: Heights in rows: the heading of a kind, and half a cell of the strip.
_HEADING, _HALF = 1.05, 0.46
#: Above this, letters on a cell are white.
_DARK = 0.62


def plot_board(board: Board, axes: Panels | None = None) -> np.ndarray:
    """Draw the score of each row with its intervals, and its score in each family of measures.

    Parameters
    ----------
    board : Board
        From `neuroflysim.board`. Rows stand in its order, under the names of their kinds.
    axes : sequence of 2 Axes, optional

    Returns
    -------
    ndarray of Axes, shape (2,)
        Left: the dot is the mean of the strict study scores, the thick line its interval over the
        models, the thin one that over the studies, the line at 0 what chance gives. Right: the same
        score from each family of measures alone, 1 is perfect. The last column, behind a line, is
        in no score: HS and VS of the circuit lobula_plate, asked what the proxy of tangential cells
        answers in the scores. Of a row that says fitted, what its models were fitted to is in none
        of these numbers. A row that could not be judged says
        so and has no numbers.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> board = nfs.board("no_response", extent=3, studies="behnia2014", progress=False)
    >>> axes = plot_board(board)
    >>> [label.get_text() for label in axes[0].get_yticklabels()]
    ['no_response (1)']
    """
    table = checked_board(board).table
    places, headings = _places(table["kind"])
    bottom = (places[-1] if len(places) else 0) + 0.75
    own = axes is None
    if axes is None:
        size = (10.5, 1.35 + 0.25 * bottom)
        ratios = {"width_ratios": [1, 1.3]}
        _, axes = plt.subplots(
            1, 2, figsize=size, sharey=True, gridspec_kw=ratios, layout="constrained"
        )
    axes = given_panels(axes, 2)
    scores, families = axes
    _draw_scores(scores, table, places, headings)
    _draw_families(families, table, places)
    for ax in axes:
        labels = [_label(name, row) for name, row in table.iterrows()]
        # A dollar in the name of a folder is no formula.
        ax.set_yticks(places, labels, fontsize=8, parse_math=False)
        ax.set_ylim(bottom, -1.2)
        ax.tick_params(axis="y", length=0)
        ax.spines[["top", "right", "left"]].set_visible(False)
    families.tick_params(axis="y", labelleft=False)
    for label, kind in zip(scores.get_yticklabels(), table["kind"], strict=True):
        label.set_color(_color(kind) if _color(kind).startswith("#") else "0.35")
    handles = _handles()
    legend_below(axes, own, handles, [str(one.get_label()) for one in handles], len(handles))
    return axes


def _places(kinds: pd.Series) -> tuple[np.ndarray, dict[float, str]]:
    """Return the height of each row, and headings with theirs: one where a new kind begins."""
    places, headings, height, before = [], {}, 0.0, None
    for kind in kinds:
        if kind != before:
            height += _HEADING if places else 0
            headings[height - 0.85] = KINDS[kind][0]
            before = kind
        places.append(height)
        height += 1
    return np.array(places), headings


def _color(kind: str) -> str:
    return KINDS[kind][1]


def _label(name: str, row: pd.Series) -> str:
    fitted = ", fitted" if row["fitted"] > 0 else ""
    return f"{_shortened(name, 34)} ({row['models']}{fitted})"


def _draw_scores(ax, table: pd.DataFrame, places: np.ndarray, headings: dict[float, str]) -> None:
    ax.axvline(0, color="0.3", lw=1, zorder=0)
    judged = table["score"].notna().to_numpy()
    color = [_color(kind) for kind in table["kind"][judged]]
    rows, heights = table[judged], places[judged]
    ax.hlines(heights, rows["score_studies_low"], rows["score_studies_high"], color=color, lw=1)
    ax.hlines(heights, rows["score_models_low"], rows["score_models_high"], color=color, lw=4.5)
    ax.scatter(rows["score"], heights, c=color, s=34, zorder=3, edgecolors="white", linewidths=0.8)
    for place, why in zip(places, table["trouble"], strict=True):
        if why:
            ax.annotate(
                f"not judged: {_shortened(why)}", (0, place), (4, 0), va="center", fontsize=7,
                xycoords=("axes fraction", "data"), textcoords="offset points", color="0.35",
                bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
                style="italic", parse_math=False,
            ).set_in_layout(False)  # fmt: skip
    for height, text in headings.items():
        ax.annotate(
            text, (0, height), (-6, 0), xycoords=("axes fraction", "data"), va="center", ha="right",
            textcoords="offset points", fontsize=8, weight="bold", color="0.25",
            annotation_clip=False,
        )  # fmt: skip
    ends = table[list(SCORE)].to_numpy(dtype=float)
    ends = ends[np.isfinite(ends)]
    ax.set_xlim(min([-0.12, *ends]) - 0.03, max([0.4, *ends]) + 0.03)
    ax.set_title("mean of the strict study scores", fontsize=9, loc="left")
    ax.set_xlabel("0: chance    1: as the flies", fontsize=8)
    ax.grid(axis="x", color="0.93", lw=0.6)
    ax.set_axisbelow(True)
    ax.tick_params(axis="x", labelsize=8)


def _draw_families(ax, table: pd.DataFrame, places: np.ndarray) -> None:
    """Draw a cell for each row and family, coloured by its number, which stands in it."""
    values = table[list(FAMILIES)].to_numpy(dtype=float)
    corners = np.array([(-0.48, -_HALF), (0.48, -_HALF), (0.48, _HALF), (-0.48, _HALF)])
    middles = [(column, place) for place in places for column in range(len(FAMILIES))]
    squares = [corners + middle for middle in middles]
    colors = plt.get_cmap(AGREEMENT).with_extremes(bad="0.95")
    cells = PolyCollection(squares, cmap=colors, clim=(-1, 1), edgecolors="none")
    cells.set_array(np.ma.masked_invalid(values.ravel()))
    ax.add_collection(cells)
    for (column, place), value in zip(middles, values.ravel(), strict=True):
        text, color = ("–", "0.5") if np.isnan(value) else (_signed(value), "0.1")
        if abs(value) > _DARK:
            color = "white"
        ax.text(column, place, text, ha="center", va="center", fontsize=7.5, color=color)
    ax.axvline(len(FAMILIES) - 1.5, color="0.3", lw=1)  # what stands behind it is in no score
    ax.set_xlim(-0.55, len(FAMILIES) - 0.45)
    ax.set_title("the score in each family of measures", fontsize=9, loc="left")
    ax.xaxis.tick_top()
    ax.set_xticks(range(len(FAMILIES)), FAMILIES.values(), fontsize=7.5)
    ax.tick_params(axis="x", length=0)
    ax.spines["bottom"].set_visible(False)


def _signed(value: float) -> str:
    text = f"{value:.2f}"
    return text.replace("-", "" if float(text) == 0 else "\N{MINUS SIGN}")


def _shortened(why: str, most: int = 46) -> str:
    line = " ".join(str(why).split())
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def _handles() -> list[Line2D]:
    return [
        Line2D([], [], color="0.4", marker="o", ls="none", ms=6, label="score (number of models)"),
        Line2D([], [], color="0.4", lw=4.5, label="95 %, over models"),
        Line2D([], [], color="0.4", lw=1, label="95 %, over studies"),
        Line2D([], [], color=AGREES, marker="s", ls="none", ms=8, label="agrees with flies"),
        Line2D([], [], color=CONTRADICTS, marker="s", ls="none", ms=8, label="contradicts them"),
    ]
