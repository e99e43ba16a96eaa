"""Pictures of a protocol before it is run."""

from __future__ import annotations

import os

import numpy as np
from brian2 import Quantity, ms
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError
from neuroflysim.lattice import Lattice, chosen_lattice
from neuroflysim.plotting.animation import Movie, movie, movie_writer
from neuroflysim.plotting.arguments import number_below
from neuroflysim.plotting.colors import VERMILION
from neuroflysim.plotting.hexagons import plot_luminance
from neuroflysim.plotting.panels import Panels, given_panels, one_panel
from neuroflysim.plotting.saving import figure_of
from neuroflysim.stimulus.protocol import Protocol

_MOST_ROWS = 12

#: How much of the eye a thumbnail shows, if nobody says.
SMALL = Lattice(extent=6)

#: How long a frame of a thumbnail lasts.
_FRAME = 10 * ms


def plot_protocol(
    protocol: Protocol,
    lattice: Lattice,
    time_step: Quantity,
    n_times: int,
    axes: Panels | None = None,
) -> np.ndarray:
    """Draw each condition (a row) at a few times, evenly over the stimulus; see `Protocol.plot`.

    Returns
    -------
    ndarray of Axes, shape (condition, picture)
        At most 12 conditions are drawn, evenly chosen.
    """
    n_times = checks.whole_number("n_times", n_times, minimum=1)
    luminance = protocol.luminance(lattice, time_step)
    times = luminance["time"].to_numpy()
    onset, n_frames, _ = protocol.phases(time_step)
    shown = np.linspace(onset, onset + n_frames - 1, n_times).round().astype(int)
    n_rows = min(protocol.n_conditions, _MOST_ROWS)
    rows = np.linspace(0, protocol.n_conditions - 1, n_rows).round().astype(int)
    own = axes is None
    if own:
        _, axes = plt.subplots(
            n_rows,
            n_times,
            figsize=(1.6 * n_times, 1.75 * n_rows),
            squeeze=False,
            layout="constrained",
        )
    axes = given_panels(axes, n_rows * n_times).reshape(n_rows, n_times)
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
    if own:
        part = f", {n_rows} of {protocol.n_conditions} conditions"
        told = "" if n_rows == protocol.n_conditions else part
        axes[0, 0].figure.suptitle(
            f"{protocol.name}: luminance, black 0 to white 1{told}", fontsize=10
        )
    return axes


def plot_thumbnail(
    protocol: Protocol,
    n_pictures: int = 5,
    lattice: int | Lattice = SMALL,
    figure: Figure | SubFigure | None = None,
    *,
    extent: int | None = None,
) -> np.ndarray:
    """Tell a stimulus in one small picture.

    One condition is drawn, the one with most to see. Above, it is shown at a few moments, evenly
    over the stimulus; where less happens than that, the grey before and after it is shown, too.
    Below is the luminance of one column over time, with these moments as dots and the time of the
    stimulus shaded: of the central column, or if it does not change, of the one that changes most.

    Parameters
    ----------
    protocol : Protocol
    n_pictures : int
        At most.
    lattice : int or Lattice
        The drawn part of the eye. A whole number is its radius in columns; 6, if not given.
    figure : Figure or SubFigure, optional
        A new one of 3.6 by 1.3 inches if not given.
    extent : int, optional
        Another name for a whole number as `lattice`.

    Returns
    -------
    ndarray of Axes
        Of the pictures, and last of the luminance over time.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> axes = plot_thumbnail(nfs.protocols.flash())  # grey, dark, grey, and the time course
    >>> len(axes)
    4
    """
    n_pictures = checks.whole_number("n_pictures", n_pictures, minimum=1)
    if not isinstance(protocol, Protocol):
        raise InvalidTypeError(f"protocol must be a Protocol, but is {type(protocol).__name__}.")
    if not isinstance(figure, Figure | SubFigure | None):
        raise InvalidTypeError(f"figure must be a Figure, but is {type(figure).__name__}.")
    lattice = chosen_lattice(lattice, extent, SMALL)
    center = int(lattice.index(0, 0))
    luminance = _most_to_see(protocol, lattice)
    times = luminance["time"].to_numpy()
    n_pictures = min(n_pictures, len(times))
    onset, n_frames, _ = protocol.phases(_FRAME)
    seconds = float(protocol.stim_time)
    moments = _moments(luminance.to_numpy(), onset, n_frames, n_pictures)
    if figure is None:
        figure = plt.figure(figsize=(3.6, 1.3), layout="constrained")
    grid = figure.add_gridspec(2, len(moments), height_ratios=[3, 1])
    pictures = [figure.add_subplot(grid[0, position]) for position in range(len(moments))]
    for picture, moment in zip(pictures, moments, strict=True):
        plot_luminance(luminance[moment], picture, edge=0.25)
    ax = figure.add_subplot(grid[1, :])
    changes = abs(luminance - protocol.background).sum("time").to_numpy()
    column = center if changes[center] > 0 else int(changes.argmax())
    ax.axvspan(0, seconds, color="0.93", linewidth=0)
    ax.step(times, luminance[:, column], where="post", color="0.2", linewidth=0.8)
    ax.plot(times[moments], luminance[moments, column], "o", color=VERMILION, markersize=2.5)
    ax.set(xlim=(times[0], times[-1]), ylim=(-0.15, 1.15))
    ax.set_axis_off()
    label = f"{seconds:.3g} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms"
    ax.text(seconds / 2, -0.3, label, fontsize=6, ha="center", va="top")
    return np.array([*pictures, ax])


def _most_to_see(protocol: Protocol, lattice: Lattice):
    """The luminance of the condition whose pictures are richest, dims (time, column)."""
    luminance = protocol.luminance(lattice, _FRAME)
    onset, n_frames, _ = protocol.phases(_FRAME)
    shown = luminance[:, onset : onset + n_frames].to_numpy()
    center = shown[:, :, int(lattice.index(0, 0))]
    # Contrast between columns first; among equals, what the centre of the eye sees.
    richness = shown.std(axis=2).mean(axis=1).round(6)
    changes = np.abs(center - protocol.background).mean(axis=1).round(6)
    return luminance[int(np.lexsort((-np.arange(len(shown)), changes, richness))[-1])]


def _moments(frames: np.ndarray, onset: int, n_frames: int, n_pictures: int) -> list[int]:
    """Frames to draw: where something happens, no two alike in a row, grey where there is room."""
    shown = frames[onset : onset + n_frames]
    changes = np.append(0, np.abs(np.diff(shown, axis=0)).sum(axis=1))
    runs = np.cumsum(changes > 0)  # numbers of the pictures that are seen one after the other
    # Evenly over time and over what changes, half and half: a disc that looms late is seen growing.
    passed = np.linspace(0, 1, n_frames) + np.cumsum(changes) / (changes.sum() or 1)
    evenly = (np.arange(n_pictures) + 0.5) / n_pictures * passed[-1]
    kept = []
    for run in np.unique(runs[np.searchsorted(passed, evenly)]):
        kept.append(onset + int(np.flatnonzero(runs == run).mean()))
    after = (onset + n_frames + len(frames)) // 2
    if onset > 0 and len(kept) < n_pictures:
        kept.insert(0, onset // 2)
    if after < len(frames) and len(kept) < n_pictures:
        kept.append(after)
    return kept


def animate_protocol(
    protocol: Protocol,
    path: str | os.PathLike[str] | None,
    condition: int,
    lattice: Lattice,
    time_step: Quantity,
    axes: Axes | None = None,
) -> Movie:
    """Show one condition as a movie; see `Protocol.animate`."""
    condition = number_below("condition", condition, protocol.n_conditions)
    writer = None if path is None else movie_writer(path)
    luminance = protocol.luminance(lattice, time_step)[condition]
    ax = plot_luminance(luminance[0], one_panel(axes, (3.2, 3.4)))
    hexagons = ax.collections[-1]

    def draw(frame: int) -> None:
        hexagons.set_array(luminance[frame].to_numpy())
        ax.set_title(f"{protocol.name}, {luminance['time'][frame].item() * 1000:.0f} ms")

    n_frames = luminance.sizes["time"]
    return movie(figure_of(ax), draw, n_frames, path, writer, close=axes is None)
