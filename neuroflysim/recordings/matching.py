"""Which cell type and condition of the model a recording is to be compared with."""

from __future__ import annotations

import numpy as np
import xarray as xr

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidValueError


def matching_type(voltage: xr.DataArray, name: str) -> str:
    """Return the name of a cell type that the model has."""
    return one_of("the cell_type of the recording", name, voltage["cell_type"].to_numpy().tolist())


def matching_condition(voltage: xr.DataArray, labels: dict) -> int:
    """Return the number of the one condition of the model with these parameters.

    Parameters
    ----------
    voltage : DataArray
        Of `Responses`.
    labels : dict of str to value
        Of a condition of a recording.
    """
    known = [str(name) for name, values in voltage.coords.items() if values.dims == ("condition",)]
    fits = np.ones(voltage.sizes["condition"], dtype=bool)
    for name, value in labels.items():
        if name not in known:
            raise InvalidValueError(
                f"the recording is labelled with {name!r}, but the conditions of the responses with"
                f" {', '.join(known) or 'nothing'}; name the parameters as the protocol does, or"
                f" drop the label: nfs.Recording(recording.signal.drop_vars({name!r}))."
            )
        fits &= _same(voltage[name].to_numpy(), value)
    told = ", ".join(f"{name} {value}" for name, value in labels.items()) or "no label"
    if fits.sum() == 0:
        shown = {name: np.unique(voltage[name].to_numpy()).tolist() for name in labels}
        raise InvalidValueError(
            f"the recording has a condition with {told}, which was not shown to the model: it was"
            f" shown {shown}. Show it, in the protocol's units (degrees, SI), or leave it out."
        )
    if fits.sum() > 1:
        varying = [n for n in known if len(np.unique(voltage[n].to_numpy()[fits])) > 1]
        raise InvalidValueError(
            f"the recording has a condition with {told}, but {fits.sum()} conditions of the"
            f" responses have that; say in `conditions` which {' and '.join(varying) or 'one'} it"
            " was, too, or show the model that one only."
        )
    return int(np.argmax(fits))


def _same(values: np.ndarray, value) -> np.ndarray:
    if values.dtype.kind in "iuf" and isinstance(value, int | float | np.number):
        return np.isclose(values, value, rtol=1e-6, atol=1e-9)
    return values.astype(str) == str(value)
