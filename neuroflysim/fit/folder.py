"""The folder of a fit: what is in it before, while and after it runs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import written_whole
from neuroflysim.fit import checkpoint as checkpoints
from neuroflysim.fit.checkpoint import Checkpoint, Identity
from neuroflysim.parameters import Parameters, load_parameters

PARAMETERS, RECORD, CURVE = "parameters.json", "fit.json", "learning_curve.csv"

#: What is locked while a fit runs. The lock ends with its process, however that ends.
LOCK = ".lock"

#: How files begin that a process leaves behind if it is killed while it writes; `written_whole`.
_REMAINS = tuple(f".{Path(name).stem}-" for name in (checkpoints.FILE, PARAMETERS, RECORD, CURVE))

#: Columns of the learning curve that pandas would read quickly, and not always to the last bit.
_FRACTIONS = ("r2_median", "r2_best", "loss_best", "step_size", "seconds")


@contextmanager
def held(folder: Path | None) -> Iterator[None]:
    """Keep a folder for a fit, and remove what killed ones left; raise if another fit holds it."""
    if folder is None:
        yield
        return
    with open(folder / LOCK, "w") as file:
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


def prepared(folder, resume: bool, identity: Identity) -> Path:
    """Return the folder, made if need be, in which a fit may begin or go on; raise if not."""
    if not isinstance(folder, str | os.PathLike):
        raise InvalidTypeError(f"folder is {folder!r}, but must name a folder.")
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InvalidValueError(f"{folder} is a file; name a folder for the fit.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = list(folder.iterdir())
    except OSError as error:
        raise InvalidValueError(f"{folder} cannot be used: {error.strerror or error}.") from None
    if not os.access(folder, os.W_OK):
        raise InvalidValueError(f"the folder {folder} may not be written to.")
    content = {file.name for file in files if not file.name.startswith((*_REMAINS, LOCK))}
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
    elif is_finished(folder):
        identity.require_same(_identity_in(folder), folder)
    return folder


def checkpoint(folder: Path | None) -> Checkpoint | None:
    """Return the checkpoint in a folder, if there is one."""
    if folder is None or not (folder / checkpoints.FILE).exists():
        return None
    return Checkpoint.load(folder)


def is_finished(folder: Path) -> bool:
    """Return whether the result is there; the checkpoint is removed last."""
    return (folder / RECORD).exists() and not (folder / checkpoints.FILE).exists()


def _identity_in(folder: Path) -> Identity:
    record = _record_in(folder)
    try:
        return Identity(**{name: record[name] for name in Identity.__slots__ if name[0] != "_"})
    except KeyError as error:
        raise InvalidValueError(
            f"{folder / RECORD} is no record of a fit: {error} is missing; remove the folder and"
            " fit anew."
        ) from None


def _record_in(folder: Path) -> dict:
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(record, dict):
            raise ValueError("it is no record of a fit")
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from None
    return record


def _unreadable(path: Path, error: Exception) -> InvalidValueError:
    return InvalidValueError(f"{path} cannot be read ({error}); remove the folder and fit anew.")


def write(folder: Path, parameters: Parameters, record: dict, curve: pd.DataFrame) -> None:
    """Write the result, and remove the checkpoint: nothing is left to be done."""
    parameters.save(folder / PARAMETERS)
    with written_whole(folder / CURVE) as temporary:
        curve.to_csv(temporary, index=False)
    with written_whole(folder / RECORD) as temporary:
        temporary.write_text(json.dumps(record, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    (folder / checkpoints.FILE).unlink(missing_ok=True)


def remove_fit(folder: Path) -> None:
    """Remove the files of a fit, whole or not, and no others."""
    for name in (RECORD, PARAMETERS, CURVE, checkpoints.FILE):
        (folder / name).unlink(missing_ok=True)


def read(folder: Path, connectome: Connectome) -> tuple[Parameters, dict, pd.DataFrame]:
    """Return what `write` wrote."""
    parameters = load_parameters(folder / PARAMETERS, connectome)
    try:
        curve = pd.read_csv(folder / CURVE, converters=dict.fromkeys(_FRACTIONS, _exactly))
    except (OSError, ValueError) as error:
        raise _unreadable(folder / CURVE, error) from None
    return parameters, _record_in(folder), curve


def _exactly(text: str) -> float:
    return float(text or "nan")
