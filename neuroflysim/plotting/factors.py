"""Which parameters vary between conditions, and what values they have."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr


def factors(signal: xr.DataArray) -> list[tuple[list[str], np.ndarray]]:
    """Return parameters that vary, those that vary together in one list, most values first.

    Parameters
    ----------
    signal : DataArray with dimension condition

    Returns
    -------
    list of (list of str, ndarray of int, shape (condition,))
        Names of parameters, and beside them the number of the setting that each condition has. At
        least one, with an empty list of names if nothing varies.
    """
    along = [name for name, c in signal.coords.items() if c.dims == ("condition",)]
    table = pd.DataFrame({name: signal[name].to_numpy() for name in along if name != "condition"})
    varying = [name for name in table if table[name].nunique(dropna=False) > 1]
    found: list[list[str]] = []
    for name in varying:
        # In a full product two parameters have as many pairs of values as the product says.
        tied = [
            factor
            for factor in found
            if any(
                len(table[[name, other]].drop_duplicates())
                < table[name].nunique(dropna=False) * table[other].nunique(dropna=False)
                for other in factor
            )
        ]
        found = [factor for factor in found if factor not in tied]
        found.append([*(other for factor in tied for other in factor), name])
    numbered = [(names, table.groupby(names, dropna=False).ngroup().to_numpy()) for names in found]
    nothing = [([], np.zeros(signal.sizes["condition"], int))]
    return sorted(numbered, key=lambda factor: -factor[1].max()) or nothing


def values_of(signal: xr.DataArray, names: list[str], condition: int) -> str:
    """Return the values that some parameters have in a condition, as text."""
    values = [signal[name].to_numpy()[condition].item() for name in names]
    return ", ".join(value if isinstance(value, str) else f"{value:g}" for value in values)
