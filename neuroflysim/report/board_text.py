"""The board as text, for terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from neuroflysim.dynamics.type_parameters import PUBLISHED
from neuroflysim.report.board_columns import (
    FAMILY_COLUMNS,
    HEADLINE_COLUMNS,
    INTERVALS,
    SCORE,
    Column,
)
from neuroflysim.report.rounding import NOTHING
from neuroflysim.scoreboard.boards import FITTED_TO, Board, checked_board

#: A name may be this long; longer ones are cut.
_LONGEST_NAME = 26
#: Headings of columns that are narrow, in two lines.
_HEADINGS = {
    "direction": ("dir-", "ec."),
    "polarity": ("pol-", "arity"),
    "temporal_filters": ("tem-", "poral"),
    "spatial_fields": ("spa-", "tial"),
    "enhancement_and_suppression": ("enh.,", "supp."),
    "perturbations": ("per-", "turb."),
    "tangential_cells": ("tang.", "cells"),
    "hs_and_vs": ("HS,", "VS*"),
    "polarity_correct": ("pol.", "of 32"),
    "polarity_r": ("pol.", "r"),
    "direction_selective": ("sel.", "of 8"),
    "dsi_median": ("", "DSI"),
    "preferred_direction_error_deg": ("error", "(deg)"),
    "dsi_r": ("DSI", "r"),
    "t4_tuning_r": ("T4", "r"),
    "t5_tuning_r": ("T5", "r"),
    "t4_tuning_r_best": ("T4 r", "best"),
    "t5_tuning_r_best": ("T5 r", "best"),
    "task_r2": ("task", "R2"),
}
_NOTES = (
    "Rows stand by kind, then by name; nothing is sorted by a result. Score: mean of the strict",
    "study scores; 1: as the flies, 0: chance. Beside it 95 % over models and over studies",
    "(bootstrap), then the score from each family of measures alone. Below: medians of the",
    "headline numbers; T4 r and T5 r at 19 columns/s and at the best speed. –: no such number.",
    "*: in no score. The findings of tang. cells, which T4 and T5 answer as a proxy, asked of",
    "HS and VS of the circuit lobula_plate, whose strengths are ours and were fitted to nothing.",
)


def describe_board(board: Board) -> str:
    """Lay out the board for people: scores and families first, then the headline numbers.

    Parameters
    ----------
    board : Board
        From `neuroflysim.board`.

    Returns
    -------
    str
        At most 120 columns wide. Each row that could not be judged is told with the reason.
    """
    table = checked_board(board).table
    width = min(_LONGEST_NAME, max([8, *(len(str(name)) for name in table.index)]))
    titles = [f"{heading.split(', ')[1]:>13}" for heading, *_ in INTERVALS]
    families, headline = _narrow(FAMILY_COLUMNS, 6), _narrow(HEADLINE_COLUMNS)
    lines = [f"{'':{width}}{'':43}{families[0]}"]
    lines.append(f"{'':{width}}{'stable':>10}{'score':>7}{''.join(titles)}{families[1]}")
    lines += _rows(table, width, _scores)
    lines += ["", f"{'':{width}}{headline[0]}", f"{'':{width}}{headline[1]}"]
    lines += _rows(table, width, lambda row: _numbers(row, HEADLINE_COLUMNS))
    lines += ["", *_NOTES]
    for name in dict.fromkeys(table["dynamics"]):
        if name != PUBLISHED:
            lines.append(f"All models were asked with dynamics {name}.")
    for name, row in table[table["seen"].str.contains(FITTED_TO, regex=False)].iterrows():
        left = "" if pd.isna(row["fitted"]) else f" {row['fitted']:.0f} agreements are left out."
        lines.append(f"{name} has seen {row['seen']}.{left}")
    for name, why in table["trouble"].items():
        if why:
            lines.append(f"{name} could not be judged: {why}")
    return "\n".join(line.rstrip() for line in lines)


def _rows(table: pd.DataFrame, width: int, told: Callable) -> Iterable[str]:
    before = None
    for name, row in table.iterrows():
        if row["kind"] != before:
            before = row["kind"]
            yield f"[{before}]"
        yield f"{_cut(str(name), width):{width}}{told(row)}"


def _scores(row: pd.Series) -> str:
    stable = f"{row['stable']:.0f} of {row['total']:.0f}" if pd.notna(row["total"]) else NOTHING
    spans = (_span(row[low], row[high]) for _, low, high, _ in INTERVALS)
    score = _plain(SCORE.text(row[SCORE.name]))
    return (
        f"{stable:>10}{score:>7}{''.join(f'{span:>13}' for span in spans)}"
        f"{_numbers(row, FAMILY_COLUMNS, 6)}"
    )


def _numbers(row: pd.Series, columns: Iterable[Column], width: int = 7) -> str:
    return "".join(f"{_plain(column.text(row[column.name])):>{width}}" for column in columns)


def _span(low: float, high: float) -> str:
    if pd.isna(low) or pd.isna(high):
        return NOTHING
    return f"{_plain(SCORE.text(low))}..{_plain(SCORE.text(high))}"


def _narrow(columns: Iterable[Column], width: int = 7) -> tuple[str, str]:
    """Return the two lines above some columns."""
    words = [_HEADINGS[column.name] for column in columns]
    above, below = ("".join(f"{pair[line]:>{width}}" for pair in words) for line in (0, 1))
    return above, below


def _plain(text: str) -> str:
    """Programs read this, too."""
    return text.replace("\N{MINUS SIGN}", "-")


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 1] + "…"
