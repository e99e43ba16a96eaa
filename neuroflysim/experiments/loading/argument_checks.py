"""Checks of what study.yaml gives to protocols and measures, before anything is made of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

import numpy as np
from brian2 import Quantity

from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.study import argument_values

#: No number of a study is larger, in degrees, seconds, Hz or what else it may be.
LARGEST = 1e6

#: A turn is 360 degrees: beyond it, either way, an angle is a slip.
LARGEST_ANGLE = 360

#: Conditions of an experiment, and frames of each; the largest study shows some hundred.
MOST_CONDITIONS, MOST_FRAMES = 10_000, 1_000_000


def wrong_arguments(function: Callable, given: dict) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with arguments of a function: their name and a sentence.

    Parameters
    ----------
    function : callable
    given : dict
        By name, as written in study.yaml.

    Examples
    --------
    >>> from neuroflysim.analysis import summation
    >>> list(wrong_arguments(summation, {"relative": "abc"}))
    [('relative', "relative is 'abc', but must be true or false.")]
    """
    parameters = inspect.signature(function).parameters
    n_conditions = 1
    for name, written in given.items():
        if _names_a_file(parameters[name]) and not isinstance(written, bool | int | float):
            yield (
                name,
                (
                    f"{name} would name a file, but a study shows only what comes with the package;"
                    " leave it out, and show a file of yours in Python."
                ),
            )
            continue
        try:
            value = argument_values({name: written})[name]
        except NeuroFlySimError as error:
            yield name, f"{name} cannot be used: {error}"
            continue
        wanted = _wanted(parameters[name], written, value)
        if wanted:
            yield name, f"{name} is {written!r}, but must be {wanted}."
        elif told := _beyond(name, value):
            yield name, f"{name} is {written!r}; {told}."
        if isinstance(value, list | Quantity) and np.ndim(value):
            n_conditions *= len(value)
    if n_conditions > MOST_CONDITIONS:
        yield (
            next(iter(given)),
            (
                f"the lists make {n_conditions:,} conditions, but {MOST_CONDITIONS:,} are allowed;"
                " take fewer values."
            ),
        )


def _names_a_file(parameter: inspect.Parameter) -> bool:
    return "PathLike" in str(parameter.annotation)


def _wanted(parameter: inspect.Parameter, written, value) -> str | None:
    """Return what a value should be by the annotation of its parameter, or None if it is."""
    kinds = _KINDS.get(_called(parameter.annotation))
    if kinds is None:  # a list, say; but true is a number nowhere
        return "numbers or words, not true or false" if _holds_bool(value) else None
    fits, wanted = kinds
    return None if fits(value) else wanted


def _called(annotation) -> str:
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return "" if annotation is inspect.Parameter.empty else name


def _holds_bool(value) -> bool:
    if isinstance(value, list | tuple):
        return any(map(_holds_bool, value))
    return isinstance(value, bool)


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool | Quantity)


_KINDS = {
    "bool": (lambda value: isinstance(value, bool), "true or false"),
    "int": (lambda value: _is_number(value) and float(value).is_integer(), "a whole number"),
    "float": (_is_number, "a number"),
    "str": (lambda value: isinstance(value, str), "a word"),
    "Quantity": (lambda value: isinstance(value, Quantity), "a number and its unit"),
    "str | Quantity": (lambda value: isinstance(value, str | Quantity), "a word or a time"),
}


def _beyond(name: str, value) -> str | None:
    """Return what is wrong with the size of a number, or of those in a list."""
    if isinstance(value, list | tuple):
        return next(filter(None, (_beyond(name, part) for part in value)), None)
    if isinstance(value, str | bool):
        return None
    sizes = np.abs(np.atleast_1d(np.asarray(value, dtype=float)))
    largest, unit = (LARGEST_ANGLE, " degrees") if name == "angle" else (LARGEST, "")
    allowed = sizes <= largest
    if name != "angle":  # a disc without a border has a radius of inf
        allowed |= np.isinf(sizes)
    if allowed.all():
        return None
    return f"write a number from {-largest:g} to {largest:g}{unit}"
