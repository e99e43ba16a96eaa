"""Direction tuning as polar curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.ticker import MaxNLocator

from neuroflysim.analysis import direction_selectivity_index
from neuroflysim.errors import InvalidValueError
from neuroflysim.plotting.panels import panels

#: Colour-blind safe (Okabe & Ito): ON edges, OFF edges.
ON_COLOR, OFF_COLOR = "#E69F00", "#0072B2"
T4_AND_T5 = tuple(f"T{kind}{letter}" for kind in (4, 5) for letter in "abcd")


def plot_direction_tuning(
    peak: xr.DataArray, cell_types: Sequence[str] = T4_AND_T5, candidate: int = 0, axes=None
):
    """Draw peak responses against the direction of motion, ON and OFF edges apart.

    Parameters
    ----------
    peak : DataArray with dimensions candidate, angle, intensity, cell_type
        From `analysis.peak_response`.
    cell_types : sequence of str
    candidate : int
    axes : array of polar Axes, optional
        One for each cell type.

    Returns
    -------
    ndarray of Axes
    """
    peak = peak.isel(candidate=candidate)
    if "condition" in peak.dims or "angle" not in peak.dims:
        raise InvalidValueError(
            f"peak has the dimensions {peak.dims}, but direction tuning needs 'angle': show several"
            " directions."
        )
    if "intensity" not in peak.dims:
        peak = peak.expand_dims("intensity")
    extra = set(peak.dims) - {"angle", "intensity", "cell_type"}
    if extra:
        raise InvalidValueError(
            f"peak varies with {', '.join(sorted(extra))}, too; choose one value by .sel or .isel."
        )
    index = direction_selectivity_index(peak)
    axes = panels(len(cell_types), 2.4, 2.8, axes, subplot_kw={"projection": "polar"})
    angle = np.deg2rad(np.append(peak["angle"], peak["angle"][0]))
    for name, ax in zip(cell_types, axes.flat, strict=False):
        for intensity in sorted(peak["intensity"].to_numpy(), reverse=True):
            color, label = (ON_COLOR, "ON") if intensity > 0.5 else (OFF_COLOR, "OFF")
            of_type = peak.sel(cell_type=name, intensity=intensity)
            dsi = float(index.sel(cell_type=name, intensity=intensity))
            ax.plot(angle, np.append(of_type, of_type[0]), color=color, label=f"{label} {dsi:.2f}")
        ax.set_title(name, fontsize=10)
        ax.set_xticks(np.deg2rad([0, 90, 180, 270]), ["0°", "90°", "180°", "270°"], fontsize=7)
        ax.yaxis.set_major_locator(MaxNLocator(2))
        ax.tick_params(axis="y", labelsize=6)
        ax.legend(
            fontsize=7,
            loc="lower center",
            bbox_to_anchor=(0.5, -0.42),
            ncols=2,
            title="direction selectivity index",
            title_fontsize=6,
            frameon=False,
        )
    axes.flat[0].figure.suptitle(
        "peak of the rectified voltage against the direction of motion", fontsize=10
    )
    return axes
