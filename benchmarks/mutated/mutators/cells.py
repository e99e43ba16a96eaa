"""What may stand in a cell of a table."""

from __future__ import annotations

from mutated.mutators.lines import _table, _write_table
from mutated.mutators.mutator import EITHER, Mutation, Mutator, NotApplicableError, collector

CELLS: list[Mutator] = []
mutator = collector(CELLS)

WORDS = (
    "", "true", "True", "null", "NaN", "nan", "inf", "-inf", "-1", "0", "1", "2.5", "1e400",
    "1e308", "1e-320", "text", "x" * 10_000, "１２", "٣", "1_000", "1,5", "0x10", "1e", "--1", "+1",
    " 7 ", "-", "#N/A", "NA", "=1+1", '"', "../000", "/etc/hostname", "start", "a\nb", "é\u0301",
    "\u202e", "99999999999999999999", "1" * 5_000,
)  # fmt: skip


@mutator
def another_cell(path, rng):
    """Write something else into a cell."""
    remarks, rows = _table(path)
    row = rng.randrange(1, len(rows))
    column = rng.randrange(len(rows[row]))
    old, new = rows[row][column], rng.choice(WORDS)
    if old == new:
        raise NotApplicableError
    rows[row][column] = new
    _write_table(path, remarks, rows)
    shown = new if len(new) < 40 else f"{new[:10]}... ({len(new)})"
    return Mutation(EITHER, f"row {row}, column {column + 1}: {old!r} is {shown!r}")


@mutator
def a_whole_column(path, rng):
    """Write the same into all cells of a column."""
    remarks, rows = _table(path)
    column, new = rng.randrange(len(rows[0])), rng.choice(WORDS)
    for row in rows[1:]:
        if column < len(row):
            row[column] = new
    _write_table(path, remarks, rows)
    return Mutation(EITHER, f"column {column + 1} is {new[:20]!r} in all rows")


@mutator
def a_cell_more(path, rng):
    """Let a row have a cell more or less than there are columns."""
    remarks, rows = _table(path)
    row = rng.randrange(1, len(rows))
    if rng.random() < 0.5:
        rows[row].insert(rng.randrange(len(rows[row]) + 1), "1")
        what = "more"
    else:
        del rows[row][rng.randrange(len(rows[row]))]
        what = "less"
    _write_table(path, remarks, rows)
    return Mutation(EITHER, f"row {row} has a cell {what}")


@mutator
def exchange_cells(path, rng):
    """Let two cells of a row change places."""
    remarks, rows = _table(path)
    row = rng.randrange(1, len(rows))
    if len(rows[row]) < 2:
        raise NotApplicableError
    a, b = rng.sample(range(len(rows[row])), 2)
    if rows[row][a] == rows[row][b]:
        raise NotApplicableError
    rows[row][a], rows[row][b] = rows[row][b], rows[row][a]
    _write_table(path, remarks, rows)
    return Mutation(EITHER, f"row {row}: cells {a + 1} and {b + 1} exchanged")


@mutator
def number_of_another_row(path, rng):
    """Copy a cell from another row, as fingers do that slip."""
    remarks, rows = _table(path)
    if len(rows) < 3:
        raise NotApplicableError
    a, b = rng.sample(range(1, len(rows)), 2)
    column = rng.randrange(min(len(rows[a]), len(rows[b])))
    if rows[a][column] == rows[b][column]:
        raise NotApplicableError
    rows[a][column] = rows[b][column]
    _write_table(path, remarks, rows)
    return Mutation(EITHER, f"row {a}, column {column + 1} copied from row {b}")
