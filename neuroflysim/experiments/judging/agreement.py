"""How well a value of the model agrees with a value of the fly: from -1 to 1.

1 is perfect. 0 is what chance gives, or, for a ratio, a value that is off by a factor of two.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from neuroflysim.experiments.row_syntax import FlyValue, parse_fly_value
from neuroflysim.experiments.study import Agreement

#: Kinds that judge several rows together.
OF_GROUPS = ("correlation", "rank")


def agreement_of_value(agreement: Agreement, fly: FlyValue, model: float) -> float:
    """Return how well one value of the model agrees with one of the fly.

    Parameters
    ----------
    agreement : Agreement
        Of kind sign, circular, ratio, threshold or range.
    fly : FlyValue
        A number, a bound or range, or a word that the agreement knows.
    model : float
        In the unit of the fly's value and of the threshold: SI units and degrees. NaN where the
        model has no such value, for example no preferred direction without a response.

    Returns
    -------
    float, -1 to 1

    Examples
    --------
    >>> from neuroflysim.experiments.row_syntax import parse_fly_value
    >>> round(agreement_of_value(Agreement("circular"), parse_fly_value("350"), 20), 6)  # cos 30
    0.866025
    >>> agreement_of_value(Agreement("ratio"), parse_fly_value("20"), 40)
    0.0
    >>> agreement_of_value(Agreement("sign"), parse_fly_value("ON"), -0.3)
    -1.0
    """
    fly = _meant(agreement, fly)
    if fly.is_interval:
        return 1.0 if _lies_in(fly, model) else -1.0
    kind = agreement.kind
    expected = agreement.words[fly.word] if fly.word else fly.low
    if kind == "circular":
        return 0.0 if np.isnan(model) else float(np.cos(np.deg2rad(model - expected)))
    if kind == "ratio":
        return _ratio(expected, model)
    if kind == "sign":
        return 0.0 if np.isnan(model) else float(np.sign(expected) * np.sign(model))
    side = expected if fly.word else _side(agreement, expected)
    return -1.0 if np.isnan(model) else side * _side(agreement, model)


def agreement_of_group(agreement: Agreement, fly: Sequence[FlyValue], model: np.ndarray) -> float:
    """Return how well several values of the model agree with those of the fly, by their course.

    Parameters
    ----------
    agreement : Agreement
        Of kind correlation (Pearson's r) or rank (Spearman's, ties share their mean rank).
    fly : sequence of FlyValue
        Numbers.
    model : ndarray, shape (row,)

    Returns
    -------
    float, -1 to 1
        0 where the model's values are all the same or one is NaN: no course, no agreement.

    Examples
    --------
    >>> from neuroflysim.experiments.row_syntax import parse_fly_value
    >>> fly = [parse_fly_value(text) for text in ("1", "2", "4")]
    >>> rank = Agreement("rank", over="condition")
    >>> round(agreement_of_group(rank, fly, np.array([3.0, 5.0, 4.0])), 6)
    0.5
    """
    measured = np.array([value.low for value in fly])
    model = np.asarray(model, dtype=float)
    if not np.isfinite(model).all():
        return 0.0
    if agreement.kind == "rank":
        measured, model = (pd.Series(values).rank().to_numpy() for values in (measured, model))
    measured, model = measured - measured.mean(), model - model.mean()
    # Rounding of a mean leaves 1e-16 of values that are all the same.
    sizes = np.linalg.norm(measured), np.linalg.norm(model)
    if min(sizes) <= 1e-12 * max(1e-300, np.abs(measured).max(), np.abs(model).max()):
        return 0.0
    return float(np.clip(measured @ model / np.prod(sizes), -1, 1))


def agreement_of_flies(agreement: Agreement, fly: FlyValue, other: FlyValue) -> float | None:
    """Return how well a value of another study agrees with one of the fly.

    Parameters
    ----------
    agreement : Agreement
        Of kind sign, circular, ratio, threshold or range.
    fly, other : FlyValue

    Returns
    -------
    float or None
        A number or word of the other study is judged as one of a model. A bound or range agrees
        (1) if it holds or overlaps the value, else -1. None where that cannot be said.

    Examples
    --------
    >>> from neuroflysim.experiments.row_syntax import parse_fly_value
    >>> agreement_of_flies(Agreement("ratio"), parse_fly_value("25"), parse_fly_value("<30"))
    1.0
    """
    fly, other = _meant(agreement, fly), _meant(agreement, other)
    if other.word:
        known = other.word in agreement.words
        model = value_of_copy(agreement, other) if known else np.nan
        return agreement_of_value(agreement, fly, model) if known else None
    if other.is_number:
        return agreement_of_value(agreement, fly, other.low)
    if fly.word:
        ends = {agreement_of_value(agreement, fly, end) for end in (other.low, other.high)}
        return ends.pop() if len(ends) == 1 else None
    return 1.0 if max(fly.low, other.low) <= min(fly.high, other.high) else -1.0


def value_of_copy(agreement: Agreement, fly: FlyValue) -> float:
    """Return what a perfect model would give; for words and intervals, a number that they allow.

    Parameters
    ----------
    agreement : Agreement
    fly : FlyValue

    Returns
    -------
    float

    Examples
    --------
    >>> from neuroflysim.experiments.row_syntax import parse_fly_value
    >>> value_of_copy(Agreement("ratio"), parse_fly_value("20..40"))
    30.0
    """
    fly = _meant(agreement, fly)
    if fly.word:
        sign = agreement.words[fly.word]
        return sign if agreement.kind == "sign" else _threshold(agreement) + sign
    if np.isinf(fly.low):
        return fly.high - 1
    if np.isinf(fly.high):
        return fly.low + 1
    return (fly.low + fly.high) / 2


def _meant(agreement: Agreement, fly: FlyValue) -> FlyValue:
    """Return the range that a word stands for, where it stands for one."""
    return parse_fly_value(agreement.ranges[fly.word]) if fly.word in agreement.ranges else fly


def _lies_in(fly: FlyValue, model: float) -> bool:
    """Tell whether a value lies in a range, ends included, or beyond a bound: 0 is not >0."""
    if np.isinf(fly.low) or np.isinf(fly.high):
        return fly.low < model < fly.high
    return fly.low <= model <= fly.high


def _side(agreement: Agreement, value: float) -> float:
    return 1.0 if value >= _threshold(agreement) else -1.0


def _threshold(agreement: Agreement) -> float:
    return 0.0 if agreement.at is None else agreement.at


def _ratio(fly: float, model: float) -> float:
    if not model * fly > 0:  # other sign, nothing at all, or NaN
        return -1.0
    return float(max(-1.0, 1 - abs(np.log2(model / fly))))
