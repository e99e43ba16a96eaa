"""Voltages over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib import pyplot as plt

from neuroflysim.plotting.panels import panels
from neuroflysim.responses import Responses


def plot_traces(
    responses: Responses, cell_types: Sequence[str], candidate: int = 0, labels=None, axes=None
):
    """Draw the voltage of central cells over time, one panel a type, one line a condition.

    What `analysis.recorded` made of it, a calcium signal for example, is labelled so.

    Parameters
    ----------
    responses : Responses
    cell_types : sequence of str
    candidate : int
    labels : sequence of str, optional
        Name of each condition in the legend; its parameters if not given.
    axes : array of Axes, optional

    Returns
    -------
    ndarray of Axes
    """
    voltage = responses.central().voltage.isel(candidate=candidate)
    axes = panels(len(cell_types), 2.6, 1.9, axes, sharex=True)
    labels = labels or _labels(voltage)
    colors = plt.colormaps["viridis"](np.linspace(0, 0.85, len(labels)))
    for name, ax in zip(cell_types, axes.flat, strict=False):
        for condition, (label, color) in enumerate(zip(labels, colors, strict=True)):
            trace = voltage.sel(cell_type=name)[condition]
            ax.plot(voltage["time"], trace, color=color, label=label, lw=1.2)
        ax.set_title(name, fontsize=9)
        ax.axvline(0, color="0.8", lw=0.8, zorder=0)
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=7)
    for ax in axes[-1]:
        ax.set_xlabel("time from onset (s)", fontsize=8)
    for ax in axes[:, 0]:
        ax.set_ylabel(f"{voltage.attrs.get('signal', 'voltage')} (a.u.)", fontsize=8)
    lines, names = axes.flat[0].get_legend_handles_labels()
    axes.flat[0].figure.legend(lines, names, fontsize=7, loc="outside right upper")
    return axes


def _labels(voltage) -> list[str]:
    """Name each condition by the parameters that vary."""
    along = [name for name, values in voltage.coords.items() if values.dims == ("condition",)]
    varying = [name for name in along if len(np.unique(voltage[name])) > 1]
    return [
        ", ".join(f"{name} {voltage[name][k].item():g}" for name in varying) or f"condition {k}"
        for k in range(voltage.sizes["condition"])
    ]
