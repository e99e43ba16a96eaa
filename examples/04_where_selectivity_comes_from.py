"""
4. Where T4's direction selectivity comes from
==============================================

The third tutorial showed *that* T4 tells directions apart. Here we do what a lab would do to find
out *why*: measure the currents that T4a gets when an edge moves in its preferred direction and in
the opposite one, then take its inputs away, one at a time. In a model both take seconds.
"""

import numpy as np
import pandas as pd
from brian2 import ms, second
from matplotlib import pyplot as plt

import neuroflysim as nfs
from neuroflysim import degree

EXTENT = 5  # radius of the eye in columns; 15 is the eye of the published model

connectome = nfs.load_connectome()
parameters = nfs.load_parameters("flow/000")

# %%
# Currents
# --------
# T4a prefers 180 degrees, so show a bright edge in this direction and in the opposite one. The
# inputs of a cell come from other columns, too, so whole types are recorded: all that feed T4a.

edge = nfs.protocols.moving_edge(angle=[180, 0], intensity=1, speed=110 * degree / second)
feeding = list(connectome.inputs("T4a").index)
responses = nfs.simulate(
    edge,
    connectome=connectome,
    parameters=parameters,
    extent=EXTENT,
    time_step=5 * ms,
    record=sorted({*feeding, "T4a"}),
)

# %%
# ``input_currents`` returns the terms of the sum in the equation of the model, one for each type
# of input: sign, times strength, times synapse count, times the output of the source cells. They
# are in units of voltage: what T4a would settle at because of them, if they lasted. What matters
# is the change from grey.

currents = nfs.analysis.input_currents(responses, parameters, "T4a").isel(candidate=0)
currents = currents - currents.sel(time=slice(-0.2, 0)).mean("time")
voltage = responses.central().voltage.isel(candidate=0).sel(cell_type="T4a")

passing = slice(0, float(edge.stim_time))
largest = np.abs(currents.sel(time=passing)).max(["condition", "time"]).to_series()
largest = largest.sort_values(ascending=False)
print("largest change of each input:")
print(largest.round(2).head(6).to_string())

# %%
# Three inputs do most of it: Mi1 excites, CT1(M10) and Mi4 inhibit. Now see when. In the preferred
# direction excitation comes first, and for a while it has T4a for itself. In the null direction
# inhibition is there when excitation comes, and little is left.

figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
colors = dict(zip(largest.index[:4], plt.color_sequences["petroff10"], strict=False))
for ax, angle, title in zip(axes, (180, 0), ("preferred", "null"), strict=True):
    shown = currents["angle"].to_numpy() == angle
    for name, color in colors.items():
        ax.plot(
            currents["time"],
            currents.isel(condition=shown).sel(source_type=name)[0],
            color=color,
            label=name,
        )
    trace = voltage.isel(condition=shown)[0]
    ax.plot(trace["time"], trace, "k", lw=2, label="voltage of T4a")
    ax.axhline(0, color="0.8", lw=0.8, zorder=0)
    ax.set(title=f"{title} direction, {angle}°", xlabel="time from onset (s)", xlim=(0.05, 0.41))
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("change of input; voltage")
axes[1].legend(frameon=False, fontsize=8)

# %%
# The same in numbers, for the two largest: when each has reached half of its largest change.


def half_time(name, angle):
    """Return when an input has reached half of its largest change, in milliseconds."""
    change = np.abs(currents.sel(source_type=name, time=passing)[currents["angle"] == angle][0])
    return round(1000 * float(change["time"][change >= change.max() / 2][0]))


half = pd.DataFrame(
    {angle: {name: half_time(name, angle) for name in ("Mi1", "CT1(M10)")} for angle in (180, 0)}
)
half["mean"] = half[[180, 0]].mean(axis=1)
print("time of half the change (ms), by direction:")
print(half)

# %%
# Two things come together. CT1(M10) is the slower one: its mean over both directions is later.
# And it sits on one side: in the maps of the first tutorial it inhibits T4a from columns to its
# left, where motion to the left arrives late, and motion to the right early. So its lag behind
# Mi1 is long in one direction, and next to nothing in the other.
#
# Take inputs away
# ----------------
# Currents show what could matter. To see what does, remove it. ``Silence`` blocks the output of a
# type everywhere, as shibire does in a fly; ``Cut`` takes away one connection and nothing else,
# which no fly allows. Each entry of the list is one fly; None is the intact one. All of them see
# the edges together, in one run.

SUSPECTS = ["Mi1", "Tm3", "Mi9", "Mi4", "CT1(M10)", "C3", "TmY15"]
flies = [
    None,
    *(nfs.Silence(name) for name in SUSPECTS),
    *(nfs.Cut(name, "T4a") for name in SUSPECTS),
]
edges = nfs.protocols.moving_edge(angle=range(0, 360, 45), intensity=1, speed=110 * degree / second)
perturbed = nfs.simulate(
    edges,
    connectome=connectome,
    parameters=parameters,
    extent=EXTENT,
    time_step=10 * ms,
    perturbations=flies,
)


def selectivity(responses):
    """Return the direction selectivity index of T4a, and its peak in two directions."""
    peak = nfs.analysis.peak_response(responses).sel(cell_type="T4a")
    index = nfs.analysis.direction_selectivity_index(peak)
    return {"index": index, "preferred": peak.sel(angle=180), "null": peak.sel(angle=0)}


names = perturbed.voltage["perturbation"].to_numpy()
print(pd.DataFrame(selectivity(perturbed), index=names).round(2))

# %%
# A trap
# ------
# By this table nearly every input matters, and without Mi9 T4a is half as selective. But look at
# the voltage of T4a at grey, before any edge: with an inhibitory input gone it rests higher. The
# published index counts the voltage at rest as a response to every direction, so it falls when a
# cell rests higher and rises when it rests lower, even if the response to motion stays the same.

rest = perturbed.central().voltage.sel(cell_type="T4a", time=slice(-0.2, 0)).mean("time")
print("T4a at grey:")
print(pd.Series(rest.isel(condition=0), names).round(2).to_string())

# %%
# An electrode shows the same voltage, but papers plot the *change* from rest. ``recorded``
# subtracts the rest; the same functions then take the index of what is left.

table = pd.DataFrame(selectivity(nfs.analysis.recorded(perturbed)), index=names)
print(table.round(2))

# %%
# Now it is a short story. Mi1 is the drive: without its connection there is hardly a response,
# and an index of nearly nothing means nothing. (Silenced everywhere, Mi1 is missing before other
# inputs, too, and what T4a still gets is the same from all directions.) CT1(M10) vetoes the null
# direction: without it T4a answers to that, too. Mi4 does some of the same, and it sits further to
# the left. All the others set where T4a rests, and not which direction it prefers.

MOST_OF_NOTHING = 0.25  # below this peak, the index of a cell is not worth drawing

figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
places = np.arange(len(SUSPECTS))
for kind, shift, color, label in (
    ("silence {}", -0.19, "#0072B2", "silenced everywhere"),
    ("cut {} -> T4a", 0.19, "#E69F00", "connection to T4a cut"),
):
    rows = table.loc[[kind.format(name) for name in SUSPECTS]]
    shown = rows["index"].where(rows["preferred"] > MOST_OF_NOTHING)
    ax.bar(places + shift, shown, 0.36, color=color, label=label)
    for place in places[shown.isna()]:
        ax.text(place + shift, 0.01, "hardly a response", ha="center", rotation=90, fontsize=8)
ax.axhline(table.loc["intact", "index"], color="k", ls="--", lw=1, label="intact")
ax.set_xticks(places, SUSPECTS)
ax.set_xlim(-0.6, len(SUSPECTS) - 0.4)
ax.set_ylabel("direction selectivity index of T4a\n(change from rest)")
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1))
# sphinx_gallery_thumbnail_number = -1
plt.show()

# %%
# Now you
# -------
# This is one model. It was fitted to a task, and other fits of the same task may do it in another
# way: put "flow/001" in the place of "flow/000" and run the script again. The sixth tutorial asks
# all models at once. To silence each of the 65 types and look at all the others, there is
# :func:`neuroflysim.screen`.
