"""Reading the two files of a study, with the line of everything in them."""

from __future__ import annotations

import csv
from pathlib import Path

COLUMNS = (
    "measure",
    "cell_type",
    "condition",
    "value",
    "unit",
    "spread",
    "n",
    "locator",
    "support",
    "remark",
)


class Problems(list):
    """All that is wrong with a study: sentences that begin with file, line or row."""

    def in_yaml(self, line: int, text: str) -> None:
        """Add what is wrong on a line of study.yaml."""
        self.append(f"study.yaml, line {line}: {text}")

    def in_table(self, row: int, text: str) -> None:
        """Add what is wrong in a row of measurements.csv."""
        self.append(f"measurements.csv, row {row}: {text}")


def read_text(path: Path, problems: Problems) -> str | None:
    """Return what a file says, or None where it cannot be read."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        problems.append(
            f"{path.name}: no such file; a study needs study.yaml and measurements.csv."
        )
        return None
    except OSError as error:
        problems.append(f"{path.name}: cannot be read ({error.strerror}); make it a readable file.")
        return None
    try:
        text = content.decode("utf-8-sig")  # spreadsheets put a byte order mark in front
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        problems.append(f"{path.name}, line {line}: is not UTF-8; save the file as UTF-8.")
        return None
    if not text.strip():
        problems.append(f"{path.name}: is empty; fill it in as docs/experiments.md tells.")
        return None
    return text


def read_yaml(path: Path, problems: Problems) -> tuple[object, dict[tuple, int]]:
    """Return what study.yaml holds, and the line of each key in it.

    Parameters
    ----------
    path : Path
    problems : Problems
        Receives what is wrong.

    Returns
    -------
    content : object
        None where it cannot be read.
    lines : dict of tuple to int
        By path: ("measures", "polarity") is the key polarity below measures.
    """
    import yaml

    text = read_text(path, problems)
    if text is None:
        return None, {}
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)  # the same in C, where it is
    lines = {(): 1}
    try:
        node = loader.get_single_node()
        _note_lines(node, (), lines, problems)
        return loader.construct_document(node), lines
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        problems.in_yaml(
            mark.line + 1 if mark else 1,
            f"is not YAML ({what}); mind the indentation, and put text with a colon or a bracket"
            " between quotes.",
        )
    except (ValueError, RecursionError) as error:
        problems.in_yaml(1, f"cannot be understood ({error}); put dates between quotes.")
    finally:
        loader.dispose()
    return None, {}


def _note_lines(node, path: tuple, lines: dict, problems: Problems) -> None:
    if node.id == "sequence":
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            _note_lines(item, (*path, index), lines, problems)
    if node.id == "mapping":
        for key, value in node.value:
            line, place = key.start_mark.line + 1, (*path, key.value)
            if place in lines:
                problems.in_yaml(
                    line, f"the key {key.value!r} stands on line {lines[place]} already; keep one."
                )
            lines[place] = line
            _note_lines(value, place, lines, problems)


def read_table(path: Path, problems: Problems) -> list[tuple[int, dict[str, str]]]:
    """Return the rows of measurements.csv with their lines.

    Parameters
    ----------
    path : Path
    problems : Problems
        Receives what is wrong.

    Returns
    -------
    list of (int, dict)
        The line that a row begins on, and its cells by column.
    """
    text = read_text(path, problems)
    if text is None:
        return []
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    rows, begins = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((begins, [cell.strip() for cell in cells]))
            begins = reader.line_num + 1
    except csv.Error as error:
        problems.in_table(begins, f"is not CSV ({error}); close what a quotation mark opens.")
        return []
    (line, header), *rows = rows
    if tuple(header) != COLUMNS:
        problems.in_table(
            line,
            f"the columns are {','.join(header)}, but must be {','.join(COLUMNS)}; write these on"
            " the first line, with commas between.",
        )
        return []
    whole = []
    for line, cells in rows:
        if len(cells) == len(COLUMNS):
            whole.append((line, dict(zip(COLUMNS, cells, strict=True))))
        else:
            problems.in_table(
                line,
                f"has {len(cells)} cells, but must have {len(COLUMNS)}; put cells with a comma"
                ' between "quotes".',
            )
    return whole
