"""The board as one HTML page: a table that can be sorted, and behind each number its rows."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pandas as pd

from neuroflysim import checks
from neuroflysim.experiments.database import load_study
from neuroflysim.files import writable, written_whole
from neuroflysim.names import study_keys
from neuroflysim.plotting.board import plot_board
from neuroflysim.report.board_columns import (
    FACTS,
    FAMILY_COLUMNS,
    HEADLINE_COLUMNS,
    INTERVALS,
    SCORE,
)
from neuroflysim.report.board_rows import place_of, row_of_board
from neuroflysim.report.page import environment
from neuroflysim.report.pictures import picture
from neuroflysim.scoreboard.boards import Board, checked_board
from neuroflysim.scoreboard.entry import KINDS

_ALT = (
    "For each row of the board the mean of its study scores with two intervals, and its score"
    " in each family of measures; the table below holds the same numbers"
)


def write_board_page(board: Board, path: str | os.PathLike[str]) -> Path:
    """Write the board as one HTML file with everything inside.

    Parameters
    ----------
    board : Board
        From `neuroflysim.board`.
    path : path-like
        Ends in .html.

    Returns
    -------
    Path
    """
    path = writable(path)
    checks.one_of("the suffix of a page", path.suffix, (".html",))
    page = board_page(board)
    with written_whole(path) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def board_page(board: Board) -> str:
    """Return the page.

    Parameters
    ----------
    board : Board

    Returns
    -------
    str
        HTML. Without a script everything can be read; with it, tables are sorted by their headings.
    """
    checked_board(board)
    studies = {
        name: place_of("study", name, k) for k, name in enumerate(_studies(board.agreements))
    }
    rows = [
        row_of_board(board, number, name, studies) for number, name in enumerate(board.table.index)
    ]
    return (
        environment()
        .get_template("board.html")
        .render(
            rows=rows,
            troubles=[row for row in rows if row.trouble],
            kinds=list(KINDS),
            facts=FACTS,
            score=SCORE,
            intervals=INTERVALS,
            families=FAMILY_COLUMNS,
            headline=HEADLINE_COLUMNS,
            studies=[(place, name, *_source(name)) for name, place in studies.items()],
            made=_made(board),
            picture=picture(plot_board(board)[0].figure, _ALT, rare_colors=True),
        )
    )


def _studies(agreements: pd.DataFrame) -> list[str]:
    return sorted(set(agreements["study"])) if len(agreements) else []


def _source(name: str) -> tuple[str, str]:
    """Return who published a study, and its DOI: nothing of one that is not in the database."""
    if name not in study_keys():
        return "", ""
    citation = load_study(name).citation
    return re.sub(r"\. doi:\S+$", "", str(citation)), citation.doi or ""


def _made(board: Board) -> str:
    """Return by which versions the rows were judged, and when."""
    versions = sorted({made["version"] for made in board.record.values() if made})
    days = sorted({made["date"] for made in board.record.values() if made})
    when = f" on {days[0]}" if len(days) == 1 else f" from {days[0]} to {days[-1]}" if days else ""
    return f"Judged by neuroflysim {', '.join(versions)}{when}." if versions else ""
