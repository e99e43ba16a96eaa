"""Which column of a file is meant: by the names that people's files have, or by the caller's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from neuroflysim.checks import did_you_mean
from neuroflysim.errors import InvalidTypeError, InvalidValueError

#: What a column is, and what it is called in files of FlyWire, the male CNS and neuPrint.
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "root_id", "bodyId", "body_id", "body"),
    "cell_type": ("cell_type", "type", "primary_type", "neuron_type"),
    "transmitter": ("transmitter", "nt_type", "top_nt", "consensusNt", "predictedNt"),
    "p": ("p", "hex1", "hex1_id", "assigned_hex1", "assignedOlHex1"),
    "q": ("q", "hex2", "hex2_id", "assigned_hex2", "assignedOlHex2"),
    "pre": ("pre", "pre_root_id", "presynaptic_ID", "body_pre", "bodyId_pre"),
    "post": ("post", "post_root_id", "postsynaptic_ID", "body_post", "bodyId_post"),
    "synapses": ("synapses", "syn_count", "counts", "weight"),
}


def chosen_names(
    given: Mapping[str, str | Sequence[str]] | None,
) -> dict[str, tuple[str, ...]]:
    """Return which names each column may have: those that are known, or the caller's instead.

    Parameters
    ----------
    given : mapping of str to str or sequence of str, or None
        For some of `NAMES`.

    Examples
    --------
    >>> chosen_names({"pre": "from"})["pre"]
    ('from',)
    """
    if given is None:
        return dict(NAMES)
    if not isinstance(given, Mapping):
        raise InvalidTypeError(
            f"names is {given!r}, but must say what columns are called, as in"
            " {'pre': 'presynaptic_ID'}."
        )
    chosen = dict(NAMES)
    for word, called in given.items():
        if word not in NAMES:
            raise InvalidValueError(
                f"names has {word!r}, but the columns are {', '.join(NAMES)}."
                f"{did_you_mean(word, list(NAMES))}"
            )
        chosen[word] = (called,) if isinstance(called, str) else tuple(called)
    return chosen


def found_columns(
    there: Iterable[object],
    needed: Iterable[str],
    wanted: Iterable[str],
    names: Mapping[str, Sequence[str]],
    table: str,
) -> dict[str, str]:
    """Return what the columns of a table are called.

    Parameters
    ----------
    there : iterable of str
        Columns that the table has.
    needed, wanted : iterable of str
        Those of `NAMES` that it must have, and those that are taken if it has them.
    names : mapping
        From `chosen_names`.
    table : str
        For messages.

    Raises
    ------
    InvalidValueError
        If one is missing, or two could be meant.
    """
    listed = list(there)
    found = {}
    needed = list(needed)
    for word in [*needed, *wanted]:
        called = [name for name in names[word] if name in listed]
        if len(called) > 1:
            raise InvalidValueError(
                f"{table}: {word} may be the column {' or '.join(map(repr, called))}; say which:"
                f" names={{{word!r}: {called[0]!r}}}."
            )
        if called and listed.count(called[0]) > 1:
            raise InvalidValueError(f"{table}: the column {called[0]!r} stands twice; keep one.")
        if called:
            found[word] = called[0]
        elif word in needed:
            shown = ", ".join(str(name) for name in listed[:12]) or "none"
            raise InvalidValueError(
                f"{table}: no column for {word} (looked for {', '.join(names[word])}; the table has"
                f" {shown}); say what it is called: names={{{word!r}: '...'}}."
            )
    return found
