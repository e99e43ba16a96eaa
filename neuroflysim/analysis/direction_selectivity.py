"""Direction tuning: peak responses, direction selectivity index, preferred direction.

Formulas of Lappalainen et al., Nature 634, 1132 (2024), Methods, as flyvis 1.2.0 computes them.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.responses import Responses


def peak_response(responses: Responses, end: Quantity | None = None) -> xr.DataArray:
    """Return the largest rectified voltage after stimulus onset, for each condition.

    Parameters
    ----------
    responses : Responses
    end : Quantity [s], optional
        Only samples up to this time count, for example while an edge crosses. All if not given.

    Returns
    -------
    DataArray
        max(V, 0), maximal over time. Conditions are laid out as a grid: one dimension for each
        parameter of the protocol that takes several values.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> responses = nfs.simulate(
    ...     nfs.protocols.moving_edge(), connectome=connectome, extent=1,
    ...     parameters=nfs.Parameters.uniform(connectome))
    >>> dict(peak_response(responses).sizes)
    {'candidate': 1, 'cell_type': 65, 'angle': 12, 'intensity': 2}
    """
    if not isinstance(responses, Responses):
        raise InvalidTypeError(f"responses must be Responses, but is {type(responses).__name__}.")
    voltage = responses.voltage
    last = np.inf if end is None else checks.seconds("end", end)
    # 1e-9 s: sample times are sums of time steps and carry their rounding
    window = voltage["time"].to_numpy()
    window = (window > 1e-9) & (window <= last + 1e-9)
    if not window.any():
        raise InvalidValueError(f"no sample lies between 0 s and end = {last} s.")
    peak = voltage.isel(time=window).clip(min=0).max("time")
    return as_grid(peak).rename("peak_response")


def as_grid(values: xr.DataArray) -> xr.DataArray:
    """Replace the dimension condition by one dimension for each parameter that varies.

    Parameters
    ----------
    values : DataArray with dimension condition
        The conditions are a product of parameter values, as protocols make them.

    Returns
    -------
    DataArray

    Examples
    --------
    >>> values = xr.DataArray(
    ...     [1, 2, 3, 4], dims="condition",
    ...     coords={"speed": ("condition", [10, 10, 20, 20]),
    ...             "angle": ("condition", [0, 90, 0, 90])})
    >>> as_grid(values).sel(speed=20, angle=0).item()
    3
    """
    along = [name for name, c in values.coords.items() if c.dims == ("condition",)]
    varying = [name for name in along if len(np.unique(values[name])) > 1]
    if not varying:
        return values
    sizes = [len(np.unique(values[name])) for name in varying]
    labels = set(zip(*(values[name].to_numpy().tolist() for name in varying), strict=True))
    if len(labels) != values.sizes["condition"] or len(labels) != np.prod(sizes):
        raise InvalidValueError(
            f"the {values.sizes['condition']} conditions are no product of {', '.join(varying)}:"
            f" {len(labels)} different ones of {np.prod(sizes)}; show each combination once."
        )
    constant = [name for name in along if name not in varying]
    scalars = {name: values[name][0].item() for name in constant}
    values = values.drop_vars(constant).assign_coords(scalars)
    if len(varying) == 1:
        return values.swap_dims(condition=varying[0])
    return values.set_index(condition=varying).unstack("condition")


def direction_selectivity_index(peak: xr.DataArray) -> xr.DataArray:
    r"""Return how much the peak responses prefer one direction: 0 not at all, 1 wholly.

    .. math::

        DSI(I) = \frac{|\sum_\theta P(\theta, I) e^{i\theta}|}{\max_{I} \sum_\theta P(\theta, I)}

    with one denominator for both contrasts, so that the weak response to the wrong contrast
    does not count as selective. Types without any positive voltage get 0. The voltage at rest
    counts as a response, as in the published index: a type that rests well above 0 looks less
    selective.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees)
        From `peak_response`; with a dimension intensity, the denominator is shared over it.

    Returns
    -------
    DataArray, without the dimension angle

    Examples
    --------
    >>> angles = [0, 90, 180, 270]
    >>> peak = xr.DataArray([3.0, 1.0, 1.0, 1.0], coords={"angle": angles})
    >>> round(float(direction_selectivity_index(peak)), 3)
    0.333
    """
    total = peak.sum("angle", skipna=False)
    if "intensity" in total.dims:
        total = total.max("intensity")
    index = np.abs(_vector_sum(peak)) / total.where(total > 0, 1)
    return index.rename("direction_selectivity_index")


def preferred_direction(peak: xr.DataArray) -> xr.DataArray:
    """Return the direction of the summed response vectors, in degrees from 0 to 360.

    Parameters
    ----------
    peak : DataArray with dimension angle (degrees)

    Returns
    -------
    DataArray, without the dimension angle
        NaN where there is no response at all.

    Examples
    --------
    >>> peak = xr.DataArray([0.0, 1.0, 0.0, 0.0], coords={"angle": [0, 90, 180, 270]})
    >>> float(preferred_direction(peak).round(6))
    90.0
    """
    total = _vector_sum(peak)
    angle = xr.apply_ufunc(np.angle, total, kwargs={"deg": True}) % 360
    return angle.where(np.abs(total) > 0).assign_attrs(units="deg").rename("preferred_direction")


def _vector_sum(peak: xr.DataArray) -> xr.DataArray:
    if "angle" not in peak.dims:
        raise InvalidValueError(
            f"peak has the dimensions {peak.dims}, but direction tuning needs 'angle': show"
            " a protocol in several directions, and see peak_response."
        )
    return (peak * np.exp(1j * np.deg2rad(peak["angle"]))).sum("angle", skipna=False)
