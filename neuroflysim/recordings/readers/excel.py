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

#: Rows and columns that a sheet of Excel can have.
_MOST = {"max_row": 2**20, "max_col": 2**14}

#: A cell takes more room in Python than its text in the file.
_GROWTH = 6


def load_excel(
    path: str | os.PathLike[str],
    *,
    sheet: str | None = None,
    time: str = "time",
    values: str | Sequence[str] | None = None,
    trial: str | None = None,
    labels: Sequence[str] | None = None,
    time_unit: Quantity | None = None,
    units: str | None = None,
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
    time, values, trial, labels, time_unit, units, cell_type, conditions : optional
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
    options = TableOptions(time, values, trial, labels, time_unit, units, cell_type, conditions)
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


def _sheets(path: Path, sheet: str | None) -> dict[str, list[tuple]]:
    """Return the rows of the sheets that are not empty, or of one of them, by name."""
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise missing_package(path, "openpyxl", error, "openpyxl") from None
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        require_room(path, "its sheets", _GROWTH * size)
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            names = [one.title for one in book.worksheets]
            if sheet is not None:
                names = [one_of(f"{path}: sheet", sheet, names)]
            # Where a file declares more rows than it has, openpyxl would yield empty ones.
            found = {name: list(book[name].iter_rows(**_MOST, values_only=True)) for name in names}
        finally:
            book.close()
    except NeuroFlySimError:
        raise
    except Exception as error:  # of zipfile, of openpyxl and of XML, on damaged files
        raise InvalidValueError(
            f"{path} cannot be read as an Excel workbook ({one_sentence(error)}); is it whole, and"
            " is it .xlsx? Save it again, or as .csv."
        ) from None
    filled = {name: rows for name, rows in found.items() if any(map(_holds, rows))}
    if not filled:
        raise InvalidValueError(f"{path} holds no table; its first row must name its columns.")
    return filled


def _table(path: Path, name: str, rows: list[tuple]) -> Table:
    """Return the table of a sheet; rows are numbered as Excel shows them."""
    kept = [(number, row) for number, row in enumerate(rows, 1) if _holds(row)]
    (_, names), below = kept[0], kept[1:]
    width = max(k + 1 for _, row in kept for k, cell in enumerate(row) if cell is not None)
    padded = [(*row, *[None] * (width - len(row)))[:width] for _, row in below]
    frame = pd.DataFrame(
        padded, index=[number for number, _ in below], columns=range(width), dtype=object
    )
    frame.columns = [*names, *[None] * (width - len(names))][:width]
    return typed_table(f"{path.name}, sheet {name!r}", frame)


def _holds(row: tuple) -> bool:
    return any(cell is not None for cell in row)


READER = Reader((".xlsx",), load_excel, contents)
