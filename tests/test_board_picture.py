"""The picture of the board: its dots, lines and cells are the numbers of the table."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection, PolyCollection

import neuroflysim as nfs
from neuroflysim.plotting import plot_board
from neuroflysim.plotting.board import FAMILIES, KINDS
from neuroflysim.scoreboard import families
from neuroflysim.scoreboard.boards import SCORE
from neuroflysim.scoreboard.entry import KINDS as ALL_KINDS


@pytest.fixture(scope="module")
def board(boards):
    return boards.made_up_board()


def of_kind(ax, kind):
    return [one for one in ax.collections if isinstance(one, kind)]


def heights_of_rows(ax, board):
    """Where each row stands, by its label."""
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == [f"{name} ({n})" for name, n in board.table["models"].items()]
    return pd.Series(ax.get_yticks(), board.table.index)


def test_dots_and_lines_are_the_score_and_its_intervals(board):
    ax, _ = plot_board(board)
    judged = board.table[board.table["score"].notna()]
    heights = heights_of_rows(ax, board)[judged.index]
    (dots,) = of_kind(ax, PathCollection)
    assert dots.get_offsets().data.tolist() == np.c_[judged["score"], heights].tolist()
    thin, thick = sorted(of_kind(ax, LineCollection), key=lambda lines: lines.get_linewidth()[0])
    for lines, who in ((thick, "models"), (thin, "studies")):
        ends = np.array(lines.get_segments())
        assert ends[:, 0, 0].tolist() == judged[f"score_{who}_low"].tolist()
        assert ends[:, 1, 0].tolist() == judged[f"score_{who}_high"].tolist()
        assert (ends[:, :, 1] == heights.to_numpy()[:, None]).all()
    low, high = ax.get_xlim()
    drawn = judged[list(SCORE)].to_numpy()
    assert low < min(0, drawn.min()) and high > drawn.max()


def test_cells_are_the_families_and_print_their_numbers(board):
    left, ax = plot_board(board)
    (cells,) = of_kind(ax, PolyCollection)
    expected = board.table[list(FAMILIES)].to_numpy()
    assert np.ma.filled(cells.get_array(), np.nan).reshape(expected.shape) == pytest.approx(
        expected, nan_ok=True
    )
    assert cells.get_clim() == (-1, 1)  # white is 0
    middles = np.array([path.vertices[:4].mean(axis=0) for path in cells.get_paths()])
    heights = heights_of_rows(left, board).to_numpy()
    assert middles[:, 1] == pytest.approx(np.repeat(heights, len(FAMILIES)))
    printed = [text for text in ax.texts if text.get_text()]
    for text, value, middle in zip(printed, expected.ravel(), middles, strict=True):
        assert text.get_position() == pytest.approx(middle)
        told = text.get_text().replace("\N{MINUS SIGN}", "-")
        assert told == "–" if np.isnan(value) else float(told) == pytest.approx(value, abs=0.0051)
    headings = [label.get_text().replace("-\n", "").split() for label in ax.get_xticklabels()]
    assert [" ".join(words).replace(",", " and") for words in headings[:-1]] == [
        name.replace("_", " ") for name in list(FAMILIES)[:-1]
    ]
    assert " ".join(headings[-1]) == "HS and VS, in no score"
    (line,) = ax.get_lines()  # before what does not count
    assert set(line.get_xdata()) == {len(FAMILIES) - 1.5}


def test_rows_stand_in_the_order_of_the_board_below_the_names_of_their_kinds(board):
    ax, _ = plot_board(board)
    heights = heights_of_rows(ax, board)
    assert heights.is_monotonic_increasing and ax.yaxis_inverted()
    texts = {text.get_text(): text.xy[1] for text in ax.texts}
    for kind, rows in board.table.groupby("kind", sort=False):
        place = texts[KINDS[kind][0]]
        assert heights[rows.index[0]] - 1 < place < heights[rows.index[0]]
        assert not ((heights > place) & (heights < heights[rows.index[0]])).any()


def test_a_row_that_could_not_be_judged_says_so_and_has_no_numbers(board, boards):
    ax, families = plot_board(board)
    (said,) = [text for text in ax.texts if "not judged" in text.get_text()]
    assert boards.TROUBLE.startswith(said.get_text()[12:].rstrip("…"))
    place = heights_of_rows(ax, board)["broken"]
    assert said.xy[1] == place
    there = {text.get_text() for text in families.texts if text.get_position()[1] == place}
    assert there == {"–"}


def test_controls_are_grey_and_fitted_models_are_not(boards):
    colors = {kind: color for kind, (_, color) in KINDS.items()}
    grey = {kind for kind, color in colors.items() if not color.startswith("#")}
    assert grey == {"control", "no fit", "trivial"}
    assert len({colors[kind] for kind in colors if kind not in grey}) == len(colors) - len(grey)
    assert {kind for _, kind, *_ in boards.ROWS} == set(KINDS)  # the made-up board has all


def test_a_board_of_one_row_and_one_without_any_number_can_be_drawn(boards):
    for row in (boards.ROWS[0], boards.ROWS[-1]):
        axes = plot_board(boards.made_up_board([row]))
        axes[0].figure.canvas.draw()


def test_names_are_no_formulas_and_long_ones_are_cut(boards):
    rows = [("$\\frac{$", "yours", 2, 2, 2, 0.2), ("a" * 200, "yours", 2, 2, 2, np.nan)]
    ax, _ = plot_board(boards.made_up_board(rows))
    ax.figure.canvas.draw()
    first, second = (label.get_text() for label in ax.get_yticklabels())
    assert first == "$\\frac{$ (2)" and len(second) < 40 and second.endswith("… (2)")


def test_what_is_no_board_is_refused(board):
    for wrong in ("flow", board.table):
        with pytest.raises(nfs.InvalidTypeError, match=r"nfs\.board"):
            plot_board(wrong)


def test_kinds_and_families_are_those_of_the_board():
    assert list(KINDS) == list(ALL_KINDS)
    assert list(FAMILIES) == list(families.FAMILIES)
