"""
6. An ensemble, and what its members disagree on
================================================

One fitted model is an anecdote. Fits of the same task from different seeds end in different
parameters, and what they all predict is worth more than what one of them does. Here all models
of an ensemble are asked together: on what do they agree, and on what not, and do they agree on
*how* it is done?
"""

import numpy as np
import pandas as pd
from brian2 import ms, second
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim import degree

EXTENT = 5  # radius of the eye in columns; 15 is the eye of the published model

ensemble = nfs.load_ensemble("flow")
print(ensemble)

# %%
# The table has a row for each fit, the failed ones too. Nobody chose among the others.

print(ensemble.table[["seed", "stable", "r2", "failure"]].to_string(max_colwidth=50))

# %%
# Different parameters
# --------------------
# How alike are two models? Take the logarithm of each synapse strength, minus that of the start
# that all fits began with. Between two models, what the fit changed is weakly correlated.

strengths = np.log(np.stack([model.synapse_strength for model in ensemble]))
changes = strengths - np.log(ensemble.start.synapse_strength.to_numpy())
between = np.corrcoef(changes)[np.triu_indices(len(ensemble), k=1)]
print(f"correlation of changed strengths between two models: {np.median(between):.2f} (median)")

# %%
# Alike responses?
# ----------------
# A list of parameters is a list of candidates: all of them see the stimulus in one run. The flash
# response index is positive for cells that prefer light on, and negative for light off.

flashes = nfs.simulate(
    nfs.protocols.flash(radius=6 * 5.8),
    connectome=ensemble.connectome,
    parameters=ensemble.models,
    extent=EXTENT,
    time_step=5 * ms,
)
index = nfs.analysis.flash_response_index(flashes).to_pandas()
agreement = np.maximum((index > 0).mean(), (index < 0).mean()).sort_values()
print(f"all models agree on the sign of {(agreement == 1).sum()} of {len(agreement)} types")
print("least on:", ", ".join(f"{name} ({share:.0%})" for name, share in agreement.head(6).items()))

# %%
# One dot is one model. The types are ordered by their median, and those on which fewer than nine
# in ten models agree are orange: there the task does not say what the cell should do, and one
# model would have told you something that the next one denies.

order = index.median().sort_values().index
sure = agreement[order] >= 0.9
figure, ax = plt.subplots(figsize=(9, 3.8), layout="constrained")
for place, name in enumerate(order):
    color = "#0072B2" if sure[name] else "#E69F00"
    ax.plot(np.full(len(index), place), index[name], "o", ms=3, color=color, alpha=0.5, mew=0)
    ax.plot(place, index[name].median(), "_", ms=7, color="k")
ax.axhline(0, color="0.7", lw=0.8, zorder=0)
ax.set_xticks(range(len(order)), order, rotation=90, fontsize=6)
ax.set_xlim(-1, len(order))
ax.set_ylabel("flash response index\nOFF < 0 < ON")
ax.spines[["top", "right"]].set_visible(False)

# %%
# The same end by other means
# ---------------------------
# Nearly all models have a T4a that is selective for direction. The fourth tutorial found that in
# one of them inhibition from CT1(M10) makes it so. Is that so in all? Cut one input of T4a at a
# time, in every model: all models times five flies, in one run. (As there, the index is taken of
# the change from rest, because a cut also moves where T4a rests.)

cuts = [None, *(nfs.Cut(name, "T4a") for name in ("CT1(M10)", "Mi4", "Mi9", "C3"))]
edges = nfs.protocols.moving_edge(
    angle=range(0, 360, 90), intensity=1, speed=110 * degree / second, tail_time=0 * second
)
responses = nfs.simulate(
    edges,
    connectome=ensemble.connectome,
    parameters=ensemble.models,
    extent=EXTENT,
    time_step=5 * ms,
    perturbations=cuts,
)
peak = nfs.analysis.peak_response(nfs.analysis.recorded(responses)).sel(cell_type="T4a")
selectivity = nfs.analysis.direction_selectivity_index(peak)

# %%
# The axis candidate holds all flies of the first model, then all of the second. The coordinate
# ``perturbation`` names them, so a table is one line away.

table = pd.DataFrame(
    selectivity.to_numpy().reshape(len(ensemble), len(cuts)),
    index=ensemble.names,
    columns=selectivity["perturbation"].to_numpy()[: len(cuts)],
)
lost = 1 - table.div(table["intact"], axis=0).drop(columns="intact")
print("share of the index that is lost:")
print(lost.round(2))
print("the cut that costs most, by model:")
print(lost.idxmax(axis=1).value_counts().to_string())

# %%
# In nearly all models it is CT1(M10), in three it is Mi4: both inhibit T4a from the side that an
# edge in the preferred direction reaches last. The task asks for that inhibition; how the two share
# it differs from model to model. Each model alone would have told its story with full confidence.

lost = lost.loc[lost["cut CT1(M10) -> T4a"].sort_values().index]
figure, ax = plt.subplots(figsize=(6, 5), layout="constrained")
image = ax.imshow(lost, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto")
ax.set_xticks(
    range(lost.shape[1]), [name.removeprefix("cut ").replace(" -> ", "\nto ") for name in lost]
)
ax.set_yticks(range(len(lost)), lost.index, fontsize=8)
ax.set_xlabel("connection that is cut")
ax.set_ylabel("model")
figure.colorbar(image, label="share of T4a's direction selectivity that is lost")
# sphinx_gallery_thumbnail_number = -1
plt.show()

# %%
# Now you
# -------
# Do T4b, T4c and T4d of a model use the same input as its T4a? Put another name for "T4a". Then
# try ``nfs.load_ensemble("flow_t4t5")``, whose fits read the motion out of T4 and T5 alone. All
# types and more quantities at once: :func:`neuroflysim.predictions`. What a model of this kind
# can and cannot show is told in :doc:`/ensembles` and :doc:`/controls`.
