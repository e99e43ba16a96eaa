"""
7. Replay a paper
=================

The package holds published experiments as a database: what was shown, what was measured, and
where in the source each number stands. Name a study, and its stimuli are shown to your model and
its numbers set beside the model's. Here we replay Gruntman et al. (2019), who patched T5 cells,
and see what the model does as the fly, and what it does not.
"""

from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim.plotting import plot_curves, plot_traces

EXTENT = 5  # radius of the eye in columns; 15 is the eye of the published model

parameters = nfs.load_parameters("flow/000")

# %%
# What is there?
# --------------

listed = nfs.studies()
print(f"{len(listed)} studies; some that hold T5:")
print(listed[listed["cell_types"].str.contains("T5")][["year", "signal", "replayed_rows"]])

# %%
# A study knows its citation, its stimuli, and what cannot be asked of the model, with the reason.

study = nfs.load_study("gruntman2019")
print(study.citation)
print(list(study.experiments))
for measure, why in list(study.not_replayed.items())[:3]:
    print(f"not replayed: {measure}: {why}")

# %%
# Replay
# ------
# ``replay`` shows one of the stimuli and returns responses like ``simulate``. These are dark bars
# of three widths that move in eight directions; the widest are drawn, in four directions.
# ``recorded`` is what an electrode would show: the change from rest.

responses = nfs.replay("gruntman2019", parameters, "moving_bars", extent=EXTENT, progress=False)
signal = nfs.analysis.recorded(responses).voltage.sel(time=slice(-0.1, None))
wide = (signal["width"] == 9) & (signal["angle"] % 90 == 0)
plot_traces(nfs.Responses(signal.isel(condition=wide.to_numpy())), ["T5a", "T5b", "T5c", "T5d"])

# %%
# Compare
# -------
# One row of the table is one measurement of the paper. ``fly`` is what it says, ``model`` what
# comes out of the same measure, and ``agreement`` goes from -1 to 1.

table = nfs.compare(parameters, study, extent=EXTENT, progress=False)
compared = table[table["agreement"].notna()]
print(
    compared[["measure", "cell_type", "fly", "model", "agreement"]].round(2).to_string(index=False)
)
print(nfs.scores(table)[["study", "n_compared", "score"]])

# %%
# The model's T5 prefers dark, as it should. But it is not selective enough to pass for the T5 of
# this study, a bar inhibits it on the side where it excites the fly's, and in the null direction
# the second of two bars is answered more, not less. A model that tells directions apart need not
# do it as the fly does; an average over studies would have hidden that.
#
# Where the number stands
# -----------------------
# Do not believe a table; look the number up. ``row`` is file and line, and the row names the
# place in the source.

row = compared.iloc[-1]["row"]
line = study.table.loc[int(row.split(":")[1])]
print(row)
print(line[["measure", "cell_type", "condition", "value", "locator", "remark"]].to_string())

# %%
# How it disagrees
# ----------------
# The paper showed pairs of bars, one after the other: in the null direction the second response
# is smaller than the sum of both alone, and in the preferred direction it is not larger. An
# agreement with a bound such as "<0" is 1 if the model lies beyond it, else -1, however near it
# is. So look at the values, too: the enhancement is small in the model, on either side of 0, and
# what should be suppression is not.

pairs = compared[compared["measure"].str.contains("enhancement|suppression")]
print(pairs.groupby("measure")[["model", "agreement"]].mean().round(2))

# %%
# Curves beside curves
# --------------------
# Maisak et al. (2013) measured tuning to the direction of edges, so there are curves to lay over
# one another. With several models the band is their range.

models = [nfs.load_parameters(f"flow/{name}") for name in ("000", "001")]
curves = nfs.compare(models, "maisak2013", extent=EXTENT, progress=False)
plot_curves(curves[curves["measure"] == "tuning_curve"], over="angle")
# sphinx_gallery_thumbnail_number = -1
plt.show()

# %%
# Now you
# -------
# Is 0.3 a bad score, or would any model get it? Compare ``nfs.Parameters.uniform(...)``, the
# wiring before any fit, with the same study. In a shell, ``neuroflysim report flow/000 -o
# report.html`` does all studies at once, and :doc:`/adding` shows how a study of your own becomes
# part of it.
