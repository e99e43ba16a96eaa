"""Values of one connectome carried over to a variant of it, by the names of both."""

from __future__ import annotations

import pandas as pd

from neuroflysim.errors import InvalidValueError
from neuroflysim.parameters.named_values import label


def carried_values(kind: str, values: pd.Series, new: pd.Series | None, index: pd.Index) -> dict:
    """Return values by the names of a variant: those that there are, and those of what is new.

    Parameters
    ----------
    kind : str
        The parameter, for messages.
    values : Series
        Of the connectome that they were made for.
    new : Series, optional
        Of the variant, all of it.
    index : Index
        The names of the variant.

    Raises
    ------
    InvalidValueError
        If something is new and no values are given for it.

    Examples
    --------
    >>> values = pd.Series({"T4a": 0.05, "Am": 0.02})
    >>> carried_values("time_constant", values, None, pd.Index(["T4a"]))
    {'T4a': 0.05}
    """
    own = values.to_dict()
    lacking = [name for name in index if name not in own]
    if lacking and new is None:
        more = f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
        raise InvalidValueError(
            f"{kind} lacks {', '.join(label(name) for name in lacking[:5])}{more}, new in the"
            " connectome; give new=, parameters of that connectome from which they are taken, such"
            " as nfs.Parameters.uniform(connectome)."
        )
    others = {} if new is None else new.to_dict()
    return {name: own[name] if name in own else others[name] for name in index}
