"""The model's values for what was measured in flies."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Callable
from functools import partial

import numpy as np
import xarray as xr
from tqdm.auto import tqdm

from neuroflysim import analysis
from neuroflysim.errors import NeuroFlySimError, StudyError
from neuroflysim.experiments.cross_checks import analysis_functions
from neuroflysim.experiments.readout import value_at
from neuroflysim.experiments.showing import show
from neuroflysim.experiments.study import Experiment, Measure, Signal, Study, argument_values
from neuroflysim.parameters import Parameters
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
    values = {
        study.key: np.full((len(candidates), len(study.measurements)), np.nan) for study in studies
    }
    problems = {study.key: [] for study in studies}
    shown_alike = _shown_alike(studies)
    bar = tqdm(shown_alike, unit="experiment", disable=not progress, leave=False)
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
        responses = show(luminance, candidates, **options)
        # The voltages are as exact as float32; sums of them need not lose more.
        responses = Responses(responses.voltage.astype(np.float64))
        if watch is not None:
            watch(users, luminance, responses)
        for study, used in users:
            for measure in study.measures.values():
                if measure.experiment == used.name:
                    ask = partial(measured, measure, luminance, responses, candidates)
                    _fill_in(values[study.key], study, measure, ask, problems[study.key])
    for key, found in problems.items():
        if found:
            raise StudyError(key, found)
    return values


def _shown_alike(studies: list[Study]) -> list[list[tuple[Study, Experiment]]]:
    """Return the experiments that a measure asks for; those that show the same stand together."""
    alike = defaultdict(list)
    for study in studies:
        asked = {measure.experiment for measure in study.measures.values()}
        for name in sorted(asked):
            alike[study.experiments[name].shown].append((study, study.experiments[name]))
    return list(alike.values())


def _fill_in(
    values: np.ndarray, study: Study, measure: Measure, ask: Callable, problems: list[str]
) -> None:
    """Put the values of one measure in their places; note what cannot be had."""
    try:
        result = ask()
    except NeuroFlySimError as error:
        problems.append(
            f"study.yaml, measure {measure.name}: {measure.function} of {measure.experiment}"
            f" fails: {error}"
        )
        return
    for index, row in enumerate(study.measurements):
        if row.measure == measure.name:
            try:
                values[:, index] = value_at(result, row)
            except NeuroFlySimError as error:
                problems.append(f"measurements.csv, row {row.row}: {error}")


def measured(
    measure: Measure, luminance: xr.DataArray, responses: Responses, candidates: list[Parameters]
) -> xr.DataArray:
    """Return what the function of a measure says of responses to its experiment.

    Parameters
    ----------
    measure : Measure
    luminance : DataArray
        What was shown, for functions that ask for it.
    responses : Responses
        As simulated; they are passed through the recording model of the measure.
    candidates : list of Parameters

    Returns
    -------
    DataArray, dims (candidate, cell_type, ...)
    """
    function = analysis_functions()[measure.function]
    known = {"luminance": luminance, "parameters": candidates}
    wanted = inspect.signature(function).parameters
    given = {name: value for name, value in known.items() if name in wanted}
    recorded = as_recorded(responses, measure.signal)
    result = function(recorded, **given, **argument_values(measure.arguments))
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
