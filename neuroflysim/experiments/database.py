"""Loading studies: of the database that is installed with the package, or from any folder."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from neuroflysim import checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError, NeuroFlySimError, StudyError
from neuroflysim.experiments.loading import measurement_checks, study_checks
from neuroflysim.experiments.loading.files import Problems, read_table, read_yaml
from neuroflysim.experiments.loading.schema import check_row, check_study
from neuroflysim.experiments.study import (
    TIME_STEP,
    Against,
    Agreement,
    Citation,
    Experiment,
    Measure,
    Measurement,
    Signal,
    Study,
    StudyOrName,
)
from neuroflysim.names import studies_folder, study_keys
from neuroflysim.quantity_text import parse_quantity


def load_study(study: StudyOrName) -> Study:
    """Read a study and check all that it says.

    Parameters
    ----------
    study : str or path-like
        Name of a study of the database, see `studies`; or a folder with study.yaml and
        measurements.csv.

    Returns
    -------
    Study

    Raises
    ------
    StudyError
        If anything is wrong; lists all problems with file, line or row, and cure.
    InvalidValueError
        If there is no such study or folder.

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> study = nfs.load_study("gruntman2019")
    >>> study.citation.year, study.method
    (2019, 'in vivo whole-cell current clamp')
    """
    if isinstance(study, Study):
        return study
    if not isinstance(study, str | os.PathLike):
        raise InvalidTypeError(
            f"study must be the name of a study or a folder, but is {type(study).__name__}."
        )
    if isinstance(study, str) and study in study_keys():
        return _load_installed(study)
    if os.path.isdir(study):  # false for names that no file can have
        return _load(Path(study))
    shown = str(study) if len(str(study)) <= 200 else f"{str(study)[:80]}..."
    if isinstance(study, str) and os.sep not in study:
        checks.one_of("study", shown, study_keys())
    raise InvalidValueError(
        f"there is no folder {shown}; name a folder with study.yaml and measurements.csv."
    )


def chosen_studies(
    studies: StudyOrName | Sequence[StudyOrName], modulators: Collection[str] = ()
) -> list[Study]:
    """Return the studies that are meant, as models with some modulators are asked.

    Parameters
    ----------
    studies : "all", str, path-like, Study or list of these
    modulators : collection of str
        Of the dynamics of the models; the published model has none.
    """
    return [study.asked_with(modulators) for study in _listed(studies)]


def _listed(studies: StudyOrName | Sequence[StudyOrName]) -> list[Study]:
    if isinstance(studies, str) and studies == "all":
        return [_load_installed(key) for key in study_keys()]
    listed = [studies] if isinstance(studies, str | os.PathLike | Study) else studies
    if not np.iterable(listed):
        raise InvalidTypeError(
            f"studies must be 'all', a name, a folder or a list of these, but is {studies!r}."
        )
    loaded = [load_study(study) for study in listed]
    for index, study in enumerate(loaded):
        if study.key in [other.key for other in loaded[:index]]:
            raise InvalidValueError(f"studies names {study.key!r} twice.")
    return loaded


def studies() -> pd.DataFrame:
    """List the studies of the database.

    Returns
    -------
    DataFrame
        Index: the name of the study. Columns: year, authors, title, method, signal, cell_types,
        rows (measurements), replayed_rows, experiments, replayed (measures that the model is asked
        for) and not_replayed (the other measures, with the reason).

    Examples
    --------
    >>> import neuroflysim as nfs
    >>> nfs.studies().loc[["gruntman2019"], ["year", "signal", "cell_types"]].values.tolist()
    [[2019, 'voltage', 'T5']]
    """
    columns = (
        "study year authors title method signal cell_types rows replayed_rows experiments replayed"
        " not_replayed"
    )
    rows = [_line(load_study(key)) for key in study_keys()]
    return pd.DataFrame(rows, columns=columns.split()).set_index("study")


def _line(study: Study) -> tuple:
    return (
        study.key,
        study.citation.year,
        study.citation.authors,
        study.citation.title,
        study.method,
        study.signal.kind,
        ", ".join(study.cell_types),
        len(study.measurements),
        sum(row.measure in study.measures for row in study.measurements),
        ", ".join(study.experiments),
        ", ".join(study.measures),
        "; ".join(f"{name}: {reason}" for name, reason in study.not_replayed.items()),
    )


@cache
def _load_installed(key: str) -> Study:
    return _load(studies_folder() / key)


def _load(folder: Path) -> Study:
    folder = folder.resolve()
    problems = Problems()
    if not re.fullmatch(r"[a-z][a-z0-9_]*", folder.name):
        problems.append(
            f"the folder {folder.name!r}: rename it to small letters, digits and _, for example"
            " gruntman2019."
        )
    content, lines = read_yaml(folder / "study.yaml", problems)
    rows = read_table(folder / "measurements.csv", problems)
    if lines:
        check_study(content, lines, problems)
    for row, cells in rows:
        check_row(cells, row, problems)
    if problems:  # the other checks rely on the schema
        raise StudyError(folder.name, problems)
    study = _study(folder, cast(dict, content), rows, lines, problems)
    study_checks.check_experiments(study, lines, problems)
    study_checks.check_signals(study, lines, problems)
    study_checks.check_measures(study, lines, problems)
    measurement_checks.check_rows(study, problems)
    if problems:
        raise StudyError(folder.name, problems)
    return study.asked_with(())


def _study(folder: Path, content: dict, rows: list, lines: dict, problems: Problems) -> Study:
    signal = Signal(**content["signal"])
    return Study(
        key=folder.name,
        folder=folder,
        citation=Citation(**content["citation"]),
        method=content["method"],
        signal=signal,
        cell_types=tuple(content["cell_types"]),
        stimulus=content["stimulus"],
        sources=content["sources"],
        experiments={
            name: _experiment(name, values, lines, problems)
            for name, values in content["experiments"].items()
        },
        measures={
            name: _measure(name, values, signal) for name, values in content["measures"].items()
        },
        not_replayed=content["not_replayed"],
        measurements=tuple(_measurement(row, cells) for row, cells in rows),
    )


def _experiment(name: str, values: dict, lines: dict, problems: Problems) -> Experiment:
    step = TIME_STEP
    if "time_step" in values:
        try:
            step = parse_quantity(values["time_step"])
            checks.seconds("time_step", step)
        except NeuroFlySimError as error:
            problems.in_yaml(lines["experiments", name, "time_step"], f"{error} Write 10 ms.")
            step = TIME_STEP
    return Experiment(
        name,
        values["protocol"],
        values["parameters"],
        values["as_used"],
        time_step=step,
        perturbations=values.get("perturbations", {}),
    )


def _measure(name: str, values: dict, signal: Signal) -> Measure:
    return Measure(
        name=name,
        experiment=values["experiment"],
        function=values["function"],
        arguments=values.get("arguments", {}),
        agreement=Agreement(**values["agreement"]),
        signal=Signal(**values["signal"]) if "signal" in values else signal,
        against=Against(**values["against"]) if "against" in values else None,
        beside=values.get("beside", ""),
    )


def _measurement(row: int, cells: dict[str, str]) -> Measurement:
    n = int(cells["n"]) if cells["n"] else None
    values: dict[str, Any] = {**cells, "n": n}
    return Measurement(**values, row=row)
