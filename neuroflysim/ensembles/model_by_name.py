"""Loading a model by its file, or by the name that it has in an ensemble."""

from __future__ import annotations

import os
from pathlib import Path

from neuroflysim import names
from neuroflysim.connectome import Connectome
from neuroflysim.ensembles.ensemble import is_ensemble
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing
from neuroflysim.files.sealed import require_part, require_unchanged
from neuroflysim.files.strict_json import read_json
from neuroflysim.names import RECORD
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.file import read_parameters


def load_parameters(
    path: str | os.PathLike[str], connectome: Connectome | None = None
) -> Parameters:
    """Read parameters from a file that `Parameters.save` wrote, or a model of an ensemble.

    Parameters
    ----------
    path : path-like
        Ends in .json or .csv; or names a model of an ensemble in the box, for example "flow/000",
        or of a folder of your own.
    connectome : Connectome, optional
        What the parameters are for; the embedded connectome if not given.

    Returns
    -------
    Parameters

    Raises
    ------
    InvalidValueError
        If the file is not readable, or was made for another connectome: says what differs.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> import neuroflysim as nfs
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "start.json"
    >>> nfs.Parameters.uniform(nfs.load_connectome()).save(file)
    >>> nfs.load_parameters(file)
    <Parameters: 735 values of <Connectome: 65 cell types, 605 connections, 2378 offsets>>
    """
    if not isinstance(path, str | os.PathLike):
        raise InvalidTypeError(f"path must name a file, but is {path!r}.")
    _require_no_ensemble(path)
    named, file = Path(path), _file_of(Path(path))
    parameters = read_parameters(file, connectome)
    record = file.with_name(RECORD)
    if file != named and record.is_file():  # a model of an ensemble, that says what it is
        parts = require_unchanged(record, read_json(record))
        require_part(file, parts, file.stem, parameters.sealed_checksum)
    return parameters


def _require_no_ensemble(path: str | os.PathLike[str]) -> None:
    """Raise if a path names all models of an ensemble, of the box or in a folder of one's own."""
    if not is_ensemble(path):
        return
    in_the_box = str(path) in names.ensemble_names()
    folder = names.ENSEMBLES / str(path) if in_the_box else Path(path)
    first = names.models_in(folder)[:1]
    of_these = f", or one of its models: {f'{path}/{first[0]}'!r}" if first else ""
    raise InvalidValueError(
        f"{str(path)!r} is an ensemble: nfs.load_ensemble({str(path)!r}){of_these}."
    )


def _file_of(path: Path) -> Path:
    """Return the file of a model that is named without a suffix; other paths stay as they are."""
    try:
        if path.suffix or path.exists():
            return path
    except (OSError, ValueError):  # no name that a file can have: whoever opens it tells
        return existing(path)
    own = path.with_name(f"{path.name}.json")
    if own.is_file() or len(path.parts) != 2:
        return own if own.is_file() else path
    ensemble, model = path.parts
    found = names.ENSEMBLES / ensemble / f"{model}.json"
    if ensemble != ".." and found.is_file():
        return found
    there = names.ensemble_names()
    if ensemble not in there:
        raise InvalidValueError(
            f"{path} is neither a parameter file (.json or .csv) nor a model of an ensemble in the"
            f" box: there are the ensembles {', '.join(map(repr, there)) or '(none)'}."
        )
    raise InvalidValueError(
        f"the ensemble {ensemble!r} has no model {model!r} with parameters; it has"
        f" {', '.join(names.model_names(ensemble))}."
    )
