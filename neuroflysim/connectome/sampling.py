"""A whole lobe for tests, and for people without downloads: neurons and synapses by chance."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim.checks import finite_number, one_of, whole_number
from neuroflysim.connectome.connectome import Connectome, checked_connectome, require_columnar
from neuroflysim.connectome.importers.axes import Axes, twelve
from neuroflysim.connectome.network import Network
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import made_folder, written_whole
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice

#: Where ids begin, and how many there are, as in FlyWire: too large for floats.
FIRST_ID, N_IDS = 720_575_940_596_000_000, 66_000_000

#: Steps to the six neighbours of a column.
_STEPS = np.array([(1, 0), (0, 1), (-1, 1), (-1, 0), (0, -1), (1, -1)])


@frozen(eq=False)
class SampledLobe:
    """Neurons and synapses as a reconstruction has them, and what they were drawn from.

    Attributes
    ----------
    neurons : DataFrame
        id, cell_type (empty for fragments), transmitter.
    synapses : DataFrame
        pre, post, synapses; the rows are in no order.
    columns : DataFrame
        id, p, q of neurons that have a column.
    axes : Axes
        The map from p, q to the model's u, v.
    """

    neurons: pd.DataFrame
    synapses: pd.DataFrame
    columns: pd.DataFrame
    axes: Axes

    def save(self, folder: str | os.PathLike[str], file_format: str = "csv") -> Path:
        """Write the three tables into a folder, and return it.

        Parameters
        ----------
        folder : path-like
            Made if need be.
        file_format : {"csv", "parquet", "feather"}
            The last two need pyarrow.

        Examples
        --------
        >>> import tempfile
        >>> import neuroflysim as nfs
        >>> lobe = nfs.sample_neurons(nfs.load_connectome(), extent=1, seed=0)
        >>> folder = lobe.save(tempfile.mkdtemp())
        >>> sorted(file.name for file in folder.iterdir())
        ['columns.csv', 'neurons.csv', 'synapses.csv']
        """
        write = _WRITERS[one_of("file_format", file_format, _WRITERS)]
        folder = made_folder(folder)
        for name in ("neurons", "synapses", "columns"):
            with written_whole(folder / f"{name}.{file_format}") as temporary:
                write(getattr(self, name), temporary)
        return folder


_WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    "csv": lambda table, path: table.to_csv(path, index=False),
    "parquet": lambda table, path: table.to_parquet(path, index=False),
    "feather": lambda table, path: table.to_feather(path),
}


def sample_neurons(
    connectome: Connectome,
    extent: int | None = None,
    seed: int = 0,
    *,
    axes: Axes | None = None,
    missing: float = 0.0,
    jitter: float = 0.0,
    without_column: float = 0.0,
    fragments: float = 0.0,
) -> SampledLobe:
    """Draw the neurons and synapses of a lobe whose averages are those of a connectome.

    Each pair of cells that the connectome joins on a lattice gets a number of synapses of its own,
    from a Poisson distribution about the connectome's count. Columns have numbers p, q along axes
    that are turned, mirrored and moved by chance, and ids are whole numbers as FlyWire has them,
    beyond what a float holds.

    Parameters
    ----------
    connectome : Connectome
        Without cells that stand once per eye.
    extent : int, optional
        Radius of the lobe in columns: 15, if not given.
    seed : int
        The same seed gives the same lobe.
    axes : Axes, optional
        The map from p, q to u, v; drawn, if not given.
    missing : float
        Fraction of cells that nobody reconstructed, from 0 to 1.
    jitter : float
        Fraction of cells whose column is noted as one of its neighbours.
    without_column : float
        Fraction of cells whose column is not known.
    fragments : float
        Pieces of neurons without a type, as a fraction of the number of cells; each has a few
        synapses with cells of the lobe.

    Returns
    -------
    SampledLobe

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> lobe = nfs.sample_neurons(nfs.load_connectome(), extent=2, seed=1)
    >>> lobe.neurons["id"].dtype, len(lobe.neurons) == len(lobe.columns)
    (dtype('uint64'), True)
    """
    connectome = checked_connectome(connectome)
    require_columnar(connectome, "a lobe is drawn of cells in columns")
    extent = DEFAULT_LATTICE.extent if extent is None else whole_number("extent", extent)
    random = np.random.default_rng(whole_number("seed", seed))
    fractions = {
        name: finite_number(name, value, 0, most)
        for name, value, most in (
            ("missing", missing, 1), ("jitter", jitter, 1), ("without_column", without_column, 1),
            ("fragments", fragments, 100),
        )
    }  # fmt: skip
    if axes is None:
        both = [*twelve((1, -1)), *twelve((1, 1))]
        axes = both[random.integers(len(both))]
    elif not isinstance(axes, Axes):
        axes = Axes(axes)
    network = connectome.network(Lattice(extent=extent))
    there = random.random(network.n_neurons) >= fractions["missing"]
    if not there.any():
        raise InvalidValueError("missing leaves no cell; take a smaller fraction.")
    n_cells = int(there.sum())
    n_fragments = round(fractions["fragments"] * n_cells)
    ids = _ids(network.n_neurons + n_fragments, random)
    synapses = _synapses(connectome, network, there, ids, random)
    synapses = _with_fragments(
        synapses, ids[network.n_neurons :], ids[: network.n_neurons][there], random
    )
    neurons = pd.DataFrame(
        {
            "id": ids,
            "cell_type": [*network.neurons["cell_type"], *[""] * n_fragments],
            "transmitter": [*_transmitters(connectome, network), *[""] * n_fragments],
        }
    )
    kept = np.concatenate([there, np.full(n_fragments, True)])
    columns = _columns(network, axes, fractions["jitter"], random).assign(
        id=ids[: network.n_neurons]
    )
    known = there & (random.random(network.n_neurons) >= fractions["without_column"])
    return SampledLobe(
        neurons=_shuffled(neurons[kept], random),
        synapses=_shuffled(synapses, random),
        columns=_shuffled(columns.loc[known, ["id", "p", "q"]], random),
        axes=axes,
    )


def _ids(count: int, random: np.random.Generator) -> np.ndarray:
    """Draw ids, each once."""
    drawn = np.zeros(0, dtype=np.int64)
    while len(drawn) < count:
        more = random.integers(N_IDS, size=count + count // 8 + 16)
        drawn = pd.unique(np.concatenate([drawn, more]))
    return (drawn[:count] + FIRST_ID).astype(np.uint64)


def _synapses(
    connectome: Connectome,
    network: Network,
    there: np.ndarray,
    ids: np.ndarray,
    random: np.random.Generator,
) -> pd.DataFrame:
    mean = connectome.offsets["synapse_count"].to_numpy()[network.pair_offset]
    count = random.poisson(mean)
    kept = (count > 0) & there[network.pair_source] & there[network.pair_target]
    return pd.DataFrame(
        {
            "pre": ids[network.pair_source[kept]],
            "post": ids[network.pair_target[kept]],
            "synapses": count[kept],
        }
    )


def _with_fragments(
    synapses: pd.DataFrame, fragments: np.ndarray, cells: np.ndarray, random: np.random.Generator
) -> pd.DataFrame:
    """Add some synapses from fragments onto cells, and from cells onto fragments."""
    if not len(fragments):
        return synapses
    own = np.repeat(fragments, random.integers(1, 5, size=len(fragments)))
    other = cells[random.integers(len(cells), size=len(own))]
    swapped = random.random(len(own)) < 0.5
    more = pd.DataFrame(
        {
            "pre": np.where(swapped, other, own),
            "post": np.where(swapped, own, other),
            "synapses": random.integers(1, 4, size=len(own)),
        }
    )
    return pd.concat([synapses, more], ignore_index=True)


def _columns(
    network: Network, axes: Axes, jitter: float, random: np.random.Generator
) -> pd.DataFrame:
    """Return p, q of each neuron, moved so that no column is likely to be (0, 0) for all."""
    column = network.columns[network.neuron_column]
    moved = column + _STEPS[random.integers(6, size=len(column))]
    swapped = (random.random(len(column)) < jitter) & (network.lattice.index(*moved.T) >= 0)
    column = np.where(swapped[:, None], moved, column)
    back = np.rint(np.linalg.inv(axes.matrix)).astype(int)
    p, q = (column @ back.T + random.integers(-20, 21, size=2)).T
    return pd.DataFrame({"p": p, "q": q})


def _transmitters(connectome: Connectome, network: Network) -> np.ndarray:
    """Return a transmitter that has the sign of most connections of each cell's type."""
    signs = connectome.connections.reset_index().groupby("source_type")["sign"].sum()
    words = []
    for name, seeing in connectome.cell_types["photoreceptor"].items():
        sign = signs.get(name, 0)
        inhibits = "histamine" if seeing else "gaba"
        words.append("acetylcholine" if sign > 0 else inhibits if sign < 0 else "")
    return np.array(words, dtype=object)[network.neuron_type]


def _shuffled(table: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    return table.iloc[random.permutation(len(table))].reset_index(drop=True)
