"""Checks that a schema cannot say: names that must exist, and rows that must fit each other."""

from __future__ import annotations

import inspect
from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache

from neuroflysim import analysis, checks
from neuroflysim.connectome import load_connectome
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.experiments.reading import Problems
from neuroflysim.experiments.row_syntax import (
    UNITS,
    UNITS_OF_SIGNALS,
    parse_cell_types,
    parse_condition,
    parse_fly_value,
)
from neuroflysim.experiments.study import Measure, Measurement, Signal, Study, argument_values
from neuroflysim.protocol import Protocol
from neuroflysim.protocols import LIBRARY

#: Kinds of agreement that need one number in every row.
NUMBERS_ONLY = ("circular", "correlation", "rank")

#: Fewer points are no correlation, or no order.
LEAST_ROWS = {"correlation": 3, "rank": 2}

#: Arguments of functions of neuroflysim.analysis that `compare` knows without being told.
GIVEN = ("luminance", "parameters")


@cache
def model_cell_types() -> tuple[str, ...]:
    """Return the cell types of the model."""
    return tuple(load_connectome().cell_types.index)


@cache
def analysis_functions() -> dict[str, Callable]:
    """Return the functions of neuroflysim.analysis that take responses, by name."""
    functions = {}
    for name in analysis.__all__:
        function = getattr(analysis, name)
        if inspect.isfunction(function):
            first = next(iter(inspect.signature(function).parameters), None)
            if first in ("responses", "peak"):
                functions[name] = function
    return functions


def check_experiments(study: Study, lines: dict[tuple, int], problems: Problems) -> None:
    """Add what is wrong with the experiments of a study.

    Parameters
    ----------
    study : Study
    lines : dict of tuple to int
        The line of each key of study.yaml.
    problems : Problems
    """
    for name, experiment in study.experiments.items():
        where = ("experiments", name)
        try:
            checks.one_of("protocol", experiment.protocol, LIBRARY)
        except InvalidValueError as error:
            problems.in_yaml(
                lines[*where, "protocol"],
                f"{error} Take one of these, or add a file to protocols/.",
            )
            continue
        place = lines[*where, "parameters"]
        function = LIBRARY[experiment.protocol]
        if not _accepts(function, experiment.parameters, (*where, "parameters"), lines, problems):
            continue
        try:
            built = experiment.build()
            built.times(experiment.time_step)
        except (NeuroFlySimError, TypeError, ValueError) as error:
            problems.in_yaml(
                place, f"the parameters of {experiment.protocol} cannot be used: {error}"
            )
            continue
        if not isinstance(built, Protocol):
            problems.in_yaml(place, f"{experiment.protocol} gives no Protocol; mend its file.")


def check_measures(study: Study, lines: dict[tuple, int], problems: Problems) -> None:
    """Add what is wrong with the measures of a study.

    Parameters
    ----------
    study : Study
    lines : dict of tuple to int
        The line of each key of study.yaml.
    problems : Problems
    """
    functions = analysis_functions()
    for name, measure in study.measures.items():
        where = ("measures", name)
        if measure.experiment not in study.experiments:
            named = ", ".join(study.experiments) or "none"
            problems.in_yaml(
                lines[*where, "experiment"],
                f"there is no experiment {measure.experiment!r}; experiments has {named}. Add it or"
                " name one of these.",
            )
        if measure.function not in functions:
            problems.in_yaml(lines[*where, "function"], _no_function(measure.function, functions))
        else:
            _accepts(
                functions[measure.function],
                measure.arguments,
                (*where, "arguments"),
                lines,
                problems,
                skip=1,
            )
            _check_arguments(measure, lines, problems)
        if measure.signal.kind == "other":
            place = lines.get((*where, "signal"), lines[where])
            problems.in_yaml(
                place,
                f"the signal of {name} is 'other', which the model cannot show; give the measure a"
                " signal of its own, for example signal: {kind: voltage}, or move it to"
                " not_replayed.",
            )
    for name in study.not_replayed.keys() & study.measures.keys():
        problems.in_yaml(
            lines["not_replayed", name],
            f"{name} stands in measures and in not_replayed; keep one of them.",
        )
    in_table = {row.measure for row in study.measurements}
    for block in ("measures", "not_replayed"):
        for name in getattr(study, block):
            if name not in in_table:
                problems.in_yaml(
                    lines[block, name],
                    f"no row of measurements.csv has the measure {name!r}; add one or remove it"
                    " here.",
                )


def check_signals(study: Study, lines: dict[tuple, int], problems: Problems) -> None:
    """Add what is wrong with the recording models of a study.

    Parameters
    ----------
    study : Study
    lines : dict of tuple to int
        The line of each key of study.yaml.
    problems : Problems
    """
    places: dict[tuple, Signal] = {("signal",): study.signal}
    for name, measure in study.measures.items():
        if ("measures", name, "signal") in lines:
            places["measures", name, "signal"] = measure.signal
    for where, signal in places.items():
        for key in ("rise_time", "decay_time"):
            if (text := getattr(signal, key)) is not None:
                try:
                    checks.seconds(key, signal.arguments()[key])
                except NeuroFlySimError as error:
                    problems.in_yaml(
                        lines[*where, key], f"{error} It is {text!r}; write 200 ms or the like."
                    )


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
            for complaint in _complaints(row, study.measures[row.measure]):
                problems.in_table(row.row, complaint)
        elif row.measure not in study.not_replayed:
            named = [*study.measures, *study.not_replayed]
            problems.in_table(
                row.row,
                f"the measure {row.measure!r} is not in study.yaml, which has {', '.join(named)};"
                " add it to measures, or to not_replayed with the reason.",
            )
    _check_groups(study, problems)


def group_of(row: Measurement, measure: Measure) -> str:
    """Return what the rows of one correlation or rank share; each other row is alone.

    Parameters
    ----------
    row : Measurement
    measure : Measure
    """
    support = "" if row.strict else " (secondary)"
    if measure.agreement.over == "condition":
        return f"{row.measure} of {row.cell_type} over condition{support}"
    if measure.agreement.over == "cell_type":
        at = f" at {row.condition}" if row.condition else ""
        return f"{row.measure}{at} over cell_type{support}"
    at = f" at {row.condition}" if row.condition else ""
    return f"{row.measure} of {row.cell_type}{at}"


def _complaints(row: Measurement, measure: Measure):
    """Yield what is wrong with a row whose measure is replayed."""
    kind = measure.agreement.kind
    try:
        sides = parse_cell_types(row.cell_type, model_cell_types())
        if kind == "circular" and (len(sides) > 1 or len(sides[0]) > 1):
            yield (
                f"the cell type {row.cell_type!r} means an average, which angles do not have;"
                " write one row for each type."
            )
    except InvalidValueError as error:
        yield f"{error} T4 and T5 stand for their subtypes; others go to not_replayed."
    try:
        parse_condition(row.condition)
    except NeuroFlySimError as error:
        yield f"{error} A condition is written name=value."
    try:
        value = parse_fly_value(row.value)
    except InvalidValueError as error:
        yield f"the value {error}"
        return
    words = measure.agreement.words
    if value.word and value.word not in words:
        allowed = f"{' or '.join(words)} or a number" if words else "a number"
        yield f"the value {row.value!r} is a word, but agreement {kind!r} needs {allowed}."
    if kind in NUMBERS_ONLY and value.is_interval:
        yield f"the value {row.value!r} is no single number, which agreement {kind!r} needs."
    if value.word and row.unit:
        yield f"the value is a word, but has the unit {row.unit!r}; leave the unit empty."
    if not value.word:
        yield from _unit_complaints(row.unit, kind)


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
            groups[group_of(row, study.measures[row.measure])].append(row)
    for name, rows in groups.items():
        agreement = study.measures[rows[0].measure].agreement
        least = LEAST_ROWS.get(agreement.kind, 1)
        if len(rows) < least:
            problems.in_table(
                rows[0].row,
                f"{name} has {len(rows)} row(s), but a {agreement.kind} needs {least}; add rows or"
                " use another agreement.",
            )
    for name, measure in study.measures.items():
        used = Counter(
            UNITS[row.unit][0]
            for row in study.measurements
            if row.measure == name and row.unit in UNITS
        )
        if len(used) > 1:
            rare = min(used, key=used.get)
            row = next(
                row
                for row in study.measurements
                if row.measure == measure.name and UNITS.get(row.unit, ("",))[0] == rare
            )
            problems.in_table(
                row.row,
                f"the unit {row.unit!r} cannot be converted to that of the other rows of {name};"
                " use one kind of unit for a measure.",
            )


def _accepts(function, given: dict, where: tuple, lines: dict, problems: Problems, skip=0) -> bool:
    allowed = list(inspect.signature(function).parameters)[skip:]
    allowed = [name for name in allowed if name not in GIVEN] if skip else allowed
    wrong = [name for name in given if name not in allowed]
    for name in wrong:
        try:
            checks.one_of(f"a parameter of {function.__name__}", name, allowed)
        except InvalidValueError as error:
            problems.in_yaml(lines[*where, name], f"{error} Mend the name or remove it.")
    return not wrong


def _check_arguments(measure: Measure, lines: dict, problems: Problems) -> None:
    try:
        argument_values(measure.arguments)
    except NeuroFlySimError as error:
        problems.in_yaml(lines["measures", measure.name, "arguments"], f"{error} Mend it.")


def _no_function(name: str, functions: dict) -> str:
    try:
        checks.one_of("function", name, functions)
    except InvalidValueError as error:
        return f"{error} These functions of neuroflysim.analysis take responses."
    raise AssertionError(f"{name!r} exists")  # pragma: no cover
