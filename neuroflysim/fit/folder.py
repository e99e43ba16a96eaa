"""The folder of a fit: what is in it before, while and after it runs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from neuroflysim.connectome import Connectome
from neuroflysim.errors import FileError, InvalidValueError
from neuroflysim.files import made_folder, read_text, writable, written_whole
from neuroflysim.files.sealed import of_text, require_part, require_unchanged
from neuroflysim.fit import checkpoint as checkpoints
from neuroflysim.fit.checkpoint import Checkpoint, score_name_in
from neuroflysim.fit.identity import Identity, require_same_processor
from neuroflysim.fit.learning_curve import from_text, to_text
from neuroflysim.fit.record import CURVE, PARAMETERS, RECORD, read_record
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.file import read_parameters

if TYPE_CHECKING:  # pycma takes a moment to import
    from neuroflysim.fit.search import Search

#: What is locked while a fit runs. The lock ends with its process, however that ends.
LOCK = ".lock"

#: How files begin that a process leaves behind if it is killed while it writes; `written_whole`.
_REMAINS = tuple(f".{Path(name).stem}-" for name in (checkpoints.FILE, PARAMETERS, RECORD, CURVE))


@contextmanager
def held(folder: Path | None) -> Iterator[None]:
    """Keep a folder for a fit, and remove what killed ones left; raise if another fit holds it."""
    if folder is None:
        yield
        return
    with open(writable(folder / LOCK), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InvalidValueError(
                f"another process fits in {folder} at this moment; wait for it, or name another"
                " folder."
            ) from None
        except OSError:  # a file system that knows no locks
            pass
        try:
            for remains in folder.iterdir():
                if remains.name.startswith(_REMAINS):
                    remains.unlink(missing_ok=True)
            yield
        finally:
            (folder / LOCK).unlink(missing_ok=True)


def prepared(
    folder: str | os.PathLike[str], resume: bool, identity: Identity, processor: str | None = None
) -> Path:
    """Return the folder, made if need be, in which a fit may begin or go on; raise if not.

    A fit that is under way must have been computed on the processor that is named, if one is.
    """
    folder = made_folder(folder)
    names = {file.name for file in folder.iterdir()}
    content = {name for name in names if not name.startswith((*_REMAINS, LOCK))}
    if content and not resume:
        fit_there = content & {checkpoints.FILE, RECORD}
        what = (
            "already holds a fit; go on with it by resume (--resume)"
            if fit_there
            else "is not empty; empty it"
        )
        raise InvalidValueError(f"{folder} {what}, or name another folder.")
    stored = checkpoint(folder)
    if stored is not None:
        identity.require_same(stored.identity, folder)
        if processor is not None:
            require_same_processor(stored.processors, processor, folder)
    elif is_finished(folder):
        path = folder / RECORD
        identity.require_same(Identity.stored(read_record(path), str(path)), folder)
    elif remains := sorted(content & {PARAMETERS, CURVE}):
        raise InvalidValueError(
            f"{folder} holds {' and '.join(remains)} of a fit, but neither its record {RECORD} nor"
            f" its {checkpoints.FILE}; put that back, remove the folder, or name another one."
        )
    return folder


def checkpoint(folder: Path | None) -> Checkpoint | None:
    """Return the checkpoint in a folder, if there is one."""
    if folder is None or not os.path.lexists(folder / checkpoints.FILE):
        return None
    return Checkpoint.load(folder)


def go_on(search: Search, stored: Checkpoint, folder: Path) -> None:
    """Give a search the state that a checkpoint holds."""
    path = folder / checkpoints.FILE
    try:
        search.go_on_from(stored.search)
    except InvalidValueError as error:
        raise InvalidValueError(f"{path} cannot be read: {error} Remove it and fit anew.") from None
    if len(stored.rows) != search.generations_done:
        raise InvalidValueError(
            f"{path} cannot be read: its learning curve has {len(stored.rows)} rows after"
            f" {search.generations_done} generations. Remove it and fit anew."
        )


def is_finished(folder: Path) -> bool:
    """Return whether the result is there; the checkpoint is removed last."""
    there = (os.path.lexists(folder / name) for name in (RECORD, checkpoints.FILE))
    return tuple(there) == (True, False)


def write(folder: Path, parameters: Parameters, record: dict, curve: pd.DataFrame) -> None:
    """Write the result, and remove the checkpoint: nothing is left to be done.

    Until all is written the checkpoint stays: a disk that is full costs no result.
    """
    parameters.save(folder / PARAMETERS)
    with written_whole(folder / CURVE) as temporary:
        temporary.write_text(to_text(curve), encoding="utf-8")
    with written_whole(folder / RECORD) as temporary:
        temporary.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    (folder / checkpoints.FILE).unlink(missing_ok=True)


@contextmanager
def nothing_lost(folder: Path | None) -> Iterator[None]:
    """Say what is to be done if the disk is full."""
    try:
        yield
    except FileError as error:
        if folder is None or not (folder / checkpoints.FILE).exists():
            raise
        raise FileError(
            f"{error} The search up to its last whole generation is in"
            f" {folder / checkpoints.FILE}: make room, and go on with it by resume (--resume)."
        ) from None


def remove_fit(folder: Path) -> None:
    """Remove the files of a fit, whole or not, and no others."""
    for name in (RECORD, PARAMETERS, CURVE, checkpoints.FILE):
        (folder / name).unlink(missing_ok=True)


def read(folder: Path, connectome: Connectome) -> tuple[Parameters, dict, pd.DataFrame]:
    """Return what `write` wrote, if all of it belongs together and is as it was written."""
    record = read_record(folder / RECORD)
    parts = require_unchanged(folder / RECORD, record)
    parameters = read_parameters(folder / PARAMETERS, connectome)
    require_part(folder / PARAMETERS, parts, PARAMETERS, parameters.sealed_checksum)
    text = read_text(folder / CURVE)
    curve = from_text(str(folder / CURVE), text, score_name_in(record, str(folder / RECORD)))
    require_part(folder / CURVE, parts, CURVE, of_text(text))
    return parameters, record, curve
