"""Draw optimal_*.png and optimal_T4a.gif, and write optimal_stimuli.txt and optimal_stimuli.csv.

Some cell types of flow/000 as pictures of place against time, a few of them in full, and the
stimulus in which flow and flyvis differ most. With --all it is all 65 types, in some minutes.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from brian2 import ms
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim.plotting import (
    animate_stimulus,
    plot_luminance,
    plot_optimal_stimulus,
    plot_space_time,
)

HERE = Path(__file__).parent
#: In the gallery, without --all.
SOME = ("R1", "L1", "L2", "L3", "Mi1", "Mi4", "Mi9", "Tm3", "Tm9", "CT1(M10)", "T4a", "T4b", "T4c",
        "T4d", "T5a", "T5b")  # fmt: skip
#: In full, with the axis along which they are drawn.
CHOSEN = {"Mi1": 0, "Mi9": 0, "T4a": 180, "T5a": 180}
SHOWN = {"extent": 5, "duration": 300 * ms, "time_step": 10 * ms, "power": 0.5, "dtype": "float32"}


def gallery(model, names):
    """Return the optimal stimulus of each cell type."""
    return {
        name: nfs.optimal_stimulus(name, model, n_starts=2, n_steps=25, **SHOWN) for name in names
    }


def table_of(found):
    """Return a row for each type: what drives it most, and what of the common stimuli does."""
    rows = []
    for name, one in found.items():
        best = one.common.iloc[0]
        what = [
            f"{key.replace('_', ' ')} {best[key]:g}"
            for key in one.common.columns[2:]
            if pd.notna(best[key])
        ]
        ends = one.value.to_numpy()
        rows.append(
            {
                "cell_type": name,
                "grey": one.value_at_grey,
                "optimal": ends[0],
                "worst start": ends[-1],
                "best of set": best["value"],
                "which": ", ".join([best["stimulus"], *what]),
            }
        )
    return pd.DataFrame(rows)


def draw_gallery(found):
    """Draw place against time for all of them, the last 300 ms before the voltage is read."""
    n_columns = 8
    n_rows = -(-len(found) // n_columns)
    size = (1.5 * n_columns, 0.4 + 1.35 * n_rows)
    figure, axes = plt.subplots(n_rows, n_columns, figsize=size, layout="constrained")
    for ax in axes.flat[len(found) :]:
        ax.set_axis_off()
    for ax, (name, one) in zip(axes.flat, found.items(), strict=False):
        plot_space_time(one.stimulus, 0, ax)
        ax.set_title(name, fontsize=9)
        ax.set(xlabel="", ylabel="", xticks=[], yticks=[])
    figure.suptitle("time to the right (300 ms), azimuth upwards (50 deg): flow/000", fontsize=10)
    figure.savefig(HERE / "optimal_gallery.png", dpi=90)
    plt.close(figure)


def differing():
    """Draw the movie in which T4a of flow and of flyvis differ most; return what it says."""
    flow, flyvis = nfs.load_ensemble("flow")[:4], nfs.load_ensemble("flyvis").stable[:4]
    found = nfs.discriminating_stimulus("T4a", flow, flyvis, n_starts=2, n_steps=25, **SHOWN)
    figure, axes = plt.subplots(1, 6, figsize=(12, 2.4), layout="constrained")
    for ax, frame in zip(axes, np.linspace(4, 29, 4).round().astype(int), strict=False):
        plot_luminance(found.stimulus[frame], ax)
        ax.set_title(f"{1000 * found.stimulus['time'][frame].item():.0f} ms", fontsize=8)
    plot_space_time(found.stimulus, 180, axes[4])
    groups = found.response["group"].to_numpy()
    times = 1000 * found.response["time"].to_numpy()
    for group, (name, color) in enumerate((("flow", "C0"), ("flyvis", "C1"))):
        traces = found.response.to_numpy()[groups == group]
        axes[5].plot(times, traces.T, color=color, lw=0.5, alpha=0.5)
        axes[5].plot(times, traces.mean(axis=0), color=color, lw=2, label=name)
    axes[5].legend(fontsize=7, frameon=False)
    axes[5].set_xlabel("time (ms)", fontsize=8)
    axes[5].set_title("T4a, change of voltage", fontsize=8)
    axes[5].tick_params(labelsize=7)
    figure.savefig(HERE / "optimal_difference.png", dpi=110)
    plt.close(figure)
    edges = nfs.protocols.moving_edge(pre_time=50 * ms, tail_time=0 * ms)
    shown = nfs.simulate(
        edges,
        connectome=flow[0].connectome,
        parameters=[*flow, *flyvis],
        extent=5,
        time_step=10 * ms,
        dtype="float32",
    ).voltage.sel(cell_type="T4a")
    change = (shown - shown[:, :, 0]).to_numpy()[:, :, 5:]
    apart = change[: len(flow)].mean(axis=0) - change[len(flow) :].mean(axis=0)
    by_edges = np.sqrt(np.mean(apart**2, axis=-1)).max()
    return (
        f"T4a, means of {len(flow)} models of flow and {len(flyvis)} of flyvis: root mean squared"
        f" difference {found.difference:.3f}; at most {by_edges:.3f} for moving edges"
    )


if __name__ == "__main__":
    model = nfs.load_parameters("flow/000")
    found = gallery(model, model.connectome.cell_types.index if "--all" in sys.argv else SOME)
    table = table_of(found)
    table.round(4).to_csv(HERE / "optimal_stimuli.csv", index=False)
    draw_gallery(found)
    for name, angle in CHOSEN.items():
        axes = plot_optimal_stimulus(found[name], angle)
        axes[0].figure.savefig(HERE / f"optimal_{name}.png", dpi=110)
    animate_stimulus(found["T4a"].stimulus, HERE / "optimal_T4a.gif")
    gain = (table["optimal"] - table["grey"]) / (table["best of set"] - table["grey"])
    chosen = table[table["cell_type"].isin(SOME)]
    text = [
        chosen.round(3).to_string(index=False),
        f"Over {len(table)} cell types, the optimal stimulus depolarises by a median of"
        f" {gain.median():.2f} times as much as the best of the set ({gain.min():.2f} to"
        f" {gain.max():.2f}).",
        "Best of the set: "
        + ", ".join(
            f"{name} ({n})"
            for name, n in table["which"].str.split(",").str[0].value_counts().items()
        ),
        differing(),
    ]
    (HERE / "optimal_stimuli.txt").write_text("\n\n".join(text) + "\n")
