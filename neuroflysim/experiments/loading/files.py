"""Reading the two files of a study, with the line of everything in them."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import fields

from neuroflysim import files
from neuroflysim.errors import InvalidValueError
from neuroflysim.experiments.study import Measurement
from neuroflysim.files import strict_yaml
from neuroflysim.files.text_tables import text_table

#: Of measurements.csv; the line is counted.
COLUMNS = tuple(one.name for one in fields(Measurement) if one.name != "row")

#: The largest study of the database has 30 kB.
MOST_BYTES = 2_000_000


class Problems(list):
    """All that is wrong with a study: sentences that begin with file, line or row."""

    def in_yaml(self, line: int, text: str) -> None:
        """Add what is wrong on a line of study.yaml."""
        self.append(f"study.yaml, line {line}: {text}")

    def in_table(self, row: int, text: str) -> None:
        """Add what is wrong in a row of measurements.csv."""
        self.append(f"measurements.csv, row {row}: {text}")

    @property
    def lines(self) -> set[str]:
        """Where something is wrong: each "study.yaml, line 3"."""
        return {problem.partition(": ")[0] for problem in self}


def read_text(path: Path, problems: Problems) -> str | None:
    """Return what a file says, or None where it cannot be read."""
    if not os.path.lexists(path):
        problems.append(
            f"{path.name}: no such file; a study needs study.yaml and measurements.csv."
        )
        return None
    try:
        text = files.read_text(path, MOST_BYTES)
    except InvalidValueError as error:
        problems.append(_in_the_folder(error, path))
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
        By path: ("measures", "polarity") is the key polarity below measures. Empty where it cannot
        be read.
    """
    text = read_text(path, problems)
    if text is None:
        return None, {}
    content, lines, wrong = strict_yaml.read(text)
    for line, told in wrong:
        problems.in_yaml(line, told)
    return content, lines


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
    table, wrong = None, []
    try:
        table = text_table(path.name, text, wrong=wrong)
    except InvalidValueError as error:
        wrong.append(str(error))
    problems += [problem.replace(f"{path.name}, line ", f"{path.name}, row ") for problem in wrong]
    if table is None:
        return []
    rows = table.rows
    if tuple(rows.columns) != COLUMNS:
        problems.in_table(
            table.header_line,
            f"the columns are {','.join(rows.columns)}, but must be {','.join(COLUMNS)}; write"
            " these on the first line, with commas between.",
        )
        return []
    whole = list(zip(rows.index.tolist(), rows.to_dict("records"), strict=True))
    for line, cells in whole:
        for column, cell in cells.items():
            if not cell.isprintable():
                problems.in_table(line, f"{column} is {cell!r}; write it on one line, as text.")
    return whole


def _in_the_folder(error: InvalidValueError, path: Path) -> str:
    """Return an error on a file of a study as its name in the folder has it."""
    told = str(error).replace(str(path), path.name, 1)
    return told if told.startswith(path.name) else f"{path.name}: {told}"
