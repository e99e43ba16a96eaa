"""Checks of study.yaml that a schema cannot say: names that must exist, and what they take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from functools import cache

from brian2 import Quantity

from neuroflysim import checks
from neuroflysim.analysis.measures import MEASURES
from neuroflysim.connectome import load_connectome
from neuroflysim.errors import InvalidTypeError, InvalidValueError, NeuroFlySimError
from neuroflysim.experiments.flies import written_flies
from neuroflysim.experiments.loading.argument_checks import MOST_FRAMES, wrong_arguments
from neuroflysim.experiments.loading.files import Problems
from neuroflysim.experiments.row_syntax import parse_fly_value
from neuroflysim.experiments.study import Experiment, Measure, Signal, Study
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations import INTACT
from neuroflysim.protocols import LIBRARY
from neuroflysim.stimulus.protocol import Protocol


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
        _check_flies(experiment, lines, problems)
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
        allowed, given = inspect.signature(function).parameters, experiment.parameters
        if not _accepts(function, allowed, given, (*where, "parameters"), lines, problems):
            continue
        try:
            built = experiment.build()
            _require_few_frames(built, experiment.time_step)
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
            continue
        _check_times_of_flies(experiment, built, lines, problems)


def _require_few_frames(protocol: Protocol, time_step: Quantity) -> None:
    lasts = protocol.pre_time + protocol.stim_time + protocol.tail_time
    n_frames = float(lasts / time_step)
    if n_frames > MOST_FRAMES:
        raise InvalidValueError(
            f"{lasts} in steps of {time_step} are {n_frames:.3g} frames, but {MOST_FRAMES:,} are"
            " allowed; take shorter times or a longer time_step."
        )


def _check_flies(experiment: Experiment, lines: dict, problems: Problems) -> None:
    """Add what is wrong with what is done to the flies of an experiment."""
    where = ("experiments", experiment.name, "perturbations")
    found: dict[str, str] = {}  # names of flies by what is done to them
    for name, written in experiment.perturbations.items():
        if name == INTACT:
            problems.in_yaml(
                lines[*where, name],
                f"the name {INTACT!r} is that of the fly to which nothing is done, which is always"
                " shown; take another one.",
            )
            continue
        try:
            fly = written_flies({name: written})[-1]
            fly.changed(_some_parameters())
        except NeuroFlySimError as error:
            problems.in_yaml(lines[*where, name], f"{name} cannot be made: {error} Mend it.")
            continue
        if fly.done in found:
            problems.in_yaml(
                lines[*where, name],
                f"to {name} the same is done as to {found[fly.done]} ({fly.done}); keep one of"
                " them.",
            )
        found.setdefault(fly.done, name)


def _check_times_of_flies(
    experiment: Experiment, shown: Protocol, lines: dict, problems: Problems
) -> None:
    """Add what is done to flies at times when nothing is shown."""
    where = ("experiments", experiment.name, "perturbations")
    times = shown.times(experiment.time_step)
    for name, written in experiment.perturbations.items():
        try:
            fly = written_flies({name: written})[-1]
        except NeuroFlySimError:
            continue  # told by `_check_flies`
        try:
            fly.epochs(times)
        except InvalidValueError as error:
            problems.in_yaml(lines[*where, name], f"{name}: {error} Mend its start or stop.")


@cache
def _some_parameters() -> Parameters:
    """Return parameters on which it can be tried whether a perturbation fits the connectome."""
    return Parameters.uniform(load_connectome())


def check_measures(study: Study, lines: dict[tuple, int], problems: Problems) -> None:
    """Add what is wrong with the measures of a study.

    Parameters
    ----------
    study : Study
    lines : dict of tuple to int
        The line of each key of study.yaml.
    problems : Problems
    """
    for name, measure in study.measures.items():
        where = ("measures", name)
        if measure.experiment not in study.experiments:
            named = ", ".join(study.experiments) or "none"
            problems.in_yaml(
                lines[*where, "experiment"],
                f"there is no experiment {measure.experiment!r}; experiments has {named}. Add it or"
                " name one of these.",
            )
        if measure.function not in MEASURES:
            told = checks.none_of("function", measure.function, [*MEASURES])
            problems.in_yaml(
                lines[*where, "function"],
                f"{told} These functions of neuroflysim.analysis take responses.",
            )
        else:
            asked = MEASURES[measure.function]
            place = (*where, "arguments")
            _accepts(asked.function, asked.arguments, measure.arguments, place, lines, problems)
        _check_against(study, measure, lines, problems)
        _check_beside(study, measure, lines, problems)
        _check_ranges(measure, lines, problems)
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


def _accepts(
    function: Callable,
    allowed: Iterable[str],
    given: dict,
    where: tuple,
    lines: dict,
    problems: Problems,
) -> bool:
    wrong = [name for name in given if name not in allowed]
    for name in wrong:
        try:
            checks.one_of(f"a parameter of {function.__name__}", name, allowed)
        except InvalidValueError as error:
            problems.in_yaml(lines[*where, name], f"{error} Mend the name or remove it.")
    known = {name: value for name, value in given.items() if name not in wrong}
    for name, told in wrong_arguments(function, known):
        wrong.append(name)
        problems.in_yaml(lines[*where, name], told)
    return not wrong


def _check_against(study: Study, measure: Measure, lines: dict, problems: Problems) -> None:
    experiment = study.experiments.get(measure.experiment)
    if measure.against is None or experiment is None:
        return
    flies, other = [INTACT, *experiment.perturbations], measure.against.perturbation
    place = lines["measures", measure.name, "against", "perturbation"]
    if other not in flies:
        problems.in_yaml(
            place,
            f"there is no fly {other!r} to compare others with; the flies of {experiment.name} are"
            f" {', '.join(flies)}. Add it to the perturbations of the experiment or name one of"
            " these.",
        )
    elif len(flies) == 1:
        problems.in_yaml(
            place,
            f"all flies of {experiment.name} are intact, so there is none to compare; add"
            " perturbations to the experiment or remove against.",
        )


def _check_beside(study: Study, measure: Measure, lines: dict, problems: Problems) -> None:
    if not measure.beside:
        return
    place, proxy = lines["measures", measure.name, "beside"], study.measures.get(measure.beside)
    if proxy is None or proxy.beside or proxy.name == measure.name:
        named = ", ".join(name for name, one in study.measures.items() if not one.beside)
        problems.in_yaml(
            place,
            f"{measure.name} stands beside {measure.beside!r}, which is no measure that counts;"
            f" name one of these or remove beside: {named or 'there is none'}.",
        )
    elif proxy.agreement != measure.agreement:
        problems.in_yaml(
            place,
            f"the agreement of {measure.name} differs from that of {measure.beside}, beside which"
            " it stands; one finding is judged by one rule.",
        )


def _check_ranges(measure: Measure, lines: dict, problems: Problems) -> None:
    for word, text in measure.agreement.ranges.items():
        try:
            interval = parse_fly_value(text).is_interval
        except InvalidValueError as error:
            interval, told = False, str(error)
        else:
            told = f"{text!r} is neither a bound nor a range."
        if not interval:
            problems.in_yaml(
                lines["measures", measure.name, "agreement", "ranges", word],
                f"the word {word}: {told} Write '<0.25', '>0.75' or '0.25..1'.",
            )
