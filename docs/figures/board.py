"""The board for people: picture, page, and the tables of README and of the documentation.

Nothing is computed: `neuroflysim board` does that, and the package carries what came out. Takes
some seconds.

    python docs/figures/board.py
"""

import re
from pathlib import Path

from neuroflysim.plotting import plot_board, save_figure
from neuroflysim.report.board import write_board_page
from neuroflysim.report.board_columns import HEADLINE_COLUMNS, SCORE
from neuroflysim.report.board_text import describe_board
from neuroflysim.scoreboard import published_board
from neuroflysim.scoreboard.box import unpublished

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
#: In README, the table stands between these lines.
BEGIN, END = "<!-- board: docs/figures/board.py writes this -->", "<!-- end of the board -->"
#: The short table leaves out what only the picture shows.
LEFT_OUT = ("control", "trivial")
ALT = "scores of all ensembles with two intervals, and in each family of measures"


def main():
    """Write all that shows the board that is in the package, or that there is none."""
    write(published_board(), ROOT)


def write(board, root: Path) -> None:
    """Write the files below a copy of the repository."""
    figures, readme = root / "docs" / "figures", root / "README.md"
    if board is not None:
        save_figure(plot_board(board), figures / "board.png", dpi=110)
        write_board_page(board, root / "docs" / "_static" / "board.html")
    for name, text in pages(board).items():
        (figures / name).write_text(text + "\n", encoding="utf-8")
    text = in_readme(readme.read_text(encoding="utf-8"), board)
    readme.write_text(text, encoding="utf-8")


def pages(board) -> dict[str, str]:
    """Return what the pages of the documentation include, by the name of the file."""
    if board is None:
        nothing = "There is no board in the package yet: `neuroflysim board -o board` computes one."
        return dict.fromkeys(("board.txt", "board_rows.txt", "board_table.txt"), nothing)
    return {
        "board.txt": describe_board(board),
        "board_rows.txt": rows(board),
        "board_table.txt": f"{shown('figures/board.png')}\n\n{short_table(board)}{lacking()}",
    }


def lacking() -> str:
    """Tell which rows nobody has computed for this version."""
    names = unpublished()
    if not names:
        return ""
    listed = ", ".join(f"`{name}`" for name in names)
    return (
        f"\n\nNot computed yet for this version: {listed}. `neuroflysim board NAME` computes a row."
    )


def rows(board) -> str:
    """Lay out what each row is, what it has seen, and how it is computed."""
    told = board.table.reset_index()[["row", "kind", "seen", "stable", "total", "command"]]
    lines = [
        (_cell(row), kind, _cell(seen), f"{stable} of {total}", f"`{command}`")
        for row, kind, seen, stable, total, command in told.itertuples(index=False)
    ]
    return _markdown(("row", "kind", "what a fit has seen", "stable", "computed by"), lines)


def short_table(board) -> str:
    """Lay out headline numbers and score of the rows that are neither control nor trivial."""
    chosen = board.table[~board.table["kind"].isin(LEFT_OUT)]
    headings = ["", "stable", *(column.title for column in HEADLINE_COLUMNS), "score"]
    lines = []
    for name, row in chosen.iterrows():
        numbers = [column.text(row[column.name]) for column in HEADLINE_COLUMNS]
        score = SCORE.text(row[SCORE.name])
        if row["score"] == row["score"]:
            low, high = (SCORE.text(row[f"score_studies_{end}"]) for end in ("low", "high"))
            score = f"{score} ({low} to {high})"
        lines.append((_cell(name), f"{row['stable']} of {row['total']}", *numbers, score))
    return _markdown(headings, lines)


def shown(picture: str) -> str:
    """Return the lines that show the picture."""
    return f"![{ALT}]({picture})"


def in_readme(text: str, board) -> str:
    """Return the README with the table and the picture of a board in their place."""
    told = "There is no board in the package yet."
    if board is not None:
        told = f"{shown('docs/figures/board.png')}\n\n{short_table(board)}{lacking()}"
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{told}\n{END}{after}"


def _markdown(headings, lines) -> str:
    return "\n".join(
        f"| {' | '.join(line)} |" for line in (headings, ["---"] * len(headings), *lines)
    )


def _cell(text: str) -> str:
    """Names of others are text, not Markdown."""
    return re.sub(r"([\\`*_<>\[\]|])", r"\\\1", " ".join(str(text).split()))


if __name__ == "__main__":
    main()
