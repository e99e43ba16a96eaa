"""Draw docs/figures/step_time.png from the results of step_time.py, limits.py and growth.py.

python benchmarks/plot.py
"""

from pathlib import Path

import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.lines import Line2D

import results

FIGURE = Path(__file__).parents[1] / "docs" / "figures" / "step_time.png"
# Colours that people with any colour vision can tell apart, and a marker for each as well.
LOOKS = {
    "lattice": ("#0072B2", "o"),
    "synapses": ("#D55E00", "s"),
    "scipy CSR": ("#009E73", "^"),
    "flyvis": ("#CC79A7", "D"),
}
#: The limits that are drawn; L1 is no tighter than multiply-adds, and the state fits into L3.
DRAWN_LIMITS = ("multiply-adds", "reads from L2", "reads from L3")


def draw(folder: Path = results.FOLDER, figure_file: Path = FIGURE) -> None:
    """Draw the time of a step against lanes, and against the size of the network."""
    steps, limits, growth = (
        pd.read_csv(folder / f"{name}.csv", keep_default_na=False, na_values=[""])
        for name in ("step_time", "limits", "growth")
    )
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.6), layout="constrained")
    draw_steps(left, steps)
    extents = growth[growth["series"] == "extent"]
    draw_limits(left, limits, steps["n_pairs"].iloc[0])
    draw_growth(right, extents)
    handles = legend(steps)
    figure.legend(handles=handles, ncols=len(handles), fontsize=8, loc="outside lower center")
    figure.suptitle(machine_of(folder), fontsize=9)
    figure.savefig(figure_file, dpi=110)
    plt.close(figure)


def draw_steps(axes, steps: pd.DataFrame) -> None:
    """Draw a line for each way: dotted as a C++ program, hollow with several threads."""
    for (way, device, threads), rows in steps.fillna("").groupby(["way", "device", "threads"]):
        color, marker = LOOKS[way]
        axes.plot(
            rows["lanes"], rows["lane_step_seconds"] * 1e3, marker=marker, color=color,
            linestyle=":" if device == "cpp_standalone" else "-",
            markerfacecolor=color if threads == 1 else "white",
        )  # fmt: skip
    axes.set(
        xscale="log", yscale="log", xlabel="lanes: conditions shown together",
        ylabel="time of a step for each lane (ms)",
        title=f"{steps['n_pairs'].iloc[0]:,} pairs of connected cells",
    )  # fmt: skip
    lanes = sorted(steps["lanes"].unique())
    axes.set_xticks(lanes, lanes)
    axes.xaxis.minorticks_off()
    axes.yaxis.set_major_formatter("{x:g}")


def draw_limits(axes, limits: pd.DataFrame, n_pairs: int) -> None:
    """Draw how long a step takes at least on one core."""
    floors = limits.set_index("limit")["seconds_per_pair"] * n_pairs * 1e3
    for limit in DRAWN_LIMITS:
        axes.axhline(floors[limit], color="gray", linewidth=0.8, linestyle="--")
        axes.annotate(
            f"one core's limit: {limit}", (0.01, floors[limit]), xytext=(0, 2),
            xycoords=("axes fraction", "data"), textcoords="offset points",
            fontsize=7, color="dimgray",
        )  # fmt: skip


def draw_growth(axes, extents: pd.DataFrame) -> None:
    """Draw time for each pair, which would stay the same if nothing but the pairs mattered."""
    for name, column in (
        ("lattice", "lane_step_seconds"),
        ("scipy CSR", "scipy_lane_step_seconds"),
    ):
        color, marker = LOOKS[name]
        nanoseconds = extents[column] / extents["n_pairs"] * 1e9
        axes.plot(extents["extent"], nanoseconds, marker=marker, color=color)
    axes.set(
        xscale="log", xlabel="extent (columns)", ylim=(0, None),
        ylabel="time of a step for each lane and pair (ns)",
        title="growth with the lattice, 16 lanes, one thread",
    )  # fmt: skip
    axes.set_xticks(extents["extent"], extents["extent"])
    axes.minorticks_off()


def legend(steps: pd.DataFrame) -> list[Line2D]:
    """Return what explains colours, dots and hollow markers, as far as they occur."""
    handles = [
        Line2D([], [], color=color, marker=marker, label=way)
        for way, (color, marker) in LOOKS.items()
        if (steps["way"] == way).any()
    ]
    handles.append(Line2D([], [], color="black", linestyle=":", label="as a C++ program"))
    if (steps["threads"] > 1).any():
        hollow = {"marker": "o", "markerfacecolor": "white", "linestyle": "none"}
        threads = steps["threads"].max()
        handles.append(Line2D([], [], color="black", label=f"{threads} threads", **hollow))
    return handles


def machine_of(folder: Path) -> str:
    """Return the first line of the table: processor and date of the times, not of today."""
    return (folder / "step_time.txt").read_text().splitlines()[0]


if __name__ == "__main__":
    draw()
