"""Tables of Excel (.xlsx), by openpyxl: values alone, no formula is computed and no macro run."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from brian2 import Quantity

from neuroflysim.checks import one_of
from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.files import existing
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.reader import LISTED, Reader, listing, missing_package, one_sentence
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.table import Table
from neuroflysim.recordings.table_recordings import (
    TableOptions,
    contents_of_table,
    recording_of_table,
)
from neuroflysim.recordings.typed_tables import typed_table

#: Rows that a sheet of Excel can have.
_MOST_ROWS = 2**20

#: Bytes of a cell in Python.
_CELL = 64


def load_excel(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    time: str = "time",
    values: str | Sequence[str] | None = None,
    trial: str | None = None,
    labels: Sequence[str] | None = None,
    time_unit: Quantity | str | None = None,
    unit: str | None = None,
    cell_type: str | Sequence[str] | None = None,
    conditions: Mapping | Sequence[Mapping] | None = None,
) -> Recording:
    """Read a sheet of an Excel workbook: a table as `load_csv` describes it.

    The first row that is not empty has the names of the columns, with their units in brackets.

    Parameters
    ----------
    path : path-like
        .xlsx; save an older .xls as one.
    sheet : str, optional
        Its name; not needed if there is but one.
    time, values, trial, labels, time_unit, unit, cell_type, conditions : optional
        As in `load_csv`.

    Returns
    -------
    Recording

    Raises
    ------
    InvalidValueError
        Names file, sheet, row and column. Also if openpyxl is not installed: pip install openpyxl.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import openpyxl
    >>> book = openpyxl.Workbook()
    >>> for row in (["time (ms)", "first (mV)"], [0, -60.5], [10, -58]):
    ...     book.active.append(row)
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cell.xlsx"
    >>> book.save(file)
    >>> load_excel(file, cell_type="Mi1").signal.to_numpy().tolist()
    [[-60.5, -58.0]]
    """
    options = TableOptions(time, values, trial, labels, time_unit, unit, cell_type, conditions)
    path = existing(path)
    rows = _sheets(path, sheet)
    if len(rows) > 1:
        raise InvalidValueError(
            f"{path} has {len(rows)} sheets; choose one: sheet={' or '.join(map(repr, rows))}."
        )
    ((name, table),) = rows.items()
    return recording_of_table(path, _table(path, name, table), options)


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    path = existing(path)
    listed = []
    for name, rows in _sheets(path, None).items():
        table = contents_of_table(_table(path, name, rows))
        listed += [(*row, f"column of sheet {name!r}") for row in table[[*LISTED]].to_numpy()]
    return listing(listed, "holds").infer_objects()


#: A row of a sheet: its number, as Excel shows it, and its cells.
_Row = tuple[int, tuple]


def _sheets(path: Path, sheet: str | None) -> dict[str, list[_Row]]:
    """Return the rows of the sheets that are not empty, or of one of them, by name."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise missing_package(path, "openpyxl", error, "openpyxl") from None
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        require_room(path, "its sheets", size)
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            names = [one.title for one in book.worksheets]
            if sheet is not None:
                names = [one_of(f"{path}: sheet", sheet, names)]
            found = {name: _rows(path, book[name]) for name in names}
        finally:
            book.close()
    except NeuroFlySimError:
        raise
    except Exception as error:  # of zipfile, of openpyxl and of XML, on damaged files
        raise InvalidValueError(
            f"{path} cannot be read as an Excel workbook ({one_sentence(error)}); is it whole, and"
            " is it .xlsx? Save it again, or as .csv."
        ) from None
    filled = {name: rows for name, rows in found.items() if rows}
    if not filled:
        raise InvalidValueError(f"{path} holds no table; its first row must name its columns.")
    return filled


def _rows(path: Path, sheet) -> list[_Row]:
    """Return the rows of a sheet that hold something, whatever the file says of their number."""
    sheet.reset_dimensions()
    kept, n_cells, allowed = [], 0, 10_000
    for number, row in enumerate(sheet.iter_rows(max_row=_MOST_ROWS, values_only=True), 1):
        n_cells += len(row)
        if n_cells > allowed:  # a cell far to the right makes a long row
            allowed = 2 * n_cells
            require_room(path, "its sheets", _CELL * allowed)
        if any(cell is not None for cell in row):
            kept.append((number, row))
    return kept


def _table(path: Path, name: str, rows: list[_Row]) -> Table:
    """Return the table of a sheet."""
    (_, names), below = rows[0], rows[1:]
    width = max(k + 1 for _, row in rows for k, cell in enumerate(row) if cell is not None)
    frame = pd.DataFrame(
        [(*row, *[None] * (width - len(row)))[:width] for _, row in below],
        index=[number for number, _ in below],
        columns=range(width),
        dtype=object,
    )
    frame.columns = [*names, *[None] * (width - len(names))][:width]
    return typed_table(f"{path.name}, sheet {name!r}", frame)


READER = Reader((".xlsx",), load_excel, contents)
