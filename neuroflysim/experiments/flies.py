"""What is done to the flies of an experiment, as study.yaml writes it."""

from __future__ import annotations

from typing import Any

import numpy as np

from neuroflysim.experiments.row_syntax import members, model_cell_types
from neuroflysim.perturbations import Ablate, Cut, Fly, Modulate, Perturbation, Scale, Silence
from neuroflysim.quantity_text import parse_quantity
from neuroflysim.responses import Responses


def written_flies(perturbations: dict[str, list[dict]]) -> list[Fly]:
    """Return the intact fly, and those to which something is done.

    Parameters
    ----------
    perturbations : dict of list of dict
        By the name of the fly, what is done to it: each {silence: types}, {ablate: types},
        {cut: [sources, targets]}, {scale: [sources, targets, factor]}, with cell types or families
        (T4 for T4a to T4d), or {modulate: [name, level]}, with a modulator of the dynamics. Each
        may have a start and a stop, times from stimulus onset.

    Returns
    -------
    list of Fly

    Examples
    --------
    >>> flies = written_flies({"l1_silenced": [{"silence": ["L1"]}]})
    >>> [fly.label for fly in flies], flies[1].perturbations[0].label
    (['intact', 'l1_silenced'], 'silence L1')
    >>> written_flies({"late": [{"cut": ["Mi9", "T4a"], "start": "100 ms"}]})[1].done
    'cut Mi9 -> T4a from 100 ms'
    """
    named = [
        Fly(tuple(_perturbation(**one) for one in listed), name)
        for name, listed in perturbations.items()
    ]
    return [Fly(), *named]


def flies_together(listed: list[list[Fly]]) -> list[Fly]:
    """Return the flies of several experiments, each once, without the names that studies give.

    Parameters
    ----------
    listed : list of list of Fly
        Of each experiment.
    """
    found = {fly.done: Fly(fly.perturbations) for flies in listed for fly in flies}
    return list(found.values())


def responses_of(responses: Responses, flies: list[Fly]) -> Responses:
    """Return the responses of some flies, under the names of these.

    Parameters
    ----------
    responses : Responses
        Of these flies and of others, without names.
    flies : list of Fly

    Returns
    -------
    Responses
        As simulated, without the coordinate perturbation, for the intact fly alone.
    """
    voltage = responses.voltage
    if "perturbation" not in voltage.coords:
        return responses
    names = {fly.done: fly.label for fly in flies}
    voltage = voltage.isel(candidate=np.isin(voltage["perturbation"], list(names)))
    if len(flies) == 1 and not flies[0].perturbations:
        return Responses(voltage.drop_vars("perturbation"))
    own = [names[done] for done in voltage["perturbation"].to_numpy()]
    return Responses(voltage.assign_coords(perturbation=("candidate", own)))


def _perturbation(start: str | None = None, stop: str | None = None, **done: list) -> Perturbation:
    times = {"start": start, "stop": stop}
    when: dict[str, Any] = {
        name: parse_quantity(text) for name, text in times.items() if text is not None
    }
    ((verb, what),) = done.items()
    if verb == "silence":
        return Silence(_types(what), **when)
    if verb == "ablate":
        return Ablate(_types(what), **when)
    if verb == "modulate":
        return Modulate(*what, **when)
    source, target, *factor = what
    if verb == "cut":
        return Cut(_types(source), _types(target), **when)
    return Scale(_types(source), _types(target), *factor, **when)


def _types(words: str | list[str]) -> list[str]:
    """Return cell types, the subtypes in the place of families."""
    listed = [words] if isinstance(words, str) else words
    return [name for word in listed for name in members(word, model_cell_types())]
