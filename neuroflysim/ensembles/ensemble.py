"""Models that were fitted alike, with what is known of each.

A folder holds ``ensemble.json`` (what they have in common, and checksums of all that is here),
``models.csv`` (one row a model), ``start.json`` (the parameters that every fit began with), and
``000.json`` and so on. A row of the table either has a parameter file or not: a fit of ours that
failed has none. A row that is stable must have one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import overload

import numpy as np
import pandas as pd
from attrs import evolve, field, frozen

from neuroflysim import checks, names
from neuroflysim.connectome import Connectome
from neuroflysim.ensembles.card import ensemble_card
from neuroflysim.ensembles.reading import (
    RECORD,
    START,
    TABLE,
    models_table,
    read_record,
)
from neuroflysim.ensembles.readout import Readout
from neuroflysim.errors import InvalidIndexError, InvalidTypeError, InvalidValueError
from neuroflysim.files import read_text
from neuroflysim.files.sealed import of_text, require_part, require_unchanged
from neuroflysim.parameters import Parameters
from neuroflysim.parameters.file import read_parameters
from neuroflysim.parameters.seen import seen_by, told_seen


@frozen(eq=False, repr=False)
class Ensemble(Sequence):
    """Fitted models: a sequence of the `Parameters` of all that have some.

    Made by `load_ensemble`. Fits of this package that failed the check of stability have no
    parameters; models that others published have, and `stable` gives those that pass it.

    Attributes
    ----------
    name : str
    record : dict
        What ``ensemble.json`` says: recipe, readout, prior_knowledge, selection, versions.
    table : DataFrame
        Indexed by model ("000"), those without parameters too: seed, stable, failure, and the
        numbers that were measured.
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
        """What the fits did; `Recipe.from_dict` takes it.

        Raises
        ------
        InvalidValueError
            If they were not fitted by a recipe of this package.
        """
        if self.record["recipe"] is None:
            raise InvalidValueError(
                f"the models of {self.name} were not fitted by a recipe of this package; how they"
                f" were fitted stands in its {RECORD}."
            )
        return self.record["recipe"]

    @property
    def readout(self) -> Readout:
        """From what the task reads flow."""
        return Readout(**self.record["readout"])

    @property
    def names(self) -> list[str]:
        """Names of the models: "000" and so on."""
        return list(self._models)

    @property
    def models(self) -> list[Parameters]:
        """Parameters of the models, in the order of `names`."""
        return list(self._models.values())

    @property
    def stable(self) -> Ensemble:
        """The ensemble of those that are stable: they settle at grey and never run away."""
        return self._subset([name for name in self._models if self.table.loc[name, "stable"]])

    @property
    def connectome(self) -> Connectome:
        """What the models were fitted on."""
        return self.start.connectome

    @property
    def seen(self) -> tuple[str, ...]:
        """What recordings the fits have seen, all models together; see `Parameters.seen`."""
        return seen_by(self)

    def __len__(self) -> int:
        return len(self._models)

    def __iter__(self) -> Iterator[Parameters]:
        return iter(self._models.values())

    @overload
    def __getitem__(self, which: str | int | np.integer) -> Parameters: ...

    @overload
    def __getitem__(self, which: slice | Sequence[str | int] | np.ndarray) -> Ensemble: ...

    def __getitem__(
        self, which: str | int | np.integer | slice | Sequence[str | int] | np.ndarray
    ) -> Parameters | Ensemble:
        """Return a model by its name ("007") or its place among `names`, or some of them.

        A slice, or a list of names or places, gives the ensemble of those models.
        """
        if isinstance(which, slice):
            return self._subset(self.names[which])
        if isinstance(which, str) or not np.iterable(which):
            return self._models[self._name(which)]
        return self._subset([self._name(one) for one in which])

    def _subset(self, names: list[str]) -> Ensemble:
        repeated = {name for name in names if names.count(name) > 1}
        if repeated:
            raise InvalidValueError(f"model {sorted(repeated)[0]} of {self.name} is named twice.")
        models = {name: self._models[name] for name in names}
        return evolve(self, table=self.table.loc[names], models=models)

    def _name(self, which) -> str:
        """Return the name of a model with parameters, which may be given by its place."""
        if not isinstance(which, str):
            if isinstance(which, bool | np.bool_) or not hasattr(which, "__index__"):
                raise InvalidTypeError(
                    f"{which!r} names no model of {self.name}: take a name such as"
                    f" {self.table.index[0]!r}, a place, a slice, or a list of names or places."
                )
            if not -len(self) <= which < len(self):
                raise InvalidIndexError(
                    f"there is no model at place {which}: {self.name} has {len(self)} with"
                    " parameters, counted from 0."
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
        unstable = len(self) - len(self.stable)
        told = f", {unstable} of them not stable" if unstable else ""
        told += f", {failed} more failed" if failed or not unstable else ""
        told += f", fitted to {told_seen(self.seen)}" if self.seen else ""
        return f"<Ensemble {self.name!r}: {len(self)} models{told}>"

    def _repr_html_(self) -> str:
        return ensemble_card(self)


def is_ensemble(name: str | os.PathLike[str]) -> bool:
    """Return whether an ensemble of this name is in the box, or this is the folder of one.

    Parameters
    ----------
    name : str or path-like
    """
    if str(name) in names.ensemble_names():
        return True
    try:
        return (Path(name) / RECORD).is_file()
    except (OSError, ValueError):  # no name that a folder can have
        return False


def load_ensemble(name: str | os.PathLike[str], connectome: Connectome | None = None) -> Ensemble:
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
        there = ", ".join(map(repr, names.ensemble_names())) or "none"
        raise InvalidValueError(
            f"{str(name)!r} is no ensemble: in the box there are {there}; a folder of your own must"
            f" hold {RECORD}."
        )
    in_the_box = str(name) in names.ensemble_names()
    return _from_folder(names.ENSEMBLES / str(name) if in_the_box else Path(name), connectome)


def _from_folder(folder: Path, connectome: Connectome | None) -> Ensemble:
    record = read_record(folder / RECORD)
    parts = require_unchanged(folder / RECORD, record)
    text = read_text(folder / TABLE)
    require_part(folder / TABLE, parts, TABLE, of_text(text))
    table = models_table(str(folder / TABLE), text, seeds=record["recipe"] is not None)
    start = read_parameters(folder / START, connectome)
    if record["connectome_sha256"] != start.connectome.table_checksums:
        raise InvalidValueError(f"{folder / RECORD} is about another connectome than {START}.")
    with_file = set(parts) - {TABLE, Path(START).stem}
    stable = set(table.index[table["stable"]])
    if wrong := sorted((with_file - set(table.index)) | (stable - with_file)):
        raise InvalidValueError(
            f"{folder / RECORD} has"
            f" {'a' if wrong[0] in with_file else 'no'} model {wrong[0]!r}, but {TABLE} has"
            f" {'no row for it' if wrong[0] in with_file else 'it as a stable one'}."
        )
    models = {
        name: read_parameters(folder / f"{name}.json", start.connectome)
        for name in table.index
        if name in with_file
    }
    for name, one in {Path(START).stem: start, **models}.items():
        require_part(folder / f"{name}.json", parts, name, one.sealed_checksum)
    return Ensemble(name=folder.name, record=record, table=table, start=start, models=models)
