"""Tables of a source, as one DataFrame or piece by piece, with our words for their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from neuroflysim.connectome.importers.exact_values import exact_ids, texts, whole_numbers
from neuroflysim.connectome.importers.sources.contract import PublishedLobe
from neuroflysim.connectome.importers.sources.terminals import Terminals
from neuroflysim.connectome.importers.sources.type_names import TypeNames
from neuroflysim.connectome.importers.table_pieces import pieces
from neuroflysim.errors import InvalidValueError

_IDS, _NUMBERS = {"id", "pre", "post"}, {"p", "q", "synapses"}


def read_table(
    path: Path,
    needed: Sequence[str],
    words: Mapping[str, Sequence[str]],
    wanted: Sequence[str] = (),
) -> pd.DataFrame:
    """Read some columns of a table whole.

    Parameters
    ----------
    path : Path
    needed, wanted : sequence of str
        Our words for columns that there must be, and may be.
    words : mapping of str to sequence of str
        What they may be called in the file.

    Returns
    -------
    DataFrame
        Ids are uint64, p and q are float with NaN where they are missing, others are text.
    """
    return pd.concat(list(read_pieces(path, needed, words, wanted)), ignore_index=True)


def read_pieces(
    path: Path,
    needed: Sequence[str],
    words: Mapping[str, Sequence[str]],
    wanted: Sequence[str] = (),
) -> Iterator[pd.DataFrame]:
    """Read some columns of a table of any size; see `read_table`."""
    whole = [word for word in (*needed, *wanted) if word in _IDS | _NUMBERS]
    for piece in pieces(path, path.name, needed, wanted, words, whole):
        columns = {}
        for word, values in piece.columns.items():
            if word in _IDS:
                columns[word] = exact_ids(values, word, piece.place)
            elif word == "synapses":
                columns[word] = whole_numbers(values, word, piece.place, minimum=0)
            elif word in _NUMBERS:
                columns[word] = whole_numbers(values, word, piece.place, missing=True)
            else:
                columns[word] = texts(values, word, piece.place)
        yield pd.DataFrame(columns)


def made_lobe(
    where: str,
    neurons: pd.DataFrame,
    names: TypeNames,
    files: list[Path],
    words: Mapping[str, Sequence[str]],
    holds: str,
    single: bool = False,
) -> PublishedLobe:
    """Return a lobe by our names, with cells that are divided by neuropil as their terminals.

    Parameters
    ----------
    where : str
        Which lobe of which project, for the report.
    neurons : DataFrame
        id, cell_type (their name), transmitter, p, q (NaN without a column).
    names : TypeNames
        Ours. Of types that they divide, connections must tell the neuropil.
    files : list of Path
        That were read; the last is the table of pre, post, synapses and neuropil.
    words : mapping
        What its columns may be called.
    holds : str
        What this table is, for the report.
    single : bool
        Whether each row is one synapse, and there is no column of their number.
    """
    theirs = neurons["cell_type"]
    neurons = neurons[["id", "transmitter", "p", "q"]].assign(
        theirs=theirs.to_numpy(), cell_type=[names.whole.get(name, "") for name in theirs]
    )
    terminals = Terminals(neurons, names.by_neuropil)
    whole = neurons[~neurons["theirs"].isin(names.divided)]
    everyone = pd.concat([whole.drop(columns="theirs"), terminals.neurons], ignore_index=True)
    nameless = set(whole.loc[whole["cell_type"] == "", "theirs"]) - {""}
    told = [
        f"{where} optic lobe: {len(neurons):,} neurons with a type,"
        f" {int(neurons['p'].notna().sum()):,} of them with a column",
        f"{files[-1].name}: {holds}",
        f"{len(nameless)} of their types have no name here and are left out",
    ]
    if len(terminals.neurons):
        told.append(
            f"{', '.join(dict.fromkeys(terminals.neurons['cell_type']))}: one terminal for each of"
            f" {terminals.n_columns:,} columns, with the synapses that its cell has with partners"
            " of this column; so all their offsets are (0, 0)"
        )

    def synapses() -> Iterator[pd.DataFrame]:
        needed = ["pre", "post", *([] if single else ["synapses"])]
        needed += ["neuropil"] if len(terminals.neurons) else []
        read = read_pieces(files[-1], needed, words)
        if single:
            read = (piece.assign(synapses=1) for piece in read)
        yield from terminals.divided(read)
        if terminals.left_out:
            told.append(
                f"{terminals.left_out:,} synapses of such cells left out: they lie in another"
                " neuropil, or their partner has no column"
            )

    return PublishedLobe(everyone, synapses, files, told)


def require_side(neurons: pd.DataFrame, side: str, name: str) -> pd.DataFrame:
    """Return the neurons of one side.

    Raises
    ------
    InvalidValueError
        If there are none.
    """
    own = neurons[neurons["side"] == side]
    if not len(own):
        there = ", ".join(sorted(set(neurons["side"]) - {""})) or "none"
        raise InvalidValueError(
            f"{name} has no neuron of the side {side!r} (it has {there}); take another side."
        )
    return own.reset_index(drop=True)


def require_agreement(
    some: pd.DataFrame, some_name: str, every: pd.DataFrame, every_name: str
) -> None:
    """Raise InvalidValueError if two tables do not speak of the same neurons and types.

    Parameters
    ----------
    some, every : DataFrame
        id and cell_type, the first of some of the neurons in the second.
    some_name, every_name : str
        Their files.
    """
    other = every.set_index("id")["cell_type"]
    if other.index.has_duplicates:
        twice = int(other.index[other.index.duplicated()][0])
        raise InvalidValueError(
            f"{every_name}: the neuron {twice} stands twice; download the file again."
        )
    theirs = other.reindex(some["id"])
    unknown = theirs.isna().to_numpy()
    if unknown.mean() > 0.01:
        first = int(some["id"].to_numpy()[unknown.argmax()])
        raise InvalidValueError(
            f"{some_name} and {every_name} are of different versions: {int(unknown.sum()):,} of"
            f" {len(some):,} neurons of the first are not in the second, for example {first};"
            " download both anew."
        )
    differ = ~unknown & (theirs.to_numpy() != some["cell_type"].to_numpy())
    if differ.mean() > 0.01:
        k = int(differ.argmax())
        raise InvalidValueError(
            f"{some_name} and {every_name} are of different versions: the neuron"
            f" {int(some['id'].iloc[k])} is {some['cell_type'].iloc[k]!r} in the first and"
            f" {theirs.iloc[k]!r} in the second; download both anew."
        )
