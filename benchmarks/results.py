"""Keep what was measured: a table to read, and the same as CSV in SI units."""

from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent / "results"


def write(name: str, heading: str, text: str, rows: list[dict], folder: Path = FOLDER) -> None:
    """Print a table, and write it to NAME.txt and its rows to NAME.csv."""
    text = f"{heading}\n{text}\n"
    print(text, flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text(text)
    pd.DataFrame(rows).to_csv(folder / f"{name}.csv", index=False, float_format="%.6g")


def table(rows: list[dict], columns: dict) -> str:
    """Lay out rows as text.

    Parameters
    ----------
    rows : list of dict
    columns : dict
        Title of each column, and what to show there: a function of a row that returns a str.
    """
    cells = [list(columns)] + [[show(row) for show in columns.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
