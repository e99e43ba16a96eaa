"""Signs of connections: given, by transmitter, or those of a reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from neuroflysim.connectome.connectome import Connectome
from neuroflysim.connectome.importers.neuron_table import Neurons
from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: What transmitters do in the fly's visual system. Glutamate opens chloride channels (Liu and
#: Wilson 2013), and so does histamine of photoreceptors (Hardie 1989).
TRANSMITTERS = {
    "acetylcholine": 1, "ach": 1, "gaba": -1, "glutamate": -1, "glut": -1, "glu": -1,
    "histamine": -1, "his": -1, "hist": -1,
}  # fmt: skip

#: Transmitters of which no sign follows, and words for those that nobody knows.
_WITHOUT_SIGN = "dopamine, serotonin, octopamine or unknown"


def signs_of(
    pairs: Sequence[tuple[str, str]],
    neurons: Neurons,
    given: Mapping | Connectome | None,
    reference: Connectome,
) -> pd.DataFrame:
    """Return the sign of each connection, and what it rests on.

    What is given comes first, for a pair before that for a source type; then the transmitter that
    most cells of the source type have, if the table of neurons tells any; then the reference, for
    the pair and then for most synapses of the source type.

    Parameters
    ----------
    pairs : sequence of (str, str)
    neurons : Neurons
    given : mapping, Connectome or None
        Of source types, or of pairs (source, target), to 1 or -1. A connectome stands for the signs
        of its connections.
    reference : Connectome

    Returns
    -------
    DataFrame
        source_type, target_type, sign, sign_reference.

    Raises
    ------
    InvalidValueError
        Lists the types whose sign nothing tells.
    """
    asked = _asked(given)
    transmitters = _transmitters(neurons)
    known = reference.connections
    of_pair = {pair: (row.sign, row.sign_reference) for pair, row in
               zip(known.index, known.itertuples(), strict=True)}  # fmt: skip
    of_source = _most_synapses(reference)
    rows, unknown = [], {}
    for source, target in pairs:
        if (source, target) in asked:
            found = asked[source, target], "given for this connection"
        elif source in asked:
            found = asked[source], "given for the source type"
        elif source in transmitters:
            found = transmitters[source]
        elif (source, target) in of_pair:
            sign, basis = of_pair[source, target]
            found = sign, f"as in the reference{f' ({basis})' if basis else ''}"
        elif source in of_source:
            found = of_source[source], "as most synapses of the source type in the reference"
        else:
            unknown[source] = None
            continue
        rows.append((source, target, *found))
    if unknown:
        shown = ", ".join(list(unknown)[:20]) + (", ..." if len(unknown) > 20 else "")
        raise InvalidValueError(
            f"nothing tells the sign of connections of {shown}: no signs= for them, no transmitter"
            f" that has one (it is {_WITHOUT_SIGN}), and the reference has none. Give them, as in"
            f" signs={{{next(iter(unknown))!r}: 1}}, or leave these types out with types=."
        )
    return pd.DataFrame(
        rows, columns=["source_type", "target_type", "sign", "sign_reference"]
    ).astype({"sign": int})


def _most_synapses(reference: Connectome) -> dict[str, int]:
    """Return the sign that most synapses of each source type have."""
    signed = reference.offsets.assign(signed=reference.signed_counts)
    totals = signed.groupby("source_type")["signed"].sum()
    return {str(name): 1 if total > 0 else -1 for name, total in totals.items() if total}


def _asked(given: Mapping | Connectome | None) -> dict:
    if given is None:
        return {}
    if isinstance(given, Connectome):
        return given.connections["sign"].to_dict()
    if not isinstance(given, Mapping | pd.Series):
        raise InvalidTypeError(
            f"signs is {type(given).__name__}, but must be a mapping of cell types, or of pairs"
            " (source, target), to 1 or -1, or a connectome."
        )
    asked = dict(given)
    for name, sign in asked.items():
        if isinstance(sign, bool | np.bool_) or sign not in (1, -1):
            raise InvalidValueError(
                f"signs has {sign!r} for {name!r}, but must have 1 (excitatory) or -1 (inhibitory)."
            )
    return {name: int(sign) for name, sign in asked.items()}


def _transmitters(neurons: Neurons) -> dict[str, tuple[int, str]]:
    """Return the sign that follows from the transmitter of most cells of each type."""
    if neurons.transmitter is None:
        return {}
    found = {}
    table = pd.DataFrame({"type": neurons.type_of, "word": neurons.transmitter})
    counts = table[table["word"] != ""].groupby(["type", "word"]).size()
    for index, of_type in counts.groupby(level="type"):
        word = of_type.idxmax()[1]
        sign = TRANSMITTERS.get(str(word).strip().lower())
        if sign is not None:
            share = of_type.max() / of_type.sum()
            told = f"transmitter {word} of {share:.0%} of {of_type.sum()} cells"
            found[neurons.types[int(index)]] = (sign, told)
    return found
