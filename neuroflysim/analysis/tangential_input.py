"""What tangential cells of the lobula plate would get from T4 and T5: a proxy for them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim.analysis.directions import SAME, over_directions, to_opposite, turn
from neuroflysim.analysis.grid import as_grid
from neuroflysim.analysis.measures import measure
from neuroflysim.analysis.samples import (
    begins_of_steps,
    checked_responses,
    counted,
    responding_flies,
)
from neuroflysim.errors import InvalidValueError
from neuroflysim.perturbations import Flies
from neuroflysim.responses import Responses

__all__ = ["tangential_input"]

#: The directions, in degrees, that the four layers of the lobula plate stand for, by the letter of
#: the T4 and T5 cells that end there: front to back, back to front, up and down (labels of
#: lappalainen2024, directions of maisak2013).
LAYERS = {"a": 180.0, "b": 0.0, "c": 90.0, "d": 270.0}


@measure(family="tangential_cells", needs=("perturbations",))
def tangential_input(
    responses: Responses, perturbations: Flies = None, end: str | Quantity = "stimulus"
) -> xr.DataArray:
    r"""Return the direction selective input that T4 and T5 would give to tangential cells.

    The model has no tangential cells of the lobula plate. They sum up T4 and T5 over the visual
    field; the layer in which these end tells the direction that excites the cell. This is what
    each subtype would add: its output to motion in the direction of its layer minus that to the
    opposite direction,

    .. math::

        \left\langle \max(V, 0) \right\rangle_{\theta} -
        \left\langle \max(V, 0) \right\rangle_{\theta + 180^\circ}

    both averaged over time, because what passes over the field reaches one column after the other:
    a sum over columns at one moment is a sum over time in one column. What the cells put out at
    rest stands on both sides and falls out. Sum it over the subtypes that matter: T4 for ON, T5 for
    OFF edges. A proxy it stays: it knows neither the weights of the synapses nor the inhibition
    between layers nor other inputs.

    Parameters
    ----------
    responses : Responses
        To motion in the four directions 0, 90, 180 and 270 degrees, or those that the recorded
        subtypes need; as simulated, for an output is a rectified voltage.
    perturbations : Perturbation or list, optional
        Of perturbed flies, as given to `simulate`: T4 and T5 cells that are silenced put out
        nothing, whatever their voltage.
    end : {"stimulus", "recording", "passage"} or Quantity [s]
        Until when the mean is taken, see `peak_response`.

    Returns
    -------
    DataArray, without the dimension angle
        For the subtypes of T4 and T5 that were recorded. Negative where the opposite direction
        gives more.

    Raises
    ------
    InvalidValueError
        If a direction was not shown, the responses are calcium, the rest was subtracted, or nothing
        tells which of the flies have silenced cells.

    Examples
    --------
    >>> voltage = xr.DataArray(
    ...     [[[[0.1], [0.7]], [[0.1], [-0.3]]]],
    ...     dims=("candidate", "condition", "time", "cell_type"),
    ...     coords={"time": [0.1, 0.2], "cell_type": ["T4b"], "angle": ("condition", [0, 180])})
    >>> round(tangential_input(Responses(voltage)).item(), 6)  # 0.4 on average, minus 0.05
    0.35
    """
    checked_responses(responses)
    voltage = responses.central().voltage
    if voltage.attrs.get("rest_subtracted"):
        raise InvalidValueError(
            "the voltage at rest was subtracted, but the output of a cell is its rectified voltage:"
            " give the responses as simulated (in study.yaml, signal: {kind: voltage,"
            " subtract_rest: false})."
        )
    subtypes = [
        name
        for name in voltage["cell_type"].to_numpy().tolist()
        if len(name) == 3 and name[:2] in ("T4", "T5") and name[2] in LAYERS
    ]
    if not subtypes:
        raise InvalidValueError("no subtype of T4 or T5 was recorded, and nothing else counts.")
    voltage = voltage.sel(cell_type=subtypes)
    output = voltage.clip(min=0).where(~_silenced(voltage, perturbations), 0)
    inside = counted(voltage, end)
    mean = output.where(inside, 0).sum("time", skipna=False) / inside.sum("time")
    along = over_directions(as_grid(mean))
    preferred = xr.concat(
        [to_direction(along, name, LAYERS[name[2]]) for name in subtypes], dim="cell_type"
    )
    ordered = [name for name in along.dims if name != "angle"]
    return preferred.transpose(*ordered).rename("tangential_input").assign_attrs(units="1")


def to_direction(output: xr.DataArray, cell_type: str, direction: float) -> xr.DataArray:
    """Return what a cell type gives to a direction, minus that to the opposite one.

    Parameters
    ----------
    output : DataArray, dims (..., angle)
    cell_type : str
    direction : float
        In degrees.
    """
    own = output.sel(cell_type=[cell_type])
    there = np.abs(turn(own["angle"].to_numpy(), direction)) < SAME
    if not there.any():
        raise InvalidValueError(
            f"{cell_type} stands for motion towards {direction:g} deg, which was not shown; show"
            " the directions 0, 90, 180 and 270."
        )
    difference = own - to_opposite(own)
    return difference.isel(angle=int(np.flatnonzero(there)[0]), drop=True)


def _silenced(voltage: xr.DataArray, perturbations) -> xr.DataArray:
    """Return when which central cells of which flies pass on nothing."""
    types = voltage["cell_type"].to_numpy().tolist()
    flies, begins = responding_flies(voltage, perturbations), begins_of_steps(voltage)
    silenced = [[fly.silenced(name, begins) for name in types] for fly in flies]
    dims = ("candidate", "cell_type", "time")
    coords = {"cell_type": types, "time": voltage["time"]}
    return xr.DataArray(np.array(silenced), dims=dims, coords=coords)
