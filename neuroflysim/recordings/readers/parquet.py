"""Tables of Apache Parquet (.parquet), by pyarrow."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from brian2 import Quantity

from neuroflysim.errors import InvalidValueError, NeuroFlySimError
from neuroflysim.files import existing
from neuroflysim.recordings.memory import require_room
from neuroflysim.recordings.reader import Reader, missing_package, one_sentence
from neuroflysim.recordings.recording import Recording
from neuroflysim.recordings.table import Table
from neuroflysim.recordings.table_recordings import (
    TableOptions,
    contents_of_table,
    recording_of_table,
)
from neuroflysim.recordings.typed_tables import typed_table

#: Bytes of a cell in Python, if it is a short text.
_CELL = 64


def load_parquet(
    path: str | os.PathLike[str],
    *,
    time: str = "time",
    values: str | Sequence[str] | None = None,
    trial: str | None = None,
    labels: Sequence[str] | None = None,
    time_unit: Quantity | str | None = None,
    unit: str | None = None,
    cell_type: str | Sequence[str] | None = None,
    conditions: Mapping | Sequence[Mapping] | None = None,
) -> Recording:
    """Read a Parquet file: a table as `load_csv` describes it, of which an index is a column, too.

    Parameters
    ----------
    path : path-like
    time, values, trial, labels, time_unit, unit, cell_type, conditions : optional
        As in `load_csv`.

    Returns
    -------
    Recording

    Raises
    ------
    InvalidValueError
        Names file, row (from 0) and column. Also if pyarrow is not installed: pip install pyarrow.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "cell.parquet"
    >>> pd.DataFrame({"time (s)": [0.0, 0.1], "F (a.u.)": [5, 6]}).to_parquet(file)
    >>> load_parquet(file, cell_type="T4a").signal.to_numpy().tolist()
    [[5.0, 6.0]]
    """
    options = TableOptions(time, values, trial, labels, time_unit, unit, cell_type, conditions)
    path = existing(path)
    return recording_of_table(path, _table(path), options)


def contents(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Tell what is in the file; see `recording_contents`."""
    return contents_of_table(_table(existing(path)))


def _table(path: Path) -> Table:
    try:
        from pyarrow.parquet import ParquetFile
    except ImportError as error:
        raise missing_package(path, "pyarrow", error, "pyarrow") from None
    try:
        with ParquetFile(path) as file:
            told = file.metadata
            require_room(path, "its table", _CELL * told.num_rows * told.num_columns)
            size = sum(told.row_group(k).total_byte_size for k in range(told.num_row_groups))
            require_room(path, "its table", 4 * max(size, 0))
            content = file.read()
            _require_texts(path, content)
            # Pandas' own notes in the file would make an index of columns.
            frame = content.to_pandas(ignore_metadata=True)
    except NeuroFlySimError:
        raise
    except Exception as error:  # of pyarrow, on damaged files
        raise InvalidValueError(
            f"{path} cannot be read as Parquet ({one_sentence(error)}); is it whole?"
        ) from None
    unnamed = [name for name in frame if str(name).startswith("__index_level_")]
    return typed_table(path.name, frame.drop(columns=unnamed))


def _require_texts(path: Path, content) -> None:
    """Raise if a column holds a text that is none: Arrow looks only where it is asked to."""
    for name, column in zip(content.column_names, content.columns, strict=True):
        try:
            column.validate(full=True)
        except Exception as error:  # of pyarrow
            raise InvalidValueError(
                f"{path}: the column {name!r} is damaged ({one_sentence(error)}); write the file"
                " anew, texts in UTF-8."
            ) from None


READER = Reader((".parquet",), load_parquet, contents)
