"""A row of one's own: a folder with parameter files, or an ensemble."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from neuroflysim.connectome import Connectome
from neuroflysim.ensembles import load_ensemble
from neuroflysim.ensembles.ensemble import is_ensemble
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.files import read_text
from neuroflysim.parameters.file import read_parameters
from neuroflysim.parameters.formats import READERS
from neuroflysim.scoreboard.entry import Entry, Models
from neuroflysim.scoreboard.of_ensembles import models_of

#: A text beside parameter files that tells what a fit has seen, and what is said without one. The
#: record of an ensemble has it under the key "seen".
SEEN, UNKNOWN = "seen.txt", "not told"


def entry(folder: str | os.PathLike[str], connectome: Connectome | None = None) -> Entry:
    """Return the row of a folder.

    Parameters
    ----------
    folder : path-like
        An ensemble, as `write_ensemble` writes it; or parameter files and nothing else that ends
        like one.
    connectome : Connectome, optional
        That of its models; the embedded one, if not given.
    """
    path = Path(folder)
    load, seen = partial(loaded, path, connectome), _seen(path, connectome)
    return Entry(path.resolve().name, "yours", seen, load, word=str(path))


def loaded(folder: Path, connectome: Connectome | None = None) -> Models:
    """Return the models in a folder: all of them, or an error that names the file.

    Parameters
    ----------
    folder : Path
    connectome : Connectome, optional
    """
    if is_ensemble(folder):
        return models_of(load_ensemble(folder, connectome))
    if not folder.is_dir():
        raise InvalidValueError(f"{folder} is no folder; name one with parameter files.")
    paths = sorted(path for path in folder.iterdir() if path.suffix in READERS)
    paths = [path for path in paths if not path.name.startswith(".")]
    if not paths:
        raise InvalidValueError(
            f"{folder} holds no parameter file ({', '.join(READERS)}); Parameters.save writes them."
        )
    names = [path.stem for path in paths]
    if twice := {name for name in names if names.count(name) > 1}:
        raise InvalidValueError(
            f"{folder} holds two files of the model {sorted(twice)[0]}; keep one."
        )
    return Models({path.stem: read_parameters(path, connectome) for path in paths})


def _seen(folder: Path, connectome: Connectome | None) -> str:
    """Return what a fit has seen, as the folder tells it."""
    try:
        if is_ensemble(folder):
            return str(load_ensemble(folder, connectome).record.get("seen", UNKNOWN))
        if (folder / SEEN).is_file():
            return " ".join(read_text(folder / SEEN).split()) or UNKNOWN
    except NeuroFlySimError:  # told when the models are loaded
        pass
    return UNKNOWN
