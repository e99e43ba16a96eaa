"""Labels as arrays of numpy: xarray cannot pick from labels that pandas keeps as Arrow's."""

from __future__ import annotations

import xarray as xr
from pandas.api.types import is_extension_array_dtype


def with_plain_labels(array: xr.DataArray) -> xr.DataArray:
    """Return an array whose labels are arrays of numpy, whatever they were made of.

    A column of texts is an array of Arrow wherever pyarrow is installed. Taken as a label it looks
    like any other, until some of it is picked by a list along two dimensions.

    Parameters
    ----------
    array : DataArray

    Examples
    --------
    >>> import pandas as pd
    >>> types = pd.array(["T4a", "Mi1"], dtype="string")
    >>> array = xr.DataArray([1, 2], dims="neuron", coords={"cell_type": ("neuron", types)})
    >>> with_plain_labels(array)["cell_type"].dtype
    dtype('O')
    """
    foreign = {
        name: (label.dims, label.to_numpy().astype(object), label.attrs)
        for name, label in array.coords.items()
        if name not in array.dims and is_extension_array_dtype(label.dtype)
    }
    return array.assign_coords(foreign) if foreign else array
