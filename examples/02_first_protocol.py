"""
2. Your first protocol in ten lines
===================================

A protocol is a stimulus as a lab would describe it: what is shown, for how long, in which
conditions. You write the luminance as an equation; the package shows it to every column of the
eye, in every combination of your parameters. Here a disc flickers, and we ask which cells follow.
"""

from brian2 import Hz, ms, second
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim.plotting import plot_traces

# %%
# Ten lines
# ---------
# In the equation, x and y are degrees in the visual field, and t is the time since the stimulus
# began. ``: 1`` says that luminance is a plain number: 0 is black, 1 is white, and a grey of 0.5
# comes before and after. The parameters are your own names; a list makes a condition of each
# value.

flicker = nfs.Protocol(
    name="flickering_disc",
    equations="luminance = 0.5 + 0.4*sin(2*pi*frequency*t)*int(x**2 + y**2 <= radius**2) : 1",
    parameters={"frequency": [1, 4, 16] * Hz, "radius": 12},
    stim_time=1 * second,
)
parameters = nfs.load_parameters("flow/000")
responses = nfs.simulate(
    flicker, connectome=parameters.connectome, parameters=parameters, extent=8, time_step=5 * ms
)

# %%
# ``flow/000`` is a model in the box, fitted to see motion in moving scenes. ``extent=8`` is an
# eye of eight columns around the middle: the disc is five columns wide, so that is plenty.
#
# Look before you run
# -------------------
# A stimulus that is not what you think is the usual reason for a surprising response. One row is
# one condition.

axes = flicker.plot(extent=8, n_times=6)

# %%
# What comes back
# ---------------
# ``responses.voltage`` is an xarray with names in the place of numbers: you never count columns
# or samples. Time is in seconds from the onset of the stimulus.

print(responses)
print(responses.voltage.sel(cell_type="L1").sel(time=[-0.1, 0.1, 0.5], method="nearest").round(3))

# %%
# Voltages have no unit in this model. The cell of each type that is recorded is the one in the
# middle of the eye; ``record="all"`` would record all of them.

plot_traces(responses, ["R1", "L1", "Mi1", "Tm9", "T4a", "T5a"])

# %%
# Units are checked
# -----------------
# Forget one, and you are told before anything runs.

try:
    nfs.Protocol(
        name="without_unit",
        equations="luminance = 0.5 + 0.4*sin(2*pi*frequency*t) : 1",
        parameters={"frequency": [1, 4, 16]},
        stim_time=1 * second,
    )
except nfs.InvalidValueError as error:
    print(error)

# %%
# Which cells follow?
# -------------------
# More values are more conditions; they are computed together. We show six frequencies for two
# seconds, and measure how far the voltage swings in the second one.

many = nfs.Protocol(
    name=flicker.name,
    equations=flicker.equations,
    parameters={"frequency": [1, 2, 4, 8, 16, 32] * Hz, "radius": 12},
    stim_time=2 * second,
)
responses = nfs.simulate(
    many, connectome=parameters.connectome, parameters=parameters, extent=8, time_step=5 * ms
)
second_one = responses.voltage.isel(candidate=0).sel(time=slice(1, 2))
swing = (second_one.max("time") - second_one.min("time")) / 2
relative = swing.swap_dims(condition="frequency")
relative = relative / relative.max("frequency")
print(relative.sel(cell_type=["R1", "L1", "Mi1", "Tm9", "T4a", "T5a"]).to_pandas().round(2))

# %%
# Hardly anything follows at 32 Hz. At 8 Hz two inputs part: Mi1, on the way to T4, still has four
# fifths of its swing, and Tm9, on the way to T5, a third. Tm9 is the slow one of the inputs to T5;
# recordings call it a low-pass filter, too (Arenz et al., 2017).

figure, ax = plt.subplots(figsize=(6.5, 4), layout="constrained")
for name, color in zip(
    ["R1", "L1", "Mi1", "T4a", "Tm9", "T5a"], plt.color_sequences["petroff10"], strict=False
):
    style = "--" if name in ("Tm9", "T5a") else "-"
    ax.plot(
        relative["frequency"],
        relative.sel(cell_type=name),
        style,
        marker="o",
        color=color,
        label=name,
    )
ax.set(
    xscale="log",
    xlabel="frequency of the flicker (Hz)",
    ylabel="amplitude, relative to its largest",
)
ax.set_xticks(relative["frequency"].to_numpy(), [f"{value:g}" for value in relative["frequency"]])
ax.minorticks_off()
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False)
# sphinx_gallery_thumbnail_number = -1
plt.show()

# %%
# Now you
# -------
# Make the radius a list: ``"radius": [3, 6, 12, 24]``. Then every frequency is shown in every
# size, and ``nfs.analysis.as_grid(swing)`` lays the conditions out with a dimension for each
# parameter; ``.sel(radius=6)`` then takes one size, for the figure too. Do the cells
# prefer small discs? What cannot be written as an equation is drawn by a function: see
# :doc:`/protocols`.
