"""Checks of study.yaml that a schema cannot say: names that must exist, and what they take."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache

from neuroflysim import analysis, checks
from neuroflysim.errors import InvalidTypeError, InvalidValueError, NeuroFlySimError
from neuroflysim.experiments.reading import Problems
from neuroflysim.experiments.study import Measure, Signal, Study, argument_values
from neuroflysim.protocol import Protocol
from neuroflysim.protocols import LIBRARY

#: Arguments of functions of neuroflysim.analysis that `compare` knows without being told.
GIVEN = ("luminance", "parameters")


@cache
def analysis_functions() -> dict[str, Callable]:
    """Return the functions of neuroflysim.analysis that take responses, by name."""
    functions = {}
    for name in analysis.__all__:
        function = getattr(analysis, name)
        if inspect.isfunction(function):
            signature = inspect.signature(function)
            first = next(iter(signature.parameters), None)
            if first in ("responses", "peak") and signature.return_annotation != "Responses":
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
            unit = isinstance(error, InvalidTypeError)
            hint = " In study.yaml write 160 ms or 28 deg/s." if unit else ""
            problems.in_yaml(
                place, f"the parameters of {experiment.protocol} cannot be used: {error}{hint}"
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
