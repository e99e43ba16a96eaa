"""What was shown to the model and what it answered: traces of some types, few lines a panel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib import pyplot as plt

_MOST_COLUMNS = 6
_MOST_LINES = 12


def plot_recorded(signal: xr.DataArray, cell_types: Sequence[str], stim_time: float | None = None):
    """Draw signals over time: one panel a type, one line a condition, the candidates' range.

    Colours tell one parameter of the protocol apart, the one with the most values. Of the other
    parameters each panel shows the setting that the type responds to most, and names it.

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
    n_columns = min(_MOST_COLUMNS, len(cell_types))
    n_rows = -(-len(cell_types) // n_columns)
    figure, axes = plt.subplots(
        n_rows,
        n_columns,
        figsize=(max(1.45 * n_columns, 2.2) + 1.0, 1.25 * n_rows + 0.35),
        squeeze=False,
        sharex=True,
        layout="constrained",
    )
    main, rest = _parameters(signal)
    values = np.unique(signal[main]) if main else np.array([""])
    if len(values) > _MOST_LINES:
        values = values[np.linspace(0, len(values) - 1, _MOST_LINES // 2).round().astype(int)]
    scheme = "twilight" if main == "angle" and len(values) > 4 else "viridis"
    colors = plt.colormaps[scheme](np.linspace(0.05, 0.88, len(values)))
    for name, ax in zip(cell_types, axes.flat, strict=False):
        of_type = signal.sel(cell_type=name)
        chosen, told = _most_seen(of_type, rest)
        if stim_time:
            ax.axvspan(0, stim_time, color="0.93", lw=0, zorder=0)
        for value, color in zip(values, colors, strict=True):
            lines = chosen.isel(condition=(chosen[main] == value).to_numpy()) if main else chosen
            _draw(ax, lines, color, _text(main, value))
        ax.set_title(f"{name}{told}", fontsize=7)
        ax.tick_params(labelsize=6)
        ax.locator_params(nbins=4)
        ax.spines[["top", "right"]].set_visible(False)
    for ax in axes.flat[len(cell_types) :]:
        ax.set_axis_off()
    figure.supxlabel("time from onset (s)", fontsize=7)
    figure.supylabel(f"{signal.name or 'voltage'} (a.u.)", fontsize=7)
    handles, names = axes.flat[0].get_legend_handles_labels()
    if main:
        figure.legend(
            handles, names, fontsize=6, loc="outside right upper", title=main.replace("_", " "),
            title_fontsize=6, frameon=False,
        )  # fmt: skip
    return axes


def _parameters(signal: xr.DataArray) -> tuple[str | None, list[str]]:
    """Return the parameter that colours tell apart, and the others that vary."""
    along = [name for name, values in signal.coords.items() if values.dims == ("condition",)]
    sizes = {name: len(np.unique(signal[name])) for name in along if name != "condition"}
    varying = sorted((name for name in sizes if sizes[name] > 1), key=sizes.get, reverse=True)
    return (varying[0], varying[1:]) if varying else (None, [])


def _most_seen(signal: xr.DataArray, rest: list[str]) -> tuple[xr.DataArray, str]:
    """Choose the setting of the other parameters that gives the largest change; and its name."""
    if not rest:
        return signal, ""
    settings = list(zip(*(signal[name].to_numpy().tolist() for name in rest), strict=True))
    size = (signal - signal.isel(time=0)).isel(candidate=0).pipe(np.abs).max("time").to_numpy()
    best = settings[int(np.nan_to_num(size).argmax())]
    told = ", ".join(_told(name, value) for name, value in zip(rest, best, strict=True))
    return signal.isel(condition=[setting == best for setting in settings]), f"\n{told}"


def _draw(ax, lines: xr.DataArray, color, label: str) -> None:
    """Draw the median over candidates of each condition, and their range."""
    time = lines["time"].to_numpy()
    for condition in range(lines.sizes["condition"]):
        each = lines.isel(condition=condition).transpose("candidate", "time").to_numpy()
        ax.plot(time, np.median(each, axis=0), color=color, lw=1, label=label if condition == 0 else None)
        if len(each) > 1:
            ax.fill_between(time, each.min(0), each.max(0), color=color, alpha=0.15, lw=0)


def _told(name: str, value) -> str:
    return f"{name.replace('_', ' ')} {_text(name, value)}"


def _text(name: str | None, value) -> str:
    return value if isinstance(value, str) else f"{value:g}"
