"""
13. From an index to the connections that make it
=================================================

A fitted T4a prefers one direction of motion. Which of the 735 numbers of the model make it so? One
run backwards tells, for all of them at once; and a look at what silencing does tells how far to
trust it.
"""

import numpy as np
from brian2 import ms
from matplotlib import pyplot as plt
from scipy.stats import spearmanr

import neuroflysim as nfs

EXTENT = 4  # radius of the eye in columns; 15 is the eye of the published model

models = nfs.load_ensemble("flow")[["000", "003", "007", "012"]]
edges = nfs.protocols.moving_edge(
    angle=range(0, 360, 60), intensity=1, pre_time=50 * ms, tail_time=0 * ms
)
options = {"extent": EXTENT, "time_step": 10 * ms}

# %%
# The index
# ---------
# How much does T4a prefer one direction, in four models that were fitted from other seeds?

responses = nfs.simulate(edges, connectome=models[0].connectome, parameters=models, **options)
index = nfs.analysis.direction_selectivity_index(responses).sel(cell_type="T4a")
print(index.to_numpy().round(2))

# %%
# The derivative by everything
# ----------------------------
# ``sensitivity`` differentiates the index: forwards through a second of grey and the edges, and
# backwards through the same steps. The table begins with what counts most.

found = nfs.sensitivity("direction_selectivity_index", models, edges, cell_type="T4a", **options)
print(found.of("synapse_strength").head(8).drop(columns=["parameter", "cell_type"]).to_string())

# %%
# An effect of -1.5 says: with 1 % more of this connection the index falls by 0.015. ``agreement``
# is the part of the models that share the sign. Here is the circuit. Cells stand the further left,
# the more connections lie between them and T4a; red helps selectivity, blue is against it.

nfs.plotting.plot_sensitivity(found, n_connections=16, n_parameters=14)
plt.show()

# %%
# Is it true?
# -----------
# Take the connection that counts most, change it by a few per cent, and look.

row = found.of("synapse_strength").iloc[0]
pair = (row["source_type"], row["target_type"])
model = models[0]
for factor in (0.95, 1.0, 1.05):
    changed = model.replace(synapse_strength={pair: model.synapse_strength[pair] * factor})
    shown = nfs.simulate(edges, connectome=model.connectome, parameters=changed, **options)
    value = nfs.analysis.direction_selectivity_index(shown).sel(cell_type="T4a").item()
    print(f"{pair[0]} to {pair[1]} times {factor}: index {value:.3f}")

own = (
    found.effect[0]
    .to_numpy()[(found.effect["source_type"] == pair[0]) & (found.effect["target_type"] == pair[1])]
    .item()
)
print(f"the derivative promised {own * np.log(1.05):+.3f} for the last")

# %%
# From small changes to lost cells
# --------------------------------
# A lab does not change a connection by 1 %: it silences a cell type. On a straight line, silencing
# takes away the effects of all connections that leave it. ``of_outputs`` has their sum.

inputs = ["Mi1", "Tm3", "Mi4", "Mi9", "CT1(M10)", "C3", "TmY15", "L1", "L2", "L5", "C2", "Tm2"]
screened = nfs.screen(
    edges,
    nfs.analysis.direction_selectivity_index,
    parameters=model,
    perturbations=[nfs.Silence(name) for name in inputs],
    **options,
)
change = screened[screened["cell_type"] == "T4a"]["change"].to_numpy()
expected = -found.of_outputs().sel(cell_type=inputs)[0].to_numpy()
print(f"rank correlation {spearmanr(change, expected).statistic:.2f}")

figure, ax = plt.subplots(figsize=(5, 4.5), layout="constrained")
ax.axline((0, 0), slope=1, color="0.7")
ax.plot(expected, change, "o")
for name, x, y in zip(inputs, expected, change, strict=True):
    ax.annotate(name, (x, y), xytext=(4, 3), textcoords="offset points", fontsize=8)
ax.set(xlabel="expected by the derivatives", ylabel="change of the index by silencing")
plt.show()

# %%
# Most cells lie near the line. Mi1, C2 and L1 do not: so much hangs on them that without them other
# cells come above or below their thresholds, which no small change foresees. A derivative tells
# what shapes a response, silencing what it cannot do without.
#
# Now you
# -------
# Take ``cell_type="T5a"`` with dark edges (``intensity=0``), or another measure: ``peak_response``,
# ``preferred_direction``. :doc:`/sensitivity` has both T4a and T5a over whole ensembles.
