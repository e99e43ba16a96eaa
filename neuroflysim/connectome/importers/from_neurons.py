"""From neurons and synapses of a lobe to a connectome: averages over its columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from neuroflysim.connectome.connectome import Connectome, checked_connectome
from neuroflysim.connectome.folder import load_connectome
from neuroflysim.connectome.importers.decisions import Decisions
from neuroflysim.connectome.importers.lobe import averages_of, placed_lobe
from neuroflysim.connectome.importers.neuron_table import read_neurons
from neuroflysim.connectome.importers.options import Options, type_names
from neuroflysim.connectome.importers.pair_store import PairStore, read_pairs
from neuroflysim.connectome.importers.provenance import (
    provenance_of,
    source_record,
    table_record,
)
from neuroflysim.connectome.importers.signs import signs_of
from neuroflysim.connectome.importers.table_names import chosen_names
from neuroflysim.connectome.importers.table_pieces import Table
from neuroflysim.connectome.importers.thresholds import strong_enough
from neuroflysim.connectome.importers.turning import turned_lobe
from neuroflysim.connectome.importers.type_table import type_table
from neuroflysim.errors import InvalidValueError


def connectome_from_neurons(
    neurons: Table,
    synapses: Table,
    columns: Table | None = None,
    *,
    names: Mapping[str, str | Sequence[str]] | None = None,
    types: Mapping[str, str | None] | Iterable[str] | None = None,
    signs: Mapping | Connectome | None = None,
    photoreceptors: Iterable[str] | None = None,
    outputs: Iterable[str] | None = None,
    reference: Connectome | None = None,
    axes: Any = "auto",
    neighbours: str | tuple[int, int] = "auto",
    strides: Mapping[str, tuple[int, int]] | None = None,
    mean_over: str = "pairs",
    border: int = 1,
    place_by: str | None = "inputs",
    min_place: int = 5,
    max_spread: float = 6.0,
    min_pair: int = 1,
    min_offset: float = 0.1,
    min_connection: float = 1.0,
    min_cells: int = 5,
    unnamed: str = "count",
    autapses: bool = False,
    source: Mapping[str, Any] | None = None,
) -> Connectome:
    """Make a connectome of the neurons and synapses of a lobe, averaged over its columns.

    Files are read in pieces, and ids are whole numbers of 64 bits all the way. What was decided
    stands in ``connectome.provenance``; `import_report` makes a page of it.

    Parameters
    ----------
    neurons : DataFrame, path-like, or iterable of DataFrame
        A row for each neuron: id, cell_type; p, q (its column, along two axes of the lattice, or
        empty); transmitter, if known. Files are .parquet, .feather, .arrow, or text (.csv, .tsv,
        compressed or not).
    synapses : DataFrame, path-like, or iterable of DataFrame
        A row for each pair of neurons, or several of them, which are added up: pre, post, synapses.
        The pieces of an iterable are read once, one after the other.
    columns : DataFrame, path-like, or iterable of DataFrame, optional
        id, p, q, if another table has the columns. Its columns are those of the lobe.
    names : mapping, optional
        What columns of these tables are called, by our words, as in ``{"pre": "from"}``. Names that
        files of FlyWire, the male CNS and neuPrint have are known.
    types : mapping or iterable of str, optional
        Our names of their types; or those that are kept. Types that are not named, or are named
        None, are left out.
    signs : mapping or Connectome, optional
        1 or -1 of source types, or of pairs (source, target). What it does not tell is told by the
        transmitter of most cells of a type, and else by the reference.
    photoreceptors, outputs : iterable of str, optional
        Types that see the luminance of their column, and that may be read out. Those of the
        reference, if not given.
    reference : Connectome, optional
        For names, axes and signs: the embedded one, if not given.
    axes : {"auto", "anatomy", "reference"} or matrix, optional
        How p, q lie in the eye: by where the inputs of T4 lie, by what looks most like the
        reference ("auto": the first, and the second where T4 does not tell), or u, v as a matrix of
        p, q, as in ``[[1, 0], [0, -1]]`` for u = p, v = -q.
    neighbours : {"auto"} or (int, int), optional
        The step in p, q to a neighbour beside (1, 0) and (0, 1): (1, 1) or (1, -1). "auto" takes
        that at which there are more synapses.
    strides : mapping, optional
        Strides (along u, along v) of sparse types. Others are found.
    mean_over : {"pairs", "targets"}, optional
        "pairs": at each offset, target cells count of which the source cell is there, so that holes
        of the reconstruction lower no count. "targets": all of them count, so that a cell of the
        model has as many synapses as one of the lobe, however many of its sources are missing.
    border : int, optional
        Target cells count if all columns up to this distance around theirs are of the lobe.
    place_by : {"inputs", "outputs"} or None, optional
        A cell without column gets that of the centre of mass of its inputs, or else of its outputs
        (or the other way round); None leaves it out.
    min_place : int, optional
        Synapses with cells of known column that such a cell has at least.
    max_spread : float, optional
        Columns over which these are spread at most, as a standard deviation of distance.
    min_pair : int, optional
        Pairs of neurons with fewer synapses are left out.
    min_offset, min_connection : float, optional
        Offsets and connections with fewer synapses, on average of a target cell, are left out.
    min_cells : int, optional
        Offsets that fewer target cells tell of are left out.
    unnamed : {"count", "leave out"}, optional
        What becomes of neurons that no row of synapses names: they have none, or the tables are of
        different versions.
    autapses : bool, optional
        Whether synapses of a neuron with itself count.
    source : mapping, optional
        What is to stand in the provenance: version, licence, citation.

    Returns
    -------
    Connectome
        Its offsets have two more columns: deviation, the standard deviation of synapse_count among
        target cells, and n_cells, how many these are.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        Say which table, which row, and how to mend it.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> lobe = nfs.sample_neurons(nfs.load_connectome(), extent=4, seed=0)
    >>> found = nfs.connectome_from_neurons(lobe.neurons, lobe.synapses, lobe.columns)
    >>> str(lobe.axes) == found.provenance["axes"]
    True
    """
    options = Options(
        axes=axes, neighbours=neighbours, strides=strides, mean_over=mean_over, border=border,
        place_by=place_by, min_place=min_place, max_spread=max_spread, min_pair=min_pair,
        min_offset=min_offset, min_connection=min_connection, min_cells=min_cells,
        unnamed=unnamed, autapses=autapses,
    )  # fmt: skip
    called, said = chosen_names(names), source_record(source)
    reference = load_connectome() if reference is None else checked_connectome(reference)
    seeing = type_names("photoreceptors", photoreceptors)
    read_out = type_names("outputs", outputs)
    decisions = Decisions()
    table = read_neurons(neurons, columns, called, types)
    for note in table.notes:
        decisions.add("left out", note)
    store = read_pairs(synapses, table, called, options.autapses)
    lobe = placed_lobe(table, store, options, decisions)
    means = averages_of(lobe, options, decisions)
    lobe, means, axes_found = turned_lobe(lobe, means, reference, options, decisions)
    standing = type_table(lobe, reference, options, decisions)
    offsets = strong_enough(means, standing, options, decisions)
    if not len(offsets):
        raise InvalidValueError(
            "no connection is left: none has so many synapses between types in columns. Look at the"
            " thresholds min_pair, min_offset, min_connection and min_cells, and at border."
        )
    pairs = list(offsets.groupby(["source_type", "target_type"], sort=False).indices)
    connections = signs_of(pairs, table, signs, reference)
    cell_types = _cell_types(standing, offsets, reference, seeing, read_out)
    tables = [table_record("neurons", neurons), table_record("synapses", synapses)]
    record = provenance_of(
        [*tables, table_record("columns", columns)],
        said, options, decisions, _funnel(store, means, offsets), standing,
    )  # fmt: skip
    record["rows"] = store.rows
    record["axes"] = str(axes_found)
    record["axes_matrix"] = axes_found.matrix.tolist()
    return Connectome(cell_types, connections, offsets, provenance=record)


def _cell_types(
    standing: pd.DataFrame,
    offsets: pd.DataFrame,
    reference: Connectome,
    photoreceptors: list[str] | None,
    outputs: list[str] | None,
) -> pd.DataFrame:
    """Return the table of types that are connected, those of the reference first."""
    connected = set(offsets["source_type"]) | set(offsets["target_type"])
    known = reference.cell_types
    names = [name for name in known.index if name in connected]
    names += sorted(connected - set(names))
    marked = {"photoreceptor": photoreceptors, "output": outputs}
    for column, given in marked.items():
        strange = [name for name in given or [] if name not in connected]
        if strange:
            raise InvalidValueError(
                f"{column}s names {strange[0]!r}, but no connection of this type is left; the types"
                f" are {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}."
            )
        if given is None:
            marked[column] = list(known.index[known[column]])
    if not set(marked["photoreceptor"] or ()) & connected:
        raise InvalidValueError(
            "none of the cell types is a photoreceptor of the reference, so that no light would"
            " reach the network; name the types that see, as in photoreceptors=['L1', 'L2'], or"
            " give types= to call them as the reference does. The types are"
            f" {', '.join(names[:20])}{', ...' if len(names) > 20 else ''}."
        )
    strides = standing.set_index("cell_type").loc[names]
    return pd.DataFrame(
        {
            "cell_type": names,
            "stride_u": strides["stride_u"].astype(int).to_numpy(),
            "stride_v": strides["stride_v"].astype(int).to_numpy(),
            "photoreceptor": [name in (marked["photoreceptor"] or ()) for name in names],
            "output": [name in (marked["output"] or ()) for name in names],
        }
    )


def _funnel(store: PairStore, means: pd.DataFrame, offsets: pd.DataFrame) -> list[tuple[str, int]]:
    """Return how many synapses were left after each step."""
    return [
        ("in the table", store.synapses),
        ("between neurons with a cell type", store.kept_synapses),
        ("of pairs with enough synapses", store.enough_synapses),
        ("onto cells away from the border, both with a column", int(means["total"].sum())),
        ("of connections and offsets above the thresholds", int(offsets.attrs["total"])),
    ]
