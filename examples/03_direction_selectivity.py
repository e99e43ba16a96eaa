"""
3. Direction selectivity of T4 and T5
=====================================

T4 and T5 are the first cells of the fly's eye that tell in which direction something moves: T4
for bright edges, T5 for dark ones, and each in four subtypes for four directions. We show moving
edges to a fitted model and see how much of this it has, and how much the bare wiring has.
"""

import numpy as np
import pandas as pd
from brian2 import ms, second
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim import degree
from neuroflysim.plotting import plot_direction_tuning, plot_traces

EXTENT = 8  # radius of the eye in columns; 15 is the eye of the published model
TYPES = [f"T{kind}{letter}" for kind in (4, 5) for letter in "abcd"]

# %%
# Edges in twelve directions
# --------------------------
# The library has the stimulus: a bright (intensity 1) or dark (intensity 0) edge that crosses 45
# degrees of the visual field. Angles are degrees, counter-clockwise, 0 to the right, 90 up.

edges = nfs.protocols.moving_edge(angle=range(0, 360, 30), speed=110 * degree / second)
print(edges.conditions.head())

# %%
# Two candidates are shown the same edges in one call. ``fitted`` learned to read motion out of
# moving scenes. ``wiring`` learned nothing: all synapses onto a cell are equally strong, so that
# weights go with the synapse counts of the connectome.

connectome = nfs.load_connectome()
models = {"fitted": nfs.load_parameters("flow/000"), "wiring": nfs.Parameters.uniform(connectome)}
responses = nfs.simulate(
    edges,
    connectome=connectome,
    parameters=list(models.values()),
    extent=EXTENT,
    time_step=10 * ms,
)
print(responses)

# %%
# First look at voltages. Here is what T4a and T5a of the fitted model do when a bright edge moves
# to the left (180 degrees), or to the right, and when a dark edge does. The edge passes the cells
# in the middle, which are recorded, after half of the time that is drawn.

chosen = responses.voltage["angle"].isin([0, 180]).to_numpy()
left_and_right = nfs.Responses(
    responses.voltage.isel(condition=chosen).sel(time=slice(-0.1, float(edges.stim_time)))
)
plot_traces(left_and_right, ["T4a", "T5a"], candidate=0)

# %%
# Three numbers for each cell
# ---------------------------
# ``peak_response`` takes the largest voltage above zero of each condition, and lays conditions
# out as a grid with the dimensions angle and intensity. From it come the preferred direction, and
# the direction selectivity index of the paper: 0 for a cell that answers to all directions alike,
# 1 for a cell that answers to one only.

peak = nfs.analysis.peak_response(responses).assign_coords(candidate=list(models))
index = nfs.analysis.direction_selectivity_index(peak)
direction = nfs.analysis.preferred_direction(peak)

preferred_contrast = {name: 1 if name.startswith("T4") else 0 for name in TYPES}
table = pd.DataFrame(
    {
        (model, quantity): [
            values.sel(candidate=model, cell_type=name, intensity=preferred_contrast[name]).item()
            for name in TYPES
        ]
        for model in models
        for quantity, values in (("index", index), ("direction", direction))
    },
    index=TYPES,
)
print(table.round(2))

# %%
# In the fitted model every type has its direction: left, right, up, down for a, b, c, d. That is
# what is known of flies, and what the arrows of the first tutorial said. The wiring alone leans
# the same way, but hardly: its index stays below 0.1. So the direction is in the wiring, and it
# took the right strengths and time constants to make something of it. The four directions are
# those for which the subtypes are named; what one study recorded lies some degrees beside them, as
# the table of the first tutorial shows.

known = pd.Series([180, 0, 90, 270] * 2, TYPES)
error = (table["fitted", "direction"] - known + 180) % 360 - 180
print("off from the named direction by (degrees):")
print(error.round().to_string())

# %%
# The other contrast
# ------------------
# T4 should not care for dark edges, nor T5 for bright ones. In the polar plots the distance from
# the middle is the peak voltage; orange is for bright edges and blue for dark ones.

plot_direction_tuning(peak, candidate=0)

# %%
# Are other cells selective?
# --------------------------
# All 65 types were recorded, so ask all of them. The fit was not told which cells should become
# motion detectors. But it began with T4 and T5 near their threshold, and much hangs on that: see
# :doc:`/ensembles` before you build on this picture.

largest = index.max("intensity").to_pandas().T.sort_values("fitted")
figure, ax = plt.subplots(figsize=(5.5, 8.5), layout="constrained")
places = np.arange(len(largest))
colors = np.where(largest.index.isin(TYPES), "#D55E00", "#0072B2")
ax.hlines(places, 0, largest["fitted"], color=colors, lw=1)
ax.scatter(largest["fitted"], places, color=colors, s=22, label="fitted", zorder=2)
ax.scatter(largest["wiring"], places, color="0.6", marker="|", s=40, label="wiring alone", zorder=3)
ax.set_yticks(places, largest.index, fontsize=6)
ax.set_ylim(-1, len(largest))
ax.set_xlim(0, None)
ax.set_xlabel("direction selectivity index, of the contrast for which it is larger")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="lower right")
# sphinx_gallery_thumbnail_number = 2
plt.show()

# %%
# Now you
# -------
# The index depends on speed. Give ``speed=[30, 60, 110, 220] * degree / second`` and remember
# that the index is then a mean over speeds; ``peak.sel(speed=...)`` picks one, and the polar plot
# wants one. At which speed does T4a answer most? ``tuning_optimum(peak, along="speed")`` finds it
# (:func:`neuroflysim.analysis.tuning_optimum`, in degrees a second); if it is the lowest that you
# showed, show slower ones. Then go on: the next tutorial asks *where* the selectivity comes from.
