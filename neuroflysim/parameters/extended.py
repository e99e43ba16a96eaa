"""Values of one connectome carried over to another that has more cell types and connections."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from neuroflysim.errors import InvalidValueError
from neuroflysim.parameters.named_values import label


def extended_values(
    kind: str, values: pd.Series, more: Mapping | pd.Series | None, index: pd.Index
) -> dict:
    """Return values by name with those of what is new.

    Parameters
    ----------
    kind : str
        The parameter, for messages.
    values : Series
        Of the smaller connectome.
    more : mapping or Series, optional
        Of what is new, by name.
    index : Index
        The names of the larger connectome.

    Raises
    ------
    InvalidValueError
        If the connectome lacks a name that has a value, or something new has no value.

    Examples
    --------
    >>> values = pd.Series({"T4a": 0.05})
    >>> extended_values("time_constant", values, {"HS": 0.01}, pd.Index(["T4a", "HS"]))
    {'T4a': 0.05, 'HS': 0.01}
    """
    more = {} if more is None else dict(more)
    known, there = set(index), set(values.index)
    lost = [name for name in values.index if name not in known]
    if lost:
        raise InvalidValueError(
            f"{kind}: the connectome has no {label(lost[0])}, which the parameters have a value"
            " for; give the connectome that theirs was extended to (Connectome.with_pools)."
        )
    new = [name for name in index if name not in there]
    lacking = [label(name) for name in new if name not in more]
    if lacking:
        raise InvalidValueError(
            f"{kind} lacks {', '.join(lacking[:5])}"
            + (f" and {len(lacking) - 5} more" if len(lacking) > 5 else "")
            + f", new in the connectome; give {kind}={{...}} with a value for each."
        )
    other = [label(name) for name in more if name not in new]
    if other:
        raise InvalidValueError(
            f"{kind} has {other[0]}, which is not new in the connectome; values that are there are"
            " changed by Parameters.replace."
        )
    return {**values.to_dict(), **more}
