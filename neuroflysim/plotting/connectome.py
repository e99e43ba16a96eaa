"""Pictures of a connectome: who connects to whom, and receptive fields by column."""

from __future__ import annotations

import numpy as np
from matplotlib import pyplot as plt

from neuroflysim import checks, lattice
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.parameters.starts import type_counts
from neuroflysim.plotting.hexagons import DIVERGING, plot_columns
from neuroflysim.plotting.panels import panels


def plot_connectivity(connectome: Connectome, ax=None):
    """Draw the matrix of signed synapse counts between cell types.

    Parameters
    ----------
    connectome : Connectome
    ax : Axes, optional

    Returns
    -------
    Axes
    """
    counts = type_counts(connectome)
    if ax is None:
        _, ax = plt.subplots(figsize=(9, 8.2), layout="constrained")
    strong = np.sign(counts) * np.log10(1 + counts.abs())
    limit = float(np.abs(strong.to_numpy()).max())
    image = ax.imshow(strong, cmap=DIVERGING, vmin=-limit, vmax=limit, interpolation="nearest")
    ax.set_xticks(range(len(counts.columns)), counts.columns, rotation=90, fontsize=6)
    ax.set_yticks(range(len(counts.index)), counts.index, fontsize=6)
    ax.set_xlabel("source type")
    ax.set_ylabel("target type")
    bar = ax.figure.colorbar(image, ax=ax, shrink=0.6)
    ticks = np.array([-100, -10, -1, 0, 1, 10, 100])
    ticks = ticks[np.log10(1 + np.abs(ticks)) <= limit]
    bar.set_ticks(np.sign(ticks) * np.log10(1 + np.abs(ticks)), labels=[f"{k:+d}" for k in ticks])
    bar.set_label("synapses onto one target cell (+ excitatory, - inhibitory)")
    return ax


def plot_receptive_field(connectome: Connectome, target_type: str, n_inputs: int = 8, axes=None):
    """Draw where the strongest inputs of a cell type lie, seen from the target's column.

    Parameters
    ----------
    connectome : Connectome
    target_type : str
    n_inputs : int
        How many source types to draw, strongest first.
    axes : array of Axes, optional

    Returns
    -------
    ndarray of Axes
    """
    n_inputs = checks.whole_number("n_inputs", n_inputs, minimum=1)
    inputs = connectome.inputs(target_type).head(n_inputs)
    if inputs.empty:
        raise InvalidValueError(f"{target_type} has no inputs in this connectome.")
    offsets = connectome.offsets
    offsets = offsets[(offsets["target_type"] == target_type)]
    offsets = offsets[offsets["source_type"].isin(inputs.index)]
    reach = 1 + np.abs(lattice.position(offsets["du"], offsets["dv"])).max()
    limit = float(offsets["synapse_count"].max())
    axes = panels(len(inputs), 2.3, 2.5, axes)
    for (source, row), ax in zip(inputs.iterrows(), axes.flat, strict=False):
        own = offsets[offsets["source_type"] == source]
        # A source at -(du, dv) projects onto the target in the middle.
        _, hexagons = plot_columns(
            -own["du"],
            -own["dv"],
            row["sign"] * own["synapse_count"],
            ax,
            DIVERGING,
            -limit,
            limit,
            edge=0.4,
        )
        ax.plot(0, 0, "k.", ms=4)
        ax.set_xlim(-reach, reach)
        ax.set_ylim(-reach, reach)
        ax.set_title(f"{source}, {row['synapse_count']:.3g} synapses", fontsize=9)
    figure = axes.flat[0].figure
    figure.suptitle(f"inputs of {target_type} by column (dot: its own column)", fontsize=10)
    figure.colorbar(hexagons, ax=axes, shrink=0.6, label="synapses (+ exc., - inh.)")
    return axes
