"""Connectomes on disk: a folder of three CSV tables."""

from __future__ import annotations

import os
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from neuroflysim.connectome.connectome import Connectome, checked_connectome
from neuroflysim.connectome.tables import COLUMNS
from neuroflysim.connectome.tables import problems as find_problems
from neuroflysim.errors import ConnectomeError, InvalidTypeError
from neuroflysim.files import written_whole


def load_connectome(path: str | os.PathLike | None = None) -> Connectome:
    """Load the embedded connectome, or one of your own from a folder.

    Parameters
    ----------
    path : path-like, optional
        Folder with cell_types.csv, connections.csv and offsets.csv (columns: see `Connectome`).
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
    if not isinstance(path, str | os.PathLike):
        raise InvalidTypeError(f"path must name a folder, but is {path!r}.")
    return _read(Path(path))


def save_connectome(connectome: Connectome, path: str | os.PathLike) -> None:
    """Write the three tables of a connectome into a folder, which is made if need be.

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
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    contents = {
        "cell_types": connectome.cell_types.reset_index(),
        "connections": connectome.connections.reset_index(),
        "offsets": connectome.offsets,
    }
    for name, table in contents.items():
        with written_whole(folder / f"{name}.csv") as temporary:
            table.to_csv(temporary, index=False, lineterminator="\n")


@cache
def _embedded() -> Connectome:
    with resources.as_file(resources.files("neuroflysim.connectome.data")) as folder:
        return _read(folder)


def _read(folder: Path) -> Connectome:
    problems, tables = [], {}
    for name in COLUMNS:
        file = folder / f"{name}.csv"
        if not file.is_file():
            problems.append(f"{file}: no such file; a connectome is a folder with {name}.csv.")
            continue
        try:
            # As text: nothing is guessed to mean "missing" (a cell type may well be called NA),
            # and numbers are read to the last digit when they are checked.
            tables[name] = pd.read_csv(
                file, dtype=str, keep_default_na=False, skip_blank_lines=False
            )
        except (ValueError, OSError) as error:  # pandas' parser errors are ValueErrors
            problems.append(f"{file}: not readable as a CSV table ({error}).")
    if problems:
        others = find_problems(tables)
        missing = {name for name in COLUMNS if name not in tables}
        others = [text for text in others if text.split(":")[0] not in missing]
        raise ConnectomeError(problems + others)
    return Connectome(**tables)
