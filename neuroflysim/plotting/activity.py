"""What all columns do at one moment: a hexagonal map for each cell type, beside the stimulus."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from brian2 import Quantity
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from neuroflysim.analysis.samples import checked_responses
from neuroflysim.errors import InvalidValueError
from neuroflysim.plotting.arguments import chosen_types, moment, number_below
from neuroflysim.plotting.colors import DIVERGING
from neuroflysim.plotting.hexagons import (
    draw_hexagons,
    plot_luminance,
    symmetric_limit,
)
from neuroflysim.plotting.panels import Panels, panels
from neuroflysim.responses import Responses

#: Width and height of a map, in inches.
PANEL = (2.1, 2.7)


def plot_activity(
    responses: Responses,
    cell_types: Sequence[str],
    time: Quantity,
    luminance: xr.DataArray | None = None,
    condition: int = 0,
    candidate: int = 0,
    axes: Panels | None = None,
) -> np.ndarray:
    """Draw the activity of all columns at one time: a hexagonal map for each cell type.

    Activity is the change of voltage from its mean before the stimulus; from the first sample,
    where nothing was recorded before. Each type has a colour scale of its own, symmetric about 0.

    Parameters
    ----------
    responses : Responses
        Recorded from all columns (record="all" or a list of cell types).
    cell_types : sequence of str
    time : Quantity [s]
        From stimulus onset; the nearest sample is drawn.
    luminance : DataArray, optional
        From `Protocol.luminance`, at the same extent and time step. It is drawn first.
    condition, candidate : int
    axes : array of Axes, optional
        One for each cell type, and one before them for the luminance.

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> from brian2 import ms
    >>> connectome = nfs.load_connectome()
    >>> responses = nfs.simulate(
    ...     nfs.protocols.flash(intensity=1), connectome=connectome, extent=1, record=["L1", "Mi1"],
    ...     parameters=nfs.Parameters.uniform(connectome))
    >>> axes = plot_activity(responses, ["L1", "Mi1"], 100*ms)
    >>> len(axes[0, 0].collections[-1].get_array())  # one hexagon a column
    7
    """
    time = moment("time", time)
    times = checked_responses(responses)["time"].to_numpy()
    if not times[0] - 1e-9 <= time <= times[-1] + 1e-9:
        raise InvalidValueError(
            f"time is {time:g} s, but these responses last from {times[0]:g} s to {times[-1]:g} s."
        )
    shown = np.abs(times - time).argmin()
    axes, _ = draw_activity(
        responses, cell_types, luminance, condition, candidate, np.array([shown]), axes
    )
    return axes


def draw_activity(
    responses: Responses,
    cell_types: Sequence[str],
    luminance: xr.DataArray | None,
    condition: int,
    candidate: int,
    shown: np.ndarray,
    axes: Panels | None,
) -> tuple[np.ndarray, list[tuple[PolyCollection, np.ndarray]]]:
    """Draw the first of some samples; the colour scales hold all of them.

    Returns
    -------
    ndarray of Axes
    list of (PolyCollection, ndarray of shape (shown, column))
        For each panel its hexagons, and their values at all the samples.
    """
    voltage = _of_columns(responses)
    names = chosen_types(cell_types, np.unique(voltage["cell_type"]))
    condition = number_below("condition", condition, voltage.sizes["condition"])
    candidate = number_below("candidate", candidate, voltage.sizes["candidate"])
    voltage = voltage.isel(candidate=candidate, condition=condition)
    n_panels = len(names) + (luminance is not None)
    axes = panels(n_panels, *PANEL, axes)
    free = iter(axes.flat)
    drawn = []
    if luminance is not None:
        frames = _frames(luminance, voltage, condition)[shown]
        ax = plot_luminance(frames[0], next(free))
        drawn.append((ax.collections[-1], frames.to_numpy()))
        ax.set_title(f"{voltage['time'][shown[0]].item() * 1000:.0f} ms", fontsize=9)
        color_bar(ax, drawn[-1][0], "luminance", [0, 0.5, 1])
    before = voltage["time"].to_numpy() <= 1e-9
    before[0] = True  # at least
    for name, ax in zip(names, free, strict=False):
        of_type = voltage.isel(neuron=(voltage["cell_type"] == name).to_numpy())
        values = (of_type[shown] - of_type[before].mean("time")).to_numpy()
        limit = symmetric_limit(values)
        hexagons = draw_hexagons(
            ax, of_type["u"], of_type["v"], values[0], DIVERGING, -limit, limit
        )
        ax.set_title(name, fontsize=9)
        color_bar(ax, hexagons, f"change of {responses.kind} (a.u.)", [-limit, 0, limit])
        drawn.append((hexagons, values))
    return axes, drawn


def _of_columns(responses: Responses) -> xr.DataArray:
    voltage = checked_responses(responses)
    if "neuron" not in voltage.dims:
        raise InvalidValueError(
            "these responses hold central cells only; simulate with record='all' or a list of"
            " cell types to draw all columns."
        )
    return voltage


def _frames(luminance: xr.DataArray, voltage: xr.DataArray, condition: int) -> xr.DataArray:
    frames = luminance.isel(condition=condition)
    if frames.sizes["time"] != voltage.sizes["time"]:
        raise InvalidValueError(
            f"luminance has {frames.sizes['time']} frames, but the responses have"
            f" {voltage.sizes['time']} samples; take Protocol.luminance with the extent and the"
            " time_step of the simulation."
        )
    return frames


def color_bar(ax: Axes, hexagons: PolyCollection, label: str, ticks: list[float]) -> None:
    """Draw a small colour bar below a map."""
    bar = ax.figure.colorbar(hexagons, ax=ax, orientation="horizontal", shrink=0.7, aspect=14)
    bar.set_ticks(ticks, labels=[f"{tick:.2g}" for tick in ticks])
    bar.set_label(label, fontsize=7)
    bar.ax.tick_params(labelsize=7)
