"""Recordings out of tables: a column for each trial, or a row for each sample of each trial."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from attrs import frozen
from brian2 import Quantity

from neuroflysim.errors import InvalidValueError
from neuroflysim.recordings.building import Sweep, conditions_given, recording_of
from neuroflysim.recordings.column_names import plain_unit
from neuroflysim.recordings.labels import NOT_CONDITIONS
from neuroflysim.recordings.reader import listing
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.table import SECONDS, Table

#: Columns by which a table is known that `Recording.save` wrote.
_OWN = {"trial", "time", "signal"}


@frozen
class TableOptions:
    """What the functions that read tables take beside the path; see `load_csv`."""

    time: str
    values: str | Sequence[str] | None
    trial: str | None
    labels: Sequence[str] | None
    time_unit: Quantity | str | None
    unit: str | None
    cell_type: str | Sequence[str] | None
    conditions: Mapping | Sequence[Mapping] | None


def recording_of_table(path: Path, table: Table, options: TableOptions) -> Recording:
    """Return the recording that a table is.

    Parameters
    ----------
    path : Path
    table : Table
    options : TableOptions
    """
    time = table.column("time", options.time)
    scale = table.seconds_in(time, options.time_unit)
    trial, values = options.trial, options.values
    if trial is None and values is None and table.units.keys() >= _OWN:
        trial, values = "trial", "signal"
    values = [values] if isinstance(values, str) else values
    labels = [options.labels] if isinstance(options.labels, str) else options.labels
    if trial is not None:
        trial = table.column("trial", trial)
        (column,), labels = _roles(table, (time, trial), values, labels)
        _require_one_role(table, [time, trial, column, *labels])
        unit = table.unit_of([column], options.unit)
        sweeps, told = _long(table, time, scale, trial, column, labels, unit)
        return _labelled(path, sweeps, told, options.cell_type, options.conditions)
    if labels is not None:
        raise InvalidValueError(
            f"{path.name}: labels are for tables with a column of trials: give trial=..., or tell"
            " what was shown by conditions={...}."
        )
    values = [name for name in table.units if name != time] if values is None else values
    values = table.columns("values", values)
    _require_one_role(table, [time, *values])
    first, step = table.times(time, table.rows, scale)
    unit = table.unit_of(values, options.unit)
    sweeps = [
        Sweep(table.numbers(name, table.rows), step, unit, name, 0, first, first)
        for name in values
    ]  # fmt: skip
    return recording_of(path, sweeps, options.cell_type, options.conditions)


def contents_of_table(table: Table) -> pd.DataFrame:
    """Return what `recording_contents` tells of a table."""
    if not any(table.is_numbers(name) for name in table.units):
        raise InvalidValueError(f"{table.name} has no column of numbers; name another file.")
    first = step = np.nan
    scale = SECONDS.get(plain_unit(table.units.get("time", "")))
    if scale is not None and "trial" not in table.units:
        first, step = table.times("time", table.rows, scale)
    rows = [(name, unit, 1, len(table.rows), step, first) for name, unit in table.units.items()]
    found = listing(rows)
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
    missing = table.missing(trial)
    if missing.any():
        row = table.rows.index[int(np.argmax(missing))]
        raise InvalidValueError(
            f"{table.place(row, trial)}: does not say of which trial the sample is; fill it in."
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
