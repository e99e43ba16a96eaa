"""
8. Compare with your own patch-clamp file
=========================================

You have an ABF file of a cell and a log of the stimulus, and want to know how well the model
predicts the cell, given how noisy it is. Read it, cut it into trials, show the model the same,
compare. So that you can check every number, the file of this tutorial is made up: we know what
should come out.
"""

import tempfile
from pathlib import Path

import numpy as np
import pyabf
from brian2 import ms, second
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim.plotting import plot_overlay
from neuroflysim.recordings import align, noise_ceiling, recording_contents, resample

EXTENT = 5  # radius of the eye in columns; 15 is the eye of the published model
CELL_TYPE = "Tm3"
DELAY, GAIN, REST = 40 * ms, 9.0, -52.0  # what is to be found again: lag, mV per unit, mV

ensemble = nfs.load_ensemble("flow")
flash = nfs.protocols.flash(
    intensity=[0, 1], radius=20, pre_time=500 * ms, stim_time=500 * ms, tail_time=500 * ms
)
responses = nfs.simulate(
    flash,
    connectome=ensemble.connectome,
    parameters=ensemble.models,
    extent=EXTENT,
    time_step=20 * ms,  # a warning tells that one of the models is not quite at rest with it
)

# %%
# A file like yours
# -----------------
# The "fly" is one of the models of an ensemble, with the electrode's millivolts, a delay of 40
# ms, and noise. It saw sixteen flashes, dark and bright in turn, one every 1.5 s; the cell
# was recorded at 1 kHz without a gap. You have your own file and log instead, so skip this block,
# and pyabf with it; to read ABF files, ``pip install "neuroflysim[recordings]"``.

rng = np.random.default_rng(0)
fly = responses.voltage.isel(candidate=ensemble.names.index("004")).sel(cell_type=CELL_TYPE)
shown = [0, 1] * 8
onsets = (0.5 + 1.5 * np.arange(len(shown))) * second
pieces = []
for intensity in shown:
    voltage = fly.isel(condition=int(np.flatnonzero(fly["intensity"] == intensity)[0]))
    pieces.append(np.interp(np.arange(-0.5, 1, 1e-3) - float(DELAY), voltage["time"], voltage))
signal = REST + GAIN * np.concatenate(pieces)
slow = np.repeat(rng.normal(size=len(signal) // 20), 20)  # noise that changes every 20 ms
signal = signal + 4 * slow + rng.normal(size=len(signal))
file = Path(tempfile.mkdtemp()) / "cell.abf"
pyabf.abfWriter.writeABF1(signal[None], str(file), 1000, units="mV")

# %%
# Read it
# -------
# What is in the file? In a shell, ``neuroflysim recording cell.abf`` tells the same. (neo remarks
# on the header, of which pyabf fills in only what it needs. Your amplifier fills in all.)

print(recording_contents(file))

# %%
# Cut it at the onsets that your log tells, and say what was shown at each. Name it as the
# protocol of the model does: here ``intensity``. (The onsets may also stand in a second channel
# as pulses, or be the same in each sweep: see :doc:`/own_recordings`.) Then go from 1 kHz to the
# time step of the model.

recording = nfs.load_recording(file, cell_type=CELL_TYPE)
trials = align(recording, onsets, before=400 * ms, after=900 * ms, conditions={"intensity": shown})
trials = resample(trials, 20 * ms)
print(recording)
print(trials)

# %%
# How good could a model be?
# --------------------------
# Trials differ, so even the true response would not correlate perfectly with their mean. The
# noise ceiling is the correlation that a perfect model would have.

print(noise_ceiling(trials))

# %%
# Compare
# -------
# Millivolts are not the units of the model, so gain and offset are fitted, and the lag at which
# both agree best. One row is one model, cell type and condition.

table = nfs.compare_recording(responses, trials, max_lag=100 * ms)
table["model"] = np.array(ensemble.names)[table["candidate"]]
table = table.set_index(["model", "intensity"])
columns = ["noise_ceiling", "correlation", "best_correlation", "best_lag", "gain"]
print(table.loc[["000", "004"], columns].round(2))

# %%
# The model that made the file is found again: a lag of 40 ms, a gain of 9 mV, and at that lag the
# correlation reaches the ceiling. See how much a delay of 40 ms costs in the plain correlation,
# which knows no lag: for a model that is right, but early.

axes = plot_overlay(responses, trials, candidate=ensemble.names.index("000"))

# %%
# Which model is nearest to the cell?
# -----------------------------------
# All were asked. Both flashes count: take the mean over conditions.

nearest = table.groupby("model")["best_correlation"].mean().sort_values()
ceiling = table["noise_ceiling"].mean()

figure, ax = plt.subplots(figsize=(6, 4), layout="constrained")
colors = np.where(nearest.index == "004", "#D55E00", "#0072B2")
ax.hlines(range(len(nearest)), 0, nearest, color=colors, lw=1)
ax.scatter(nearest, range(len(nearest)), color=colors, zorder=2)
ax.axvline(ceiling, color="k", ls="--", lw=1)
ax.text(ceiling, -0.4, "noise ceiling ", ha="right", fontsize=8)
ax.set_yticks(range(len(nearest)), nearest.index, fontsize=8)
ax.set_xlim(min(0.4, nearest.min()), 1)
ax.set_ylabel("model")
ax.set_xlabel(f"correlation with the recorded {CELL_TYPE}, at the best lag")
ax.spines[["top", "right"]].set_visible(False)
# sphinx_gallery_thumbnail_number = -1
plt.show()

# %%
# Now you
# -------
# Make the noise three times as strong: what becomes of the ceiling, and of the order of the
# models? How many sweeps would you need to tell the best from the second? For calcium, compare
# with ``nfs.analysis.recorded(responses, kind="calcium", ...)``; NWB, Spike2 and CSV files, and
# stimuli on a second channel, are told in :doc:`/own_recordings`.
