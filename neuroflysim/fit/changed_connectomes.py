"""Connectomes in which one thing is destroyed, to see what a fit owes to it.

Each function takes a connectome and a random number generator and returns another connectome of
the same cell types, connections and offsets, so that parameters have the same names and a fit the
same number of coordinates.
"""

from __future__ import annotations

import numpy as np

from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError

#: Orders of cell types that are tried until one gives the right number of inhibitory connections;
#: for the embedded connectome about one in ten does.
_ORDERS = 10_000


def signs_of_connections_shuffled(connectome: Connectome, rng: np.random.Generator) -> Connectome:
    """Deal out the signs anew over the connections, those of photoreceptors aside.

    As many connections are inhibitory as before. A cell may excite one target and inhibit another,
    against Dale's law. Photoreceptors keep their signs: they share one transmitter and see the same
    point, so with signs of their own they would cancel each other, and no image would come through.

    Parameters
    ----------
    connectome : Connectome
    rng : Generator

    Returns
    -------
    Connectome

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> other = signs_of_connections_shuffled(connectome, np.random.default_rng(0))
    >>> other.connections["sign"].sum() == connectome.connections["sign"].sum()
    np.True_
    """
    sign = connectome.connections["sign"].to_numpy(copy=True)
    free = ~_from_photoreceptor(connectome)
    sign[free] = rng.permutation(sign[free])
    return _with_signs(connectome, sign)


def signs_of_types_shuffled(connectome: Connectome, rng: np.random.Generator) -> Connectome:
    """Draw anew which cell types inhibit, those of photoreceptors aside.

    All connections of a source type get one sign, as Dale's law has it; as many connections are
    inhibitory as before. (Types of both signs, as the embedded connectome has three besides R8, get
    one.) Photoreceptors keep their signs, see `signs_of_connections_shuffled`.

    Parameters
    ----------
    connectome : Connectome
    rng : Generator

    Returns
    -------
    Connectome

    Raises
    ------
    InvalidValueError
        If no set of cell types has that many connections.

    Notes
    -----
    Types are put in random order and made inhibitory one after the other, until the number is
    reached. An order that misses it is thrown away.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> other = signs_of_types_shuffled(connectome, np.random.default_rng(0))
    >>> other.connections["sign"].sum() == connectome.connections["sign"].sum()
    np.True_
    """
    sign = connectome.connections["sign"].to_numpy(copy=True)
    free = ~_from_photoreceptor(connectome)
    source = connectome.connections.index.get_level_values("source_type").to_numpy()
    wanted = int((sign[free] < 0).sum())
    types, n_connections = np.unique(source[free], return_counts=True)
    for _ in range(_ORDERS):
        order = rng.permutation(len(types))
        reached = np.r_[0, np.cumsum(n_connections[order])]
        n_inhibitory = int(np.searchsorted(reached, wanted))
        if n_inhibitory < len(reached) and reached[n_inhibitory] == wanted:
            inhibitory = types[order[:n_inhibitory]]
            sign[free] = np.where(np.isin(source[free], inhibitory), -1, 1)
            return _with_signs(connectome, sign)
    raise InvalidValueError(
        f"no set of cell types was found that has {wanted} connections together, as many as are"
        " inhibitory; shuffle the signs of single connections instead."
    )


def offsets_shuffled(connectome: Connectome, rng: np.random.Generator) -> Connectome:
    """Deal out the synapse counts of each connection anew over its own offsets.

    The spatial profile of a connection is destroyed, the columns that it reaches and the sum of its
    counts are not. A connection of a single offset stays as it is.

    Parameters
    ----------
    connectome : Connectome
    rng : Generator

    Returns
    -------
    Connectome

    Notes
    -----
    Counts change places only among offsets that reach the same fraction of the target cells. So
    the sum that a target cell receives is kept, too, and with it `Parameters.uniform`.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> connectome = nfs.load_connectome()
    >>> other = offsets_shuffled(connectome, np.random.default_rng(0))
    >>> np.allclose(
    ...     nfs.Parameters.uniform(other).to_vector(),
    ...     nfs.Parameters.uniform(connectome).to_vector())
    True
    """
    count = connectome.offsets["synapse_count"].to_numpy(copy=True)
    for rows in _alike(connectome):
        count[rows] = rng.permutation(count[rows])
    return _with_counts(connectome, count)


def counts_even_within_connections(
    connectome: Connectome, rng: np.random.Generator | None = None
) -> Connectome:
    """Replace each synapse count by the mean over the offsets of its connection.

    What is left of a spatial profile is the columns that a connection reaches. How strong
    connections are beside each other is kept.

    Parameters
    ----------
    connectome : Connectome
    rng : Generator, optional
        Not used: nothing is random.

    Returns
    -------
    Connectome

    Notes
    -----
    Means are taken as `offsets_shuffled` shuffles, and keep the same sums: this is the mean of all
    shuffles.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> offsets = counts_even_within_connections(nfs.load_connectome()).offsets
    >>> onto = offsets[offsets["target_type"] == "T4a"]
    >>> onto.groupby("source_type")["synapse_count"].nunique().max()
    np.int64(1)
    """
    count = connectome.offsets["synapse_count"].to_numpy(copy=True)
    for rows in _alike(connectome):
        count[rows] = count[rows].mean()
    return _with_counts(connectome, count)


def counts_even(connectome: Connectome, rng: np.random.Generator | None = None) -> Connectome:
    """Replace each synapse count by the mean over all offsets of the connectome.

    What is left is who is connected with whom, at which offsets, and with which sign: a binary
    connectome. Its total number of synapses is kept.

    Parameters
    ----------
    connectome : Connectome
    rng : Generator, optional
        Not used: nothing is random.

    Returns
    -------
    Connectome

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> counts_even(nfs.load_connectome()).offsets["synapse_count"].nunique()
    1
    """
    count = connectome.offsets["synapse_count"].to_numpy()
    return _with_counts(connectome, np.full(len(count), count.mean()))


def _from_photoreceptor(connectome: Connectome) -> np.ndarray:
    """Tell which connections come from photoreceptors."""
    source = connectome.connections.index.get_level_values("source_type")
    return connectome.cell_types["photoreceptor"].loc[source].to_numpy()


def _alike(connectome: Connectome) -> list[np.ndarray]:
    """Return rows of offsets of one connection that reach the same fraction of target cells."""
    keys = [connectome.offset_connection, connectome.interior_fraction]
    return list(connectome.offsets.groupby(keys, sort=True).indices.values())


def _with_signs(connectome: Connectome, sign: np.ndarray) -> Connectome:
    # A sign that was drawn rests on no publication.
    connections = connectome.connections.assign(sign=sign, sign_reference="")
    return connectome.with_tables(connections=connections)


def _with_counts(connectome: Connectome, count: np.ndarray) -> Connectome:
    return connectome.with_tables(offsets=connectome.offsets.assign(synapse_count=count))
