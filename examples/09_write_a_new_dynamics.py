"""
9. Write a new dynamics
=======================

The model's neurons are Brian2 equations, so they are yours to change. Here we give the
photoreceptors what those of the published model lack: they adapt to the mean light. Nothing is
fitted anew, yet the model comes to see in the dark.
"""

import numpy as np
import xarray as xr
from brian2 import ms, second
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim import degree

EXTENT = 5  # radius of the eye in columns; 15 is the eye of the published model

parameters = nfs.load_parameters("flow/000")

# %%
# What is there
# -------------
# These lines are the whole neuron of the published model.

print(nfs.GRADED.equations)

# %%
# ``voltage`` and ``output`` must be defined; an output is what the targets get. The simulation
# gives each neuron ``synaptic_input`` (the weighted sum of the outputs of its sources),
# ``luminance`` (of its column, for photoreceptors; 0 for all others), ``time_constant`` and
# ``resting_potential``.
#
# What is new
# -----------
# Light that is as bright as it has been on average shall look grey, whatever the average is. So
# divide by it: ``seen`` is 0.5 when the luminance is the mean of the last quarter second, and
# goes to 1 when it is much brighter. All other cells get no light, so for them nothing changes.
# New names that are neither equations nor given are constants, with units.

adapting = nfs.Dynamics(
    name="adapting_photoreceptors",
    equations="""
    dvoltage/dt = (-voltage + resting_potential + synaptic_input + seen) / time_constant : 1
    dmean_light/dt = (luminance - mean_light) / adaptation_time : 1
    seen = luminance / (luminance + mean_light + darkness) : 1
    output = voltage*int(voltage > 0) : 1
    """,
    constants={"adaptation_time": 250 * ms, "darkness": 0.001},
    reference="division by the mean, as in Weber's law",
)
print(sorted(adapting.state_variables))

# %%
# At grey, ``seen`` is 0.5/(0.5 + 0.5) = 0.5: what the published model sees. So the fitted
# parameters still rest where they did, which is why this can work without a new fit.
#
# Equations are checked when you write them, not in the middle of a run:

try:
    nfs.Dynamics(name="slip", equations=adapting.equations, constants={"darkness": 0.001})
except nfs.InvalidValueError as error:
    print(error)

# %%
# The same edges in less and less light
# -------------------------------------
# Take moving edges as frames, and dim all of it: edge and background alike, as if the sun went
# down. The contrast stays the same. Frames that carry labels keep them, so ``brightness`` becomes
# a parameter of the conditions like angle.

edges = nfs.protocols.moving_edge(
    angle=range(0, 360, 45),
    intensity=1,
    speed=110 * degree / second,
    pre_time=2 * second,
    tail_time=0 * second,
)
frames = edges.luminance(extent=EXTENT, time_step=10 * ms)
brightness = [1, 0.5, 0.25, 0.125]
dimmed = xr.concat(
    [
        frames.assign_coords(brightness=("condition", np.full(frames.sizes["condition"], b))) * b
        for b in brightness
    ],
    dim="condition",
).assign_attrs(frames.attrs)

responses = {
    dynamics.name: nfs.analysis.recorded(
        nfs.simulate(
            dimmed,
            connectome=parameters.connectome,
            parameters=parameters,
            extent=EXTENT,
            time_step=10 * ms,
            dynamics=dynamics,
        )
    )
    for dynamics in (nfs.GRADED, adapting)
}

# %%
# ``recorded`` subtracted the voltage before the edge. How selective is T4a for direction, and how
# strong is its response?

for name, each in responses.items():
    peak = nfs.analysis.peak_response(each).sel(cell_type="T4a").isel(candidate=0)
    index = nfs.analysis.direction_selectivity_index(peak)
    print(name)
    print(
        "  index:",
        dict(
            zip(
                brightness,
                index.sel(brightness=brightness).to_numpy().round(2).tolist(),
                strict=True,
            )
        ),
    )
    print(
        "  peak: ",
        dict(
            zip(
                brightness,
                peak.sel(angle=180, brightness=brightness).to_numpy().round(2).tolist(),
                strict=True,
            )
        ),
    )

# %%
# The published neurons lose direction selectivity when it gets dark. With photoreceptors that
# adapt, an eighth of the light makes little difference: what counts is contrast. Flies do see
# motion over a wide range of brightness; a model that shall be shown dim stimuli needs something
# of this kind.

figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True, layout="constrained")
colors = plt.colormaps["viridis"](np.linspace(0.85, 0, len(brightness)))
for ax, (name, each) in zip(axes, responses.items(), strict=True):
    voltage = each.voltage.sel(cell_type="T4a").isel(candidate=0)
    for value, color in zip(brightness, colors, strict=True):
        for angle, style in ((180, "-"), (0, ":")):
            shown = (voltage["brightness"] == value) & (voltage["angle"] == angle)
            trace = voltage.isel(condition=shown.to_numpy())[0]
            label = f"{value:g}" if angle == 180 else None
            ax.plot(trace["time"], trace, style, color=color, label=label)
    ax.set(title=name.replace("_", " "), xlabel="time from onset (s)", xlim=(0, 0.41))
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("T4a, change of voltage")
axes[1].legend(
    title="brightness\n(dotted: null\ndirection)",
    frameon=False,
    fontsize=8,
    title_fontsize=8,
    loc="center left",
    bbox_to_anchor=(1, 0.5),
)
# sphinx_gallery_thumbnail_number = 1
plt.show()

# %%
# Three of the library
# --------------------
# Some equations are in the box, each with its source; a name stands for them. Beside the
# published model, ``graded``, take ``conductance``, in which excitation and inhibition open
# conductances, and ``adapting``, in which a cell subtracts a slow copy of its own voltage. How
# much it does so, and how slowly, is free by cell type, so parameters are made for it.
# ``variables`` records what is behind the voltage.

feedback = {
    "adaptation_strength": {"L1": 0.5, "Mi1": 0.5},
    "adaptation_time": {"L1": 150 * ms, "Mi1": 150 * ms},
}
models = {
    "graded": parameters,
    "conductance": parameters,
    "adapting": parameters.with_dynamics("adapting", **feedback),
}
flash = nfs.protocols.flash(intensity=1, stim_time=1 * second, tail_time=0.5 * second)
flashed = {
    name: nfs.simulate(
        flash,
        connectome=parameters.connectome,
        parameters=model,
        extent=EXTENT,
        time_step=5 * ms,
        dynamics=name,
        variables=["output"] if name != "adapting" else ["output", "adaptation"],
    )
    for name, model in models.items()
}

# %%
# The flash lasts for a second. A cell that adapts falls back as its feedback, dotted, grows; with
# conductances an input counts less, the nearer a cell is to its reversal potential. The parameters
# were fitted to the published equations: what they do with others is no prediction.

figure, axes = plt.subplots(1, 3, figsize=(9, 3), sharey=True, layout="constrained")
for ax, (name, each) in zip(axes, flashed.items(), strict=True):
    for cell_type in ("L1", "Mi1"):
        here = {"cell_type": cell_type}
        trace = each.voltage.sel(here).isel(candidate=0, condition=0)
        (line,) = ax.plot(trace["time"], trace, label=cell_type)
        if "adaptation" in each.variables:
            slow = each["adaptation"].sel(here).isel(candidate=0, condition=0)
            ax.plot(slow["time"], slow, ":", color=line.get_color())
    ax.set(title=name, xlabel="time from onset (s)")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("voltage")
axes[0].legend(frameon=False)
plt.show()

# %%
# Now you
# -------
# Let outputs saturate: ``output = voltage*int(voltage > 0)/(1 + voltage/half) : 1`` with a
# constant ``half``. Does T4a stay selective? A dynamics that you want to keep is one file like
# ``neuroflysim/dynamics/graded.py``. What an equation may not use, and why, is told by
# :class:`neuroflysim.Dynamics`.
