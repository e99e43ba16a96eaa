"""A sum over the inputs of a cell: which connections it goes over, and what the sources give."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from attrs import field, frozen

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.dynamics.by_name import require_by_name
from neuroflysim.dynamics.said_otherwise import require_no_others
from neuroflysim.errors import InvalidTypeError, InvalidValueError


def _sign(value: Any) -> int | None:
    """Return a sign that chooses connections, or None for all of them."""
    if value is None or (value in (1, -1) and not isinstance(value, bool)):
        return value
    raise InvalidValueError(
        f"sign of a SynapticSum is {value!r}, but must be 1 (excitatory connections), -1"
        " (inhibitory ones) or None (all)."
    )


def _variable(value: Any) -> str:
    """Return the name of a variable."""
    if not isinstance(value, str) or not value.isidentifier():
        raise InvalidTypeError(
            f"of of a SynapticSum is {value!r}, but must be the name of a variable of the source,"
            " like 'output'."
        )
    return value


def _where(value: Any) -> dict[str, tuple]:
    """Return the values that columns of the table of connections must have."""
    if not isinstance(value, Mapping):
        raise InvalidTypeError(
            f"where of a SynapticSum is {value!r}, but must be a dict of columns of the table of"
            " connections and their values, like {'source_type': ['L1', 'L2']}."
        )
    return {
        column: tuple(map(str, values)) if isinstance(values, list | tuple) else (str(values),)
        for column, values in value.items()
    }


@frozen
class SynapticSum:
    r"""A sum over the inputs of a cell, which equations use by a name.

    .. math::

        I_i(t) = \sum_{j} s_j\, n_{ij}\, w_{ij}\, y_j(t)

    over those inputs j of cell i whose connection is chosen, with its sign s, the number n of
    synapses, the synapse strength w, and the variable y of the source. It is 0 for a cell without
    such inputs.

    Parameters
    ----------
    sign : {None, 1, -1}
        All connections, the excitatory, or the inhibitory ones. The terms keep their sign: a sum
        over inhibitory connections is 0 or less if its variable is 0 or more.
    where : dict of str to value or list of values
        Columns of the table of connections, those included that a connectome has of its own, and
        the values that are chosen. A connection must have one of the values of each column.
    of : str
        The variable of the source, defined by the equations: ``output``, as in the published
        model, or another.

    Examples
    --------
    Excitation and inhibition apart:

    >>> from neuroflysim import load_connectome
    >>> connectome = load_connectome()
    >>> excitation, inhibition = SynapticSum(sign=1), SynapticSum(sign=-1)
    >>> len(excitation.rows(connectome)) + len(inhibition.rows(connectome))
    2378

    What Mi1 and Tm3 give to the four subtypes of T4:

    >>> fast = SynapticSum(where={"source_type": ["Mi1", "Tm3"],
    ...                           "target_type": ["T4a", "T4b", "T4c", "T4d"]})
    >>> connections = connectome.offsets.loc[fast.rows(connectome)]
    >>> sorted(connections["source_type"].unique())
    ['Mi1', 'Tm3']
    """

    sign: int | None = field(default=None, converter=_sign, kw_only=True)
    where: Mapping[str, Any] = field(factory=dict, converter=_where, kw_only=True)
    of: str = field(default="output", converter=_variable, kw_only=True)

    def __init__(
        self,
        *,
        sign: int | None = None,
        where: Mapping[str, Any] | None = None,
        of: str = "output",
        **of_brian2: Any,
    ):
        require_no_others("a SynapticSum", of_brian2, ["sign", "where", "of"])
        made = self.__attrs_init__  # pyright: ignore[reportAttributeAccessIssue]  (by attrs)
        made(sign=sign, where={} if where is None else where, of=of)

    def rows(self, connectome: Connectome) -> np.ndarray:
        """Return which rows of the table of offsets it goes over.

        Parameters
        ----------
        connectome : Connectome

        Raises
        ------
        InvalidValueError
            If the table of connections lacks a column, or no connection has a value.
        """
        return np.flatnonzero(self.connections(connectome)[connectome.offset_connection])

    def connections(self, connectome: Connectome) -> np.ndarray:
        """Return which connections it goes over: a bool for each row of their table.

        Parameters
        ----------
        connectome : Connectome
        """
        table = connectome.connections.reset_index()
        chosen = np.ones(len(table), dtype=bool)
        if self.sign is not None:
            chosen &= (table["sign"] == self.sign).to_numpy()
        for column, values in self.where.items():
            checks.one_of("a column in where of a SynapticSum", column, table.columns)
            chosen &= _has_one_of(table[column].astype(str), column, values)
        return chosen


def _has_one_of(found: pd.Series, column: str, values: tuple) -> np.ndarray:
    """Return where a column has one of the values; raise if one stands nowhere."""
    for value in values:
        if not (found == value).any():
            there = ", ".join(map(str, found.unique()[:8]))
            raise InvalidValueError(
                f"where of a SynapticSum: no connection has the {column} {value!r}; there are"
                f" {there}{', ...' if found.nunique() > 8 else ''}."
            )
    return found.isin(list(values)).to_numpy()


def require_inputs(where: str, inputs: Any) -> None:
    """Raise unless the inputs of a dynamics are sums by name.

    Parameters
    ----------
    where : str
        Whose they are, for messages.
    inputs : mapping of str to SynapticSum
    """
    require_by_name(where, "inputs", "an input", "SynapticSum", inputs)
    for name, each in inputs.items():
        if not isinstance(each, SynapticSum):
            raise InvalidTypeError(
                f"{where}: the input {name!r} is {type(each).__name__}, but must be a SynapticSum,"
                " for example nfs.SynapticSum(sign=1)."
            )
