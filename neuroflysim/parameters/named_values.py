"""Tables of parameters as users write them: by name, with or without units."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import pandas as pd
from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def label(name: str | tuple[str, ...]) -> str:
    """Return the name of a cell type, or of a connection as "source -> target"."""
    return name if isinstance(name, str) else " -> ".join(name)


def without_unit(value: pd.Series | Mapping | Quantity) -> float | dict:
    """Turn durations into numbers of seconds; leave tables of plain numbers as they are."""
    if isinstance(value, Quantity):
        return checks.seconds("time_constant", value)
    if isinstance(value, Mapping | pd.Series):
        return {
            name: checks.seconds(f"time_constant of {name}", entry)
            if isinstance(entry, Quantity)
            else entry
            for name, entry in value.items()
        }
    raise InvalidTypeError(
        f"time_constant is {value!r}, but must be a duration such as 50*ms, or a Series or mapping"
        " by cell_type (numbers are seconds)."
    )


def by_name(kind: str, values: pd.Series | Mapping | float, index: pd.Index) -> np.ndarray:
    """Return the values in the order of `index`, or say which names are missing or unknown."""
    if isinstance(values, int | float | np.floating | np.integer) and index.nlevels == 1:
        return np.full(len(index), checks.finite_number(kind, cast(float, values)))
    table: Any = values
    if not isinstance(table, pd.Series | Mapping):
        by = "cell_type" if index.nlevels == 1 else "(source_type, target_type)"
        raise InvalidTypeError(
            f"{kind} must be a Series or mapping by {by}, but is {type(values).__name__}."
        )
    if isinstance(table, pd.Series) and not table.index.is_unique:
        twice = table.index[table.index.duplicated()][0]
        raise InvalidValueError(f"{kind} holds {label(twice)} twice.")
    by_key, known = _as_dict(table), set(index)
    missing = [name for name in index if name not in by_key]
    unknown = [name for name in by_key if name not in known]
    if missing or unknown:
        parts = [
            f"{what} {', '.join(str(name) for name in names[:5])}"
            + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            for what, names in (("lacks", missing), ("has the unknown", unknown))
            if names
        ]
        cure = f"It needs exactly the {len(index)} names of the connectome."
        if not missing:
            cure = "Correct or remove what is unknown."
        raise InvalidValueError(
            f"{kind} does not fit the connectome: it {' and '.join(parts)}. {cure}"
        )
    return checks.numeric_array(kind, [by_key[name] for name in index])


def _as_dict(table: pd.Series | Mapping) -> dict:
    """Return values by name; `dict` would look each of a Series up by its label."""
    return dict(table) if isinstance(table, Mapping) else table.to_dict()


def changed_by_name(kind: str, values: pd.Series, new: Mapping | pd.Series) -> np.ndarray:
    """Return values in their order, some of them replaced by name; say which names are unknown."""
    changed = values.to_numpy(copy=True)
    if not len(new):
        return changed
    new, place = _as_dict(new), {name: k for k, name in enumerate(values.index)}
    if not new.keys() <= place.keys():
        return by_name(kind, {**values, **new}, values.index)  # which raises
    changed[[place[name] for name in new]] = checks.numeric_array(kind, list(new.values()))
    return changed
