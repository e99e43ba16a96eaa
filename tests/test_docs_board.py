"""The page about the board, README and the script that fills them with what the board holds."""

import re
import shutil
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
from PIL import Image

from neuroflysim.plotting.board import KINDS
from neuroflysim.report.board import board_page
from neuroflysim.report.board_columns import HEADLINE_COLUMNS, SCORE
from neuroflysim.report.board_text import describe_board
from neuroflysim.scoreboard import published_board
from neuroflysim.scoreboard.boards import COLUMNS

pytestmark = pytest.mark.docs

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "board.md").read_text()
README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def script():
    return SimpleNamespace(**run_path(str(ROOT / "docs" / "figures" / "board.py")))


@pytest.fixture
def copy(tmp_path):
    """The places of the repository that the script writes to."""
    for folder in ("docs/figures", "docs/_static"):
        (tmp_path / folder).mkdir(parents=True)
    shutil.copy(ROOT / "README.md", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_script_writes_what_the_pages_show(script, boards, copy):
    board = boards.made_up_board()
    script.write(board, copy)
    figures = copy / "docs" / "figures"
    for name in re.findall(r"figures/(board[\w.]*\.txt)", PAGE):
        assert (figures / name).is_file()
    assert (figures / "board.png").read_bytes().startswith(b"\x89PNG")
    assert "<!DOCTYPE html>" in (copy / "docs" / "_static" / "board.html").read_text()
    assert (figures / "board.txt").read_text() == describe_board(board) + "\n"
    text = (copy / "README.md").read_text()
    assert script.short_table(board) in text
    assert text == script.in_readme(text, board)  # again, and nothing changes
    script.write(None, copy)
    again = (copy / "README.md").read_text()
    assert again == script.in_readme(README, None)


def test_the_short_table_has_the_medians_of_what_is_neither_control_nor_trivial(script, boards):
    board = boards.made_up_board()
    _, _, *lines = script.short_table(board).splitlines()
    told = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    chosen = board.table[~board.table["kind"].isin(("control", "trivial"))]
    assert len(told) == len(chosen)
    for cells, (_, row) in zip(told, chosen.iterrows(), strict=True):
        assert cells[1] == f"{row['stable']} of {row['total']}"
        for cell, column in zip(cells[2:-1], HEADLINE_COLUMNS, strict=True):
            assert cell == column.text(row[column.name])
        assert cells[-1].removesuffix(" |").startswith(SCORE.text(row["score"]))


def test_every_row_names_its_command(script, boards):
    board = boards.made_up_board()
    lines = script.rows(board).splitlines()[2:]
    for line, command in zip(lines, board.table["command"], strict=True):
        assert f"`{command}`" in line
    assert r"\<b\>x\</b\>" in script.rows(board)  # a name is no Markdown


def test_the_page_tells_every_column_and_kind(script):
    columns = re.findall(r"^\| ([\w, ]+) \| ", PAGE.split("## What the columns mean")[1], re.M)
    told = {name for line in columns for name in line.split(", ")}
    assert set(COLUMNS) - told <= {"kind", "command", "trouble"}  # told in the text
    for kind in KINDS:
        assert f"| {kind} |" in PAGE


@pytest.mark.slow
def test_what_the_repository_shows_is_the_published_board(script):
    """Run docs/figures/board.py when it is not; without a published board the pages say so."""
    board = published_board()
    assert script.in_readme(README, board) == README
    for name, text in script.pages(board).items():
        assert (ROOT / "docs" / "figures" / name).read_text() == text + "\n"
    if board is not None:
        page = (ROOT / "docs" / "_static" / "board.html").read_text()
        assert _without_picture(page) == _without_picture(board_page(board))
        with Image.open(ROOT / "docs" / "figures" / "board.png") as image:
            assert image.width > 900


def _without_picture(page):
    """Drawn letters differ from one machine to another."""
    return re.sub(r"<img [^>]*>", "", page)
