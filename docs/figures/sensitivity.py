"""Write sensitivity.txt and draw sensitivity_*.png: what makes T4a and T5a selective.

All models of two ensembles, moving edges, extent 8: some minutes. Beside the derivatives stands
what silencing each cell type does to the models of flow.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from brian2 import ms
from matplotlib import pyplot as plt
from scipy.stats import spearmanr

import neuroflysim as nfs
from neuroflysim.gradients.coordinates import label_of
from neuroflysim.plotting import plot_sensitivity

HERE = Path(__file__).parent
CELLS = ("T4a", "T5a")
EDGES = nfs.protocols.moving_edge(pre_time=100 * ms, tail_time=0 * ms)
#: At 20 ms many time constants of flow would be at the step, where Euler's method has a kink.
SHOWN = {"extent": 8, "time_step": 10 * ms, "dtype": "float32"}

MEASURE = "direction_selectivity_index"

#: How many parameters the table lists.
N_ROWS = 12


def sensitivities():
    """Return what was found for each ensemble and cell."""
    ensembles = {"flow": nfs.load_ensemble("flow"), "flyvis": nfs.load_ensemble("flyvis").stable}
    return {
        (name, cell): nfs.sensitivity(MEASURE, models, EDGES, cell_type=cell, **SHOWN)
        for name, models in ensembles.items()
        for cell in CELLS
    }


def ranked(found):
    """Return the parameters that count most for each cell, in both ensembles."""
    parts = []
    for cell in CELLS:
        own, other = (found[name, cell].table for name in ("flow", "flyvis"))
        keys = ["parameter", "cell_type", "source_type", "target_type"]
        both = own.merge(other, on=keys, suffixes=("", " in flyvis"), sort=False)
        rank = spearmanr(both["effect"], both["effect in flyvis"]).statistic
        shown = both.head(N_ROWS)
        columns = {"parameter": [label_of(row) for _, row in shown.iterrows()]}
        for name in ("effect", "lower", "upper", "agreement"):
            for end in ("", " in flyvis"):
                columns[f"{name}{end}"] = shown[f"{name}{end}"].map("{:+.2f}".format)
        n = [len(found[name, cell].names) for name in ("flow", "flyvis")]
        value = [float(found[name, cell].value.median()) for name in ("flow", "flyvis")]
        parts.append(
            f"{cell}: index {value[0]:.2f} in {n[0]} models of flow, {value[1]:.2f} in {n[1]} of"
            f" flyvis (medians); rank correlation of all effects {rank:.2f}\n"
            + pd.DataFrame(columns).to_string(index=False)
        )
        large = own["effect"].abs() >= 0.01
        agreed = (own["agreement"] >= 0.9) & large
        parts.append(
            f"Of {int(large.sum())} effects of 0.01 or more in flow, nine in ten models agree on"
            f" the sign of {int(agreed.sum())}."
        )
    return "\n\n".join(parts)


def silenced(found):
    """Return a row for each model, cell and silenced type: what it did, and what was expected."""
    models = nfs.load_ensemble("flow")
    table = nfs.screen(EDGES, nfs.analysis.direction_selectivity_index, parameters=models, **SHOWN)
    parts = []
    for cell in CELLS:
        own = table[(table["cell_type"] == cell) & (table["intensity"] == (cell == "T4a"))]
        outputs = found["flow", cell].of_outputs().to_numpy()
        types = list(models[0].connectome.cell_types.index)
        for _, row in own.iterrows():
            name = row["perturbation"].removeprefix("silence ")
            expected = -outputs[row["candidate"], types.index(name)]
            parts.append((cell, row["candidate"], name, row["change"], expected))
    return pd.DataFrame(parts, columns=["cell", "model", "silenced", "change", "expected"])


def compared(table):
    """Return how well derivatives tell what silencing does, and where they do not."""
    lines = []
    for cell in CELLS:
        own = table[(table["cell"] == cell) & (table["silenced"] != cell)].dropna()
        by_model = [
            spearmanr(each["change"], each["expected"]).statistic
            for _, each in own.groupby("model")
        ]
        middle = own.groupby("silenced")[["change", "expected"]].median()
        over_types = spearmanr(middle["change"], middle["expected"]).statistic
        large = middle[middle.abs().max(axis=1) >= 0.02]
        same = (np.sign(large["change"]) == np.sign(large["expected"])).mean()
        lines.append(
            f"{cell}: rank correlation over silenced types {np.median(by_model):.2f} (median of"
            f" {len(by_model)} models, quartiles {np.quantile(by_model, 0.25):.2f} and"
            f" {np.quantile(by_model, 0.75):.2f}), of the medians over models {over_types:.2f};"
            f" of {len(large)} types with a change of 0.02 or more in either, {same:.0%} have the"
            " same sign in both"
        )
        middle["apart"] = (middle["change"] - middle["expected"]).abs()
        apart = middle.sort_values("apart", ascending=False).head(6).round(2)
        lines.append("furthest apart:\n" + apart[["change", "expected"]].to_string())
    return "\n\n".join(lines)


def draw_silencing(table):
    """Draw what silencing did against what derivatives say, medians over models."""
    figure, axes = plt.subplots(1, len(CELLS), figsize=(9, 4), layout="constrained")
    for ax, cell in zip(axes, CELLS, strict=True):
        own = table[(table["cell"] == cell) & (table["silenced"] != cell)].dropna()
        middle = own.groupby("silenced")[["change", "expected"]].median()
        ax.axline((0, 0), slope=1, color="0.7", lw=0.8)
        ax.plot(middle["expected"], middle["change"], "o", ms=4, color="C0")
        size = middle.abs().max(axis=1)
        for name in size.nlargest(12).index:
            at = (middle["expected"][name], middle["change"][name])
            ax.annotate(name, at, xytext=(3, 3), textcoords="offset points", fontsize=7)
        ax.set(title=cell, xlabel="expected by the derivatives", ylabel="change by silencing")
        ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "sensitivity_silencing.png", dpi=110)


if __name__ == "__main__":
    found = sensitivities()
    for cell in CELLS:
        axes = plot_sensitivity(found["flow", cell])
        axes[0].figure.savefig(HERE / f"sensitivity_{cell}.png", dpi=110)
    table = silenced(found)
    draw_silencing(table)
    (HERE / "sensitivity.txt").write_text(ranked(found) + "\n")
    (HERE / "sensitivity_silencing.txt").write_text(compared(table) + "\n")
