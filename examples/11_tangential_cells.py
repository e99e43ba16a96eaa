"""
11. A tangential cell and its recording
=======================================

The most recorded cells of fly vision stand once per eye: tangential cells of the lobula plate look
at the whole field and sum up what hundreds of T4 and T5 tell them. Here we make such a cell, take
two from the library, and set one beside a recording.
"""

import numpy as np
import pandas as pd
from brian2 import Hz, ms, second
from matplotlib import pyplot as plt

import neuroflysim as nfs

EXTENT = 5  # radius of the eye in columns; 15 is the eye of the published model

fitted = nfs.load_parameters("flow/000")

# %%
# A cell of your own
# ------------------
# A ``Pool`` is a connection of a cell that stands once. Its weight is an equation of x and y, where
# a column looks, in degrees to the right and up; it says how many synapses the cell has with that
# column. A name that the connectome does not have becomes a new type. The values of the fitted
# model are carried over; only what is new needs values. This cell sums up T4a in the lower half of
# the eye, in five lines:

connectome = nfs.load_connectome().with_pools([nfs.Pool("T4a", "lower", "int(y < 0)")])
parameters = fitted.extended(
    connectome,
    time_constant={"lower": 20 * ms},
    resting_potential={"lower": 0.0},
    synapse_strength={("T4a", "lower"): 0.02},
)
print(connectome)

# %%
# A cell that stands once is recorded like any other. A grating that drifts to the left, which T4a
# prefers, and one that drifts to the right:

moving = dict(contrast=1, stim_time=2 * second, tail_time=0 * second)
gratings = nfs.protocols.drifting_grating(
    angle=[180, 0], wavelength=30, temporal_frequency=1 * Hz, **moving
)
responses = nfs.simulate(
    gratings, connectome=connectome, parameters=parameters, extent=EXTENT, record=["lower", "T4a"]
)
own = responses.voltage.isel(neuron=responses.voltage["cell_type"].to_numpy() == "lower")
means = own.sel(time=slice(0.5, None)).mean("time").to_numpy().ravel()
print(pd.Series(means, ["to the left", "to the right"]).round(3))

# %%
# It is what the equation says, to the last digits: the sum over the T4a that look downwards,
# filtered by the cell's own membrane.

t4a = responses.voltage.isel(neuron=responses.voltage["cell_type"].to_numpy() == "T4a")
looks_down = nfs.Eye(EXTENT).y < 0
drive = 0.02 * np.maximum(t4a.to_numpy(), 0) @ looks_down
cell, step = own.to_numpy()[..., 0], float(responses.voltage.attrs["time_step"])
expected = cell[..., :-1] + step / 0.02 * (drive[..., :-1] - cell[..., :-1])
error = np.abs(cell[..., 1:] - expected).max()
print(f"largest difference: {error:.1e}")

# %%
# HS and VS
# ---------
# The library has a circuit of tangential cells. HS is excited by T4a and T5a, VS by T4d and T5d;
# and local cells, LPi, that are excited by the opposite subtypes, inhibit them. References stand in
# the table. No source gives the strengths, so they are ours, and nothing was fitted to make what
# follows come out.

model = nfs.with_lobula_plate(fitted)
print(model.connectome.inputs("HS")[["sign", "sign_reference"]])

# %%
# HS is most sensitive 60 degrees to its side, as recorded (Schnell et al. 2010, as Fenk et al. 2014
# read it); the middle of the model's eye is taken to look 75 degrees to the side. Gratings that
# drift in four directions, with LPi and without:

gratings = nfs.protocols.drifting_grating(
    angle=[0, 90, 180, 270], wavelength=30, temporal_frequency=1 * Hz, **moving
)
flies = [None, nfs.Silence(["LPi2-1", "LPi3-4"])]


def from_rest(responses):
    """The mean voltage from half a second on, above that at grey."""
    voltage = responses.voltage
    rest = voltage.sel(time=slice(None, -1e-6)).isel(time=-1)
    return (voltage - rest).sel(time=slice(0.5, None)).mean("time")


told = {"connectome": model.connectome, "parameters": model, "extent": EXTENT, "time_step": 10 * ms}
mean = from_rest(nfs.simulate(gratings, perturbations=flies, **told))
table = pd.DataFrame(
    {
        (cell, fly): mean.sel(cell_type=cell)[number].to_numpy()
        for cell in ("HS", "VS")
        for number, fly in enumerate(["with LPi", "without"])
    },
    index=pd.Index(gratings.conditions["angle"], name="angle"),
)
print(table.round(3))

# %%
# HS is depolarised by motion from front to back (180 degrees here) and hyperpolarised by motion
# from back to front; VS by motion down (270) and up. Without LPi, next to nothing is left of the
# hyperpolarisation: as in the fly, it comes from LPi.
#
# Beside a recording
# ------------------
# HS cells of flies that do not walk were shown gratings of 45 degrees at several speeds: their
# responses, relative to the largest of all, as Fenk et al. (Curr. Biol. 24, 2913, 2014) read them
# from Fig. 2 of Schnell et al. (J. Neurophysiol. 103, 1646, 2010).

recorded = pd.Series(
    {0.511: 0.769, 0.748: 0.764, 1.013: 0.883, 1.496: 0.782, 2.008: 0.679, 3.021: 0.476,
     5.019: 0.378}
)  # fmt: skip
faster = nfs.protocols.drifting_grating(
    angle=180, wavelength=45, temporal_frequency=[each * Hz for each in recorded.index], **moving
)
tuning = from_rest(nfs.simulate(faster, **told)).sel(cell_type="HS")[0]
modelled = pd.Series(tuning.to_numpy(), recorded.index)
optimum = modelled.idxmax()
print(f"optimum: fly {recorded.idxmax():.3g} Hz, model {optimum:.3g} Hz")

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
table.plot.bar(ax=left, rot=0, ylabel="voltage from rest")
left.axhline(0, color="k", lw=0.5)
left.set_title("opponency needs LPi")
(recorded / recorded.max()).plot(ax=right, marker="o", label="fly (Schnell 2010)")
(modelled / modelled.max()).plot(ax=right, marker="s", label="model HS (flow/000)")
right.set(
    xscale="log", xlabel="temporal frequency (Hz)", ylabel="response (relative)", ylim=(0, 1.1)
)
right.legend()
right.set_title("HS of this model likes it faster")

# %%
# Directions come out, speed does not: HS of this model likes motion several times as fast as HS of
# the fly. That is no fault of the pool, which only sums up: T4 and T5 of this model are that fast,
# and no weight of a pool makes them slower.
#
# Your turn
# ---------
# Give VS a narrower stripe with ``"exp(-((x - 20)/10)**2)"``, as one of several VS cells side by
# side has; let a cell project back, ``nfs.Pool("lower", "T4a", "1", sign=-1)``; or set your own
# recording beside HS with ``nfs.compare_recording``, as in the eighth tutorial.
