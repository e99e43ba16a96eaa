"""Cells that reach through the whole eye, and act in each column as if they were a cell of it.

CT1 is one cell, whose terminals in each column of the medulla and the lobula are electrically alone
(Meier and Borst 2019); in the model each is a cell of its own, CT1(M10) and CT1(Lo1). A synapse of
CT1 is given to the terminal in the column of its partner, in the neuropil where the synapse lies.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from neuroflysim.errors import InvalidValueError

#: Ids of terminals begin here. Those of the projects are smaller.
FIRST_ID = np.uint64(2**63)


class Terminals:
    """The terminals of some cells, as neurons with ids of their own.

    Parameters
    ----------
    neurons : DataFrame
        id, p, q (NaN without a column), cell_type, transmitter, theirs (the type in the source).
    parts : mapping of (str, str) to str
        Our type, by theirs and neuropil.
    """

    def __init__(self, neurons: pd.DataFrame, parts: Mapping[tuple[str, str], str]):
        divided = neurons["theirs"].isin({theirs for theirs, _ in parts})
        if divided.any() and int(neurons["id"].max()) >= int(FIRST_ID):
            raise InvalidValueError(
                f"neurons have ids of {int(FIRST_ID):,} or more, where those of terminals begin;"
                " number them anew."
            )
        placed = neurons[neurons["p"].notna() & ~divided]
        self._columns = np.unique(placed[["p", "q"]].to_numpy(dtype=np.int64), axis=0)
        own = pd.MultiIndex.from_arrays(self._columns.T)
        at = own.get_indexer(pd.MultiIndex.from_arrays(placed[["p", "q"]].to_numpy(np.int64).T))
        self._column_of = pd.Series(at, index=placed["id"].to_numpy(dtype=np.uint64))
        self._parts = {key: number for number, key in enumerate(parts)}
        self._type_of_cell = pd.Series(
            neurons.loc[divided, "theirs"].to_numpy(),
            index=neurons.loc[divided, "id"].to_numpy(dtype=np.uint64),
        )
        transmitters = neurons.loc[divided].groupby("theirs")["transmitter"].first()
        self.n_columns = n_columns = len(self._columns)
        self.neurons = pd.concat(
            [
                pd.DataFrame(
                    {
                        "id": FIRST_ID + np.arange(n_columns, dtype=np.uint64)
                        + np.uint64(number * n_columns),
                        "cell_type": parts[theirs, neuropil],
                        "transmitter": transmitters[theirs],
                        "p": self._columns[:, 0].astype(float),
                        "q": self._columns[:, 1].astype(float),
                    }
                )
                for (theirs, neuropil), number in self._parts.items()
                if theirs in transmitters.index
            ]
            or [pd.DataFrame({"id": np.zeros(0, np.uint64)})],
            ignore_index=True,
        )  # fmt: skip
        self.left_out = 0  #: synapses that no terminal could be given

    def divided(self, synapses: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Give the synapses of the cells to their terminals.

        Parameters
        ----------
        synapses : iterator of DataFrame
            pre, post, synapses, neuropil.
        """
        self.left_out = 0
        for piece in synapses:
            changed = self._with_terminals(piece, "pre", "post")
            changed = self._with_terminals(changed, "post", "pre")
            yield changed[["pre", "post", "synapses"]]

    def _with_terminals(self, piece: pd.DataFrame, end: str, other: str) -> pd.DataFrame:
        mine = piece[end].isin(self._type_of_cell.index).to_numpy()
        if not mine.any():
            return piece
        rows = piece[mine]
        theirs = self._type_of_cell.reindex(rows[end]).to_numpy()
        neuropil = rows["neuropil"].map(short_name).to_numpy()
        part = np.array(
            [self._parts.get(key, -1) for key in zip(theirs, neuropil, strict=True)], dtype=np.int64
        )
        column = self._column_of.reindex(rows[other]).fillna(-1).to_numpy(dtype=np.int64)
        known = (part >= 0) & (column >= 0)
        self.left_out += int(rows["synapses"].to_numpy()[~known].sum())
        given = rows[known].copy()
        number = part[known] * len(self._columns) + column[known]
        given[end] = FIRST_ID + number.astype(np.uint64)
        return pd.concat([piece[~mine], given], ignore_index=True)


def short_name(neuropil: object) -> str:
    """Return a neuropil without its side.

    Examples
    --------
    >>> short_name("ME_R"), short_name("LO(R)"), short_name("LOP")
    ('ME', 'LO', 'LOP')
    """
    return re.split(r"[_(]", str(neuropil), maxsplit=1)[0]
