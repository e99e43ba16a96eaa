"""
14. Optimal stimuli
===================

What would a cell like to see most? The gradient by every pixel answers: climb along it from noise,
and a movie comes out. We ask T4a, compare with edges and gratings, and then look for the movie in
which two models differ most.
"""

import numpy as np
from brian2 import hertz, ms, second
from matplotlib import pyplot as plt

import neuroflysim as nfs

EXTENT = 3  # radius of the eye in columns; 15 is the eye of the published model

model = nfs.load_parameters("flow/000")
options = {"extent": EXTENT, "time_step": 10 * ms, "duration": 250 * ms}

# %%
# What T4a likes
# --------------
# The name of a cell type stands for the voltage of its central cell at the end of the movie.
# ``power`` limits the contrast of the whole movie, so that pixels which do not matter stay grey.
# Beside it we show a few stimuli of the library: their best 250 ms, within the same limit.

compared = {
    "moving edge": nfs.protocols.moving_edge(pre_time=0 * ms, tail_time=0 * ms),
    "drifting grating": nfs.protocols.drifting_grating(
        angle=range(0, 360, 45),
        temporal_frequency=[1, 4] * hertz,
        pre_time=0 * ms,
        stim_time=1 * second,
        tail_time=0 * ms,
    ),
}
found = nfs.optimal_stimulus(
    "T4a", model, power=0.4, n_starts=2, n_steps=30, compare_with=compared, **options
)
print(found)
print(found.common.head(3).to_string())

nfs.plotting.plot_optimal_stimulus(found, angle=180)
plt.show()

# %%
# In the picture of place against time, what runs up and to the right moves towards 180 degrees, the
# direction that T4a prefers: the ascent, which knows nothing of motion, found it.
#
# As a movie it runs 5 times slower than the fly would see it. A notebook plays it; with the name of
# a file, ``t4a.gif``, it is written.

movie = nfs.plotting.animate_stimulus(found.stimulus)
plt.show()

# %%
# A linear cell likes its filter
# ------------------------------
# If nothing came to a threshold, the response would be a sum over pixels, each times a weight, and
# the best stimulus would have the shape of these weights. In such a network we can check the
# search: weak synapses around high voltages are linear.

linear = nfs.Parameters.uniform(model.connectome, total_input=0.6, grey_voltage=1.0)
best = nfs.optimal_stimulus(
    "Mi1", linear, power=0.05, n_starts=1, n_steps=20, compare_with={}, **options
)
weights = nfs.gradient(
    nfs.gradients.VoltageAt("Mi1"),
    np.full((25, nfs.Lattice(extent=EXTENT).n_columns), 0.5),
    linear,
    extent=EXTENT,
    time_step=10 * ms,
).stimulus[0, 0]
likeness = np.corrcoef(best.stimulus.to_numpy().ravel(), weights.to_numpy().ravel())[0, 1]
print(f"correlation of the optimal stimulus with the filter: {likeness:.4f}")

figure, ax = plt.subplots(figsize=(4.5, 3), layout="constrained")
center = int(nfs.Lattice(extent=EXTENT).index(0, 0))
shape = best.stimulus[:, center] - 0.5
ax.plot(1000 * best.stimulus["time"], shape / abs(shape).max(), label="optimal stimulus")
ax.plot(
    1000 * best.stimulus["time"],
    weights[:, center] / abs(weights[:, center]).max(),
    "--",
    label="filter",
)
ax.set(xlabel="time (ms)", ylabel="central column, of its largest")
ax.legend(frameon=False)
plt.show()

# %%
# Where two models differ
# -----------------------
# Models that explain the same recordings may part in a stimulus that nobody showed.
# ``discriminating_stimulus`` makes the difference of their responses large: what to show next.

other = nfs.load_parameters("flyvis/000")
apart = nfs.discriminating_stimulus("T4a", model, other, n_starts=2, n_steps=20, **options)
print(apart)

figure, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
nfs.plotting.plot_space_time(apart.stimulus, 180, axes[0])
for trace, name in zip(apart.response, ("flow/000", "flyvis/000"), strict=True):
    axes[1].plot(1000 * trace["time"], trace, label=name)
axes[1].set(xlabel="time (ms)", ylabel="T4a, change of voltage")
axes[1].legend(frameon=False)
plt.show()

# %%
# Now you
# -------
# Ask another cell, limit nothing (``power=None``: black and white), or make stimuli smooth
# (``smoothness=1``). :doc:`/optimal_stimuli` has all 65 cell types.
