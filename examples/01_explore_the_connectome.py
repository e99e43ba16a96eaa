"""
1. Explore the connectome
=========================

The model is its wiring, so begin there. The connectome is three pandas tables: which cell types
there are, which of them are connected and with which sign, and in which columns the partners lie.
At the end we read from these tables in which direction each T4 and T5 cell should answer to
motion, without simulating anything.
"""

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim import lattice
from neuroflysim.plotting import plot_inputs

connectome = nfs.load_connectome()
print(connectome)

# %%
# Three tables
# ------------
# ``cell_types``: eight photoreceptors see the light, and everything else hears of it through
# synapses. A stride of (1, 1) means a cell in every column of the eye; ``output`` marks the types
# from which the published model reads optic flow.

print(connectome.cell_types.loc[["R1", "L1", "Mi1", "T4a", "Lawf1"]])

# %%
# ``connections``: one row for each pair of types that are connected. The sign is +1 for
# excitation and -1 for inhibition. Where it rests on a publication, the publication is named.

print(connectome.connections["sign"].value_counts())
print(connectome.connections.loc["Mi9"].loc[["T4a", "T4b", "T4c", "T4d"]])

# %%
# ``offsets``: where the partners lie. An offset (du, dv) is the column of the target minus the
# column of the source, so one row stands for the same synapses all over the eye. ``filled``
# is True where the count was not measured, but filled in when the table was made.

print(connectome.offsets.query("source_type == 'Mi9' and target_type == 'T4a'").head())

# %%
# What feeds a cell?
# ------------------
# Ask for T4a, the motion detector for bright edges that move from front to back. Mi1 and Tm3
# excite it, and so do its neighbours of its own type; Mi9, Mi4, CT1(M10) and C3 inhibit it.

inputs = connectome.inputs("T4a")
print(inputs[["sign", "synapse_count", "n_offsets"]].head(8).round(1))

# %%
# The same as maps: each panel is one type of input, the dot is the column of the T4a cell itself,
# and red excites while blue inhibits. Look at Mi9 and Mi4: both inhibit, but Mi4 sits to the
# left.

plot_inputs(connectome, "T4a", n_inputs=6)

# %%
# From tables to neurons
# ----------------------
# ``network`` lays the tables out on an eye of some radius, in columns. This is what a simulation
# runs on: extent 15 is the eye of the published model.

network = connectome.network(extent=15)
print(f"{network.n_neurons:,} neurons and {network.n_pairs:,} connected pairs")
print(network.neurons.query("cell_type == 'T4a' and u == 0 and v == 0"))

# %%
# How many synapses lie between the outer photoreceptors, R1 to R6, and T4a? The tables answer
# with a few lines of pandas.

connections = connectome.connections.reset_index()
reached = {"R1", "R2", "R3", "R4", "R5", "R6"}
n_synapses = 0
while "T4a" not in reached:
    n_synapses += 1
    reached |= set(connections["target_type"][connections["source_type"].isin(reached)])
print(f"the shortest way from R1-R6 to T4a has {n_synapses} synapses")

# %%
# Read the preferred direction off the wiring
# -------------------------------------------
# A T4 cell gets inhibition on two sides: from Mi9 on one, from Mi4 on the other. T5 has Tm9 and
# CT1(Lo1) in their place. Take the mean position of each, weighted by synapse counts, as seen
# from the cell (so minus the offset), in columns, x to the right and y up.


def mean_position(source_type, target_type):
    """Return where the inputs of a type lie on average, seen from the target."""
    offsets = connectome.offsets.query(
        "source_type == @source_type and target_type == @target_type"
    )
    x, y = lattice.position(-offsets["du"], -offsets["dv"])
    return np.average([x, y], axis=1, weights=offsets["synapse_count"])


sides = {"T4": ("Mi9", "Mi4"), "T5": ("Tm9", "CT1(Lo1)")}
arrows = {
    f"{kind}{letter}": tuple(mean_position(side, f"{kind}{letter}") for side in sides[kind])
    for kind in ("T4", "T5")
    for letter in "abcd"
}
angles = {
    name: np.angle(complex(*(end - start)), deg=True) % 360 for name, (start, end) in arrows.items()
}


# %%
# An arrow from the first side to the second points to the left for a, to the right for b, up for
# c and down for d, in T4 and in T5 alike. In the plots of the model front to back is to the left,
# so these are the directions that T4 and T5 of flies prefer. Those that Maisak et al. (2013)
# recorded are in the database of experiments; the wiring points there to within 31 degrees.

recorded = nfs.load_study("maisak2013").table.query("measure == 'preferred_direction'")
recorded = recorded.set_index("cell_type")["value"].astype(float)
error = (pd.Series(angles) - recorded + 180) % 360 - 180
print(pd.DataFrame({"wiring": angles, "fly": recorded, "error": error}).round())


figure, axes = plt.subplots(2, 4, figsize=(9, 5), sharex=True, sharey=True, layout="constrained")
for ax, (name, (start, end)) in zip(axes.flat, arrows.items(), strict=True):
    first, second = sides[name[:2]]
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "lw": 2, "color": "0.4"})
    ax.plot(*start, "o", color="#0072B2", ms=9, label=first)
    ax.plot(*end, "o", color="#D55E00", ms=9, label=second)
    ax.plot(0, 0, "k+", ms=12)
    ax.set_title(f"{name}: {angles[name]:.0f}°", fontsize=10)
    ax.set_aspect("equal")
    ax.set_xlim(-2.3, 2.3)
    ax.set_ylim(-1.9, 1.9)
    ax.spines[["top", "right"]].set_visible(False)
for ax in axes[:, 0]:
    ax.legend(fontsize=8, frameon=False, loc="upper left")
figure.supxlabel("x (columns; + is the cell itself)", fontsize=9)
figure.supylabel("y (columns)", fontsize=9)
# sphinx_gallery_thumbnail_number = -1
plt.show()

# %%
# Now you
# -------
# T4 gets inhibition from CT1(M10) and C3, too, and T5 excitation from Tm1, Tm2 and Tm4. Which of
# them lie to one side, and to the same side in a and b? Replace the names in ``sides`` and see.
# Whether the model uses these asymmetries is the question of the third and the fourth tutorial.
