"""Files of a source in the folder that a user names."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence
from pathlib import Path

from neuroflysim.connectome.importers.sources.contract import WantedFile
from neuroflysim.errors import FileError, InvalidValueError


def found_file(folder: Path, wanted: WantedFile, place: str) -> Path:
    """Return the file in a folder that a name with * means.

    Raises
    ------
    FileError
        If it is not there; says where it can be had.
    InvalidValueError
        If there are several.
    """
    there = sorted(p for p in folder.iterdir() if fnmatch.fnmatchcase(p.name, wanted.name))
    if len(there) > 1:
        raise InvalidValueError(
            f"{folder} has {', '.join(path.name for path in there)}, which may all be"
            f" {wanted.holds}; leave one of them."
        )
    if there:
        return there[0]
    close = [p.name for p in folder.iterdir() if p.name.split(".")[0] in wanted.name]
    told = f"{wanted.holds}, {wanted.size}" if wanted.size else wanted.holds
    unpacked = f" There is {close[0]}: give it as it was downloaded." if close else ""
    raise FileError(
        f"{folder} has no file {wanted.name} ({told}); download it from {place}.{unpacked}"
    )


def one_of(folder: Path, wanted: Sequence[WantedFile], place: str) -> tuple[WantedFile, Path]:
    """Return the one file that is there of several, any of which would do."""
    found = [(each, folder / each.name) for each in wanted if (folder / each.name).is_file()]
    if len(found) == 1:
        return found[0]
    names = ", ".join(each.name for each in wanted)
    if found:
        raise InvalidValueError(
            f"{folder} has {' and '.join(path.name for _, path in found)}, which tell the same in"
            " different ways; leave the one that is meant."
        )
    raise FileError(f"{folder} has none of {names} ({wanted[0].holds}); download one from {place}.")


def require_folder(folder: Path) -> Path:
    """Return a folder that exists, or say what is wrong with it."""
    if not folder.is_dir():
        kind = "is a file" if folder.exists() else "does not exist"
        raise FileError(f"{folder} {kind}, but must be the folder with the downloaded files.")
    return folder
