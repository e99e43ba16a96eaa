"""Animated GIFs: of the activity of cell types beside the stimulus, and of anything drawn."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.figure import Figure

from neuroflysim import checks
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import written_whole
from neuroflysim.plotting.hexagons import (
    DIVERGING,
    plot_columns,
    plot_luminance,
    symmetric_limit,
)
from neuroflysim.responses import Responses


def write_gif(
    figure: Figure,
    draw: Callable[[int], None],
    n_frames: int,
    path: os.PathLike,
    frames_per_second: int = 15,
) -> None:
    """Call `draw` for each frame and write the figure after each call into a GIF.

    Parameters
    ----------
    figure : Figure
    draw : callable
        Takes the number of the frame.
    n_frames : int
    path : path-like
    frames_per_second : int
    """
    draw(0)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # it would take as long as drawing, and move what stands still
    movie = FuncAnimation(figure, draw, frames=n_frames, blit=False)
    movie.save(path, writer=PillowWriter(fps=frames_per_second), dpi=80)


def animate_activity(
    responses: Responses,
    luminance: xr.DataArray,
    cell_types: Sequence[str],
    path: str | os.PathLike,
    condition: int = 0,
    candidate: int = 0,
    begin: float = -0.1,
    end: float = np.inf,
):
    """Write an animated GIF: the stimulus, and beside it the activity of some cell types.

    Voltages are drawn as changes from the first frame shown, each type on a scale of its own.

    Parameters
    ----------
    responses : Responses
        Recorded from all columns (record="all" or a list of cell types).
    luminance : DataArray
        From `Protocol.luminance`, at the same extent and time step.
    cell_types : sequence of str
    path : path-like
        Ends in .gif.
    condition, candidate : int
    begin, end : float
        Seconds from stimulus onset.

    Returns
    -------
    path
    """
    voltage = responses.voltage
    if "neuron" not in voltage.dims:
        raise InvalidValueError(
            "these responses hold central cells only; simulate with record='all' or a list of"
            " cell types to draw all columns."
        )
    recorded = np.unique(voltage["cell_type"])
    names = [checks.one_of("a cell type", name, recorded) for name in cell_types]
    times = voltage["time"].to_numpy()
    chosen = np.flatnonzero((times >= begin) & (times <= end))
    voltage = voltage.isel(candidate=candidate, condition=condition, time=chosen)
    frames = luminance.isel(condition=condition, time=chosen)

    figure, axes = plt.subplots(
        1, 1 + len(names), figsize=(2.4 * (1 + len(names)), 2.9), layout="constrained"
    )
    _, first = plot_luminance(frames[0], axes[0])
    axes[0].set_title("luminance", fontsize=9)
    drawn = []
    for name, ax in zip(names, axes[1:], strict=True):
        of_type = voltage.isel(neuron=(voltage["cell_type"] == name).to_numpy())
        change = (of_type - of_type[0]).to_numpy()
        limit = symmetric_limit(change)
        _, hexagons = plot_columns(
            of_type["u"], of_type["v"], change[0], ax, DIVERGING, -limit, limit
        )
        ax.set_title(f"{name}, ±{limit:.2g}", fontsize=9)
        drawn.append((hexagons, change))
    title = figure.suptitle("", fontsize=10)

    def draw(frame: int) -> None:
        first.set_array(frames[frame].to_numpy())
        for hexagons, change in drawn:
            hexagons.set_array(change[frame])
        title.set_text(f"{times[chosen[frame]] * 1000:.0f} ms, change of voltage")

    checks.one_of("the suffix of an animation", Path(path).suffix, (".gif",))
    with written_whole(path) as temporary:
        write_gif(figure, draw, len(chosen), temporary)
    plt.close(figure)
    return path
