"""Tables read in pieces, from memory or from files of any size: CSV, Parquet, Arrow and Feather."""

from __future__ import annotations

import csv
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim.connectome.importers.exact_values import Place
from neuroflysim.connectome.importers.table_names import found_columns
from neuroflysim.errors import InvalidTypeError, InvalidValueError
from neuroflysim.files import existing

#: Rows of a piece. A million take some 30 MB.
ROWS = 1_000_000

#: A table of so few columns is read with all of them, so that rows of a wrong length are seen.
_NARROW = 10

_PARQUET, _ARROW = (".parquet", ".pq"), (".feather", ".arrow", ".ipc")


@frozen(eq=False)
class Piece:
    """Some rows of a table, with columns by our words for them."""

    columns: dict[str, pd.Series]
    place: Place

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))


def pieces(
    table: Any,
    what: str,
    needed: Sequence[str],
    wanted: Sequence[str],
    names: Mapping[str, Sequence[str]],
    whole: Sequence[str] = (),
    rows: int = ROWS,
) -> Iterator[Piece]:
    """Read a table piece by piece.

    Parameters
    ----------
    table : DataFrame, path-like, or iterable of DataFrame
        Files are told by their ending: .parquet, .feather and .arrow; anything else is a table of
        text, with commas, tabs or semicolons between its cells, and may be compressed.
    what : str
        What a table in memory is called in messages.
    needed, wanted : sequence of str
        Columns that there must be, and those taken if they are there; see `table_names`.
    names : mapping
        From `chosen_names`.
    whole : sequence of str
        Columns of whole numbers, which are read as such where the text is nothing else.
    rows : int
        How many make a piece.

    Yields
    ------
    Piece
        One at least, which may be empty.

    Raises
    ------
    InvalidValueError
        Names file, row and cure.
    """
    if isinstance(table, pd.DataFrame):
        yield _of_frame(table, what, needed, wanted, names, 0)
        return
    if isinstance(table, str | os.PathLike):
        path = existing(table)
        if path.stat().st_size == 0:
            raise InvalidValueError(f"{path} is empty; look whether it was copied to its end.")
        suffix = path.suffix.lower()
        if suffix in (*_PARQUET, *_ARROW):
            yield from _of_arrow(path, suffix in _PARQUET, needed, wanted, names, rows)
        else:
            yield from _of_text(path, needed, wanted, names, whole, rows)
        return
    if isinstance(table, Mapping | bytes) or not isinstance(table, Iterable):
        raise InvalidTypeError(
            f"{what} is {type(table).__name__}, but must be a DataFrame, the path of a file, or an"
            " iterable of DataFrames, the pieces of a large table."
        )
    first, n_pieces = 0, 0
    for frame in table:
        if not isinstance(frame, pd.DataFrame):
            raise InvalidTypeError(
                f"{what} gave {type(frame).__name__} as a piece, but each must be a DataFrame."
            )
        yield _of_frame(frame, what, needed, wanted, names, first)
        first, n_pieces = first + len(frame), n_pieces + 1
    if not n_pieces:
        raise InvalidValueError(
            f"{what} holds no piece; a generator that was read before is empty: make a new one."
        )


def _of_frame(
    frame: pd.DataFrame, what: str, needed: Any, wanted: Any, names: Any, first: int
) -> Piece:
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    found = found_columns(frame.columns, needed, wanted, names, what)
    return Piece({word: frame[name] for word, name in found.items()}, Place(what, first))


def _of_arrow(
    path: Path, parquet: bool, needed: Any, wanted: Any, names: Any, rows: int
) -> Iterator[Piece]:
    try:
        import pyarrow as arrow
        import pyarrow.parquet
    except ImportError:
        raise InvalidValueError(
            f"{path} needs pyarrow to be read; install it: pip install 'neuroflysim[tables]'."
        ) from None
    first = 0
    try:
        if parquet:
            file = arrow.parquet.ParquetFile(path, memory_map=True)
            found = found_columns(file.schema_arrow.names, needed, wanted, names, str(path))
            batches = file.iter_batches(batch_size=rows, columns=list(found.values()))
        else:
            file, schema = _opened_arrow(path)
            found = found_columns(schema.names, needed, wanted, names, str(path))
            batches = (part for batch in file for part in _parts(batch, rows))
        empty = True
        for batch in batches:
            columns = {word: _series(batch.column(name)) for word, name in found.items()}
            yield Piece(columns, Place(str(path), first))
            first, empty = first + batch.num_rows, False
        if empty:
            nothing = pd.Series([], dtype=np.int64)
            yield Piece(dict.fromkeys(found, nothing), Place(str(path)))
    except (arrow.ArrowException, OSError) as error:
        if isinstance(error, InvalidValueError):
            raise
        kind = "Parquet" if parquet else "Arrow (Feather version 2)"
        reason = " ".join(str(error).split())[:200].rstrip(".")
        raise InvalidValueError(
            f"{path}, after row {first}: cannot be read as {kind}: {reason}. Look whether the file"
            " was copied to its end, and whether its ending says what it is."
        ) from None


def _opened_arrow(path: Path) -> tuple[Iterator[Any], Any]:
    """Open an Arrow file or stream; batches are mapped, so that none is read before its turn."""
    import pyarrow as arrow

    source = arrow.memory_map(str(path))
    try:
        file = arrow.ipc.open_file(source)
        return (file.get_batch(k) for k in range(file.num_record_batches)), file.schema
    except arrow.ArrowInvalid:
        source.seek(0)
        stream = arrow.ipc.open_stream(source)
        return iter(stream), stream.schema


def _parts(batch: Any, rows: int) -> Iterator[Any]:
    for first in range(0, batch.num_rows, rows):
        yield batch.slice(first, rows)


def _series(column: Any) -> pd.Series:
    """Return a column of Arrow in pandas; whole numbers stay so even where some are missing."""
    import pyarrow as arrow

    kind = column.type
    if arrow.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if arrow.types.is_integer(kind) and column.null_count:
        nullable = "UInt64" if str(kind).startswith("u") else "Int64"
        return pd.Series(column.to_pylist(), dtype=nullable)
    return column.to_pandas()


def _of_text(
    path: Path, needed: Any, wanted: Any, names: Any, whole: Sequence[str], rows: int
) -> Iterator[Piece]:
    header, separator = _header(path)
    found = found_columns(header, needed, wanted, names, str(path))
    quick = len(whole) > 0
    kept = list(range(len(header))) if len(header) <= _NARROW else None
    options: dict[str, Any] = {"sep": separator, "encoding": "utf-8-sig", "engine": "c"}
    options |= {"names": header, "header": 0}
    if kept is None:
        options["usecols"] = list(found.values())
    first = 0
    while quick:
        # Texts of whole numbers only, which is nearly all that there is, are read as numbers at
        # once. A float, a gap or a word among them: the rest is read as text, cell by cell.
        try:
            for frame in _frames(path, {**options, "low_memory": False}, rows):
                if not isinstance(frame.index, pd.RangeIndex) or any(
                    frame[found[word]].dtype.kind not in "iu" for word in whole if word in found
                ):
                    break
                yield _piece(frame, found, path, first)
                first += len(frame)
            else:
                return
        except (ValueError, OverflowError):
            pass
        quick = False
    as_text = {**options, "dtype": str, "keep_default_na": False, "na_values": []}
    done, first = first, 0
    try:
        for frame in _frames(path, as_text, rows):
            if first + len(frame) <= done:
                first += len(frame)
                continue
            if not isinstance(frame.index, pd.RangeIndex):
                raise InvalidValueError(
                    f"{path}, line {first + 2}: has more cells than line 1 has names; put a cell"
                    f" that holds a {separator!r} between quotation marks."
                )
            yield _piece(frame, found, path, first)
            first += len(frame)
    except pd.errors.ParserError as error:
        reason = str(error).replace("Error tokenizing data. C error: ", "").strip().rstrip(".")
        raise InvalidValueError(
            f"{path}: is no table: {reason}. Put a cell that holds a {separator!r} between"
            " quotation marks, or remove the line."
        ) from None


def _frames(path: Path, options: dict[str, Any], rows: int) -> Iterator[pd.DataFrame]:
    """Read a table of text in pieces; what compression and encoding say of cut files is told."""
    line = 1
    try:
        with pd.read_csv(path, chunksize=rows, **options) as reader:
            for frame in reader:
                yield frame.reset_index(drop=True) if _numbered(frame) else frame
                line += len(frame)
    except (EOFError, zlib.error, OSError) as error:
        if isinstance(error, InvalidValueError):
            raise
        raise InvalidValueError(
            f"{path}, after line {line}: cannot be read to its end ({error}); the file is cut or"
            " damaged: copy it again."
        ) from None
    except UnicodeDecodeError:
        raise InvalidValueError(
            f"{path}, after line {line}: is not UTF-8; save it as UTF-8."
        ) from None


def _numbered(frame: pd.DataFrame) -> bool:
    return isinstance(frame.index, pd.RangeIndex)


def _piece(frame: pd.DataFrame, found: Mapping[str, str], path: Path, first: int) -> Piece:
    columns = {word: frame[name] for word, name in found.items()}
    return Piece(columns, Place(str(path), first + 2, "line"))


def _header(path: Path) -> tuple[list[str], str]:
    """Return the names on the first line of a table of text, and what stands between them."""
    try:
        head = pd.read_csv(
            path, sep="\0", nrows=1, header=None, dtype=str, encoding="utf-8-sig",
            quoting=csv.QUOTE_NONE, keep_default_na=False, engine="c",
        )  # fmt: skip
        line = str(head.iloc[0, 0])
    except (EOFError, zlib.error, OSError, ValueError, IndexError) as error:
        if isinstance(error, InvalidValueError):
            raise
        raise InvalidValueError(
            f"{path}, line 1: cannot be read ({error}); look whether the file was copied to its"
            " end, and is a table of text in UTF-8."
        ) from None
    separator = max(",\t;", key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=separator))]
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice:
        raise InvalidValueError(f"{path}, line 1: the column {twice[0]!r} stands twice; keep one.")
    return names, separator


#: How neurons and synapses reach the importer.
Table = pd.DataFrame | str | os.PathLike | Iterable[pd.DataFrame]
