"""Models that differ in their seed only, with what is known of each.

A folder holds ``ensemble.json`` (what they have in common), ``models.csv`` (one row a model, the
failed ones too), ``start.json`` (the parameters that every fit began with), and ``000.json`` and so
on, one parameter file for each model that is stable.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import evolve, field, frozen

from neuroflysim import checks
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidIndexError, InvalidTypeError, InvalidValueError
from neuroflysim.parameters import Parameters, load_parameters

FORMAT = "neuroflysim ensemble 1"
RECORD, TABLE, START = "ensemble.json", "models.csv", "start.json"

#: Columns that every table of models has.
COLUMNS = ("seed", "stable", "failure")


@frozen(eq=False, repr=False)
class Ensemble(Sequence):
    """Fitted models: a sequence of the `Parameters` of those that are stable.

    Made by `load_ensemble`.

    Attributes
    ----------
    name : str
    record : dict
        What ``ensemble.json`` says: recipe, readout, prior_knowledge, selection, versions.
    table : DataFrame
        Indexed by model ("000"), the failed ones too: seed, stable, failure, and the numbers that
        were measured.
    start : Parameters
        What every fit began with.
    """

    name: str
    record: dict
    table: pd.DataFrame
    start: Parameters
    _models: dict[str, Parameters] = field(alias="models")

    @property
    def recipe(self) -> dict:
        """What the fits did; `Recipe.from_dict` takes it."""
        return self.record["recipe"]

    @property
    def readout(self) -> dict:
        """From what the task reads flow: cell_types, pooling and noise."""
        return self.record["readout"]

    @property
    def names(self) -> list[str]:
        """Names of the stable models: "000" and so on."""
        return list(self._models)

    @property
    def models(self) -> list[Parameters]:
        """Parameters of the stable models."""
        return list(self._models.values())

    @property
    def connectome(self) -> Connectome:
        """What the models were fitted on."""
        return self.start.connectome

    def __len__(self) -> int:
        return len(self._models)

    def __iter__(self) -> Iterator[Parameters]:
        return iter(self._models.values())

    def __getitem__(self, which):
        """Return a model by its name ("007") or its place among the stable ones, or some of them.

        A slice, or a list of names or places, gives the ensemble of those models.
        """
        if isinstance(which, slice):
            return self._subset(self.names[which])
        if isinstance(which, list | tuple | np.ndarray | pd.Index | pd.Series):
            return self._subset([self._name(one) for one in which])
        return self._models[self._name(which)]

    def _subset(self, names: list[str]) -> Ensemble:
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise InvalidValueError(f"model {sorted(repeated)[0]} of {self.name} is named twice.")
        models = {name: self._models[name] for name in names}
        return evolve(self, table=self.table.loc[names], models=models)

    def _name(self, which) -> str:
        """Return the name of a stable model, which may be given by its place."""
        if not isinstance(which, str):
            if isinstance(which, bool | np.bool_) or not hasattr(which, "__index__"):
                raise InvalidTypeError(
                    f"{which!r} names no model of {self.name}: take a name such as"
                    f" {self.table.index[0]!r}, a place, a slice, or a list of names or places."
                )
            if not -len(self) <= which < len(self):
                raise InvalidIndexError(
                    f"there is no model at place {which}: {self.name} has {len(self)} that are"
                    " stable, counted from 0."
                )
            return self.names[which]
        if which in self._models:
            return which
        checks.one_of(f"the model of {self.name}", which, self.table.index)
        raise InvalidValueError(
            f"model {which} of {self.name} failed ({self.table.loc[which, 'failure']}), so it has"
            " no parameters; its row in the table tells more."
        )

    def __repr__(self) -> str:
        failed = len(self.table) - len(self)
        return f"<Ensemble {self.name!r}: {len(self)} models, {failed} more failed>"


def ensemble_names() -> list[str]:
    """Return the names of the ensembles in the box."""
    with as_file(files("neuroflysim") / "ensembles") as box:
        return sorted(path.parent.name for path in box.glob(f"*/{RECORD}"))


def is_ensemble(name: str | os.PathLike) -> bool:
    """Return whether an ensemble of this name is in the box, or this is the folder of one.

    Parameters
    ----------
    name : str or path-like
    """
    return str(name) in ensemble_names() or (Path(name) / RECORD).is_file()


def load_ensemble(name: str | os.PathLike, connectome: Connectome | None = None) -> Ensemble:
    """Load an ensemble of fitted models.

    Parameters
    ----------
    name : str or path-like
        Of an ensemble in the box (``neuroflysim ensembles`` lists them), or the folder of another.
    connectome : Connectome, optional
        What the models are for; the embedded connectome if not given.

    Returns
    -------
    Ensemble

    Raises
    ------
    InvalidValueError
        If there is none, or a file is missing, wrong, or for another connectome.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> nfs.load_ensemble("flaw")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: 'flaw' is no ensemble...
    """
    if not isinstance(name, str | os.PathLike):
        raise InvalidTypeError(f"the ensemble must be a name or a folder, but is {name!r}.")
    if not is_ensemble(name):
        there = ", ".join(map(repr, ensemble_names())) or "none"
        raise InvalidValueError(
            f"{str(name)!r} is no ensemble: in the box there are {there}; a folder of your own must"
            f" hold {RECORD}."
        )
    if str(name) not in ensemble_names():
        return _from_folder(Path(name), connectome)
    with as_file(files("neuroflysim") / "ensembles" / str(name)) as folder:
        return _from_folder(folder, connectome)


def _from_folder(folder: Path, connectome: Connectome | None) -> Ensemble:
    record, table = _record(folder / RECORD), _table(folder / TABLE)
    start = load_parameters(folder / START, connectome)
    names = table.index[table["stable"]]
    models = {name: load_parameters(folder / f"{name}.json", start.connectome) for name in names}
    return Ensemble(name=folder.name, record=record, table=table, start=start, models=models)


def _record(path: Path) -> dict:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        found = record["format"]
        missing = [word for word in ("recipe", "readout") if not isinstance(record[word], dict)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidValueError(
            f"{path} is no record of an ensemble ({type(error).__name__}: {error})."
        ) from None
    if found != FORMAT or missing:
        raise InvalidValueError(
            f"{path}: its format is {found!r}, but must be {FORMAT!r} with recipe and readout."
        )
    return record


def _table(path: Path) -> pd.DataFrame:
    """Read one row a model; True and False stay texts until they are checked."""
    try:
        table = pd.read_csv(path, dtype={"model": str, "stable": str, "failure": str})
    except (OSError, ValueError) as error:
        raise InvalidValueError(f"{path} cannot be read: {error}.") from None
    for word in ("model", *COLUMNS):
        if word not in table:
            raise InvalidValueError(f"{path} has no column {word!r}; write_ensemble writes it.")
    if table["model"].duplicated().any() or table["model"].isna().any():
        raise InvalidValueError(f"{path}: each model needs one row and a name of its own.")
    wrong = table.index[~table["stable"].isin(["True", "False"])]
    if len(wrong):
        raise InvalidValueError(
            f"{path}, line {wrong[0] + 2}: stable is {table['stable'][wrong[0]]!r}, but must be"
            " True or False."
        )
    table["stable"], table["failure"] = table["stable"] == "True", table["failure"].fillna("")
    return table.set_index("model")
