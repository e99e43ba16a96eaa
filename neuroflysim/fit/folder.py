"""The folder of a fit: what is in it before, while and after it runs."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pandas as pd

from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import written_whole
from neuroflysim.fit import checkpoint as checkpoints
from neuroflysim.fit.checkpoint import Checkpoint, Identity
from neuroflysim.parameters import Parameters, load_parameters

PARAMETERS, RECORD, CURVE = "parameters.json", "fit.json", "learning_curve.csv"


def prepared(folder, resume: bool, identity: Identity) -> Path:
    """Return the folder, made if need be, in which a fit may begin or go on; raise if not."""
    if not isinstance(folder, str | os.PathLike):
        raise InvalidTypeError(f"folder is {folder!r}, but must name a folder.")
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InvalidValueError(f"{folder} is a file; name a folder for the fit.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        content = {file.name for file in folder.iterdir()}
    except OSError as error:
        raise InvalidValueError(f"{folder} cannot be used: {error.strerror or error}.") from None
    if not os.access(folder, os.W_OK):
        raise InvalidValueError(f"the folder {folder} may not be written to.")
    if content and not resume:
        fit_there = content & {checkpoints.FILE, RECORD}
        what = (
            "already holds a fit; go on with it by resume (--resume)"
            if fit_there
            else "is not empty"
        )
        raise InvalidValueError(f"{folder} {what}, or name another folder.")
    checkpoints.remove_remains(folder)
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
            f"{folder / RECORD} is no record of a fit: {error} is missing."
        ) from None


def _record_in(folder: Path) -> dict:
    path = folder / RECORD
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidValueError(f"{path} cannot be read: {error}.") from None


def write(folder: Path, parameters: Parameters, record: dict, curve: pd.DataFrame) -> None:
    """Write the result, and remove the checkpoint: nothing is left to be done."""
    parameters.save(folder / PARAMETERS)
    with written_whole(folder / CURVE) as temporary:
        curve.to_csv(temporary, index=False)
    with written_whole(folder / RECORD) as temporary:
        temporary.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    (folder / checkpoints.FILE).unlink(missing_ok=True)


def read(folder: Path, connectome: Connectome) -> tuple[Parameters, dict, pd.DataFrame]:
    """Return what `write` wrote."""
    parameters = load_parameters(folder / PARAMETERS, connectome)
    return parameters, _record_in(folder), pd.read_csv(folder / CURVE)
