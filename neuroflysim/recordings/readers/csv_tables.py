"""Tables: one column for each trial, or one row for each sample of each trial."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from brian2 import Quantity

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import existing
from neuroflysim.recordings.building import Sweep, conditions_given, recording_of
from neuroflysim.recordings.column_names import plain_unit
from neuroflysim.recordings.labels import MISSING, NOT_CONDITIONS, NUMBER
from neuroflysim.recordings.reader import Reader
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.table import SECONDS, SEPARATORS, Table, read_table

#: Columns by which a table is known that `Recording.save` wrote.
_OWN = {"trial", "time", "signal"}


def load_csv(
    path: str | os.PathLike[str],
    *,
    time: str = "time",
    values: str | Sequence[str] | None = None,
    trial: str | None = None,
    labels: Sequence[str] | None = None,
    time_unit: Quantity | None = None,
    units: str | None = None,
    cell_type: str | Sequence[str] | None = None,
    conditions: Mapping | None = None,
    separator: str | None = None,
) -> Recording:
    """Read a table with a line of names on top: ``time (ms),first (mV),second (mV)``.

    Units stand behind the names, in round or square brackets; options name columns without them.
    A table that `Recording.save` wrote needs no option.

    Parameters
    ----------
    path : path-like
    time : str
        Column of the times, which are evenly spaced.
    values : str or sequence of str, optional
        Columns of the signal, one for each trial; with `trial` it is one. Those that are left
        over, if not given.
    trial : str, optional
        Column that numbers or names the trials, where a row is one sample of one trial.
    labels : sequence of str, optional
        With `trial`: columns that have one value in each trial, and tell what was shown, or the
        cell_type. Those that are left over, if not given.
    time_unit : Quantity [s], optional
        For example ``ms``, if the name of the column does not tell it.
    units : str, optional
        Of the signal, for example "mV", if the names of its columns do not tell it.
    cell_type, conditions : optional
        As in `load_neo`, for what no column tells: one value for all, or one for each trial.
    separator : str, optional
        Between columns: a comma in .csv, a tab in .tsv, if not given.

    Returns
    -------
    Recording

    Raises
    ------
    InvalidValueError
        Names file, line and column.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cells.csv"
    >>> _ = file.write_text(
    ...     "time (s),trial,cell_type,angle,F (a.u.)\\n"
    ...     "0,1,T4a,0,5\\n0.1,1,T4a,0,6\\n0,2,T4a,90,5\\n0.1,2,T4a,90,5\\n")
    >>> load_csv(file, trial="trial", values="F").conditions["angle"].tolist()
    [0, 90]
    """
    path = existing(path)
    table = read_table(path, separator)
    time = table.column("time", time)
    scale = table.seconds_in(time, time_unit)
    if trial is None and values is None and table.units.keys() >= _OWN:
        trial, values = "trial", "signal"
    values = [values] if isinstance(values, str) else values
    labels = [labels] if isinstance(labels, str) else labels
    if trial is not None:
        trial = table.column("trial", trial)
        (column,), labels = _roles(table, (time, trial), values, labels)
        _require_one_role(table, [time, trial, column, *labels])
        unit = table.unit_of([column], units)
        sweeps, told = _long(table, time, scale, trial, column, labels, unit)
        return _labelled(path, sweeps, told, cell_type, conditions)
    if labels is not None:
        raise InvalidValueError(
            f"{path.name}: labels are for tables with a column of trials: give trial=..., or tell"
            " what was shown by conditions={...}."
        )
    values = [name for name in table.units if name != time] if values is None else values
    values = table.columns("values", values)
    _require_one_role(table, [time, *values])
    first, step = table.times(time, table.rows, scale)
    unit = table.unit_of(values, units)
    sweeps = [
        Sweep(table.numbers(name, table.rows), step, unit, name, 0, first, first)
        for name in values
    ]  # fmt: skip
    return recording_of(path, sweeps, cell_type, conditions)


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    table = read_table(existing(path), None)
    if not any(table.rows[name].str.fullmatch(NUMBER).all() for name in table.units):
        raise InvalidValueError(f"{table.name} has no column of numbers; name another file.")
    first = step = np.nan
    scale = SECONDS.get(plain_unit(table.units.get("time", "")))
    if scale is not None and "trial" not in table.units:
        first, step = table.times("time", table.rows, scale)
    rows = [(name, unit, 1, len(table.rows), step, first) for name, unit in table.units.items()]
    names = ["channel", "units", "sweeps", "samples", "time_step", "begin"]
    found = pd.DataFrame(rows, columns=names)
    return found[found["channel"] != "time"].reset_index(drop=True)


def _roles(table: Table, taken, values, labels) -> tuple[list[str], list[str]]:
    """Return the column of the signal, and those of the labels, where samples stand in one."""
    rest = [name for name in table.units if name not in taken]
    if values is None:
        values = [name for name in rest if name not in (labels or ())]
    values = table.columns("values", values)
    if len(values) != 1:
        raise InvalidValueError(
            f"{table.name}: the samples of all trials stand in one column; name it: values="
            f"{' or '.join(map(repr, values))}."
        )
    if labels is None:
        return values, [name for name in rest if name not in values]
    return values, [table.column("labels", name) for name in labels]


def _long(
    table: Table, time: str, scale: float, trial: str, column: str, labels: list[str], unit: str
) -> tuple[list[Sweep], dict[str, np.ndarray]]:
    """Return trials that stand below each other, and their labels."""
    sweeps, lines, told = [], [], {name: [] for name in labels}
    _require_filled(table, trial)
    for number, (_, rows) in enumerate(table.rows.groupby(trial, sort=False)):
        first, step = table.times(time, rows, scale)
        samples = table.numbers(column, rows)
        sweeps.append(Sweep(samples, step, unit, column, number, first, first))
        lines.append(int(rows.index[0]))
        for name in labels:
            told[name].append(table.one_value(name, rows))
    return sweeps, {name: table.labels(name, lines, texts) for name, texts in told.items()}


def _require_one_role(table: Table, names: list[str]) -> None:
    for place, name in enumerate(names):
        if name in names[:place]:
            raise InvalidValueError(
                f"{table.name}: the column {name} is named twice; each is a time, a trial, a signal"
                " or a label, and only one of them."
            )


def _require_filled(table: Table, trial: str) -> None:
    missing = table.rows[trial].str.lower().isin(MISSING)
    if missing.any():
        raise InvalidValueError(
            f"{table.name}, line {table.rows.index[int(np.argmax(missing))]}, column {trial}: does"
            " not say of which trial the sample is; fill it in."
        )


def _labelled(path, sweeps: list[Sweep], told: dict, cell_type, conditions) -> Recording:
    """Return trials with the labels of the table and those that were given."""
    given = conditions_given(conditions)
    for name in told:
        if name in given or (name == "cell_type" and cell_type is not None):
            raise InvalidValueError(
                f"{path.name}: {name} is given, but the column {name} tells it, too; leave one out."
            )
    of_file = {name: told.pop(name) for name in NOT_CONDITIONS if name in told}
    cell_type = of_file.pop("cell_type", cell_type)
    recording = recording_of(path, sweeps, cell_type, {**told, **given})
    labels = {name: ("trial", values) for name, values in of_file.items()}
    return Recording(recording.signal.assign_coords(labels))


READER = Reader(tuple(SEPARATORS), load_csv, contents)
