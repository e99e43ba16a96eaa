"""
5. Fit a model
==============

The connectome says who is connected to whom, but not how strongly one synapse acts, nor how fast
a cell is. These 735 numbers are fitted to a task that the fly has to solve: to tell from a moving
image how it moves. No recording enters. Here you make such a fit, with a budget so tiny that it
takes seconds, and see what a whole one needs.
"""

import tempfile
from pathlib import Path

import numpy as np
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim.plotting import plot_columns, plot_learning_curve

EVALUATIONS = 240  # a whole fit has 12,800, each of four times as many worlds: some minutes

# %%
# The task
# --------
# Worlds of random textures move over a small eye that wraps around, so that there is no border.
# In the middle of each clip the velocity changes. What the network should tell is this velocity,
# in degrees a second.

worlds = nfs.flow.translating_worlds(1, seed=4)
print(worlds)

frames = [4, 8, 12, 22, 26, 30]
figure, axes = plt.subplots(1, len(frames), figsize=(10, 2.1), layout="constrained")
u, v = worlds.lattice.columns.T
for ax, frame in zip(axes, frames, strict=True):
    plot_columns(u, v, worlds.luminance[0, frame], ax, "gray", 0, 1)
    flow = worlds.flow[0, frame, 0]
    ax.annotate(
        "",
        2 * flow / np.linalg.norm(flow),
        (0, 0),
        arrowprops={"arrowstyle": "-|>", "color": "#D55E00", "lw": 2},
    )
    ax.set_title(
        f"{1000 * frame * worlds.time_step:.0f} ms\n{np.linalg.norm(flow):.0f} deg/s", fontsize=9
    )

# %%
# The velocity is read from the outputs of cells by a linear readout that all columns share:
# fitted to one half of the worlds, judged on the other. R² is the part of the velocity that it
# explains, 0 if it sees nothing and 1 if all. The search makes R² large by changing the network;
# CMA-ES needs no gradient for that, only many candidates and how good each one is.
#
# A recipe
# --------
# All that a fit does is said by a recipe, and the result depends on nothing but recipe, seed and
# connectome. This one reads from T4 and T5 only, and looks at few worlds at a time.

recipe = nfs.Recipe(
    readout="T4 and T5",
    pooling=2,
    textures=2,
    stages=[nfs.Stage(evaluations=EVALUATIONS, population=16, step_size=0.3)],
)
folder = Path(tempfile.mkdtemp()) / "first_fit"
fit = nfs.fit(recipe, seed=0, folder=folder, processes=1, progress=False)
print(fit)
print("stable:", fit.stable)

# %%
# A model must settle when it looks at grey, and must not run away when the contrast is strong.
# One that does not has failed: it is kept, its record says why, and nobody should use it. Of the
# whole fits in the box a quarter failed.
#
# What is in the folder
# ---------------------
# Everything that somebody needs to believe you. After each generation the state of the search is
# written, too: stop a fit by Ctrl-C, call it again with ``resume=True``, and it ends where it
# would have ended, to the last bit. This one is finished, so it is only read.

print(sorted(path.name for path in folder.iterdir()))
again = nfs.fit(recipe, seed=0, folder=folder, resume=True, processes=1, progress=False)
print("the same parameters:", again.parameters == fit.parameters)

# %%
# ``fit.parameters`` is what :func:`neuroflysim.simulate` takes, and all commands take the file
# ``parameters.json``. What did the search change most?

start = nfs.load_ensemble("flow_t4t5").start
factor = fit.parameters.synapse_strength / start.synapse_strength
print("strengths, relative to the start:")
print(factor.sort_values().iloc[[0, 1, 2, -3, -2, -1]].round(2).to_string())

# %%
# How far is it?
# --------------
# The learning curve, beside what the fits in the box reach (on other worlds, so take it as the
# size of the way that is left). A few seconds have brought the search up the first slope.

whole = nfs.load_ensemble("flow_t4t5").table["r2"]
axes = plot_learning_curve(fit.learning_curve)
axes[0].axhspan(whole.min(), whole.max(), color="#E69F00", alpha=0.4, lw=0, label="20 whole fits")
axes[0].legend(frameon=False, fontsize=8, loc="center left")
# sphinx_gallery_thumbnail_number = -1
plt.show()

# %%
# Now you
# -------
# Take ``recipe = "flow_t4t5"`` and let it run for some minutes, or in a shell:
#
# .. code-block:: text
#
#    neuroflysim fit flow_t4t5 --seed 0
#
# Then put your ``parameters.json`` into the third tutorial: are your T4 and T5 selective? One
# thing to keep in mind: the fits begin with T4 and T5 near their threshold, which was set by
# hand, and much hangs on it. :doc:`/fitting` tells the whole recipe, and :doc:`/ensembles` what
# it shows and what not.
