"""What cell types are called elsewhere: `type_names.csv`, or a copy of it that a user edited."""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from attrs import frozen

from neuroflysim.connectome.tables import LONGEST_NAME
from neuroflysim.errors import InvalidValueError
from neuroflysim.files import read_text
from neuroflysim.files.text_tables import TextTable, text_table

COLUMNS = ("source", "type", "neuropil", "cell_type", "reference")


@frozen
class TypeNames:
    """Our names of the types of one source.

    Attributes
    ----------
    whole : dict of str to str
        Ours by theirs.
    by_neuropil : dict of (str, str) to str
        Ours by theirs and neuropil, of cells whose terminals in each neuropil are cells of ours.
    """

    whole: dict[str, str]
    by_neuropil: dict[tuple[str, str], str]

    @property
    def divided(self) -> tuple[str, ...]:
        """Their types that are divided by neuropil."""
        return tuple(dict.fromkeys(theirs for theirs, _ in self.by_neuropil))


def type_names(source: str, path: str | os.PathLike[str] | None = None) -> TypeNames:
    """Read what the cell types of a source are called here.

    Parameters
    ----------
    source : str
        As in the first column: "flywire", "malecns".
    path : path-like, optional
        An edited copy of ``type_names.csv``; that of the package, if not given. Its columns are
        source, type (their name), neuropil (empty, or where the part of a cell lies that is a cell
        of ours), cell_type (our name) and reference. Two of their types may have one name of ours.

    Raises
    ------
    InvalidValueError
        Names file, line and cure.

    Examples
    --------
    >>> names = type_names("flywire")
    >>> names.whole["TmY9q"], names.by_neuropil["CT1", "ME"]
    ('TmY9', 'CT1(M10)')
    """
    if path is None:
        text = resources.files(__package__).joinpath("type_names.csv").read_text(encoding="utf-8")
        table = text_table("type_names.csv", text)
    else:
        table = text_table(Path(path).name, read_text(path, 10_000_000))
    _check(table, source)
    rows = table.rows[table.rows["source"] == source]
    whole = rows[rows["neuropil"] == ""]
    parts = rows[rows["neuropil"] != ""]
    return TypeNames(
        dict(zip(whole["type"], whole["cell_type"], strict=True)),
        {
            (theirs, neuropil): ours
            for theirs, neuropil, ours in zip(
                parts["type"], parts["neuropil"], parts["cell_type"], strict=True
            )
        },
    )


def _check(table: TextTable, source: str) -> None:
    rows, name = table.rows, table.name
    missing = [column for column in COLUMNS if column not in rows.columns]
    if missing:
        raise InvalidValueError(
            f"{name}, line {table.header_line}: has no column {missing[0]!r}; its columns must be"
            f" {', '.join(COLUMNS)}."
        )
    known = list(dict.fromkeys(rows["source"]))
    if source not in known:
        raise InvalidValueError(
            f"{name} has no row of the source {source!r}, only of {', '.join(known) or 'none'};"
            " add rows with what its types are called here."
        )
    for line, row in rows.iterrows():
        for column in ("type", "cell_type", "reference"):
            if not row[column]:
                raise InvalidValueError(
                    f"{name}, line {line}: {column} is empty; write a name, or remove the row."
                    if column != "reference"
                    else f"{name}, line {line}: has no reference; say who tells that these are one."
                )
        if len(row["cell_type"]) > LONGEST_NAME:
            raise InvalidValueError(
                f"{name}, line {line}: cell_type has {len(row['cell_type'])} characters, at most"
                f" {LONGEST_NAME} are allowed."
            )
    keys = rows[["source", "type", "neuropil"]]
    twice = keys[keys.duplicated()]
    if len(twice):
        raise InvalidValueError(
            f"{name}, line {twice.index[0]}: {twice.iloc[0]['type']!r} stands on an earlier line"
            " already; keep one of them."
        )
    both = rows[(rows["neuropil"] != "") & rows["type"].isin(rows[rows["neuropil"] == ""]["type"])]
    both = both[both["source"] == source]
    if len(both):
        raise InvalidValueError(
            f"{name}, line {both.index[0]}: {both.iloc[0]['type']!r} is divided by neuropil here,"
            " and whole on another line; keep one of the two."
        )
