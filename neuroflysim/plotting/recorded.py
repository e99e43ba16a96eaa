"""What was shown to the model and what it answered: traces of some types, few lines a panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neuroflysim.plotting.colors import line_colors
from neuroflysim.plotting.factors import factors, values_of
from neuroflysim.plotting.panels import packed_panels

_MOST_LINES = 12


def plot_recorded(
    signal: xr.DataArray, cell_types: Sequence[str], stim_time: float | None = None
) -> np.ndarray:
    """Draw signals over time: one panel a type, one line a condition, the candidates' range.

    Colours tell one parameter of the protocol apart, the one with the most values; where these are
    many, those with the largest responses are drawn. Of the other parameters each panel shows the
    setting that the type responds to most, and names it. Parameters that vary together count as
    one.

    Parameters
    ----------
    signal : DataArray, dims (candidate, condition, time, cell_type)
        Of `Responses`, as simulated or as recorded.
    cell_types : sequence of str
    stim_time : float, optional
        Seconds that the stimulus lasts, to be shaded.

    Returns
    -------
    ndarray of Axes
    """
    (main, of_line), *rest = factors(signal)
    lines_above = 0.11 * len(rest)
    axes = packed_panels(
        len(cell_types),
        6,
        (1.1, 0.8),
        (0.42, 0.42 + lines_above),
        (0.6, 1.15, 0.45, 0.25 + lines_above),
        sharex=True,
    )
    figure = axes.flat[0].figure
    shown = _strongest(signal.sel(cell_type=list(cell_types)), of_line)
    colors = line_colors(main, len(shown))
    nothing = np.empty((len(of_line), 0), int)
    settings = np.column_stack([nothing, *(number for _, number in rest)])
    for name, ax in zip(cell_types, axes.flat, strict=False):
        of_type = signal.sel(cell_type=name)
        best = int(_changes(of_type).argmax())
        chosen = (settings == settings[best]).all(axis=1)
        told = "".join(f"\n{names[0]} {values_of(signal, names, best)}" for names, _ in rest)
        if stim_time:
            ax.axvspan(0, stim_time, color="0.93", lw=0, zorder=0)
        for line, color in zip(shown, colors, strict=True):
            conditions = np.flatnonzero(chosen & (of_line == line))
            _draw(ax, of_type.isel(condition=conditions), color, signal, main, conditions)
        ax.set_title(f"{name}{told.replace('_', ' ')}", fontsize=7)
        ax.tick_params(labelsize=6, labelbottom=True)
        ax.locator_params(nbins=4)
        ax.spines[["top", "right"]].set_visible(False)
    end = float(signal["time"][-1])
    # A second of grey before a short stimulus would leave no room for the response.
    axes.flat[0].set_xlim(max(float(signal["time"][0]), -0.25 * end), end)
    width, height = figure.get_size_inches()
    figure.supxlabel("time from onset (s)", fontsize=7, x=0.55 / width, y=0.1 / height, ha="left")
    figure.supylabel(f"{signal.name or 'voltage'} (a.u.)", fontsize=7, x=0.08 / width)
    handles, names = axes.flat[0].get_legend_handles_labels()
    if main:
        n_values = of_line.max() + 1
        part = f"\n{len(shown)} of {n_values}" if len(shown) < n_values else ""
        title = "\n".join(main).replace("_", " ") + part
        figure.legend(
            handles, names, fontsize=6, loc="upper right", title=title, title_fontsize=6,
            frameon=False,
        )  # fmt: skip
    return axes


def _strongest(signal: xr.DataArray, of_line: np.ndarray) -> np.ndarray:
    """Return the settings to draw: where there are too many, those with the largest responses."""
    every = np.unique(of_line)
    if len(every) <= _MOST_LINES:
        return every
    changes = _changes(signal)
    largest = [changes[of_line == line].max() for line in every]
    return np.sort(every[np.argsort(largest)[-_MOST_LINES // 2 :]])


def _changes(signal: xr.DataArray) -> np.ndarray:
    """Return the largest change of the first candidate in each condition."""
    change = abs(signal - signal.isel(time=0)).isel(candidate=0)
    return np.nan_to_num(
        change.max([name for name in change.dims if name != "condition"]).to_numpy()
    )


def _draw(ax, lines: xr.DataArray, color, signal, main: list[str], conditions) -> None:
    """Draw the median over candidates of each condition, and their range."""
    time = lines["time"].to_numpy()
    for place, condition in enumerate(conditions):
        each = lines.isel(condition=place).transpose("candidate", "time").to_numpy()
        label = values_of(signal, main, condition) if place == 0 else None
        ax.plot(time, np.median(each, axis=0), color=color, lw=0.8, label=label)
        if len(each) > 1:
            ax.fill_between(time, each.min(0), each.max(0), color=color, alpha=0.15, lw=0)
