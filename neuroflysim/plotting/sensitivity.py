"""Which connections and cells make a response what it is: the circuit, and the largest effects."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError
from neuroflysim.gradients.coordinates import label_of
from neuroflysim.gradients.sensitivities import Sensitivity
from neuroflysim.plotting.colors import DIVERGING
from neuroflysim.plotting.panels import Panels, given_panels

#: A sign that fewer models agree on is drawn as uncertain.
AGREED = 0.9

_NODE = 620  # points squared
_RADIUS = 19  # points, from the middle of a cell to where connections begin


def plot_sensitivity(
    found: Sensitivity,
    n_connections: int = 20,
    n_parameters: int = 20,
    axes: Panels | None = None,
) -> np.ndarray:
    """Draw the circuit behind a response, and beside it the parameters with the largest effects.

    Cells stand the further left, the more connections lie between them and the cell that is
    measured, on the right; furthest left stand those that no drawn connection leads from there. A
    connection is red if the measure grows with it and blue if it shrinks, the wider the larger its
    effect; it ends in an arrow if it excites and in a bar if it inhibits, and is dashed if fewer
    than nine in ten models agree on the sign of its effect. A cell is coloured by the effect of its
    time constant, and its ring by that of its resting potential.

    Parameters
    ----------
    found : Sensitivity
        From `neuroflysim.sensitivity`.
    n_connections : int
        How many connections are drawn, those with the largest median effects.
    n_parameters : int
        How many bars; each has the quartiles over models.
    axes : array of Axes, optional
        Two of them.

    Returns
    -------
    ndarray of Axes, shape (2,)

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> from brian2 import ms
    >>> found = nfs.sensitivity(
    ...     "peak_response", nfs.load_parameters("flow/000"),
    ...     nfs.protocols.flash(intensity=1, stim_time=100*ms, tail_time=0*ms), cell_type="Mi1",
    ...     extent=1, time_step=10*ms, progress=False)
    >>> circuit, bars = plot_sensitivity(found, n_connections=8, n_parameters=5)
    >>> len(bars.get_yticklabels())
    5
    """
    if not isinstance(found, Sensitivity):
        raise InvalidTypeError(
            f"found must be what nfs.sensitivity returns, but is {type(found).__name__}."
        )
    n_connections = checks.whole_number("n_connections", n_connections, minimum=1)
    n_parameters = checks.whole_number("n_parameters", n_parameters, minimum=1)
    own = axes is None
    if axes is None:
        _, axes = plt.subplots(1, 2, figsize=(12, 6), layout="constrained", width_ratios=[2.4, 1])
    circuit, bars = given_panels(axes, 2)
    _draw_circuit(circuit, found, n_connections)
    _draw_bars(bars, found.table.head(n_parameters), len(found.names))
    if own:
        cell = _measured_cell(found)
        value = float(found.value.median())
        models = f"{len(found.names)} models, median" if len(found.names) > 1 else "one model,"
        circuit.figure.suptitle(
            f"{found.measure.replace('_', ' ')}{f' of {cell}' if cell else ''}:"
            f" {models} {value:.2f}",
            fontsize=11,
        )
    return np.array([circuit, bars])


def _measured_cell(found: Sensitivity) -> str | None:
    return getattr(found.measured, "cell_type", None)


def _draw_circuit(ax: Axes, found: Sensitivity, n_connections: int) -> None:
    drawn = found.of("synapse_strength")
    drawn = drawn[drawn["effect"] != 0].head(n_connections)
    signs = found.gradient.candidates[0].connectome.connections["sign"]
    places = _places(drawn, _measured_cell(found))
    largest = float(drawn["effect"].abs().max()) if len(drawn) else 1.0
    colors = plt.colormaps[DIVERGING]
    for row in drawn.itertuples():
        raises = row.effect > 0
        excites = signs[row.source_type, row.target_type] > 0
        agreed = len(found.names) == 1 or row.agreement >= AGREED
        start, end = places[row.source_type], places[row.target_type]
        loop = start == end
        ax.add_patch(
            FancyArrowPatch(
                (start[0] - 0.02, start[1]) if loop else start,
                (end[0] + 0.02, end[1]) if loop else end,
                connectionstyle=f"arc3,rad={-1.9 if loop else 0.12}",
                arrowstyle=(
                    "-|>,head_length=5,head_width=3" if excites else "|-|,widthA=0,widthB=6"
                ),
                shrinkA=_RADIUS,
                shrinkB=_RADIUS,
                linewidth=0.6 + 5 * abs(row.effect) / largest,
                linestyle="-" if agreed else (0, (2, 1.2)),
                color=colors(0.87 if raises else 0.13),
                alpha=0.85,
                zorder=1,
            )
        )
    _draw_cells(ax, found, places)
    handles = [
        Line2D([], [], color=colors(0.87), lw=3, label="measure grows with it"),
        Line2D([], [], color=colors(0.13), lw=3, label="measure shrinks with it"),
    ]
    if len(found.names) > 1:
        told = f"fewer than {AGREED:.0%} of models agree"
        handles.append(Line2D([], [], color="0.4", lw=2, ls=(0, (2, 1.2)), label=told))
    ax.legend(
        handles=handles,
        fontsize=8,
        frameon=False,
        loc="upper center",
        bbox_to_anchor=(0.5, 0),
        ncols=len(handles),
    )
    ax.margins(0.09)
    ax.set_axis_off()


def _draw_cells(ax: Axes, found: Sensitivity, places: dict[str, tuple[float, float]]) -> None:
    effects = {
        kind: found.of(kind).set_index("cell_type")["effect"].reindex(list(places))
        for kind in ("time_constant", "resting_potential")
    }
    limits = {kind: float(each.abs().max()) or 1.0 for kind, each in effects.items()}
    colors = plt.colormaps[DIVERGING]
    faces, rings = (
        colors(Normalize(-limits[kind], limits[kind])(each.to_numpy()))
        for kind, each in effects.items()
    )
    x, y = np.array(list(places.values())).T
    ax.scatter(x, y, s=_NODE, c=faces, edgecolors=rings, linewidths=4, zorder=2)
    ax.scatter(x, y, s=_NODE * 1.45, c="none", edgecolors="0.5", linewidths=0.6, zorder=2)
    for name, (across, up) in places.items():
        face = effects["time_constant"][name] / limits["time_constant"]
        color = "w" if abs(face) > 0.6 else "0.1"
        ax.text(across, up, name, ha="center", va="center", fontsize=7, color=color, zorder=3)
    limit = limits["time_constant"]
    bar = ax.figure.colorbar(
        ScalarMappable(Normalize(-limit, limit), DIVERGING), ax=ax, shrink=0.45, pad=0.01
    )
    told = limits["resting_potential"] / limit
    bar.set_label(
        f"effect of the time constant\n(ring: resting potential, times {told:.2g})", fontsize=8
    )
    bar.ax.tick_params(labelsize=7)


def _places(drawn: pd.DataFrame, cell: str | None) -> dict[str, tuple[float, float]]:
    """Return where each cell type stands: by its distance from the measured one, then by effect."""
    effect = pd.concat(
        [drawn.groupby("source_type")["effect"].agg(lambda e: e.abs().sum()),
         drawn.groupby("target_type")["effect"].agg(lambda e: e.abs().sum())]
    ).groupby(level=0).sum()  # fmt: skip
    if cell is not None and cell not in effect.index:
        effect[cell] = 0.0
    distance = {cell: 0} if cell is not None else {}
    frontier = list(distance)
    while frontier:
        sources = drawn[drawn["target_type"].isin(frontier)]["source_type"]
        frontier = [name for name in dict.fromkeys(sources) if name not in distance]
        distance |= {name: max(distance.values()) + 1 for name in frontier}
    furthest = max(distance.values(), default=0) + 1
    by_distance: dict[int, list[str]] = {}
    for name in effect.sort_values(ascending=False).index:
        by_distance.setdefault(distance.get(name, furthest), []).append(name)
    places = {}
    for steps, names in by_distance.items():
        # The largest effects in the middle: 0, 1, -1, 2, -2 and so on, from a middle of 0.
        rank = np.arange(len(names))
        order = np.where(rank % 2, (rank + 1) // 2, -(rank // 2))
        heights = order - (order.max() + order.min()) / 2
        spread = max(1.0, 6.0 / max(len(names), 2))
        for name, height in zip(names, heights, strict=True):
            bend = 0.5 * (height % 2)  # so that cells do not hide connections within their column
            places[name] = (-2.2 * steps + bend, spread * height)
    return places


def _draw_bars(ax: Axes, shown: pd.DataFrame, n_models: int) -> None:
    shown = shown.iloc[::-1]
    at = np.arange(len(shown))
    effect = shown["effect"].to_numpy()
    colors = plt.colormaps[DIVERGING](np.where(effect > 0, 0.87, 0.13))
    ax.barh(at, effect, color=colors, height=0.7, alpha=0.85)
    if n_models > 1:
        spread = np.abs(shown[["lower", "upper"]].to_numpy().T - effect)
        ax.errorbar(effect, at, xerr=spread, fmt="none", ecolor="0.2", elinewidth=1)
    ax.axvline(0, color="0.5", lw=0.8)
    ax.set_yticks(at, [label_of(row) for _, row in shown.iterrows()], fontsize=7)
    ax.set_xlabel("effect (of e times as much, or of a\nresting potential higher by 1)", fontsize=8)
    ax.tick_params(axis="x", labelsize=8)
    ax.spines[["top", "right"]].set_visible(False)
    if n_models > 1:
        unsure = shown["agreement"].to_numpy() < AGREED
        for label, one in zip(ax.get_yticklabels(), unsure, strict=True):
            label.set_color("0.6" if one else "0.1")
        ax.set_title(f"grey: fewer than {AGREED:.0%} agree", fontsize=8, color="0.4")
