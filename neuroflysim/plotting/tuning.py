"""Direction tuning as polar curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.ticker import MaxNLocator

from neuroflysim.analysis import direction_selectivity_index
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.plotting.arguments import chosen_types, number_below
from neuroflysim.plotting.colors import OFF_COLOR, ON_COLOR
from neuroflysim.plotting.panels import Panels, panels

T4_AND_T5 = tuple(f"T{kind}{letter}" for kind in (4, 5) for letter in "abcd")

#: Where numbers of the radial axis may stand: between those of the directions.
_DIAGONALS = np.array([45, 135, 225, 315])


def plot_direction_tuning(
    peak: xr.DataArray,
    cell_types: Sequence[str] = T4_AND_T5,
    candidate: int | None = None,
    axes: Panels | None = None,
) -> np.ndarray:
    """Draw peak responses against the direction of motion, ON and OFF edges apart.

    Of several candidates the line is the median, a band their range, and the direction
    selectivity index in the legend the median, too.

    Parameters
    ----------
    peak : DataArray with dimensions candidate, angle, intensity, cell_type
        From `analysis.peak_response`.
    cell_types : sequence of str
    candidate : int, optional
        Draw this one alone.
    axes : array of polar Axes, optional
        One for each cell type.

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> angles = np.arange(0, 360, 90)
    >>> peak = xr.DataArray(
    ...     [[[[3.0], [1.0], [1.0], [1.0]]]], dims=("candidate", "intensity", "angle", "cell_type"),
    ...     coords={"intensity": [1], "angle": angles, "cell_type": ["T4a"]})
    >>> axes = plot_direction_tuning(peak, ["T4a"])
    >>> axes[0, 0].get_lines()[0].get_label()
    'ON 0.33'
    """
    peak = _checked(peak)
    names = chosen_types(cell_types, peak["cell_type"].to_numpy())
    if candidate is not None:
        n_candidates = peak.sizes["candidate"]
        peak = peak.isel(candidate=[number_below("candidate", candidate, n_candidates)])
    index = direction_selectivity_index(peak).median("candidate")
    drawn = panels(len(names), 2.4, 2.8, axes, subplot_kw={"projection": "polar"})
    angle = np.deg2rad(np.append(peak["angle"], peak["angle"][0]))
    for name, ax in zip(names, drawn.flat, strict=False):
        outermost = np.zeros(len(angle))
        for place, (label, color) in _contrasts(peak).items():
            of_type = peak.sel(cell_type=name).isel(intensity=place)
            values = of_type.transpose("candidate", "angle").to_numpy()
            values = np.append(values, values[:, :1], axis=1)
            dsi = float(index.sel(cell_type=name).isel(intensity=place))
            ax.plot(angle, np.median(values, axis=0), color=color, label=f"{label}{dsi:.2f}")
            if len(values) > 1:
                ax.fill_between(angle, values.min(0), values.max(0), color=color, alpha=0.2, lw=0)
            outermost = np.maximum(outermost, values.max(0))
        _label(ax, name, np.rad2deg(angle), outermost)
    if axes is None:
        drawn.flat[0].figure.suptitle(
            "peak of the rectified voltage (a.u.) against the direction of motion", fontsize=10
        )
    return drawn


def _checked(peak: xr.DataArray) -> xr.DataArray:
    if not isinstance(peak, xr.DataArray):
        raise InvalidTypeError(
            f"peak is a {type(peak).__name__}, but must be a DataArray from analysis.peak_response."
        )
    if "condition" in peak.dims or "angle" not in peak.dims:
        raise InvalidValueError(
            f"peak has the dimensions {peak.dims}, but direction tuning needs 'angle': show several"
            " directions."
        )
    extra = set(peak.dims) - {"candidate", "angle", "intensity", "cell_type"}
    if extra:
        raise InvalidValueError(
            f"peak varies with {', '.join(sorted(map(str, extra)))}, too; choose one value by .sel"
            " or .isel; of neurons in columns one of each type, before the measure is taken:"
            " responses.one_of_each_type()."
        )
    missing = [name for name in ("candidate", "intensity") if name not in peak.dims]
    return peak.expand_dims(missing)


def _contrasts(peak: xr.DataArray) -> dict[int, tuple[str, str]]:
    """Return label and colour of each place along intensity, bright edges first."""
    if "intensity" not in peak.coords:  # a grating has none
        return {0: ("", "0.2")}
    intensity = peak["intensity"].to_numpy()
    return {
        int(place): ("ON ", ON_COLOR) if intensity[place] > 0.5 else ("OFF ", OFF_COLOR)
        for place in np.argsort(-intensity)
    }


def _label(ax, name: str, angle: np.ndarray, outermost: np.ndarray) -> None:
    ax.set_title(name, fontsize=10)
    ax.set_xticks(np.deg2rad([0, 90, 180, 270]), ["0°", "90°", "180°", "270°"], fontsize=7)
    ax.tick_params(axis="x", pad=0)
    ax.yaxis.set_major_locator(MaxNLocator(2))
    # Numbers stand where the curves are farthest from them.
    order = np.argsort(angle[:-1])
    there = np.interp(_DIAGONALS, angle[:-1][order], outermost[:-1][order], period=360)
    ax.set_rlabel_position(_DIAGONALS[there.argmin()])
    ax.tick_params(axis="y", labelsize=6)
    ax.set_ylim(bottom=0)
    ax.legend(
        fontsize=7,
        loc="lower center",
        bbox_to_anchor=(0.5, -0.42),
        ncols=2,
        title="direction selectivity index",
        title_fontsize=6,
        frameon=False,
    )
