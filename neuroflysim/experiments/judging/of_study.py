"""The judgement of a study: values of models set beside those of the fly."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.judging.agreement import (
    OF_GROUPS,
    agreement_of_group,
    agreement_of_value,
    value_of_copy,
)
from neuroflysim.experiments.row_syntax import UNITS, FlyValue, parse_fly_value
from neuroflysim.experiments.study import Agreement, Measurement, Study


def groups(study: Study) -> dict[str, list[int]]:
    """Return which measurements are judged together: one correlation or rank, or one row alone.

    Parameters
    ----------
    study : Study

    Returns
    -------
    dict of str to list of int
        Indices into ``study.measurements`` by the name of the group; replayed ones only.
    """
    found = defaultdict(list)
    for index, row in enumerate(study.measurements):
        if row.measure in study.measures:
            found[study.group(row)].append(index)
    return dict(found)


def judge(study: Study, model_values: np.ndarray) -> np.ndarray:
    """Return the agreement of each measurement with values of a model.

    Parameters
    ----------
    study : Study
    model_values : ndarray, shape (candidate, measurement) or (measurement,)
        One value for each row of ``study.measurements``, in its unit (in SI units where the row
        holds a word). Values of rows that are not replayed are not looked at.

    Returns
    -------
    ndarray, shape (measurement,)
        From -1 to 1, the median over candidates of the agreement of each; rows of one group share
        theirs. NaN for rows that are not replayed.
    """
    values = np.atleast_2d(np.asarray(model_values, dtype=float))
    if values.shape[1:] != (len(study.measurements),):
        raise InvalidValueError(
            f"model_values has the shape {np.shape(model_values)}, but {study.key} has"
            f" {len(study.measurements)} measurements."
        )
    result = np.full(len(study.measurements), np.nan)
    for members in groups(study).values():
        rows = [study.measurements[k] for k in members]
        agreement = study.measures[rows[0].measure].agreement
        fly = [fly_value(row) for row in rows]
        scaled = values[:, members] * [unit_scale(row.unit) for row in rows]
        each = [agreement_of_rows(agreement, fly, one) for one in scaled]
        result[members] = np.median(each)
    return result


def agreement_of_rows(agreement: Agreement, fly: list[FlyValue], values: np.ndarray) -> float:
    """Return the agreement of the rows of one group with one value for each.

    Parameters
    ----------
    agreement : Agreement
    fly : list of FlyValue
    values : ndarray, shape (row,)
        As the values of the fly in SI units and degrees.
    """
    if agreement.kind in OF_GROUPS:
        return agreement_of_group(agreement, fly, values)
    return agreement_of_value(agreement, fly[0], float(values[0]))


def values_of_copy(study: Study) -> np.ndarray:
    """Return values of a model that is a perfect copy of the fly; `judge` gives it 1 everywhere.

    Parameters
    ----------
    study : Study

    Returns
    -------
    ndarray, shape (measurement,)
        In the units of the rows; NaN for those that are not replayed.
    """
    result = np.full(len(study.measurements), np.nan)
    for members in groups(study).values():
        for index in members:
            row = study.measurements[index]
            agreement = study.measures[row.measure].agreement
            result[index] = value_of_copy(agreement, fly_value(row)) / unit_scale(row.unit)
    return result


def unit_scale(unit: str) -> float:
    """Return how many SI units or degrees one of this unit is; 1 where none is written.

    Parameters
    ----------
    unit : str
    """
    return UNITS.get(unit, ("", 1.0))[1]


def fly_value(row: Measurement) -> FlyValue:
    """Return the value of a row in SI units or degrees.

    Parameters
    ----------
    row : Measurement
    """
    value, scale = parse_fly_value(row.value), unit_scale(row.unit)
    return value if value.word else FlyValue(value.low * scale, value.high * scale)
