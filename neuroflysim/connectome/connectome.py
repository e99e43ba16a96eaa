"""The connectome: cell types, signed connections, and synapse counts by column offset."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from neuroflysim.checks import one_of
from neuroflysim.connectome import tables
from neuroflysim.connectome.card import connectome_card
from neuroflysim.connectome.network import Network, build_network, interior_fraction
from neuroflysim.connectome.pooled_pairs import types_that_stand_once
from neuroflysim.connectome.pools import Pool
from neuroflysim.connectome.variants import (
    restricted_to,
    with_counts,
    with_types,
    without_types,
)
from neuroflysim.connectome.with_pools import with_pools
from neuroflysim.errors import ConnectomeError, InvalidTypeError, InvalidValueError
from neuroflysim.lattice import DEFAULT_LATTICE, MANY_COLUMNS, Lattice, chosen_lattice
from neuroflysim.machine.free_memory import require_memory

#: What a network takes while it is built, for each column and row of the table of offsets.
BYTES_PER_PAIR = 72

#: Columns that tell something of a row but change no simulation.
_NOTES = ("output", "sign_reference", "filled", *tables.OFFSET_NOTES)


def _as_csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")


def _as_json(provenance: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(provenance), allow_nan=False)
    except (TypeError, ValueError) as error:
        raise InvalidTypeError(
            f"provenance is nothing that a file of JSON can hold ({error}); give a mapping of"
            " texts, finite numbers and lists of them."
        ) from None


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def checked_connectome(value: Connectome) -> Connectome:
    """Return the connectome, or say how to get one."""
    if not isinstance(value, Connectome):
        raise InvalidTypeError(
            f"connectome must be a Connectome, but is {type(value).__name__};"
            " nfs.load_connectome() gives the embedded one."
        )
    return value


def require_columnar(connectome: Connectome, what: str) -> None:
    """Raise if a connectome has cells that stand once per eye, of which something cannot be told.

    Parameters
    ----------
    connectome : Connectome
    what : str
        What cannot be told, for the message.
    """
    if connectome.single_types:
        raise InvalidValueError(
            f"{what}, but {connectome.single_types[0]} stands once per eye and pools over columns;"
            " take the connectome without such cells, and Parameters.extended to give those values"
            " of their own."
        )


class Connectome:
    """An immutable, validated connectome of cell types on a hexagonal lattice of columns.

    Parameters
    ----------
    cell_types : DataFrame
        Columns cell_type; stride_u, stride_v (a cell every so many columns along u and v);
        photoreceptor (sees the luminance of its column) and output (may be read out), booleans.
    connections : DataFrame
        Columns source_type, target_type; sign (1 excitatory, -1 inhibitory); sign_reference
        (publication that the sign rests on; empty where it was inferred). Other columns are kept
        as text: sums over inputs may be taken of connections chosen by them (`SynapticSum`).
    offsets : DataFrame
        Columns source_type, target_type; du, dv (column of the target minus column of the
        source); synapse_count (mean number of synapses of one pair of cells); filled (True where
        the count was not measured but filled in by the importer). It may have deviation (standard
        deviation of the count among target cells) and n_cells (how many these were), too.
    pools : DataFrame, optional
        Of cells that stand once per eye, for which cell_types has a column columnar that is False:
        columns source_type, target_type; weight (an equation of x and y, see `Pool`), or u, v and
        the weight (number of synapses) of each column that has one.
    electrical : DataFrame, optional
        Gap junctions. Columns source_type, target_type; du, dv; conductance (of one pair of cells,
        in units of a cell's leak); reference (publication that they rest on). Each row holds for
        both directions.

    Raises
    ------
    ConnectomeError
        Lists every problem of the tables at once, each with file, line and cure.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> connectome
    <Connectome: 65 cell types, 605 connections, 2378 offsets>
    >>> connectome.network(extent=15).n_neurons
    45669
    """

    def __init__(
        self,
        cell_types: pd.DataFrame,
        connections: pd.DataFrame,
        offsets: pd.DataFrame,
        electrical: pd.DataFrame | None = None,
        pools: pd.DataFrame | None = None,
        *,
        provenance: Mapping[str, Any] | None = None,
    ):
        given = {"cell_types": cell_types, "connections": connections, "offsets": offsets}
        given |= {} if electrical is None else {"electrical": electrical}
        given |= {} if pools is None else {"pools": pools}
        given = {name: tables.without_index(table) for name, table in given.items()}
        problems = tables.problems(given)
        if problems:
            raise ConnectomeError(problems)
        self._tables = {
            name: tables.in_standard_types(name, table) for name, table in given.items()
        }
        self._networks: dict[Lattice, Network] = {}
        self._provenance = _as_json({} if provenance is None else provenance)

    def __repr__(self) -> str:
        return (
            f"<Connectome: {self.n_cell_types} cell types"
            + (f" ({len(self.single_types)} once per eye)" if self.single_types else "")
            + f", {self.n_connections} connections, {len(self._tables['offsets'])} offsets>"
        )

    def _repr_html_(self) -> str:
        return connectome_card(self)

    def __getstate__(self) -> dict:
        # Networks are large and quickly built again: they do not travel to other processes.
        return {"_tables": self._tables, "_networks": {}, "_provenance": self._provenance}

    def __eq__(self, other) -> bool:
        return isinstance(other, Connectome) and self.checksum == other.checksum

    def __hash__(self) -> int:
        return hash(self.checksum)

    # Tables are given out as copies, so that nobody changes a connectome after its validation.
    @property
    def cell_types(self) -> pd.DataFrame:
        """A copy of the table of cell types, indexed by cell_type."""
        return self._indexed_cell_types.copy()

    @property
    def connections(self) -> pd.DataFrame:
        """A copy of the table of connections, indexed by (source_type, target_type)."""
        return self._indexed_connections.copy()

    # An index takes much longer than a copy, and these tables are asked for everywhere.
    @cached_property
    def _indexed_cell_types(self) -> pd.DataFrame:
        return self._tables["cell_types"].set_index("cell_type")

    @cached_property
    def _indexed_connections(self) -> pd.DataFrame:
        return self._tables["connections"].set_index(["source_type", "target_type"])

    @property
    def offsets(self) -> pd.DataFrame:
        """A copy of the table of offsets, one row for each connection and (du, dv)."""
        return self._tables["offsets"].copy()

    @property
    def electrical(self) -> pd.DataFrame:
        """A copy of the table of gap junctions, one row for both directions; it may be empty."""
        if "electrical" in self._tables:
            return self._tables["electrical"].copy()
        return pd.DataFrame(columns=list(tables.OPTIONAL_COLUMNS["electrical"]))

    @cached_property
    def electrical_offsets(self) -> pd.DataFrame:
        """Gap junctions as offsets: each direction in a row, those that conduct nothing left out.

        The rows follow those of `offsets` where both are counted.
        """
        there = self.electrical
        there = there[there["conductance"] > 0].drop(columns="reference")
        back = there.assign(
            source_type=there["target_type"], target_type=there["source_type"],
            du=-there["du"], dv=-there["dv"],
        )  # fmt: skip
        return pd.concat([there, back], ignore_index=True)

    def with_gap_junctions(self, electrical: pd.DataFrame) -> Connectome:
        """Return the connectome with other gap junctions than it has.

        Parameters
        ----------
        electrical : DataFrame
            See `Connectome`.

        Examples
        --------
        >>> import pandas as pd
        >>> import neuroflysim as nfs
        >>> row = {"source_type": "L1", "target_type": "L2", "du": 0, "dv": 0,
        ...        "conductance": 0.5, "reference": "Joesch et al. 2010"}
        >>> coupled = nfs.load_connectome().with_gap_junctions(pd.DataFrame([row]))
        >>> len(coupled.electrical)
        1
        """
        return self.with_tables(electrical=electrical)

    @property
    def pools(self) -> pd.DataFrame:
        """A copy of the table of pools; empty if no cell stands once per eye."""
        empty = pd.DataFrame(columns=list(tables.OPTIONAL_COLUMNS["pools"]), dtype=object)
        return self._tables.get("pools", empty).copy()

    @cached_property
    def single_types(self) -> tuple[str, ...]:
        """The cell types that stand once per eye."""
        once = types_that_stand_once(self._tables["cell_types"])
        return tuple(name for name in self._tables["cell_types"]["cell_type"] if name in once)

    @property
    def provenance(self) -> dict[str, Any]:
        """Where the tables came from, and what was decided; empty if no importer told it."""
        return json.loads(self._provenance)

    @property
    def n_cell_types(self) -> int:
        """Number of cell types."""
        return len(self._tables["cell_types"])

    @property
    def n_connections(self) -> int:
        """Number of connected pairs of cell types."""
        return len(self._tables["connections"])

    @cached_property
    def checksum(self) -> str:
        """SHA-256 of the tables, the same on every machine."""
        return _checksum("".join(_as_csv(table) for table in self._tables.values()))

    @cached_property
    def table_checksums(self) -> dict[str, str]:
        """SHA-256 of what simulations depend on in each table: not of references and flags."""
        return {
            name: _checksum(_as_csv(table.drop(columns=list(_NOTES), errors="ignore")))
            for name, table in self._tables.items()
        }

    def network(
        self, lattice: int | Lattice = DEFAULT_LATTICE, *, extent: int | None = None
    ) -> Network:
        """Lay the connectome out on a hexagonal lattice: its neurons and connected pairs.

        Parameters
        ----------
        lattice : int or Lattice
            A whole number is the extent of an open lattice, its radius in columns; a periodic
            one is ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
        extent : int, optional
            Another name for a whole number as `lattice`.

        Returns
        -------
        Network
            Built once for each lattice and kept.

        Raises
        ------
        InvalidValueError
            If the size of a periodic lattice is no multiple of the stride of a cell type.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> nfs.load_connectome().network(nfs.Lattice(size=(6, 6))).n_neurons
        2280
        """
        lattice = chosen_lattice(lattice, extent)
        if lattice not in self._networks:
            if lattice.n_columns > MANY_COLUMNS:
                require_memory(
                    f"the network on {lattice}, {lattice.n_columns:,} columns,",
                    BYTES_PER_PAIR * float(lattice.n_columns) * len(self._tables["offsets"]),
                    "take a smaller one",
                )
            self._networks[lattice] = build_network(
                self._tables,
                self.electrical_offsets,
                self.offset_connection,
                self.signed_counts,
                lattice,
            )
        return self._networks[lattice]

    def with_tables(self, **changed: pd.DataFrame) -> Connectome:
        """Return the connectome with other tables in place of some of its own.

        Parameters
        ----------
        **changed : DataFrame
            By the names of the parameters of `Connectome`.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> connectome = nfs.load_connectome()
        >>> even = connectome.with_tables(offsets=connectome.offsets.assign(synapse_count=1))
        >>> even.offsets["synapse_count"].nunique()
        1
        """
        provenance = self.provenance
        if provenance:
            provenance["changed"] = sorted({*provenance.get("changed", ()), *changed})
        return Connectome(**{**self._tables, **changed}, provenance=provenance)

    def with_pools(self, pools: Iterable[Pool]) -> Connectome:
        """Return the connectome with more cells that stand once per eye.

        Parameters
        ----------
        pools : iterable of Pool
            Their inputs, and where they project. A type that the connectome does not have becomes
            one with a single cell per eye.

        Returns
        -------
        Connectome
            With the new types and connections after its own. `Parameters.extended` gives
            parameters of this connectome values for those.

        Raises
        ------
        ConnectomeError
            If a connection is there already, joins two types with cells in columns, or if a new
            type has no inputs.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> lower = nfs.load_connectome().with_pools([nfs.Pool("T4a", "lower", "int(y < 0)")])
        >>> lower.network(1).neurons.tail(1)
            cell_type  column  u  v
        443     lower       3  0  0
        """
        return Connectome(**with_pools(self._tables, pools))

    def with_counts(self, table: pd.DataFrame) -> Connectome:
        """Return the connectome with other synapse counts, connections dropped and added.

        Parameters
        ----------
        table : DataFrame
            Columns source_type, target_type, synapse_count; du and dv, sign, sign_reference may be
            left out, other columns are not read. A row without du and dv has the mean number of
            synapses on one target cell far from the border, as `inputs` has it: the offsets that
            the connection has are rescaled. Rows with du and dv are those of the table of offsets,
            synapses of one pair of cells, and all that the connection will have. Connections
            without a row stay as they are.

        Returns
        -------
        Connectome
            A count of 0 drops a connection. One that is new joins cells of the same column, if
            no offset is given (each target cell with the nearest source, if sources are sparse,
            flagged as filled); it stands at the end. Its sign is that of all other connections
            of its source, if none is given. A sign that is given replaces the old one.

        Raises
        ------
        ConnectomeError
            Lists what is wrong with the table, each with its row: a type that is not known or
            stands once per eye, a count below 0, a connection that is given twice, a sign that
            nothing tells.

        See Also
        --------
        neuroflysim.Parameters.carried_to : Parameters that follow.
        neuroflysim.compare_connectomes : What differs.

        Examples
        --------
        >>> import pandas as pd
        >>> import neuroflysim as nfs
        >>> other = nfs.load_connectome().with_counts(pd.DataFrame({
        ...     "source_type": ["Mi1", "C2", "Mi1"], "target_type": ["T4a", "Lawf2", "TmY4"],
        ...     "synapse_count": [47.5, 0, 4.3]}))
        >>> round(other.inputs("T4a").loc["Mi1", "synapse_count"].item(), 9)
        47.5
        >>> other
        <Connectome: 65 cell types, 605 connections, 2360 offsets>
        """
        return Connectome(**with_counts(self._tables, table))

    def with_types(self, types: pd.DataFrame | Iterable[str]) -> Connectome:
        """Return the connectome with more cell types; `with_counts` connects them.

        Parameters
        ----------
        types : list of str or DataFrame
            Names, for types with a cell in every column that are neither photoreceptors nor
            outputs; or a table with the column cell_type and what else `Connectome` has of types.

        Raises
        ------
        ConnectomeError
            If one is there already, or the table has a column that means nothing.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> nfs.load_connectome().with_types(["Dm8", "Tm29"])
        <Connectome: 67 cell types, 605 connections, 2378 offsets>
        """
        return Connectome(**with_types(self._tables, types))

    def without_types(self, types: Iterable[str]) -> Connectome:
        """Return the connectome without some cell types and all their connections.

        Parameters
        ----------
        types : iterable of str

        Raises
        ------
        InvalidValueError
            If there is no such type.
        ConnectomeError
            If no photoreceptor or no connection remains.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> nfs.load_connectome().without_types(["Lawf1", "Lawf2"]).n_cell_types
        63
        """
        return Connectome(**without_types(self._tables, types))

    def restricted_to(self, types: Iterable[str]) -> Connectome:
        """Return the connectome of some cell types and the connections among them.

        Parameters
        ----------
        types : iterable of str
            The order stays that of the connectome.

        Raises
        ------
        InvalidValueError
            If there is no such type.
        ConnectomeError
            If no photoreceptor or no connection remains.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> nfs.load_connectome().restricted_to(["R1", "L1", "L2", "Mi1", "Tm1"])
        <Connectome: 5 cell types, 11 connections, 11 offsets>
        """
        return Connectome(**restricted_to(self._tables, types))

    def connections_without_pairs(
        self, lattice: int | Lattice = DEFAULT_LATTICE, *, extent: int | None = None
    ) -> list[tuple[str, str]]:
        """Name the connections that join no two cells of the lattice: parameters without effect.

        Parameters
        ----------
        lattice : int or Lattice
            A whole number is the extent of an open lattice, its radius in columns; a periodic
            one is ``nfs.Lattice(size=(6, 6))``. Extent 15, if not given.
        extent : int, optional
            Another name for a whole number as `lattice`.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> nfs.load_connectome().connections_without_pairs(extent=15)
        [('Lawf1', 'Lawf1')]
        """
        pairs = self.network(chosen_lattice(lattice, extent)).pairs_per_connection
        index = self.connections.index
        return [index[k] for k in range(len(index)) if pairs[k] == 0]

    def inputs(self, target_type: str) -> pd.DataFrame:
        """Return the inputs of a cell type, strongest first.

        Parameters
        ----------
        target_type : str
            Name of a cell type.

        Returns
        -------
        DataFrame
            Indexed by source_type; sign, synapse_count (mean number of synapses on one target
            cell far from the border; missing where one of the two stands once per eye),
            n_offsets, sign_reference.

        Examples
        --------
        >>> import neuroflysim as nfs
        >>> nfs.load_connectome().inputs("T4a").index[:3].tolist()
        ['Mi1', 'Tm3', 'Mi9']
        """
        target_type = one_of("target_type", target_type, self._tables["cell_types"]["cell_type"])
        connections = self._tables["connections"]
        offsets = self._tables["offsets"].assign(
            synapse_count=self._tables["offsets"]["synapse_count"] * self.interior_fraction
        )
        counts = offsets[offsets["target_type"] == target_type].groupby("source_type")
        table = connections[connections["target_type"] == target_type]
        table = table.set_index("source_type").drop(columns="target_type")
        table.insert(1, "synapse_count", counts["synapse_count"].sum())
        table.insert(2, "n_offsets", counts.size().reindex(table.index, fill_value=0))
        return table.sort_values("synapse_count", ascending=False, kind="stable")

    @cached_property
    def offset_connection(self) -> np.ndarray:
        """Row of the table of connections for each row of the table of offsets."""
        pair = ["source_type", "target_type"]
        rows = pd.Series(range(self.n_connections), self.connections.index)
        return rows.loc[pd.MultiIndex.from_frame(self._tables["offsets"][pair])].to_numpy()

    @cached_property
    def signed_counts(self) -> np.ndarray:
        """Synapse count times sign for each row of the table of offsets."""
        signs = self._tables["connections"]["sign"].to_numpy()
        return self._tables["offsets"]["synapse_count"].to_numpy() * signs[self.offset_connection]

    @cached_property
    def interior_fraction(self) -> np.ndarray:
        """For each offset, the fraction of target cells far from the border that receive it.

        1 where both types have a cell in every column. A type with stride (3, 2) reaches only one
        in six of the target cells by each offset, and two strided types meet only at offsets
        that are multiples of the stride.
        """
        return interior_fraction(self._tables["cell_types"], self._tables["offsets"])
