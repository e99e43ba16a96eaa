"""The board: every model judged alike. A row is an ensemble, a control, a trivial answer, or yours.

Each kind of rows is a file with a function `entries`, and stands in `box.SOURCES`.
"""

from neuroflysim.scoreboard.boards import Board
from neuroflysim.scoreboard.box import entries, published_board
from neuroflysim.scoreboard.checking import check
from neuroflysim.scoreboard.making import board

__all__ = ["Board", "board", "check", "entries", "published_board"]
