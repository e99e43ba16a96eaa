"""Connectomes on disk: a folder of CSV tables."""

from __future__ import annotations

import json
import os
from functools import cache
from importlib import resources
from pathlib import Path

from neuroflysim.connectome.connectome import Connectome, checked_connectome
from neuroflysim.connectome.tables import COLUMNS, OPTIONAL_COLUMNS, by_line
from neuroflysim.connectome.tables import problems as find_problems
from neuroflysim.errors import ConnectomeError, InvalidTypeError, InvalidValueError
from neuroflysim.files import made_folder, read_text, written_whole
from neuroflysim.files.strict_json import read_json
from neuroflysim.files.text_tables import text_table

#: Where the embedded tables are, and the name of a variant that is there, too.
DATA, GAP_JUNCTIONS = "neuroflysim.connectome.data", "gap_junctions"

#: The file that tells how tables were imported.
PROVENANCE = "import.json"

#: The tables of the embedded connectome have 80 kB.
MOST_BYTES = 100_000_000


def load_connectome(path: str | os.PathLike[str] | None = None) -> Connectome:
    """Load the embedded connectome, a variant of it, or one of your own from a folder.

    Parameters
    ----------
    path : path-like, optional
        "gap_junctions": the embedded connectome with gap junctions of L1 with L2 (Joesch et al.
        2010) and of R1 to R6 in a column (Shaw et al. 1989), whose conductance no source gives: it
        is half of the leak by our choice. A folder of this name is "./gap_junctions".
        Folder with cell_types.csv, connections.csv and offsets.csv, with electrical.csv if there
        are gap junctions, and with pools.csv if cells stand once per eye (columns: see
        `Connectome`).
        Without it, the connectome of Lappalainen et al. (2024) that comes with the package.

    Returns
    -------
    Connectome

    Raises
    ------
    ConnectomeError
        Lists all problems of the folder at once.

    Examples
    --------
    >>> load_connectome().connections.loc[("Mi9", "T4a"), "sign"].item()
    -1
    """
    if path is None:
        return _embedded()
    if path == GAP_JUNCTIONS:
        return _with_gap_junctions()
    if not isinstance(path, str | os.PathLike):
        raise InvalidTypeError(f"path must name a folder, but is {path!r}.")
    return _read(Path(path))


def save_connectome(connectome: Connectome, path: str | os.PathLike[str]) -> None:
    """Write the tables of a connectome into a folder, which is made if need be.

    Parameters
    ----------
    connectome : Connectome
    path : path-like
        Folder.

    Examples
    --------
    >>> import tempfile
    >>> folder = tempfile.mkdtemp()
    >>> save_connectome(load_connectome(), folder)
    >>> load_connectome(folder) == load_connectome()
    True
    """
    connectome = checked_connectome(connectome)
    folder = made_folder(path)
    contents = {
        "cell_types": connectome.cell_types.reset_index(),
        "connections": connectome.connections.reset_index(),
        "offsets": connectome.offsets,
    }
    for name in OPTIONAL_COLUMNS:
        if len(getattr(connectome, name)):
            contents[name] = getattr(connectome, name)
        file = folder / f"{name}.csv"
        if name not in contents and os.path.lexists(file):
            raise InvalidValueError(
                f"{file} stands there already, but this connectome has no such table, so that the"
                " folder would hold another one; remove the file, or save into another folder."
            )
    record = folder / PROVENANCE
    if connectome.provenance:
        with written_whole(record) as temporary:
            temporary.write_text(
                json.dumps(connectome.provenance, indent=1) + "\n", encoding="utf-8"
            )
    elif os.path.lexists(record):
        raise InvalidValueError(
            f"{record} stands there already, but tells of another connectome; remove the file, or"
            " save into another folder."
        )
    for name, table in contents.items():
        with written_whole(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")


@cache
def _with_gap_junctions() -> Connectome:
    text = resources.files(DATA).joinpath(f"{GAP_JUNCTIONS}.csv").read_text(encoding="utf-8")
    return _embedded().with_gap_junctions(text_table(f"{GAP_JUNCTIONS}.csv", text).rows)


@cache
def _embedded() -> Connectome:
    with resources.as_file(resources.files(DATA)) as folder:
        return _read(folder)


def _read(folder: Path) -> Connectome:
    if not os.path.isdir(folder):  # false for names that no file can have
        shown = str(folder) if len(str(folder)) <= 200 else f"{str(folder)[:80]}..."
        named = ", ".join(f"{name}.csv" for name in COLUMNS)
        raise ConnectomeError([f"{shown}: no such folder; name one that holds {named}."])
    problems, tables = [], {}
    for name in (*COLUMNS, *OPTIONAL_COLUMNS):
        file = folder / f"{name}.csv"
        if not os.path.lexists(file):
            if name in OPTIONAL_COLUMNS:
                continue
            problems.append(f"{file}: no such file; a connectome is a folder with {name}.csv.")
            continue
        try:
            # As text: nothing is guessed to mean "missing" (a cell type may well be called NA),
            # and numbers are read to the last digit when they are checked.
            table = text_table(file.name, read_text(file, MOST_BYTES), wrong=problems)
        except InvalidValueError as error:
            problems.append(str(error))
        else:
            tables[name] = by_line(table.rows)
    if problems:
        others = find_problems(tables)
        missing = {name for name in COLUMNS if name not in tables}
        others = [text for text in others if text.split(":")[0] not in missing]
        raise ConnectomeError(problems + others)
    record = folder / PROVENANCE
    provenance = read_json(record) if os.path.lexists(record) else None
    if not isinstance(provenance, dict | None):
        raise InvalidValueError(f"{record} is no record of an import; remove the file.")
    return Connectome(**tables, provenance=provenance)
