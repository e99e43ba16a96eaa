"""Receptive fields that flashes at single columns find, as hexagonal maps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.plotting.activity import PANEL, color_bar
from neuroflysim.plotting.arguments import chosen_types, number_below
from neuroflysim.plotting.colors import DIVERGING
from neuroflysim.plotting.hexagons import draw_hexagons, symmetric_limit
from neuroflysim.plotting.panels import Panels, panels


def plot_receptive_field(
    field: xr.DataArray, cell_types: Sequence[str], candidate: int = 0, axes: Panels | None = None
) -> np.ndarray:
    """Draw the receptive fields of some cell types: the response to a flash of each column.

    Each type has a colour scale of its own, symmetric about 0. The dot marks the cell's own column.

    Parameters
    ----------
    field : DataArray, dims (candidate, condition, cell_type)
        From `analysis.receptive_field`, of responses to `protocols.column_flash`; of several
        intensities choose one by ``.sel(intensity=1)``.
    cell_types : sequence of str
    candidate : int
    axes : array of Axes, optional
        One for each cell type.

    Returns
    -------
    ndarray of Axes

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> responses = nfs.simulate(
    ...     nfs.protocols.column_flash(intensity=1), connectome=connectome, extent=2,
    ...     parameters=nfs.Parameters.uniform(connectome))
    >>> field = nfs.analysis.receptive_field(responses)
    >>> axes = plot_receptive_field(field, ["L1", "Mi1", "Mi4"])
    >>> axes.shape
    (1, 3)
    """
    if not isinstance(field, xr.DataArray):
        raise InvalidTypeError(
            f"field is a {type(field).__name__}, but must be a DataArray from"
            " analysis.receptive_field; plot_inputs draws the inputs that the wiring gives."
        )
    if not {"center_u", "center_v"} <= set(field.coords):
        raise InvalidValueError(
            "field is not labelled with center_u and center_v, the columns that flashed: show"
            " protocols.column_flash."
        )
    extra = set(field.dims) - {"candidate", "condition", "cell_type"}
    if extra:
        raise InvalidValueError(
            f"field varies with {', '.join(sorted(map(str, extra)))}, too; choose one value by .sel"
            " or .isel; of neurons in columns one of each type, before the measure is taken:"
            " responses.one_of_each_type()."
        )
    candidate = number_below("candidate", candidate, field.sizes.get("candidate", 1))
    names = chosen_types(cell_types, field["cell_type"].to_numpy())
    # Flashes along one axis share a coordinate.
    u, v = np.broadcast_arrays(field["center_u"], field["center_v"])
    drawn = panels(len(names), *PANEL, axes)
    for name, ax in zip(names, drawn.flat, strict=False):
        values = field.isel(candidate=candidate).sel(cell_type=name).to_numpy()
        limit = symmetric_limit(values)
        hexagons = draw_hexagons(ax, u, v, values, DIVERGING, -limit, limit)
        ax.plot(0, 0, "k.", ms=2)
        ax.set_title(name, fontsize=9)
        color_bar(ax, hexagons, "change of voltage (a.u.)", [-limit, 0, limit])
    return drawn
