"""A row of the board as the page shows it: its numbers, and what lies behind them."""

from __future__ import annotations

import re

import pandas as pd
from attrs import frozen

from neuroflysim.report.board_columns import (
    FAMILY_COLUMNS,
    HEADLINE_COLUMNS,
    INTERVALS,
    SCORE,
    Column,
)
from neuroflysim.report.rounding import NOTHING, fixed, rounded
from neuroflysim.scoreboard.boards import Board
from neuroflysim.scoreboard.families import BESIDE


@frozen
class Cell:
    """A number: its text, what it is sorted by, where it leads, and how its ground is coloured."""

    text: str
    value: str = ""
    link: str = ""
    sign: str = ""  #: more, less, or none for no colour
    strength: str = ""


@frozen
class Line:
    """One agreement: of a study, with its range over the models."""

    study: str
    place: str
    measure: str
    cell_types: str
    condition: str
    agreement: str
    span: str
    n_models: str
    fitted: bool  #: in no score then


@frozen
class Part:
    """The agreements of one family, and the score from these alone."""

    place: str
    title: str
    score: str
    lines: list[Line]


@frozen
class Row:
    """What the page tells of a row."""

    place: str
    name: str
    kind: str
    seen: str
    command: str
    dynamics: str
    made: str
    trouble: str
    stable: Cell
    models: Cell
    score: Cell
    intervals: list[Cell]
    studies: Cell
    families: list[Cell]
    headline: list[Cell]
    models_table: list[list[Cell]]
    parts: list[Part]


def place_of(kind: str, name: str, number: int) -> str:
    """Return the place of something on the page: its name, if that can be one, else its number.

    Examples
    --------
    >>> place_of("row", "flow_short", 3), place_of("row", "two words", 4)
    ('row:flow_short', 'row::4')
    """
    return f"{kind}:{name}" if re.fullmatch(r"[\w.-]+", name, re.ASCII) else f"{kind}::{number}"


def row_of_board(board: Board, number: int, name: str, studies: dict[str, str]) -> Row:
    """Lay out a row of the board.

    Parameters
    ----------
    board : Board
    number : int
        Which row it is.
    name : str
    studies : dict
        Where the page tells of each study.

    Returns
    -------
    Row
    """
    row, place = board.table.loc[name], place_of("row", name, number)
    models = board.models[board.models["row"] == name]
    agreements = board.agreements[board.agreements["row"] == name]
    behind = {
        "models": f"{place}:models" if len(models) else "",
        "agreements": f"{place}:agreements" if len(agreements) else "",
    }
    there = {
        column.name: f"{place}:{column.name}"
        for column in FAMILY_COLUMNS
        if (agreements["family"] == column.name).any()
    }
    stable = f"{_count(row['stable'])} of {_count(row['total'])}"
    return Row(
        place=place,
        name=name,
        kind=row["kind"],
        seen=row["seen"],
        command=row["command"],
        dynamics=row["dynamics"],
        made=", ".join(str(value) for value in board.record.get(name, {}).values()),
        trouble=row["trouble"],
        stable=_cell(stable, row["stable"] / max(row["total"], 1), behind["models"]),
        models=_cell(_count(row["models"]), row["models"], behind["models"]),
        score=_cell(SCORE.text(row["score"]), row["score"], behind["agreements"], True),
        intervals=[
            _cell(_span(row[low], row[high]), row[low], behind["agreements"])
            for _, low, high, _ in INTERVALS
        ],
        studies=_cell(_count(row["studies"]), row["studies"], behind["agreements"]),
        families=[
            _cell(_family(column, row), row[column.name], there.get(column.name, ""), True)
            for column in FAMILY_COLUMNS
        ],
        headline=_headline(row, behind["models"]),
        models_table=[_model(model) for _, model in models.iterrows()],
        parts=_parts(row, place, agreements, studies),
    )


def _parts(
    row: pd.Series, place: str, agreements: pd.DataFrame, studies: dict[str, str]
) -> list[Part]:
    """Return the agreements family by family; what is in none stands last."""
    families = {column.name: column for column in FAMILY_COLUMNS}
    order = [*families, *sorted(set(agreements["family"]) - set(families))]
    parts = []
    for name in order:
        column, lines = families.get(name), agreements[agreements["family"] == name]
        if len(lines):
            parts.append(
                Part(
                    f"{place}:{name}",
                    column.title if column else "in no family",
                    column.text(row[name]) if column else NOTHING,
                    [_line(one, studies) for _, one in lines.iterrows()],
                )
            )
    return parts


def _cell(text: str, value: float, link: str = "", colored: bool = False) -> Cell:
    if pd.isna(value):
        return Cell(text)  # what is not there leads nowhere
    sign = ("more" if value > 0 else "less") if colored else ""
    strength = f"{min(1.0, abs(value)):.2f}" if colored else ""
    return Cell(text, f"{value:.9g}", link, sign, strength)


def _family(column: Column, row: pd.Series) -> str:
    """Return the score of a family; models that cannot have HS and VS were not asked."""
    if column.name == BESIDE and pd.isna(row[BESIDE]) and not row["trouble"]:
        return "not asked"
    return column.text(row[column.name])


def _headline(numbers: pd.Series, link: str = "") -> list[Cell]:
    return [
        _cell(column.text(numbers[column.name]), numbers[column.name], link)
        for column in HEADLINE_COLUMNS
    ]


def _model(model: pd.Series) -> list[Cell]:
    failure = model["failure"] if isinstance(model["failure"], str) else ""
    return [
        Cell(str(model["model"])),
        Cell("yes" if model["stable"] else "no"),
        Cell(failure),
        _cell(SCORE.text(model["score"]), model["score"]),
        *_headline(model),
    ]


def _line(one: pd.Series, studies: dict[str, str]) -> Line:
    return Line(
        study=one["study"],
        place=studies[one["study"]],
        measure=one["measure"].replace("_", " "),
        cell_types=one["cell_types"],
        condition=_condition(one["group"], one["measure"], one["rows"]),
        agreement=fixed(one["agreement"]),
        span=_span(one["agreement_low"], one["agreement_high"]),
        n_models=_count(one["n_models"]),
        fitted=bool(one["fitted"]),
    )


def _condition(group: str, measure: str, rows: int) -> str:
    """Return what the name of a group tells beside measure and cell type.

    Examples
    --------
    >>> _condition("time_to_peak of Mi1 at intensity=1", "time_to_peak", 1)
    'intensity=1'
    >>> _condition("tuning_curve of T4a over condition", "tuning_curve", 12)
    'over 12 conditions'
    >>> _condition("surround_ratio at angle=0 over cell_type", "surround_ratio", 4)
    'angle=0, over 4 cell types'
    """
    rest = re.sub(r"^ of .+?(?= at | over |$)", "", group.removeprefix(measure))
    at, _, over = rest.partition(" over ")
    over = f"over {rows} {over.replace('_', ' ')}s" if over else ""
    return ", ".join(part for part in (at.removeprefix(" at "), over) if part)


def _span(low: float, high: float) -> str:
    return NOTHING if pd.isna(low) or pd.isna(high) else f"{fixed(low)} to {fixed(high)}"


def _count(value: float) -> str:
    return rounded(float(value), 6)
