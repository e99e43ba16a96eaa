"""Which rows there are in the box, and what the published board says of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.database import chosen_studies
from neuroflysim.scoreboard import of_controls, of_ensembles, of_folders, row_files, trivial
from neuroflysim.scoreboard.boards import Board, board_of
from neuroflysim.scoreboard.entry import KINDS, Entry

#: Files that each offer rows of one kind: `entries()`.
SOURCES = (of_ensembles, of_controls, trivial)


def entries() -> list[Entry]:
    """Return the rows in the box, in the order of a board.

    Examples
    --------
    >>> [entry.name for entry in entries() if entry.kind == "trivial"]
    ['no_response', 'shuffled_cell_types']
    """
    found = [entry for source in SOURCES for entry in source.entries()]
    return sorted(found, key=lambda entry: (list(KINDS).index(entry.kind), entry.name))


def chosen_entries(
    rows: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
    connectome: Connectome | None = None,
) -> list[Entry]:
    """Return the rows that are meant.

    Parameters
    ----------
    rows : "all", str, path-like or list of these
        Names of rows in the box, or folders.
    connectome : Connectome, optional
        Of the models in folders.
    """
    there = {entry.name: entry for entry in entries()}
    if isinstance(rows, str) and rows == "all":
        return list(there.values())
    words = [rows] if isinstance(rows, str | os.PathLike) else list(rows)
    found = [_named(word, there, connectome) for word in words]
    names = [entry.name for entry in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InvalidValueError(f"two rows are called {sorted(twice)[0]!r}; rename a folder.")
    return found


def _named(word, there: dict[str, Entry], connectome: Connectome | None) -> Entry:
    if str(word) in there:
        return there[str(word)]
    if Path(word).is_dir():
        return of_folders.entry(word, connectome)
    raise InvalidValueError(
        f"{str(word)!r} is neither a folder nor a row of the board: {', '.join(there)}."
    )


def published_file(row: str) -> Path:
    """Return where the published judgement of a row in the box is.

    Parameters
    ----------
    row : str
    """
    return Path(str(files("neuroflysim.scoreboard") / "rows" / f"{row}.json"))


def unpublished() -> list[str]:
    """Return the names of the rows in the box that the published board lacks."""
    return [entry.name for entry in entries() if not published_file(entry.name).is_file()]


def published_board() -> Board | None:
    """Return the board that is published with this version; None if there is none.

    Examples
    --------
    >>> published_board().table.loc["flow", "stable"].item()
    20
    """
    listed = [entry for entry in entries() if published_file(entry.name).is_file()]
    if not listed:
        return None
    judgements = [row_files.read(published_file(entry.name)) for entry in listed]
    return board_of(listed, judgements, chosen_studies("all"))
