"""What people, editors and spreadsheets do to the lines of a text."""

from __future__ import annotations

import csv
import io

from mutated.mutators.mutator import (
    EITHER,
    REFUSE,
    SAME,
    Mutation,
    Mutator,
    NotApplicableError,
    collector,
)

LINES: list[Mutator] = []
mutator = collector(LINES)

#: Of tables only.
HEADER: list[Mutator] = []
header_mutator = collector(HEADER)


def _lines(path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if len(lines) < 3:
        raise NotApplicableError
    return lines


def _write(path, lines) -> None:
    path.write_text("".join(lines), encoding="utf-8", newline="")


@mutator
def drop_a_line(path, rng):
    """Leave one out."""
    lines = _lines(path)
    k = rng.randrange(len(lines))
    del lines[k]
    _write(path, lines)
    return Mutation(EITHER, f"line {k + 1} left out")


@mutator
def double_a_line(path, rng):
    """Write one twice."""
    lines = _lines(path)
    k = rng.randrange(len(lines))
    lines.insert(k, lines[k])
    _write(path, lines)
    return Mutation(EITHER, f"line {k + 1} twice")


@mutator
def swap_lines(path, rng):
    """Let two change places."""
    lines = _lines(path)
    a, b = rng.sample(range(len(lines)), 2)
    if lines[a] == lines[b]:
        raise NotApplicableError
    lines[a], lines[b] = lines[b], lines[a]
    _write(path, lines)
    return Mutation(EITHER, f"lines {a + 1} and {b + 1} exchanged")


@mutator
def comment_out_a_line(path, rng):
    """Put a # in front of one."""
    lines = _lines(path)
    k = rng.randrange(len(lines))
    lines[k] = "#" + lines[k]
    _write(path, lines)
    return Mutation(EITHER, f"line {k + 1} commented out")


@mutator
def byte_order_mark(path, rng):
    """Begin as spreadsheets begin a file."""
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    return Mutation(SAME, "a byte order mark")


@mutator
def carriage_returns(path, rng):
    """End lines as on Windows."""
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    return Mutation(SAME, "CRLF")


@mutator
def blank_lines(path, rng):
    """Add blank lines at the end."""
    path.write_bytes(path.read_bytes() + b"\n" * rng.randint(1, 4))
    return Mutation(SAME, "blank lines at the end")


@mutator
def remark_at_the_end(path, rng):
    """Add a line that is a remark in some languages."""
    path.write_bytes(path.read_bytes() + b"# looked through by me, and found good\n")
    return Mutation(EITHER, "a remark on the last line")


@mutator
def only_remarks(path, rng):
    """Leave remarks and nothing else."""
    path.write_bytes(b"# all that follows\n# was left out\n")
    return Mutation(REFUSE, "nothing but remarks")


@mutator
def utf_16(path, rng):
    """Save in the encoding that some editors call Unicode."""
    path.write_bytes(path.read_text(encoding="utf-8").encode("utf-16"))
    return Mutation(REFUSE, "UTF-16")


def _table(path) -> tuple[list[str], list[list[str]]]:
    """Return remarks on top, and the cells of the rest."""
    lines = _lines(path)
    remarks = [line for line in lines if line.startswith("#")]
    rest = [line for line in lines if not line.startswith("#")]
    return remarks, list(csv.reader(rest))


def _write_table(path, remarks, rows) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    _write(path, [*remarks, text.getvalue()])


@header_mutator
def trailing_separators(path, rng):
    """End each line with a separator more."""
    path.write_text("".join(line.rstrip("\n") + ",\n" for line in _lines(path)), encoding="utf-8")
    return Mutation(SAME, "a separator behind each line")


@header_mutator
def rename_a_column(path, rng):
    """Write another name on top."""
    remarks, rows = _table(path)
    k = rng.randrange(len(rows[0]))
    old = rows[0][k]
    rows[0][k] = rng.choice(("", old.upper(), f" {old} ", f"{old}s", "x", rng.choice(rows[0])))
    if rows[0][k] == old:
        raise NotApplicableError
    _write_table(path, remarks, rows)
    return Mutation(EITHER, f"the column {old!r} is called {rows[0][k]!r}")


@header_mutator
def swap_columns_of_the_header(path, rng):
    """Exchange the names of two columns and not what is below."""
    remarks, rows = _table(path)
    if len(rows[0]) < 2:
        raise NotApplicableError
    a, b = rng.sample(range(len(rows[0])), 2)
    rows[0][a], rows[0][b] = rows[0][b], rows[0][a]
    _write_table(path, remarks, rows)
    return Mutation(EITHER, f"names of columns {a + 1} and {b + 1} exchanged")


@header_mutator
def a_column_twice(path, rng):
    """Repeat a column with all that is below it."""
    remarks, rows = _table(path)
    k = rng.randrange(len(rows[0]))
    rows = [[*row, row[k] if k < len(row) else ""] for row in rows]
    _write_table(path, remarks, rows)
    return Mutation(REFUSE, f"column {k + 1} twice")


@header_mutator
def semicolons(path, rng):
    """Separate columns as spreadsheets do where decimals have commas."""
    text = "".join(_lines(path))
    path.write_text(text.replace(",", ";").replace(".", ","), encoding="utf-8")
    return Mutation(EITHER, "semicolons and decimal commas")
