"""Tables of text (CSV, TSV) as people and spreadsheets write them: one reader for all of them.

It takes what means the same: a byte order mark, any line ends, blank lines, separators behind the
last column, and spaces around cells. It refuses, with file and line, what may mean something else.
"""

from __future__ import annotations

import csv
import math
import os
import re
from pathlib import Path

import pandas as pd
from attrs import frozen

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import LARGEST_TEXT, read_text


@frozen(eq=False)
class TextTable:
    """What a table of text says, nothing of it interpreted."""

    name: str  #: of the file, for messages
    rows: pd.DataFrame  #: texts; the index is the line of the file on which a row begins
    remarks: list[tuple[int, str]]  #: line and text of each line that begins with a #
    header_line: int  #: on which the names of the columns stand


def read_text_table(
    path: str | os.PathLike[str],
    separator: str = ",",
    *,
    remarks: bool = False,
    most_bytes: int = LARGEST_TEXT,
) -> TextTable:
    r"""Read a table with the names of its columns on the first line.

    Parameters
    ----------
    path : path-like
    separator : str
        One character between cells.
    remarks : bool
        Whether lines that begin with # are no rows.
    most_bytes : int
        A larger file is refused.

    Returns
    -------
    TextTable

    Raises
    ------
    InvalidValueError
        If the file is no such table; names file, line and cure.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cells.csv"
    >>> _ = file.write_text("\ufeffcell_type,count,\r\nMi1,3,\r\n,,\r\n", encoding="utf-8")
    >>> read_text_table(file).rows
      cell_type count
    2       Mi1     3
    """
    path = Path(path)
    return text_table(path.name, read_text(path, most_bytes), separator, remarks=remarks)


def text_table(
    name: str,
    text: str,
    separator: str = ",",
    *,
    remarks: bool = False,
    wrong: list[str] | None = None,
) -> TextTable:
    """Return the table that a text is; see `read_text_table`.

    Parameters
    ----------
    name : str
        The file, for messages.
    text, separator, remarks
    wrong : list of str, optional
        Receives what is wrong with rows, which are then left out; without it the first such row
        is an error.
    """
    if not isinstance(separator, str) or len(separator) != 1 or separator in '"\r\n':
        raise InvalidValueError(
            f"separator is {separator!r}, but must be one character between columns, for example"
            " ',' or ';' or '\\t'."
        )
    lines, found = _cells(name, text, separator)
    said = []
    if remarks:
        said = [
            (line, separator.join(cells).rstrip(separator + " ").strip())
            for line, cells in zip(lines, found, strict=True)
            if cells[0].startswith("#")
        ]
        kept = [k for k, cells in enumerate(found) if not cells[0].startswith("#")]
        lines, found = [lines[k] for k in kept], [found[k] for k in kept]
    if not found:
        raise InvalidValueError(f"{name} holds no table; its first line must name its columns.")
    header, header_line = found[0], lines[0]
    while len(header) > 1 and not header[-1]:
        header = header[:-1]
    _require_header(name, header_line, header, separator)
    width = len(header)
    kept = []
    for k, (line, cells) in enumerate(zip(lines, found, strict=True)):
        if k and len(cells) >= width and not any(cells[width:]):
            kept.append(k)
        elif k:
            told = (
                f"{name}, line {line}: has {len(cells)} cells, but line {header_line} names {width}"
                f' columns; put a cell that holds a {separator!r} between "quotes", and write'
                " decimals with a point."
            )
            if wrong is None:
                raise InvalidValueError(told)
            wrong.append(told)
    rows = pd.DataFrame(
        [found[k][:width] for k in kept],
        index=pd.Index([lines[k] for k in kept], dtype=int),
        columns=header,
        dtype=object,
    )
    return TextTable(name, rows, said, header_line)


def _cells(name: str, text: str, separator: str) -> tuple[list[int], list[list[str]]]:
    """Return the cells of all lines that are not blank, and where each row begins."""
    lines, found, begins = [], [], 1
    # Line ends inside of quotes stay; a lone carriage return is a line end of old spreadsheets.
    reader = csv.reader(re.split(r"(?<=\n)|(?<=\r)(?!\n)", text), delimiter=separator, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                lines.append(begins)
                found.append([cell.strip() for cell in cells])
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InvalidValueError(
            f"{name}, line {begins}: is no line of a table ({error}); close what a quotation mark"
            " opens."
        ) from None
    return lines, found


def _require_header(name: str, line: int, header: list[str], separator: str) -> None:
    for other, called in ((";", "a semicolon"), ("\t", "a tab"), (",", "a comma")):
        if len(header) == 1 and other != separator and other in header[0]:
            raise InvalidValueError(
                f"{name}, line {line}: the columns seem to be separated by {called} and not by"
                f" {separator!r}. Where decimals are written with a comma, save the table with"
                " points and commas (English notation); else name the separator or save it with"
                f" {separator!r}."
            )
    for place, column in enumerate(header):
        if not column:
            raise InvalidValueError(
                f"{name}, line {line}: the column {place + 1} has no name; give it one."
            )
        if column in header[:place]:
            raise InvalidValueError(
                f"{name}, line {line}: the column {column!r} stands twice; keep one."
            )


def decimal_comma(text: str) -> bool:
    """Return whether a text is a number with a comma for its decimals, as 0,5 is."""
    return re.fullmatch(r"[+-]?\d+,\d+([eE][+-]?\d+)?", text.strip()) is not None


def decimal_number(where: str, text: str) -> float:
    """Return the finite number that a cell is: digits, a point, an exponent, and nothing else.

    Parameters
    ----------
    where : str
        File, line and what the number is, for messages.
    text : str

    Examples
    --------
    >>> decimal_number("start.csv, line 9: time_constant of T4a", "1_000")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: start.csv, line 9: time_constant of T4a is '1_000', but...
    """
    number = math.nan
    if re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", text, re.ASCII):
        number = float(text)
    if math.isfinite(number):
        return number
    cure = "write decimals with a point" if decimal_comma(text) else "write it like 0.05 or 5e-2"
    shown = text if len(text) <= 60 else f"{text[:60]}..."
    raise InvalidValueError(f"{where} is {shown!r}, but must be a finite number; {cure}.")
