"""Pictures of a protocol before it is run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from brian2 import Quantity
from matplotlib import pyplot as plt

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import written_whole
from neuroflysim.plotting.animation import write_gif
from neuroflysim.plotting.hexagons import plot_luminance
from neuroflysim.protocol import Protocol

_MOST_ROWS = 12


def plot_protocol(protocol: Protocol, extent: int, time_step: Quantity, n_times: int):
    """Draw each condition (a row) at a few times, evenly over the stimulus.

    Returns
    -------
    ndarray of Axes, shape (condition, picture)
        At most 12 conditions are drawn, evenly chosen.
    """
    n_times = checks.whole_number("n_times", n_times, minimum=1)
    luminance = protocol.luminance(extent, time_step)
    times = luminance["time"].to_numpy()
    onset, n_frames, _ = protocol.phases(time_step)
    shown = np.linspace(onset, onset + n_frames - 1, n_times).round().astype(int)
    n_rows = min(protocol.n_conditions, _MOST_ROWS)
    rows = np.linspace(0, protocol.n_conditions - 1, n_rows).round().astype(int)
    figure, axes = plt.subplots(
        n_rows,
        n_times,
        figsize=(1.6 * n_times, 1.75 * n_rows),
        squeeze=False,
        layout="constrained",
    )
    table = protocol.conditions
    varying = [name for name in table if table[name].nunique() > 1] or list(table)[:1]
    for row, condition in enumerate(rows):
        for column, frame in enumerate(shown):
            ax = axes[row, column]
            plot_luminance(luminance[condition, frame], ax)
            if row == 0:
                ax.set_title(f"{times[frame] * 1000:.0f} ms", fontsize=9)
        label = "\n".join(f"{name} {table.loc[condition, name]:g}" for name in varying)
        axes[row, 0].text(
            -0.05,
            0.5,
            label,
            transform=axes[row, 0].transAxes,
            ha="right",
            va="center",
            fontsize=9,
        )
    shown_part = (
        ""
        if n_rows == protocol.n_conditions
        else (f", {n_rows} of {protocol.n_conditions} conditions")
    )
    figure.suptitle(f"{protocol.name}: luminance, black 0 to white 1{shown_part}", fontsize=10)
    return axes


def animate_protocol(protocol: Protocol, path, condition: int, extent: int, time_step: Quantity):
    """Write one condition as an animated GIF; returns the path."""
    condition = checks.whole_number("condition", condition)
    if condition >= protocol.n_conditions:
        raise InvalidValueError(
            f"condition is {condition}, but {protocol.name} has the conditions 0 to"
            f" {protocol.n_conditions - 1}."
        )
    luminance = protocol.luminance(extent, time_step)[condition]
    figure, ax = plt.subplots(figsize=(3.2, 3.4), layout="constrained")
    _, hexagons = plot_luminance(luminance[0], ax)

    def draw(frame: int) -> None:
        hexagons.set_array(luminance[frame].to_numpy())
        ax.set_title(f"{protocol.name}, {luminance['time'][frame].item() * 1000:.0f} ms")

    checks.one_of("the suffix of an animation", Path(path).suffix, (".gif",))
    with written_whole(path) as temporary:
        write_gif(figure, draw, luminance.sizes["time"], temporary)
    plt.close(figure)
    return path
