"""Checks of measurements.csv that a schema cannot say: how rows fit their measure."""

from __future__ import annotations

from collections import defaultdict

from neuroflysim.analysis.tangential_response import PREFERRED
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.experiments.loading.files import Problems
from neuroflysim.experiments.row_syntax import (
    UNITS,
    UNITS_OF_SIGNALS,
    model_cell_types,
    parse_cell_types,
    parse_condition,
    parse_fly_value,
)
from neuroflysim.experiments.study import LEAST_ROWS, Measure, Measurement, Study
from neuroflysim.perturbations import INTACT

#: Kinds of agreement that need one number in every row.
NUMBERS_ONLY = ("circular", "correlation", "rank")


def check_rows(study: Study, problems: Problems) -> None:
    """Add what is wrong with the measurements of a study.

    Parameters
    ----------
    study : Study
    problems : Problems
    """
    seen: dict[tuple, int] = {}
    for row in study.measurements:
        key = (row.measure, row.cell_type, row.condition)
        if key in seen:
            problems.in_table(
                row.row,
                f"has the measure, cell type and condition of row {seen[key]}; remove one, or tell"
                " them apart by their condition.",
            )
        seen.setdefault(key, row.row)
        if row.measure in study.measures:
            measure = study.measures[row.measure]
            of_cells = _of_tangential_cells(row, measure, study)
            for complaint in (
                *_complaints(row, measure),
                *_of_flies(row, measure, study),
                *of_cells,
            ):
                problems.in_table(row.row, complaint)
        elif row.measure not in study.not_replayed:
            named = [*study.measures, *study.not_replayed]
            problems.in_table(
                row.row,
                f"the measure {row.measure!r} is not in study.yaml, which has {', '.join(named)};"
                " add it to measures, or to not_replayed with the reason.",
            )
    _check_groups(study, problems)


def _complaints(row: Measurement, measure: Measure):
    """Yield what is wrong with a row whose measure is replayed."""
    kind = measure.agreement.kind
    try:
        sides = parse_cell_types(row.cell_type, model_cell_types())
        if kind == "circular" and (len(sides) > 1 or any(len(side) > 1 for side in sides)):
            yield (
                f"the cell type {row.cell_type!r} means an average, which angles do not have;"
                " write one row for each type."
            )
    except InvalidValueError as error:
        yield f"{error} T4 and T5 stand for their subtypes; others go to not_replayed."
    try:
        parse_condition(row.condition)
    except NeuroFlySimError as error:
        yield str(error)
    try:
        value = parse_fly_value(row.value)
    except InvalidValueError as error:
        yield f"the value {error}"
        return
    words = [word for word in (*measure.agreement.words, *measure.agreement.ranges) if word]
    if value.word and value.word not in words:
        allowed = f"{' or '.join(words)} or a number" if words else "a number"
        yield f"the value {row.value!r} is a word, but agreement {kind!r} needs {allowed}."
    if kind == "range" and value.is_number:
        yield (
            f"the value {row.value!r} is one number, but agreement 'range' needs"
            f" {' or '.join(words)}, a bound or a range."
        )
    if kind in NUMBERS_ONLY and value.is_interval:
        yield f"the value {row.value!r} is no single number, which agreement {kind!r} needs."
    if value.is_number and value.low == 0 and kind in ("ratio", "sign"):
        yield f"the value is 0, which has no {kind}; write a bound or use another agreement."
    if value.word and row.unit:
        yield f"the value is a word, but has the unit {row.unit!r}; leave the unit empty."
    if not value.word:
        yield from _unit_complaints(row.unit, kind)


def _of_flies(row: Measurement, measure: Measure, study: Study):
    """Yield what is wrong with the fly that a row names, or does not name.

    A condition that cannot be read and an experiment that is not there are told elsewhere.
    """
    try:
        named = parse_condition(row.condition).get("perturbation", INTACT)
    except NeuroFlySimError:
        return
    experiment = study.experiments.get(measure.experiment)
    if experiment is None:
        return
    flies = [INTACT, *experiment.perturbations]
    if named not in flies:
        yield (
            f"the condition says perturbation={named}, but the flies of {experiment.name} are"
            f" {', '.join(flies)}; name one of these or add it to the perturbations of the"
            " experiment."
        )
    elif measure.against is not None and named == measure.against.perturbation:
        yield (
            f"{measure.name} compares a fly with the one called {named}, so the condition must name"
            " another one: perturbation="
            f"{' or '.join(name for name in flies if name != named) or '...'}."
        )


def _of_tangential_cells(row: Measurement, measure: Measure, study: Study):
    """Yield what is wrong with a row of HS or VS that repeats the finding of a proxy."""
    if not measure.beside:
        return
    words = [word.strip() for word in row.cell_type.split(",")]
    if not set(words) <= set(PREFERRED):
        yield (
            f"{measure.name} stands beside {measure.beside}, so its cell type must be"
            f" {' or '.join(PREFERRED)}, but is {row.cell_type!r}; rows of other cells count by"
            " themselves, without beside."
        )
    said = (row.condition, row.value, row.unit, row.support, row.locator)
    if not any(
        other.measure == measure.beside
        and said == (other.condition, other.value, other.unit, other.support, other.locator)
        for other in study.measurements
    ):
        yield (
            f"no row of {measure.beside} has the condition, value, unit, support and locator that"
            f" this row of {measure.name} repeats; write them as there, or add that row."
        )


def _unit_complaints(unit: str, kind: str):
    if unit in UNITS_OF_SIGNALS:
        if kind not in ("correlation", "rank", "sign"):
            yield (
                f"the unit {unit!r} is a size of the recorded signal, which agreement {kind!r}"
                " cannot compare with the model; use correlation, rank or sign."
            )
    elif unit not in UNITS:
        yield (
            f"the unit is {unit!r}, but must be one of {', '.join(UNITS)}"
            f" ({', '.join(UNITS_OF_SIGNALS)} for correlation, rank and sign)."
        )
    elif kind == "circular" and unit != "deg":
        yield f"the unit is {unit!r}, but agreement 'circular' needs deg."


def _check_groups(study: Study, problems: Problems) -> None:
    groups = defaultdict(list)
    for row in study.measurements:
        if row.measure in study.measures:
            groups[study.group(row)].append(row)
    for name, rows in groups.items():
        agreement = study.measures[rows[0].measure].agreement
        least = LEAST_ROWS.get(agreement.kind, 1)
        if len(rows) < least:
            problems.in_table(
                rows[0].row,
                f"{name} has {len(rows)} row(s), but a {agreement.kind} needs {least}; add rows or"
                " use another agreement.",
            )
        elif agreement.kind in LEAST_ROWS and len({_number(row.value) for row in rows}) == 1:
            problems.in_table(
                rows[0].row,
                f"all values of {name} are the same, so they have no {agreement.kind}; use another"
                " agreement.",
            )
    for name in study.measures:
        rows = [row for row in study.measurements if row.measure == name and row.unit in UNITS]
        kinds = [UNITS[row.unit][0] for row in rows]
        common = max(kinds, key=kinds.count, default=None)
        for row, kind in zip(rows, kinds, strict=True):
            if kind != common:
                problems.in_table(
                    row.row,
                    f"the unit {row.unit!r} cannot be converted to that of the other rows of"
                    f" {name}; use one kind of unit for a measure.",
                )


def _number(text: str) -> float | str:
    try:
        return parse_fly_value(text).low
    except InvalidValueError:
        return text
