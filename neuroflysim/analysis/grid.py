"""Conditions laid out as a grid: one dimension for each parameter that varies by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.responses import Responses

__all__ = ["as_grid"]


def as_grid(values: xr.DataArray | Responses, together: Sequence[str] = ()) -> xr.DataArray:
    """Replace the dimension condition by one dimension for each parameter that varies.

    Parameters
    ----------
    values : DataArray with dimension condition, or Responses
        Of responses their voltage, or calcium. The conditions are a product of parameter values,
        as protocols make them.
    together : sequence of str
        Parameters that stay on the dimension condition although they vary freely.

    Returns
    -------
    DataArray
        Parameters that vary together, like the two coordinates of a place, stay on the dimension
        condition, of which one is left for each of their combinations. The coordinate condition
        itself, the numbers of the conditions, is left out.

    Raises
    ------
    InvalidValueError
        If a condition was shown twice.

    Examples
    --------
    >>> values = xr.DataArray(
    ...     [1, 2, 3, 4], dims="condition",
    ...     coords={"speed": ("condition", [10, 10, 20, 20]),
    ...             "angle": ("condition", [0, 90, 0, 90])})
    >>> as_grid(values).sel(speed=20, angle=0).item()
    3
    """
    if isinstance(values, Responses):
        values = values.signal
    if not isinstance(values, xr.DataArray):
        raise InvalidTypeError(
            f"values must be Responses, or a DataArray as the functions of nfs.analysis return it,"
            f" but is {type(values).__name__}."
        )
    together = checks.words("together", together)
    values = values.drop_vars("condition", errors="ignore")  # numbers of conditions tell nothing
    along = [name for name, c in values.coords.items() if c.dims == ("condition",)]
    table = pd.DataFrame({name: values[name].to_numpy() for name in along})
    for name in along:
        missing = table[name].isna().to_numpy()
        if missing.any():
            raise InvalidValueError(
                f"{name} of condition {int(np.argmax(missing))} is missing; give it a value, or"
                " leave this condition out."
            )
    varying = [str(name) for name in along if table[name].nunique() > 1]
    if not varying:
        return values
    if table.duplicated(varying).any():
        twice = table[table.duplicated(varying)].iloc[0][varying].to_dict()
        raise InvalidValueError(f"the condition {twice} was shown twice; show each once.")
    values = values.drop_vars([name for name in along if name not in varying]).assign_coords(
        {name: table[name].iloc[0] for name in along if name not in varying}
    )
    free = [
        name for name in varying if name not in together and _varies_freely(name, table[varying])
    ]
    joined = [name for name in varying if name not in free]
    if not free:
        return values
    if len(varying) == 1:
        return values.swap_dims(condition=varying[0])
    if not joined:
        return values.set_index(condition=varying).unstack("condition")
    joint = table.groupby(joined, sort=False).ngroup().to_numpy()
    labels = table.drop_duplicates(joined)[joined]
    grid = (
        values.drop_vars(joined)
        .assign_coords(_joint=("condition", joint))
        .set_index(condition=[*free, "_joint"])
        .unstack("condition")
        .rename(_joint="condition")
        .drop_vars("condition")
    )
    return grid.assign_coords({n: ("condition", labels[n].to_numpy()) for n in joined})


def _varies_freely(name: str, table: pd.DataFrame) -> bool:
    """Tell whether every value of a parameter comes with the same values of all others."""
    others = [other for other in table if other != name]
    if not others:
        return True
    rows = [set(part.itertuples(index=False, name=None)) for _, part in table.groupby(name)[others]]
    return all(np.array([row == rows[0] for row in rows]))
