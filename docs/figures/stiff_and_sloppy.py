"""Write stiff_and_sloppy.txt and draw stiff_and_sloppy.png: what recordings fix, and what not.

The matrix of all 65 cell types recorded, from two runs for each parameter, around one model of
each ensemble, extent 3: some minutes.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from brian2 import ms
from matplotlib import pyplot as plt
from scipy.stats import spearmanr

import neuroflysim as nfs
from neuroflysim.gradients.coordinates import label_of

HERE = Path(__file__).parent
#: Edges in four directions, both contrasts.
EDGES = nfs.protocols.moving_edge(angle=range(0, 360, 90), pre_time=45 * ms, tail_time=0 * ms)
SHOWN = {"extent": 3, "time_step": 15 * ms}
NOISE, PRIOR = 0.1, 0.5

#: Around how many models of an ensemble.
N_MODELS = 1


def found_around(ensemble):
    """Return the information around a few models, each by itself."""
    return [nfs.fisher_information(EDGES, one, **SHOWN) for one in ensemble[:N_MODELS]]


def largest_parts(information, direction, n=6):
    """Return the parameters with the largest parts in a direction."""
    one = information.directions[direction]
    rows = pd.DataFrame(
        {
            "parameter": one["parameter"].to_numpy(),
            "cell_type": one["of_type"].to_numpy(),
            "source_type": one["source_type"].to_numpy(),
            "target_type": one["target_type"].to_numpy(),
        }
    )
    values = one.to_numpy()
    order = np.argsort(-np.abs(values))[:n]
    return ", ".join(f"{label_of(rows.iloc[k])} {values[k]:+.2f}" for k in order)


def described(name, found, ensemble):
    """Return what the page says of an ensemble."""
    spectrum = np.median([one.spectrum.to_numpy() for one in found], axis=0)
    first, models = found[0], list(ensemble)
    spread = first.spread(models).to_numpy()
    at = slice(0, 600)
    rank = spearmanr(spectrum[at], spread[at]).statistic
    stiff, middle, sloppy = spread[:20].mean(), spread[20:200].mean(), spread[200:700].mean()
    fixed = pd.concat([one.by_cell_type(noise=NOISE, prior=PRIOR) for one in found], axis=1)
    fixed = fixed.median(axis=1).sort_values(ascending=False)
    whole = np.median([one.n_fixed(noise=NOISE, prior=PRIOR) for one in found])
    decades = [int((spectrum >= spectrum[0] * 10.0**-k).sum()) for k in (1, 2, 3, 4, 6)]
    own = models[0].connectome.cell_types.index
    twenty = [f"{cell} {value:.1f}" for cell, value in fixed.head(10).items()]
    cells = ["T4a", "T4b", "T4c", "T4d", "T5a", "T5b", "T5c", "T5d"]
    motion = np.median([one.n_fixed(cells, noise=NOISE, prior=PRIOR) for one in found])
    return "\n".join(
        [
            f"{name}: around {len(found)} of its models, {len(models)} models compared",
            f"  largest eigenvalue {spectrum[0]:.3g}; eigenvalues within 1, 2, 3, 4, 6 decades of"
            f" it: {', '.join(map(str, decades))} of 735",
            f"  stiffest direction: {largest_parts(first, 0)}",
            f"  second: {largest_parts(first, 1)}",
            f"  variance of the models along the 20 stiffest directions {stiff:.3f}, the next 180"
            f" {middle:.3f}, the next 500 {sloppy:.3f}; rank correlation of eigenvalue and variance"
            f" over the first 600: {rank:.2f}",
            f"  directions fixed by recording all {len(own)} types: {whole:.0f}; T4 and T5 alone:"
            f" {motion:.0f}; one type alone: {', '.join(twenty)}",
        ]
    )


def draw(found, ensembles):
    """Draw spectra, the spread of models along directions, and what single types fix."""
    figure, axes = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
    for name, color in (("flow", "C0"), ("flyvis", "C1")):
        for k, one in enumerate(found[name]):
            label = name if k == 0 else None
            axes[0].semilogy(
                np.arange(1, 736), one.spectrum.clip(1e-12), color=color, lw=1, label=label
            )
        spread = found[name][0].spread(list(ensembles[name])).to_numpy()
        smooth = pd.Series(spread).rolling(25, center=True, min_periods=5).median()
        axes[1].semilogy(np.arange(1, 736), spread, ".", ms=2, alpha=0.4, color=color)
        axes[1].semilogy(np.arange(1, 736), smooth, color=color, lw=1.5, label=name)
    axes[0].set(xlabel="direction, stiff to sloppy", ylabel="eigenvalue", ylim=(1e-9, None))
    axes[1].set(xlabel="direction, stiff to sloppy", ylabel="variance of the models along it")
    fixed = {
        name: pd.concat(
            [one.by_cell_type(noise=NOISE, prior=PRIOR) for one in found[name]], axis=1
        ).median(axis=1)
        for name in found
    }
    top = fixed["flow"].nlargest(14).index[::-1]
    at = np.arange(len(top))
    for name, shift, color in (("flow", 0.2, "C0"), ("flyvis", -0.2, "C1")):
        axes[2].barh(at + shift, fixed[name][top], height=0.38, color=color, label=name)
    axes[2].set_yticks(at, top, fontsize=7)
    axes[2].set_xlabel("directions fixed by recording it alone")
    for ax in axes:
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, fontsize=8)
    figure.savefig(HERE / "stiff_and_sloppy.png", dpi=110)


if __name__ == "__main__":
    ensembles = {"flow": nfs.load_ensemble("flow"), "flyvis": nfs.load_ensemble("flyvis").stable}
    found = {name: found_around(each) for name, each in ensembles.items()}
    text = [described(name, found[name], each) for name, each in ensembles.items()]
    # The same matrix by sums with random signs, in as many runs backwards.
    exact = found["flow"][0]
    model, m = ensembles["flow"][0], 4
    by_signs = nfs.fisher_information(EDGES, model, n_projections=m, **SHOWN)
    chosen = exact.directions[:200].to_numpy()
    here = np.einsum("di,ij,dj->d", chosen, by_signs.matrix().to_numpy(), chosen)
    error = np.abs(here / exact.spectrum[:200].to_numpy() - 1)
    text.append(
        f"flow/000 with {m} random sums for each of the 65 types: relative error along the 20"
        f" stiffest directions {np.median(error[:20]):.0%} (median; at most"
        f" {error[:20].max():.0%}),"
        f" along the first 200 {np.median(error):.0%}"
    )
    (HERE / "stiff_and_sloppy.txt").write_text("\n\n".join(text) + "\n")
    draw(found, ensembles)
