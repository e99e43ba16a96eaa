"""The ceiling: how well studies agree with each other about the same quantity."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache

import numpy as np

from neuroflysim.errors import NeuroFlySimError
from neuroflysim.experiments.judging.agreement import (
    OF_GROUPS,
    agreement_of_flies,
    agreement_of_group,
)
from neuroflysim.experiments.judging.of_study import fly_value, groups
from neuroflysim.experiments.row_syntax import UNITS, parse_condition
from neuroflysim.experiments.study import LEAST_ROWS, Agreement, Measurement, Study


def between_studies(study: Study, others: list[Study]) -> np.ndarray:
    """Return how well other studies agree with this one, where they measured the same.

    The value of another study takes the place of the model's: a model cannot be asked to agree
    with flies better than flies do. Secondary facts are left out on both sides, because they may
    repeat the very number that they would be compared with; so are rows of HS and VS that stand
    beside a proxy.

    Parameters
    ----------
    study : Study
    others : list of Study
        This study may be among them; it is left out.

    Returns
    -------
    ndarray, shape (measurement,)
        Mean over the other studies; NaN where none holds the same measure, cell type and
        condition.
    """
    tables = [
        {same_quantity(row): row for row in other.measurements if other.counts(row)}
        for other in others
        if other.key != study.key
    ]
    result = np.full(len(study.measurements), np.nan)
    for members in groups(study).values():
        rows = [study.measurements[k] for k in members]
        if not study.counts(rows[0]):
            continue
        agreement = study.measures[rows[0].measure].agreement
        found = [_agreement_with(agreement, rows, table) for table in tables]
        found = [value for value in found if value is not None]
        if found:
            result[members] = np.mean(found)
    return result


def same_quantity(row: Measurement) -> tuple:
    """Return what two rows of different studies share if they are about the same.

    Parameters
    ----------
    row : Measurement
    """
    return row.measure, *_cell_type_and_condition(row.cell_type, row.condition)


@lru_cache(maxsize=10_000)  # each study is compared with all others
def _cell_type_and_condition(cell_type: str, condition: str) -> tuple:
    settings: str | frozenset = condition
    with suppress(NeuroFlySimError):  # free text of a measure that is not replayed
        settings = frozenset(parse_condition(condition).items())
    cell_type = " - ".join(
        ",".join(sorted(word.strip() for word in side.split(",")))
        for side in cell_type.split(" - ")
    )
    return cell_type, settings


def _agreement_with(agreement: Agreement, rows: list[Measurement], table: dict) -> float | None:
    """Return how well the values of one other study agree, None where they cannot be compared."""
    pairs = [(row, table.get(same_quantity(row))) for row in rows]
    pairs = [
        (fly_value(row), fly_value(other))
        for row, other in pairs
        if other is not None and len({_kind_of_unit(row), _kind_of_unit(other)} - {None}) <= 1
    ]
    if agreement.kind not in OF_GROUPS:
        return agreement_of_flies(agreement, *pairs[0]) if pairs else None
    pairs = [(fly, other) for fly, other in pairs if other.is_number]
    if len(pairs) < LEAST_ROWS[agreement.kind]:
        return None
    fly, theirs = zip(*pairs, strict=True)
    return agreement_of_group(agreement, fly, np.array([other.low for other in theirs]))


def _kind_of_unit(row: Measurement) -> str | None:
    """Return the unit that a value is converted to, None for words."""
    return UNITS.get(row.unit, (row.unit or None,))[0]
