"""Loading parameters, onto the connectome that they were made for and no other."""

from __future__ import annotations

import os
from importlib.resources import files
from pathlib import Path

from neuroflysim.checks import one_of
from neuroflysim.connectome import Connectome, checked_connectome, load_connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing
from neuroflysim.files.sealed import require_part, require_unchanged
from neuroflysim.files.strict_json import read_json
from neuroflysim.parameters.formats import READERS
from neuroflysim.parameters.parameters import Parameters

#: The record of an ensemble, beside the files of its models.
ENSEMBLE = "ensemble.json"


def load_parameters(path: str | os.PathLike, connectome: Connectome | None = None) -> Parameters:
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
    named, path = Path(path), _found(Path(path))
    suffix = one_of("the suffix of a parameter file", path.suffix, READERS)
    connectome = load_connectome() if connectome is None else checked_connectome(connectome)
    checksums, tables = READERS[suffix](path)
    _require_same_connectome(path, checksums, tables, connectome)
    try:
        parameters = Parameters.from_tables(connectome, **tables)
    except InvalidValueError as error:
        raise InvalidValueError(f"{path}: {error}") from None
    record = path.with_name(ENSEMBLE)
    if path != named and record.is_file():  # a model of an ensemble, that says what it is
        parts = require_unchanged(record, read_json(record))
        require_part(path, parts, path.stem, parameters.values_checksum)
    return parameters


def _found(path: Path) -> Path:
    """Return the file of a model that is named without a suffix; other paths stay as they are."""
    try:
        if path.suffix or path.exists():
            return path
    except (OSError, ValueError):  # no name that a file can have: whoever opens it tells
        return existing(path)
    own = path.with_name(f"{path.name}.json")
    if own.is_file() or len(path.parts) != 2:
        return own if own.is_file() else path
    box = Path(str(files("neuroflysim") / "ensembles"))
    ensemble, model = path.parts
    found = box / ensemble / f"{model}.json"
    if ensemble != ".." and found.is_file():
        return found
    there = sorted(file.parent.name for file in box.glob(f"*/{ENSEMBLE}"))
    if ensemble not in there:
        raise InvalidValueError(
            f"{path} is neither a parameter file (.json or .csv) nor a model of an ensemble in the"
            f" box: there are the ensembles {', '.join(map(repr, there)) or '(none)'}."
        )
    models = sorted(file.stem for file in (box / ensemble).glob("*.json"))
    models = [name for name in models if name not in ("ensemble", "start")]
    raise InvalidValueError(
        f"the ensemble {ensemble!r} has no model {model!r} with parameters; it has"
        f" {', '.join(models)}."
    )


def _require_same_connectome(path, checksums: dict, tables: dict, connectome: Connectome) -> None:
    own = connectome.table_checksums
    for name in own:
        if name not in checksums:
            raise InvalidValueError(
                f"{path}: lacks the sha256 of the {name} that it was made for, so nobody can tell"
                " whether it fits; take it over from the file that it was made from."
            )
    for name in checksums:
        one_of(f"{path}: a table of the connectome", name, own)
    differing = [name for name in own if checksums.get(name) != own[name]]
    if not differing:
        return
    details = []
    for what, found, known in (
        ("cell types", set(tables["time_constant"]), set(connectome.cell_types.index)),
        ("connections", set(tables["synapse_strength"]), set(connectome.connections.index)),
    ):
        for text, names in (
            (f"{what} only in the file", found - known),
            (f"{what} only in the connectome", known - found),
        ):
            if names:
                listed = sorted(n if isinstance(n, str) else " -> ".join(n) for n in names)
                more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
                details.append(f"{text}: {', '.join(listed[:5])}{more}")
    if not details:
        details.append(
            "the names are the same, but the content of the table(s) "
            + ", ".join(differing)
            + " is not (strides, signs, order or synapse counts)"
        )
    raise InvalidValueError(
        f"{path} was made for another connectome; {'; '.join(details)}."
        " Load that connectome and pass it as connectome=..., or carry the values over by name"
        " with Parameters.from_tables."
    )
