"""The judgement of one row: every model by the same stimuli, measures and studies."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence

import pandas as pd
from attrs import evolve, field, frozen

from neuroflysim.dynamics import GRADED, Dynamics
from neuroflysim.errors import NeuroFlySimError, UnsettledWarning
from neuroflysim.experiments.study import Study
from neuroflysim.fit.stability import STABLE, check_stability
from neuroflysim.lattice import DEFAULT_LATTICE, Lattice
from neuroflysim.parameters import Parameters, checked_candidates
from neuroflysim.scoreboard.agreements import columns_of
from neuroflysim.scoreboard.asking import agreements_with, numbers_of
from neuroflysim.scoreboard.entry import Entry, Models
from neuroflysim.validation.summary import KEYS
from neuroflysim.workers import Workers, spread


@frozen
class Judgement:
    """What was found of the models of a row.

    Attributes
    ----------
    row : str
    models : DataFrame
        Indexed by model, those without parameters too: stable, failure, and the numbers of
        `validate` (`KEYS` of `neuroflysim.validation.summary`), NaN where there is none.
    agreements : DataFrame
        Of each judged model with each group of strict measurements, see `agreements_of`: one line
        a model, one column a group, in the order of `columns_of`.
    trouble : str
        Why nothing could be judged; empty, if it could.
    identity : str
        Checksum of what the numbers depend on beside the studies, see `identity_of` in
        `row_files.py`.
    made : dict of str to str
        Version of the package, date and processor.
    studies : dict of str to str
        Checksum of the files of each study that was asked, by its name.
    later : dict of str to dict
        As `made`, of studies that were asked after the rest, because they are new or changed.
    dynamics : str
        Name of the equations with which the models were asked.
    seen : tuple of str
        What recordings their fits have seen, see `Parameters.seen`.
    """

    row: str
    models: pd.DataFrame
    agreements: pd.DataFrame
    trouble: str = ""
    identity: str = ""
    made: Mapping[str, str] = field(factory=dict)
    dynamics: str = GRADED.name
    studies: Mapping[str, str] = field(factory=dict)
    later: Mapping[str, Mapping[str, str]] = field(factory=dict)
    seen: tuple[str, ...] = ()

    @property
    def record(self) -> dict[str, str]:
        """Version, date and processor, and in words which studies were asked later, and when."""
        if not self.later:
            return dict(self.made)
        days = sorted({made["date"] for made in self.later.values()})
        told = f"asked again on {' and '.join(days)}: {', '.join(self.later)}"
        return {**self.made, "later": told}


def judge(
    entry: Entry,
    models: Models,
    studies: Sequence[Study],
    *,
    lattice: Lattice = DEFAULT_LATTICE,
    workers: Workers | None = None,
    progress: bool = True,
    dynamics: Dynamics = GRADED,
) -> Judgement:
    """Judge the models of a row.

    Parameters
    ----------
    entry : Entry
    models : Models
        What it loaded.
    studies : sequence of Study
    lattice : Lattice
    workers : Workers, optional
        Who compute; this process, if not given.
    progress : bool
    dynamics : Dynamics
        Equations with which all models are asked.

    Returns
    -------
    Judgement
        With `trouble` in place of numbers if something cannot be asked of these models.
    """
    if not models.parameters:
        n = len(models.failed)
        why = next(iter(models.failed.values()), "there is none")
        told = f"no model has parameters: all {n} failed ({why})"
        return troubled(entry.name, told, models, dynamics.name)
    try:
        for name, one in models.parameters.items():
            checked_candidates(one, name=f"model {name}", dynamics=dynamics)
        stability = _stability(models, lattice, workers, progress, dynamics)
        # Whether they settle is a column of the board; no need to hear of it with each stimulus.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnsettledWarning)
            options = _options(lattice, workers, progress, dynamics)
            numbers = numbers_of(models, options)
            agreements = agreements_with(models, studies, options)
    except NeuroFlySimError as error:
        return troubled(entry.name, str(error), models, dynamics.name)
    order = list(models.parameters)
    table = pd.concat([stability, rounded(numbers.loc[order])], axis=1)
    return Judgement(
        entry.name,
        _with_failed(table, models),
        rounded(agreements.loc[order]),
        dynamics=dynamics.name,
    )


def judge_more(
    known: Judgement,
    models: Models,
    studies: Sequence[Study],
    new: Sequence[Study],
    *,
    lattice: Lattice = DEFAULT_LATTICE,
    workers: Workers | None = None,
    progress: bool = True,
    dynamics: Dynamics = GRADED,
) -> Judgement:
    """Ask the models of a judgement about some studies, and keep all else that it says.

    Parameters
    ----------
    known : Judgement
        Of these models, without trouble.
    models : Models
    studies : sequence of Study
        All that are to stand in it; those that are not new are taken from `known`.
    new : sequence of Study
        Those of them that are asked.
    lattice, workers, progress, dynamics
        See `judge`.
    """
    order = list(models.parameters)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnsettledWarning)
            options = _options(lattice, workers, progress, dynamics)
            found = agreements_with(models, new, options) if new else known.agreements.iloc[:, :0]
    except NeuroFlySimError as error:
        return troubled(known.row, str(error), models, dynamics.name)
    both = pd.concat([known.agreements.loc[order], rounded(found.loc[order])], axis=1)
    asked_now, keys = {study.key for study in new}, {study.key for study in studies}
    there = {
        column: k
        for k, column in enumerate(both.columns)
        if column[0] in keys and (column[0] in asked_now) == (k >= known.agreements.shape[1])
    }
    chosen = [there[column] for column in columns_of(studies).index if column in there]
    return evolve(known, agreements=both.iloc[:, chosen])


def _options(lattice: Lattice, workers, progress: bool, dynamics: Dynamics) -> dict:
    return {"lattice": lattice, "workers": workers, "progress": progress, "dynamics": dynamics}


def rounded(numbers: pd.DataFrame) -> pd.DataFrame:
    """Return numbers to the 5 digits that are kept of them, so that a file holds all of them.

    Parameters
    ----------
    numbers : DataFrame
    """
    return numbers.map(lambda value: float(f"{value:.5g}"))


def troubled(
    row: str, why: str, models: Models | None = None, dynamics: str = GRADED.name
) -> Judgement:
    """Return the judgement of a row that cannot be judged.

    Parameters
    ----------
    row : str
    why : str
    models : Models, optional
        If they could be loaded.
    dynamics : str
        Name of the equations with which they were asked.
    """
    table = pd.DataFrame(columns=["stable", "failure", *KEYS]).rename_axis("model")
    table = table if models is None else _with_failed(table, models)
    nothing = pd.DataFrame(columns=columns_of([]).index)
    return Judgement(row, table, nothing, trouble=why, dynamics=dynamics)


def _with_failed(table: pd.DataFrame, models: Models) -> pd.DataFrame:
    """Add the models that have no parameters."""
    failed = pd.DataFrame(
        {"stable": False, "failure": list(models.failed.values())}, index=list(models.failed)
    )
    both = pd.concat([table, failed]) if len(failed) else table
    return both.astype({"stable": bool, "failure": str}).rename_axis("model")


def _stability(
    models: Models, lattice: Lattice, workers, progress: bool, dynamics: Dynamics
) -> pd.DataFrame:
    found = list(
        spread(
            _stable,
            list(models.parameters.values()),
            workers,
            common=(lattice, dynamics),
            progress=progress,
            unit="model",
        )
    )
    return pd.DataFrame(found, columns=["stable", "failure"], index=list(models.parameters))


def _stable(asked: tuple[Lattice, Dynamics], parameters: Parameters) -> tuple[bool, str]:
    lattice, dynamics = asked
    found = check_stability(parameters, lattice=lattice, dynamics=dynamics)
    return found.stable, "" if found.reason == STABLE else found.reason
