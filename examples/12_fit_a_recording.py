"""
12. Fit four parameters to a recording
======================================

You recorded two cell types, and want to know how fast they are. A fit to the recording finds values
with which the model agrees; but how far can you trust them? Here the "fly" is a model, so that we
know what should come out: four of its numbers are not those of the model that we begin with.
"""

import numpy as np
import pandas as pd
from brian2 import Hz, ms, second
from matplotlib import pyplot as plt
from scipy.stats import t as student

import neuroflysim as nfs

LATTICE = nfs.Lattice(size=(3, 2))  # enough for what fills the field of view
TIME_STEP = 20 * ms
N_TRIALS, N_RESAMPLED = 8, 10

model = nfs.load_parameters("flow/000")

# %%
# The recording
# -------------
# Two cell types of the medulla see the whole field flicker ever faster, then ever stronger, at
# three contrasts, eight times each. The electrode tells millivolts, and in each sample there is as
# much noise as signal. Your recording comes from a file instead, aligned and labelled like this one
# (:doc:`/own_recordings`).

truth = {  # relative to the model that we begin with
    "time_constant:Mi1": 1.5,
    "time_constant:Tm3": 0.7,
    "time_constant:L1": 1.4,
    "synapse_strength:L1->Mi1": 0.75,
}
fly = model.replace(
    time_constant={
        name: truth[f"time_constant:{name}"] * model.time_constant[name] * second
        for name in ("Mi1", "Tm3", "L1")
    },
    synapse_strength={("L1", "Mi1"): 0.75 * model.synapse_strength["L1", "Mi1"]},
)
flicker = nfs.protocols.chirp(
    contrast=[0.5, 0.75, 1],
    first_frequency=0.5 * Hz,
    last_frequency=12 * Hz,
    sweep_time=4 * second,
    pause=0.5 * second,
    ramp_time=2 * second,
    pre_time=0.5 * second,
    tail_time=0.3 * second,
)
voltage = nfs.simulate(
    flicker, connectome=fly.connectome, parameters=fly, lattice=LATTICE, time_step=TIME_STEP
).voltage[0]

rng = np.random.default_rng(0)
trials, labels = [], []
for cell_type in ("Mi1", "Tm3"):
    true = voltage.sel(cell_type=cell_type)
    for one in true:
        noise = float(true.std()) * rng.normal(size=(N_TRIALS, one.size))
        trials.append(-52 + 9 * (one.to_numpy() + noise))
        labels += [(cell_type, float(one["contrast"]))] * N_TRIALS
cell_types, contrasts = map(list, zip(*labels, strict=True))
recording = nfs.Recording.from_array(
    np.concatenate(trials),
    rate=50 * Hz,
    unit="mV",
    cell_type=cell_types,
    onsets=-float(voltage["time"][0]) * second,
    conditions={"contrast": contrasts},
)
print(recording)

# %%
# The fit
# -------
# Free is what you want to know and what you do not know from elsewhere: here three time constants,
# and how strongly L1 acts on Mi1. All else stays as it is at the start. Millivolts are no unit of
# the model, so gain and offset are fitted, too, one of each for a cell type. Trials of one contrast
# are held out: that is said before the fit, and no generation is shown them.


def fitted(recording, start, **options):
    """Fit the four parameters."""
    objective = nfs.RecordingObjective(
        recording, flicker, lattice=LATTICE, time_step=TIME_STEP, held_out={"contrast": 0.75}
    )
    return nfs.fit(
        objective,
        start=start,
        free=list(truth),
        population=16,
        processes=1,
        progress=False,
        **options,
    )


fit = fitted(recording, model, evaluations=320)
print(fit)
print(fit.parameters.seen)

# %%
# The score is the part of the variance that the model explains of what was held out. None could
# explain all: an eighth of the noise is left in the mean over eight trials, so that 0.89 is about
# what the truth itself has. ``seen`` stays with the parameters, and tells what they were fitted to.
# Of what was held out, this is a part:

answer = nfs.simulate(
    flicker,
    connectome=model.connectome,
    parameters=[model, fit.parameters],
    lattice=LATTICE,
    time_step=TIME_STEP,
).voltage.sel(cell_type="Mi1")

held = (recording.signal["contrast"] == 0.75) & (recording.signal["cell_type"] == "Mi1")
mean = recording.signal[held.to_numpy()].mean("trial")
figure, ax = plt.subplots(figsize=(9, 3.2), layout="constrained")
ax.plot(mean["time"], mean, color="0.7", lw=1, label="mean of 8 trials")
for trace, color, label in zip(
    answer[:, 1], ("#0072B2", "#D55E00"), ("model before the fit", "after"), strict=True
):
    gain, offset = np.polyfit(trace, np.interp(trace["time"], mean["time"], mean), 1)
    ax.plot(trace["time"], offset + gain * trace, color=color, lw=1.2, label=label)
ax.set(xlabel="time from onset (s)", ylabel="Mi1 (mV)", xlim=(-0.2, 2.2))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, fontsize=8, ncols=3, loc="upper center", bbox_to_anchor=(0.5, 1.15))

# %%
# How sure are the values?
# ------------------------
# A fit returns one value for each parameter, however little the recording tells of it. How far it
# would be another one with other noise is seen by drawing trials anew from those that there are,
# with replacement (the bootstrap), as many of each cell type and contrast, and fitting again. These
# fits begin where the first one ended, and so are short. Ten of them tell the standard deviation of
# each logarithm, and a 95 % interval is 2.3 of these to either side (Student's t).


def resampled(recording):
    """Return a recording with trials drawn from those of each cell type and condition."""
    signal = recording.signal
    groups = pd.DataFrame({name: signal[name] for name in ("cell_type", "contrast")})
    chosen = groups.groupby(list(groups)).sample(frac=1, replace=True, random_state=rng)
    return nfs.Recording(signal.isel(trial=chosen.index.to_numpy()))


def factors(parameters):
    """Return the four parameters, relative to the model that we began with."""
    tau = parameters.time_constant / model.time_constant
    strength = parameters.synapse_strength / model.synapse_strength
    return [tau["Mi1"], tau["Tm3"], tau["L1"], strength["L1", "Mi1"]]


again = [
    fitted(resampled(recording), fit.parameters, evaluations=160, step_size=0.2)
    for _ in range(N_RESAMPLED)
]
found = np.log(factors(fit.parameters))
spread = np.log([factors(one.parameters) for one in again]).std(axis=0, ddof=1)
reach = student.ppf(0.975, N_RESAMPLED - 1) * spread
table = pd.DataFrame(
    {
        "true": list(truth.values()),
        "found": np.exp(found),
        "from": np.exp(found - reach),
        "to": np.exp(found + reach),
    },
    index=list(truth),
)
print(table.round(2))

# %%
# The true values lie within their intervals, and 1, where the fit began, lies outside of each.

figure, ax = plt.subplots(figsize=(6, 2.8), layout="constrained")
rows = np.arange(len(table))
ax.errorbar(
    table["found"], rows, xerr=[table["found"] - table["from"], table["to"] - table["found"]],
    fmt="o", color="#0072B2", capsize=3, label="found, 95 % interval",
)  # fmt: skip
ax.plot(table["true"], rows, "x", color="k", ms=8, label="true")
ax.axvline(1, color="0.7", lw=1, zorder=0)
ax.set_yticks(rows, table.index)
ax.invert_yaxis()
ax.margins(y=0.2)
ax.set_xlabel("relative to the model before the fit")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
# sphinx_gallery_thumbnail_number = 2
plt.show()

# %%
# What an interval does not tell
# ------------------------------
# These intervals tell what the noise of the recording does, if all else is right. They do not know
# whether the numbers that stayed are those of your fly, nor whether its cells adapt, which those of
# these equations cannot. A cell with other inputs, or of another dynamics, has other values that
# agree as well: fit with these, too, and look at what all of them say of stimuli that none was
# fitted to. :doc:`/fitting_recordings` is about that, and :doc:`/fitting` tells all that
# ``nfs.fit`` takes.
#
# Now you
# -------
# How many trials does it take to tell Mi1 from the model before the fit? Take two in place of
# eight. Then give the fit more to find, ``free=[*truth, "synapse_strength:*->Mi1"]``: what becomes
# of the score, and what of the intervals?
