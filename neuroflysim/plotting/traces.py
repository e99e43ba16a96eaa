"""Voltages over time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from attrs import frozen
from matplotlib.lines import Line2D

from neuroflysim.analysis.samples import checked_responses
from neuroflysim.errors import InvalidValueError
from neuroflysim.plotting.arguments import chosen_types, number_below
from neuroflysim.plotting.colors import line_colors
from neuroflysim.plotting.factors import factors, values_of
from neuroflysim.plotting.panels import Panels, panels
from neuroflysim.responses import Responses

#: For the second parameter that varies; the first has colours.
_STYLES = ("-", "--", ":", "-.")

#: More entries of one parameter are thinned out in a legend.
_MOST_TOLD = 12

#: More columns of a cell type were not chosen to be drawn, but are all that there are.
_MOST_COLUMNS = 12

#: Height of a line of a legend, in inches.
_ENTRY = 0.14


def plot_traces(
    responses: Responses,
    cell_types: Sequence[str],
    candidate: int | None = None,
    labels: Sequence[str] | None = None,
    axes: Panels | None = None,
) -> np.ndarray:
    """Draw the voltage of cells over time, one panel a cell, one line a condition.

    Of responses of central cells these are drawn. Where columns were recorded, those that are
    there are drawn, each with its column in the title: ``responses.sel(columns=[(0, 0), (2, -1)])``
    chooses them. Of a type in more than 12 columns the one at (0, 0) is drawn, and titled so.

    Of several candidates the line is the median, and a band their range. The parameter of the
    protocol with the most values has colours, those that vary beside it have line styles. What
    `analysis.recorded` made of the voltage, a calcium signal for example, is labelled so.

    Parameters
    ----------
    responses : Responses
    cell_types : sequence of str
    candidate : int, optional
        Draw this one alone.
    labels : sequence of str, optional
        Name of each condition in the legend, each with a colour; its parameters if not given.
    axes : array of Axes, optional
        One for each cell, the columns of a cell type one after the other.

    Returns
    -------
    ndarray of Axes

    Raises
    ------
    InvalidValueError
        If a type stands in more than 12 columns, none of which is (0, 0).

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> responses = nfs.simulate(
    ...     nfs.protocols.flash(), connectome=connectome, extent=1,
    ...     parameters=nfs.Parameters.uniform(connectome))
    >>> axes = plot_traces(responses, ["L1", "Mi1", "T4a"])
    >>> len(axes[0, 0].get_lines())  # a dark and a bright flash, and the line at 0 s
    3
    >>> everywhere = nfs.simulate(
    ...     nfs.protocols.flash(), connectome=connectome, extent=1, record=["Mi1"],
    ...     parameters=nfs.Parameters.uniform(connectome))
    >>> axes = plot_traces(everywhere.sel(columns=[(0, 0), (1, -1)]), ["Mi1"])
    >>> [ax.get_title() for ax in axes.flat]
    ['Mi1 at (0, 0)', 'Mi1 at (1, -1)']
    """
    checked_responses(responses)
    voltage = responses.signal
    names = chosen_types(cell_types, dict.fromkeys(voltage["cell_type"].to_numpy().tolist()))
    if candidate is not None:
        voltage = voltage.isel(candidate=[number_below("candidate", candidate, len(voltage))])
    look = _look(voltage, labels)
    cells = [cell for name in names for cell in _cells_of(voltage, name)]
    drawn = panels(len(cells), 2.6, 1.9, axes, sharex=True)
    time = voltage["time"].to_numpy()
    for (title, of_cell), ax in zip(cells, drawn.flat, strict=False):
        of_cell = of_cell.transpose("condition", "candidate", "time")
        for values, color, style in zip(of_cell.to_numpy(), look.colors, look.styles, strict=True):
            ax.plot(time, np.median(values, axis=0), style, color=color, lw=1.2)
            if len(values) > 1:
                ax.fill_between(time, values.min(0), values.max(0), color=color, alpha=0.15, lw=0)
        ax.set_title(title, fontsize=9)
        ax.axvline(0, color="0.8", lw=0.8, zorder=0)
        ax.spines[["top", "right"]].set_visible(False)
        ax.tick_params(labelsize=7)
    used = list(drawn.flat[: len(cells)])
    for ax in drawn[-1] if axes is None else used:
        ax.set_xlabel("time from onset (s)", fontsize=8)
    for ax in drawn[:, 0] if axes is None else used:
        ax.set_ylabel(f"{responses.kind} (a.u.)", fontsize=8)
    if look.legend:
        _draw_legend(look.legend, drawn if axes is None else used[-1:], own=axes is None)
    return drawn


def _cells_of(voltage: xr.DataArray, name: str) -> list[tuple[str, xr.DataArray]]:
    """Return the cells of a type that are drawn, each with its title."""
    if "neuron" not in voltage.dims:
        return [(name, voltage.sel(cell_type=name))]
    of_type = voltage.isel(neuron=(voltage["cell_type"] == name).to_numpy())
    places = zip(of_type["u"].to_numpy().tolist(), of_type["v"].to_numpy().tolist(), strict=True)
    columns = list(places)
    shown = range(len(columns))
    if len(columns) > _MOST_COLUMNS:
        if (0, 0) not in columns:
            raise InvalidValueError(
                f"{name} stands in {len(columns)} columns of these responses, none of which is"
                f" (0, 0); choose at most {_MOST_COLUMNS} to draw, like"
                f" responses.sel(columns={columns[:2]})."
            )
        shown = [columns.index((0, 0))]
    return [(f"{name} at {columns[k]}", of_type.isel(neuron=k)) for k in shown]


@frozen
class _Look:
    """How the line of each condition looks, and what the legend says of it."""

    colors: np.ndarray
    styles: list[str]
    legend: list[Line2D]


def _look(voltage: xr.DataArray, labels: Sequence[str] | None) -> _Look:
    n = voltage.sizes["condition"]
    if labels is not None and len(labels) != n:
        raise InvalidValueError(
            f"labels has {len(labels)} entries, but the responses have {n} conditions."
        )
    if labels is not None:
        colors = line_colors([], n)
        told = [_handle(text, color=c) for text, c in zip(labels, colors, strict=True)]
        return _Look(colors, ["-"] * n, told)
    (main, of_line), *rest = factors(voltage)
    others = [name for names, _ in rest for name in names]
    texts = [values_of(voltage, others, k) for k in range(n)]
    if not main and n > 1:  # frames carry no parameters
        main, of_line = ["condition"], np.arange(n)
        voltage = voltage.assign_coords(condition=np.arange(n))
    if len(set(texts)) > len(_STYLES):  # a colour for each condition
        main, of_line, others, texts = [*main, *others], np.arange(n), [], [""] * n
    n_lines = int(of_line.max()) + 1
    colors = line_colors(main, n_lines)
    styles = dict(zip(dict.fromkeys(texts), _STYLES, strict=False))
    legend = [_handle(_titled(main), lw=0)] if main else []
    if main:
        for line in _evenly(n_lines):
            first = int(np.flatnonzero(of_line == line)[0])
            legend.append(_handle(values_of(voltage, main, first), color=colors[line]))
    if others:
        legend.append(_handle(_titled(others), lw=0))
        legend += [_handle(text, color="0.3", ls=style) for text, style in styles.items()]
    return _Look(colors[of_line], [styles[text] for text in texts], legend)


def _evenly(n_lines: int) -> np.ndarray:
    return np.unique(np.linspace(0, n_lines - 1, _MOST_TOLD).round().astype(int))


def _draw_legend(handles: list[Line2D], rows: np.ndarray | list, own: bool) -> None:
    """Draw the legend to the right, in as many columns as its height asks for."""
    first = np.ravel(rows)[0]
    inches = len(rows) * first.get_window_extent().height / first.figure.dpi
    n_columns = -(-len(handles) // max(1, int(inches / _ENTRY)))
    style = {"handles": handles, "ncols": n_columns, "frameon": False}
    if own:
        first.figure.legend(fontsize=7, loc="outside right upper", **style)
    else:
        first.legend(fontsize=6, loc="upper left", bbox_to_anchor=(1, 1), **style)


def _titled(names: Sequence[str]) -> str:
    return ", ".join(names).replace("_", " ")


def _handle(label: str, **options) -> Line2D:
    return Line2D([], [], label=label, **options)
