"""What the tangential cells of the circuit lobula_plate say of motion."""

from __future__ import annotations

import xarray as xr
from brian2 import Quantity

from neuroflysim.analysis.directions import over_directions
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import checked_responses, counted
from neuroflysim.analysis.tangential_input import to_direction
from neuroflysim.errors import InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["tangential_response"]

#: Directions, in degrees, that excite the tangential cells of `neuroflysim.lobula_plate`: front to
#: back, and down.
PREFERRED = {"HS": 180.0, "VS": 270.0}


@measure(family="tangential_cells")
def tangential_response(responses: Responses, end: str | Quantity = "stimulus") -> xr.DataArray:
    r"""Return the response of tangential cells to motion, preferred minus null direction.

    .. math::

        \left\langle V \right\rangle_{\theta} - \left\langle V \right\rangle_{\theta + 180^\circ}

    both averaged over time; the voltage at rest stands on both sides and falls out. For models
    without such cells `tangential_input` is a proxy.

    Parameters
    ----------
    responses : Responses
        Of HS, VS or both, which `neuroflysim.with_lobula_plate` adds to a model, to motion in
        their preferred direction (HS 180, VS 270 degrees) and in the opposite one.
    end : {"stimulus", "recording", "passage"} or Quantity [s]
        Until when the mean is taken, see `peak_response`.

    Returns
    -------
    DataArray, without the dimension angle
        For those of HS and VS that were recorded. Negative where the null direction gives more.

    Raises
    ------
    InvalidValueError
        If neither was recorded, or a direction was not shown.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.1], [0.7]], [[-0.1], [-0.3]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.1, 0.2], "cell_type": ["HS"], "angle": ("condition", [180, 0])})
    >>> round(tangential_response(Responses(voltage)).item(), 6)  # 0.4 on average, and -0.2
    0.6
    """
    checked_responses(responses)
    voltage = responses.central().voltage
    cells = [name for name in voltage["cell_type"].to_numpy().tolist() if name in PREFERRED]
    if not cells:
        raise InvalidValueError(
            "neither HS nor VS was recorded; nfs.with_lobula_plate(parameters) adds them to a"
            " model, and tangential_input is a proxy for models without."
        )
    voltage = voltage.sel(cell_type=cells)
    inside = counted(voltage, end)
    mean = voltage.where(inside, 0).sum("time", skipna=False) / inside.sum("time")
    along = over_directions(as_grid(mean))
    preferred = xr.concat(
        [to_direction(along, name, PREFERRED[name]) for name in cells], dim="cell_type"
    )
    ordered = [name for name in along.dims if name != "angle"]
    return preferred.transpose(*ordered).rename("tangential_response").assign_attrs(units="1")
