"""Pictures of a connectome: who connects to whom, and inputs by column."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import AsinhNorm

from neuroflysim import checks, lattice
from neuroflysim.connectome import Connectome, checked_connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.parameters.starts import type_counts
from neuroflysim.plotting.colors import DIVERGING
from neuroflysim.plotting.hexagons import draw_hexagons, symmetric_limit
from neuroflysim.plotting.panels import Panels, one_panel, panels

#: Ticks of a scale of synapses, of which those within the limits are shown.
_TICKS = np.array([-100, -10, -1, 0, 1, 10, 100])


def plot_connectivity(connectome: Connectome, axes: Axes | None = None) -> Axes:
    """Draw the matrix of signed synapse counts between cell types.

    Parameters
    ----------
    connectome : Connectome
    axes : Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> axes = plot_connectivity(nfs.load_connectome())
    >>> axes.get_xlabel(), len(axes.get_xticklabels())
    ('source type', 65)
    """
    counts = type_counts(checked_connectome(connectome))
    axes = one_panel(axes, (9, 8.2))
    limit = symmetric_limit(counts)
    image = axes.imshow(counts, cmap=DIVERGING, norm=_norm(limit), interpolation="nearest")
    axes.set_xticks(range(len(counts.columns)), counts.columns, rotation=90, fontsize=6)
    axes.set_yticks(range(len(counts.index)), counts.index, fontsize=6)
    axes.set_xlabel("source type")
    axes.set_ylabel("target type")
    _bar(axes.figure, image, axes, limit, "synapses onto one target cell")
    return axes


def plot_inputs(
    connectome: Connectome, target_type: str, n_inputs: int = 8, axes: Panels | None = None
) -> np.ndarray:
    """Draw where the strongest inputs of a cell type lie, seen from the target's column.

    This is its receptive field as the wiring has it; `plot_receptive_field` draws that which
    flashes find.

    Parameters
    ----------
    connectome : Connectome
    target_type : str
    n_inputs : int
        How many source types to draw, strongest first.
    axes : array of Axes, optional

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> axes = plot_inputs(nfs.load_connectome(), "T4a", n_inputs=4)
    >>> axes[0, 0].get_title()
    'Mi1, 68 synapses'
    """
    n_inputs = checks.whole_number("n_inputs", n_inputs, minimum=1)
    inputs = checked_connectome(connectome).inputs(target_type)
    inputs = inputs[inputs["n_offsets"] > 0].head(n_inputs)
    if inputs.empty:
        raise InvalidValueError(
            f"{target_type} has no inputs by offset in this connectome"
            + (
                ": it stands once per eye, with the weights of Connectome.pools."
                if target_type in connectome.single_types
                else "."
            )
        )
    offsets = connectome.offsets
    offsets = offsets[(offsets["target_type"] == target_type)]
    offsets = offsets[offsets["source_type"].isin(inputs.index)]
    across, up = lattice.position(offsets["du"], offsets["dv"])
    limit = float(offsets["synapse_count"].max())
    drawn = panels(len(inputs), 2.2, 2.3, axes)
    for (source, row), ax in zip(inputs.iterrows(), drawn.flat, strict=False):
        own = offsets[offsets["source_type"] == source]
        # A source at -(du, dv) projects onto the target in the middle.
        counts = row["sign"] * own["synapse_count"]
        hexagons = draw_hexagons(
            ax, -own["du"], -own["dv"], counts, DIVERGING, norm=_norm(limit), edge=0.4
        )
        ax.plot(0, 0, "k.", ms=4)
        ax.set_xlim(-across.max() - 1, -across.min() + 1)
        ax.set_ylim(-up.max() - 1, -up.min() + 1)
        ax.set_title(f"{source}, {row['synapse_count']:.3g} synapses", fontsize=9)
    figure = drawn.flat[0].figure
    if axes is None:
        figure.suptitle(f"inputs of {target_type} by column (dot: its own column)", fontsize=10)
    shown = list(drawn.flat[: len(inputs)])
    _bar(figure, hexagons, shown, limit, "synapses from one column")
    return drawn


def _norm(limit: float) -> AsinhNorm:
    """Return a scale that is linear below one synapse and logarithmic above."""
    return AsinhNorm(linear_width=1, vmin=-limit, vmax=limit)


def _bar(figure, drawn, axes, limit: float, label: str) -> None:
    bar = figure.colorbar(drawn, ax=axes, shrink=0.6)
    ticks = _TICKS[np.abs(_TICKS) <= limit]
    bar.set_ticks(ticks, labels=[f"{tick:+d}" if tick else "0" for tick in ticks])
    bar.ax.minorticks_off()
    bar.set_label(f"{label}\n(+ excitatory, - inhibitory)", fontsize=8)
    bar.ax.tick_params(labelsize=8)
