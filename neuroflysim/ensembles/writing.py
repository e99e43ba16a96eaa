"""Writing an ensemble: small files that people can read, and whose numbers are the model."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from attrs import asdict

from neuroflysim._version import __version__
from neuroflysim.ensembles.ensemble import load_ensemble
from neuroflysim.ensembles.reading import COLUMNS, FORMAT, RECORD, START, TABLE, models_table
from neuroflysim.ensembles.readout import Readout
from neuroflysim.errors import FileError, InvalidValueError
from neuroflysim.files import writable
from neuroflysim.files.sealed import of_text, sealed
from neuroflysim.parameters import Parameters

#: Significant digits of the parameters in an ensemble.
DIGITS = 6


def rounded(parameters: Parameters, digits: int = DIGITS) -> Parameters:
    """Return parameters rounded to 6 significant digits: what an ensemble's file holds.

    Parameters
    ----------
    parameters : Parameters
    digits : int
        Another number of significant digits.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> start = nfs.Parameters.uniform(nfs.load_connectome())
    >>> float(rounded(start).synapse_strength["Mi1", "T4a"])
    0.00872551
    """
    values = [float(f"{value:.{digits}g}") for value in parameters.to_vector()]
    return parameters.with_vector(values)


def free(folder: str | os.PathLike[str]) -> Path:
    """Return where an ensemble is to be written, if nothing is there and it can be.

    Parameters
    ----------
    folder : path-like

    Raises
    ------
    InvalidValueError
        If something is there.
    """
    folder = Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InvalidValueError(f"{folder} exists already; remove it or choose another name.")
    writable(folder / RECORD if folder.is_dir() else folder)
    return folder


def write_ensemble(
    folder: str | os.PathLike[str],
    models: Mapping[str, Parameters],
    table: pd.DataFrame,
    *,
    start: Parameters,
    recipe: dict | None,
    readout: Readout,
    digits: int | None = DIGITS,
    **more: Any,
) -> Path:
    """Write a folder that `load_ensemble` reads; all of it or nothing.

    Parameters
    ----------
    folder : path-like
        Is made; must not exist, or be empty.
    models : mapping of str to Parameters
        By name, such as "000": those that can be used, all that are stable among them.
    table : DataFrame
        Indexed by model, those without parameters too; columns seed (with a recipe), stable,
        failure and any numbers.
    start : Parameters
        What every fit began with.
    recipe : dict or None
        What the fits did, as `Recipe.to_dict` returns it; None if no recipe of this package did.
    readout : Readout
    digits : int or None
        Parameters are rounded to so many significant digits; None leaves them as they are.
    **more
        Further words for the record, for example prior_knowledge.

    Returns
    -------
    Path
        The folder.

    Notes
    -----
    Numbers of the table are rounded to 5 significant digits. Measure `rounded` parameters: they
    are the models.
    """
    folder = free(folder)
    names = _checked_names(models, table)
    kept = {Path(START).stem: start, **{name: models[name] for name in names}}
    if digits is not None:
        kept = {name: rounded(one, digits) for name, one in kept.items()}
    rows = table.rename_axis("model").to_csv(float_format="%.5g", lineterminator="\n")
    models_table(f"the table of {folder.name}", rows, seeds=recipe is not None)
    record = {
        "format": FORMAT,
        "written_by": f"neuroflysim {__version__}",
        **more,
        "readout": {**asdict(readout), "cell_types": list(readout.cell_types or ())},
        "recipe": recipe,
        "connectome_sha256": start.connectome.table_checksums,
    }
    parts = {name: one.sealed_checksum for name, one in kept.items()}
    record = sealed(record, {**parts, TABLE: of_text(rows)})
    # Whoever looks sees no ensemble or a whole one.
    temporary = Path(tempfile.mkdtemp(dir=folder.absolute().parent, prefix=f".{folder.name}-"))
    try:
        text = json.dumps(record, indent=1, allow_nan=False)
        (temporary / RECORD).write_text(text + "\n", encoding="utf-8")
        (temporary / TABLE).write_text(rows, encoding="utf-8")
        for name, one in kept.items():
            one.save(temporary / f"{name}.json")
        load_ensemble(temporary, start.connectome)
        temporary.chmod(0o755)
        os.replace(temporary, folder)
    except OSError as error:
        raise FileError(f"{folder} cannot be written: {error.strerror or error}.") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _checked_names(models: Mapping[str, Parameters], table: pd.DataFrame) -> list[str]:
    missing = [word for word in COLUMNS if word not in table]
    if missing:
        raise InvalidValueError(f"the table has no column {missing[0]!r}.")
    if not table.index.is_unique or table["stable"].dtype != np.bool_:
        raise InvalidValueError("the table needs one row a model, and True or False for stable.")
    if wrong := sorted(set(models) - set(table.index)):
        raise InvalidValueError(f"the table has no row for {', '.join(map(repr, wrong))}.")
    if wrong := [name for name in table.index[table["stable"]] if name not in models]:
        raise InvalidValueError(
            f"{', '.join(map(repr, wrong))} of the table are stable, but have no parameters."
        )
    return [name for name in table.index if name in models]
