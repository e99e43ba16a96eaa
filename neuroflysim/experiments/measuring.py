"""The model's values for what was measured in flies."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr

from neuroflysim import analysis
from neuroflysim.connectome import Connectome
from neuroflysim.errors import InvalidValueError, NeuroFlySimError, StudyError
from neuroflysim.experiments.cross_checks import analysis_functions
from neuroflysim.experiments.perturbing import flies_together, responses_of
from neuroflysim.experiments.readout import by_fly, value_at
from neuroflysim.experiments.row_syntax import model_cell_types, parse_cell_types
from neuroflysim.experiments.showing import show_to_flies
from neuroflysim.experiments.study import Experiment, Measure, Signal, Study, argument_values
from neuroflysim.lattice import as_lattice
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations import Fly
from neuroflysim.progress import progress_bar
from neuroflysim.responses import Responses


def model_values(
    studies: list[Study],
    candidates: list[Parameters],
    *,
    extent: int = 15,
    progress: bool = True,
    watch: Callable | None = None,
) -> dict[str, np.ndarray]:
    """Return the model's values for all measurements of some studies.

    Parameters
    ----------
    studies : list of Study
    candidates : list of Parameters
    extent, progress, watch
        See `compare`.

    Returns
    -------
    dict of str to ndarray, shape (candidate, measurement)
        By name of the study, in the units of the rows; NaN for what is not replayed.
    """
    _require_cell_types(studies, candidates[0].connectome)
    values = {
        study.key: np.full((len(candidates), len(study.measurements)), np.nan) for study in studies
    }
    as_lattice(extent)  # raises for an extent that no study is to blame for
    problems = {study.key: [] for study in studies}
    shown_alike = _shown_alike(studies)
    bar = progress_bar(progress, shown_alike, unit="experiment", leave=False)
    for users in bar:
        study, experiment = users[0]
        bar.set_postfix_str(f"{study.key}: {experiment.name}")
        step = experiment.time_step
        try:
            luminance = experiment.build().luminance(extent, step, dtype="float32")
        except NeuroFlySimError as error:
            for study, used in users:
                problems[study.key].append(
                    f"study.yaml, experiment {used.name}: cannot be shown: {error}"
                )
            continue
        options = {"extent": extent, "time_step": step, "dtype": "float32", "progress": False}
        flies = flies_together([used.flies for _, used in users])
        responses = show_to_flies(luminance, candidates, flies, **options)
        # The voltages are as exact as float32; sums of them need not lose more.
        responses = Responses(responses.voltage.astype(np.float64))
        if watch is not None:
            watch(users, luminance, responses)
        for asked, asking in _asked_alike(users):
            own = responses_of(responses, asked)
            ask = partial(measured, luminance, own, candidates, flies=asked)
            _fill_in(values, problems, asking, ask)
    for key, found in problems.items():
        if found:
            raise StudyError(key, found)
    return values


def _require_cell_types(studies: list[Study], connectome: Connectome) -> None:
    """Raise if measures ask for cell types that the models do not have."""
    known, there = model_cell_types(), set(connectome.cell_types.index)
    missing = {}
    for study in studies:
        sides = [
            parse_cell_types(row.cell_type, known)
            for row in study.measurements
            if row.measure in study.measures
        ]
        asked = {name for row in sides for side in row for name in side}
        if asked - there:
            missing[study.key] = ", ".join(sorted(asked - there)[:4])
    if missing:
        told = "; ".join(f"{key}: {names}" for key, names in list(missing.items())[:4])
        raise InvalidValueError(
            f"the connectome of the models lacks cell types that {len(missing)} of"
            f" {len(studies)} studies were asked about ({told}); choose other studies."
        )


def _shown_alike(studies: list[Study]) -> list[list[tuple[Study, Experiment]]]:
    """Return the experiments that a measure asks for; those that show the same stand together."""
    alike = defaultdict(list)
    for study in studies:
        asked = {measure.experiment for measure in study.measures.values()}
        for name in sorted(asked):
            alike[study.experiments[name].shown].append((study, study.experiments[name]))
    return list(alike.values())


def _asked_alike(
    users: list[tuple[Study, Experiment]],
) -> list[tuple[list[Fly], list[tuple[Study, Measure]]]]:
    """Return the measures of an experiment; those that ask the same flies the same together."""
    alike: dict[tuple, tuple[list[Fly], list[tuple[Study, Measure]]]] = {}
    for study, used in users:
        flies = used.flies
        named = tuple((fly.label, fly.done) for fly in flies)
        for measure in study.measures.values():
            if measure.experiment == used.name:
                _, asking = alike.setdefault((named, measure.asked), (flies, []))
                asking.append((study, measure))
    return list(alike.values())


def _fill_in(
    values: dict[str, np.ndarray],
    problems: dict[str, list[str]],
    asking: list[tuple[Study, Measure]],
    ask: Callable[[Measure, set[str]], xr.DataArray],
) -> None:
    """Put what a function says in its places in all studies; note what cannot be had."""
    rows = [
        (study, index, row)
        for study, measure in asking
        for index, row in enumerate(study.measurements)
        if row.measure == measure.name
    ]
    known = model_cell_types()
    types = {
        name for *_, row in rows for side in parse_cell_types(row.cell_type, known) for name in side
    }
    try:
        result = ask(asking[0][1], types)
    except NeuroFlySimError as error:
        for study, measure in asking:
            problems[study.key].append(
                f"study.yaml, measure {measure.name}: {measure.function} of {measure.experiment}"
                f" fails: {error}"
            )
        return
    for study, index, row in rows:
        try:
            against = study.measures[row.measure].against
            values[study.key][:, index] = value_at(result, row, against)
        except NeuroFlySimError as error:
            problems[study.key].append(f"measurements.csv, row {row.row}: {error}")


def measured(
    luminance: xr.DataArray,
    responses: Responses,
    candidates: list[Parameters],
    measure: Measure,
    cell_types: set[str] | None = None,
    *,
    flies: list[Fly] | None = None,
) -> xr.DataArray:
    """Return what the function of a measure says of responses to its experiment.

    Parameters
    ----------
    luminance : DataArray
        What was shown, for functions that ask for it.
    responses : Responses
        As simulated; they are passed through the recording model of the measure.
    candidates : list of Parameters
    measure : Measure
    cell_types : set of str, optional
        Only these are asked for: fitting time constants to all 65 takes its time.
    flies : list of Fly, optional
        Those that responded; an intact one, if not given.

    Returns
    -------
    DataArray, dims (candidate, cell_type, ...)
        With a dimension perturbation if there are several flies.
    """
    function = analysis_functions()[measure.function]
    flies = [Fly()] if flies is None else flies
    wanted = inspect.signature(function).parameters
    known = {"luminance": luminance, "perturbations": flies}
    if "parameters" in wanted:
        known["parameters"] = [fly.changed(one) for one in candidates for fly in flies]
    given = {name: value for name, value in known.items() if name in wanted}
    if cell_types is not None and "parameters" not in wanted:  # currents need the other types
        voltage = responses.voltage
        responses = Responses(voltage.isel(cell_type=voltage["cell_type"].isin([*cell_types])))
    recorded = as_recorded(responses, measure.signal)
    result = by_fly(function(recorded, **given, **argument_values(measure.arguments)))
    return result.assign_coords(_same_in_all_conditions(luminance, result))


def _same_in_all_conditions(luminance: xr.DataArray, result: xr.DataArray) -> dict:
    """Return parameters of one value that the function did not keep: rows may name them."""
    along = {name: c for name, c in luminance.coords.items() if c.dims == ("condition",)}
    return {
        name: values[0].item()
        for name, values in along.items()
        if name not in result.coords and len(np.unique(values)) == 1
    }


def as_recorded(responses: Responses, signal: Signal) -> Responses:
    """Return what the method of a study would show of the model's voltages.

    Parameters
    ----------
    responses : Responses
    signal : Signal

    Returns
    -------
    Responses
    """
    return analysis.recorded(responses, **signal.arguments())
