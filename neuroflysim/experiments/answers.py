"""What some models say when they are shown an experiment, and asked what flies were asked."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from functools import partial

import numpy as np
import xarray as xr
from attrs import frozen

from neuroflysim import analysis
from neuroflysim.analysis.measures import MEASURES
from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.flies import responses_of
from neuroflysim.experiments.pieces import Piece, Question, asked_alike
from neuroflysim.experiments.replaying import ran_away, show_to_flies
from neuroflysim.experiments.row_syntax import model_cell_types, parse_cell_types
from neuroflysim.experiments.row_values import by_fly, value_at
from neuroflysim.experiments.study import Measure, Signal, Study, argument_values
from neuroflysim.parameters import Parameters
from neuroflysim.perturbations import Fly
from neuroflysim.responses import Responses
from neuroflysim.simulation import settling


@frozen(eq=False)
class Answer:
    """What models say to a piece of the work."""

    values: list[tuple[str, int, np.ndarray]]  #: study, measurement, one value a candidate
    problems: list[tuple[str, str]]  #: study, what is wrong with it
    seen: tuple[xr.DataArray | None, Responses] | None = None  #: if it is watched
    #: Of which candidates the intact fly did not run away, shape (candidate,); None: not shown.
    kept: np.ndarray | None = None


def answer(question: Question, piece: Piece) -> Answer:
    """Show experiments to some candidates, and take all measures of them, wherever this is called.

    Parameters
    ----------
    question : Question
    piece : Piece

    Returns
    -------
    Answer
        With the luminance only from the first candidates.
    """
    users = question.shown_alike[piece.group]
    candidates = question.candidates_of(piece)
    try:
        luminance = question.luminance(piece.group)
    except NeuroFlySimError as error:
        told = "study.yaml, experiment {}: cannot be shown: {}".format
        return Answer([], [(study.key, told(used.name, error)) for study, used in users])
    flies = question.flies(piece.group)
    program = question.program(piece, luminance)
    with nullcontext() if question.asks_settled else settling.unasked():
        responses = show_to_flies(
            program,
            candidates,
            flies,
            first=piece.first,
            runaway=question.runaway,
            until=question.frames_wanted(piece.group),
        )
    # The voltages are as exact as float32; sums of them need not lose more.
    responses = Responses(responses.voltage.astype(np.float64))
    seen = (luminance if piece.first == 0 else None, responses) if question.watched else None
    kept = ~ran_away(responses, len(flies))
    given = Answer([], [], seen, kept)
    if not kept.any():
        return given
    if not kept.all():
        candidates = [each for each, stays in zip(candidates, kept, strict=True) if stays]
        voltage = responses.voltage.isel(candidate=np.repeat(kept, len(flies)))
        responses = Responses(voltage)
    for asked, asking in asked_alike(users):
        own = responses_of(responses, asked)
        ask = partial(measured, luminance, own, candidates, flies=asked)
        _take(given, kept, asking, ask)
    return given


def _take(
    given: Answer,
    kept: np.ndarray,
    asking: list[tuple[Study, Measure]],
    ask: Callable[[Measure, set[str]], xr.DataArray],
) -> None:
    """Note what a function says of the candidates that are kept, and what cannot be had."""
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
            told = f"{measure.function} of {measure.experiment} fails: {error}"
            given.problems.append((study.key, f"study.yaml, measure {measure.name}: {told}"))
        return
    for study, index, row in rows:
        try:
            against = study.measures[row.measure].against
            by_candidate = np.full(len(kept), np.nan)
            by_candidate[kept] = value_at(result, row, against)
            given.values.append((study.key, index, by_candidate))
        except NeuroFlySimError as error:
            told = f"measurements.csv, row {row.row}: {error}"
            given.problems.append((study.key, told))


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
    asked = MEASURES[measure.function]
    flies = [Fly()] if flies is None else flies
    known = {"luminance": luminance, "perturbations": flies}
    if "parameters" in asked.needs:
        known["parameters"] = candidates
    given = {name: known[name] for name in asked.needs}
    if cell_types is not None and "parameters" not in asked.needs:  # currents need the other types
        voltage = responses.voltage
        responses = Responses(voltage.isel(cell_type=voltage["cell_type"].isin([*cell_types])))
    recorded = as_recorded(responses, measure.signal)
    result = by_fly(asked.function(recorded, **given, **argument_values(measure.arguments)))
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
