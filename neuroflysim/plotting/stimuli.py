"""A movie on the eye in one picture: frames, place against time, and what a cell answers."""

from __future__ import annotations

import os

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt
from matplotlib.axes import Axes

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError
from neuroflysim.gradients.optimal_stimuli import OptimalStimulus
from neuroflysim.lattice import Lattice
from neuroflysim.plotting.animation import Movie, movie, movie_writer
from neuroflysim.plotting.colors import FLY_COLOR, VERMILION
from neuroflysim.plotting.hexagons import plot_luminance
from neuroflysim.plotting.panels import Panels, given_panels, one_panel
from neuroflysim.plotting.saving import figure_of
from neuroflysim.stimulus.eye import Eye

#: Columns this far from the axis, in degrees, are seen in a picture of place against time.
HALF_WIDTH = 9.0


def plot_optimal_stimulus(
    found: OptimalStimulus, angle: float = 0.0, n_times: int = 6, axes: Panels | None = None
) -> np.ndarray:
    """Draw the optimal stimulus, and how it compares with others.

    Above, a few frames of the movie, evenly until its end. Below on the left, place along an axis
    against time: the mean luminance of the columns near the axis, black to white; a stripe that
    runs up and to the right moves towards the angle. In the middle the voltage of the cell while it
    is shown, and where it rests; on the right, the value of the measure, beside those of the best
    clip of each common stimulus.

    Parameters
    ----------
    found : OptimalStimulus
        From `neuroflysim.optimal_stimulus`.
    angle : float, degrees
        Of the axis: 0 is to the right.
    n_times : int
        How many frames.
    axes : array of Axes, optional
        As many as there are frames, and three more.

    Returns
    -------
    ndarray of Axes, shape (frame + 3,)

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> from brian2 import ms
    >>> found = nfs.optimal_stimulus(
    ...     "Mi1", nfs.load_parameters("flow/000"), duration=60*ms, extent=1, n_steps=3,
    ...     compare_with={}, progress=False)
    >>> len(plot_optimal_stimulus(found, n_times=3))
    6
    """
    if not isinstance(found, OptimalStimulus):
        raise InvalidTypeError(
            f"found must be what nfs.optimal_stimulus returns, but is {type(found).__name__}."
        )
    n_frames = found.stimulus.sizes["time"]
    n_times = min(checks.whole_number("n_times", n_times, minimum=1), n_frames)
    own = axes is None
    axes = _figure(n_times) if axes is None else axes
    drawn = given_panels(axes, n_times + 3)
    shown = np.linspace(0, n_frames - 1, n_times).round().astype(int)
    times = found.stimulus["time"].to_numpy()
    for ax, frame in zip(drawn, shown, strict=False):
        plot_luminance(found.stimulus[frame], ax)
        ax.set_title(f"{times[frame] * 1000:.0f} ms", fontsize=8)
    plot_space_time(found.stimulus, angle, drawn[n_times])
    _draw_response(drawn[n_times + 1], found)
    _draw_values(drawn[n_times + 2], found)
    if own:
        drawn[0].figure.suptitle(f"optimal stimulus by {found.measure}", fontsize=10)
    return drawn


def plot_space_time(luminance: xr.DataArray, angle: float = 0.0, axes: Axes | None = None) -> Axes:
    """Draw place along an axis against time: motion towards the angle runs up and to the right.

    Parameters
    ----------
    luminance : DataArray, dims (time, column)
        Such as `OptimalStimulus.stimulus`, or one condition of `Protocol.luminance`.
    angle : float, degrees
        Of the axis through the middle of the eye. The mean over columns within 9 degrees of it.
    axes : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> edge = nfs.protocols.moving_edge(angle=0, intensity=1).luminance(extent=3)[0]
    >>> axes = nfs.plotting.plot_space_time(edge)
    """
    luminance = checked_movie(luminance)
    angle = checks.finite_number("angle", angle)
    eye = Eye(_lattice_of(luminance))
    along, across = eye.along(angle), eye.across(angle)
    near = np.abs(across) <= HALF_WIDTH
    places = np.unique(along[near].round(6))
    values = luminance.to_numpy()
    rows = np.stack(
        [values[:, near & (np.abs(along - place) < 1e-5)].mean(axis=1) for place in places]
    )
    axes = one_panel(axes, (3.4, 2.6))
    milliseconds = 1000 * luminance["time"].to_numpy()
    step = np.diff(milliseconds)[0] if len(milliseconds) > 1 else 1.0
    edges = np.append(milliseconds, milliseconds[-1] + step)
    gaps = np.diff(places).mean() if len(places) > 1 else eye.column_angle
    between = (places[1:] + places[:-1]) / 2
    borders = np.concatenate([[places[0] - gaps / 2], between, [places[-1] + gaps / 2]])
    axes.pcolormesh(edges, borders, rows, cmap="gray", vmin=0, vmax=1)
    axes.set_xlabel("time (ms)", fontsize=8)
    axes.set_ylabel(f"place towards {angle:g} deg (deg)", fontsize=8)
    axes.tick_params(labelsize=7)
    return axes


def animate_stimulus(
    luminance: xr.DataArray,
    path: str | os.PathLike[str] | None = None,
    axes: Axes | None = None,
) -> Movie:
    """Show a stimulus as a movie of 20 frames a second, each frame of the stimulus one of them.

    Parameters
    ----------
    luminance : DataArray, dims (time, column)
        Such as `OptimalStimulus.stimulus`.
    path : path-like, optional
        Ends in .gif or .mp4: the movie is written there.
    axes : Axes, optional

    Returns
    -------
    Movie

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import neuroflysim as nfs
    >>> from brian2 import ms
    >>> flash = nfs.protocols.flash(intensity=1, pre_time=10*ms, stim_time=10*ms, tail_time=0*ms)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "flash.gif"
    >>> movie = animate_stimulus(flash.luminance(extent=1, time_step=10*ms)[0], file)
    >>> file.read_bytes()[:3]
    b'GIF'
    """
    luminance = checked_movie(luminance)
    writer = None if path is None else movie_writer(path)
    ax = plot_luminance(luminance[0], one_panel(axes, (3.2, 3.4)))
    hexagons, times = ax.collections[-1], luminance["time"].to_numpy()

    def draw(frame: int) -> None:
        hexagons.set_array(luminance[frame].to_numpy())
        ax.set_title(f"{times[frame] * 1000:.0f} ms")

    return movie(figure_of(ax), draw, len(times), path, writer, close=axes is None)


def checked_movie(luminance: xr.DataArray) -> xr.DataArray:
    """Return luminance if it is one movie, with places of its columns."""
    is_movie = isinstance(luminance, xr.DataArray) and luminance.dims == ("time", "column")
    if not is_movie or not {"u", "v", "time"} <= set(luminance.coords):
        what = getattr(luminance, "dims", type(luminance).__name__)
        raise InvalidTypeError(
            f"luminance must be a movie with the dimensions (time, column) and their labels, but is"
            f" {what}; choose a condition: luminance[0]."
        )
    return luminance


def _lattice_of(luminance: xr.DataArray) -> Lattice:
    if "size" in luminance.attrs:
        return Lattice(size=tuple(luminance.attrs["size"]))
    u, v = luminance["u"].to_numpy(), luminance["v"].to_numpy()
    return Lattice(extent=int(np.maximum(np.abs(u), np.abs(v)).max()))


def _figure(n_times: int) -> list[Axes]:
    figure = plt.figure(figsize=(max(1.35 * n_times, 8), 4.4), layout="constrained")
    rows = figure.add_gridspec(2, 1, height_ratios=[1, 1.7])
    above, below = rows[0].subgridspec(1, n_times), rows[1].subgridspec(1, 3)
    return [
        *(figure.add_subplot(above[0, k]) for k in range(n_times)),
        *(figure.add_subplot(below[0, k]) for k in range(3)),
    ]


def _draw_response(ax: Axes, found: OptimalStimulus) -> None:
    voltage = found.voltage.isel(condition=0)
    if found.cell_type is not None:
        trace = voltage.sel(cell_type=found.cell_type).to_numpy()
        times = 1000 * found.voltage["time"].to_numpy()
        ax.plot(times, trace.T, color=VERMILION, lw=0.8, alpha=0.4 if len(trace) > 1 else 1)
        if len(trace) > 1:
            ax.plot(times, trace.mean(axis=0), color=VERMILION, lw=1.8)
    ax.axhline(found.value_at_grey, color="0.6", lw=0.8, ls=":")
    ax.set_xlabel("time (ms)", fontsize=8)
    ax.set_ylabel(f"voltage of {found.cell_type}" if found.cell_type else "", fontsize=8)
    ax.tick_params(labelsize=7)
    ax.spines[["top", "right"]].set_visible(False)


def _draw_values(ax: Axes, found: OptimalStimulus) -> None:
    values = {"optimal": float(found.value[0])}
    if len(found.common):
        best = found.common.groupby("stimulus", sort=False)["value"].max()
        values |= best.sort_values(ascending=False).head(8).to_dict()
    values["grey"] = found.value_at_grey
    at = np.arange(len(values))[::-1]
    colors = [VERMILION] + [FLY_COLOR] * (len(values) - 1)
    ax.barh(at, list(values.values()), color=colors, height=0.65, alpha=0.8)
    ax.axvline(0, color="0.5", lw=0.8)
    ax.set_yticks(at, list(values), fontsize=7)
    ax.tick_params(axis="x", labelsize=7)
    ax.set_xlabel("value of the measure", fontsize=8)
    ax.spines[["top", "right"]].set_visible(False)
