"""The neurons of a lobe: ids, cell types, transmitters and columns, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from attrs import frozen

from neuroflysim.connectome.importers.exact_values import (
    Place,
    exact_ids,
    texts,
    whole_numbers,
    wrong,
)
from neuroflysim.connectome.importers.table_pieces import pieces
from neuroflysim.connectome.tables import MOST_COLUMNS
from neuroflysim.errors import InvalidTypeError, InvalidValueError


@frozen(eq=False)
class Neurons:
    """Neurons with a cell type, in the order of their ids.

    Attributes
    ----------
    ids : ndarray of uint64, shape (neuron,)
    types : tuple of str
        Names of the cell types.
    type_of : ndarray of int, shape (neuron,)
        Index of the cell type.
    transmitter : ndarray of object, shape (neuron,), or None
        Empty where it is not known.
    column : ndarray of int, shape (neuron, 2)
        p and q as in the table; 0 where `placed` is False.
    placed : ndarray of bool, shape (neuron,)
        Whether the neuron has a column.
    lobe : ndarray of int, shape (column, 2)
        All columns that hold a cell, each once.
    untyped : ndarray of uint64
        Ids of the table that have no cell type, or one that is left out.
    notes : tuple of str
        What was left out, for the report.
    """

    ids: np.ndarray
    types: tuple[str, ...]
    type_of: np.ndarray
    transmitter: np.ndarray | None
    column: np.ndarray
    placed: np.ndarray
    lobe: np.ndarray
    untyped: np.ndarray
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def index_of(self, ids: np.ndarray) -> np.ndarray:
        """Return which neuron each id is, -1 for ids that are none of them."""
        place = np.searchsorted(self.ids, ids)
        place[place == len(self.ids)] = 0
        return np.where(self.ids[place] == ids, place, -1) if len(self.ids) else place - 1


def read_neurons(
    neurons: Any,
    columns: Any,
    names: Mapping[str, Sequence[str]],
    types: Mapping[str, str | None] | Iterable[str] | None,
) -> Neurons:
    """Read the table of neurons, and that of their columns if it is another one.

    Parameters
    ----------
    neurons, columns : DataFrame, path-like, iterable of DataFrame; columns may be None
    names : mapping
        From `chosen_names`.
    types : mapping, sequence or None
        Our names of their types, or those that are kept.

    Raises
    ------
    InvalidValueError
        Names table, row and cure.
    """
    wanted = ["transmitter"] + (["p", "q"] if columns is None else [])
    ids, found, places = _read(neurons, "neurons", ["id", "cell_type"], wanted, names)
    if columns is None and ("p" not in found or "q" not in found):
        raise InvalidValueError(
            "neurons has no columns p and q (where in the eye a cell is), and no table of columns"
            " is given; give columns=, a table of id, p, q, or say what they are called, as in"
            " names={'p': 'hex1', 'q': 'hex2'}."
        )
    _require_unique(ids, places)
    cell_type = _renamed(found["cell_type"], types, places)
    _require_one_spelling(cell_type, places)
    if columns is None:
        column, placed = _columns(found["p"], found["q"], places)
        lobe = np.unique(column[placed], axis=0)
        notes = []
    else:
        column, placed, lobe, notes = _columns_of(columns, ids, names)
    typed = cell_type != ""
    if not typed.any():
        raise InvalidValueError(
            "neurons holds no neuron with a cell type that is kept; look at names= and types=."
        )
    if not len(lobe):
        raise InvalidValueError("no neuron has a column p, q; give some of them theirs.")
    if not typed.all():
        notes.append(f"{int((~typed).sum()):,} neurons without a type, or of one left out")
    kept = np.flatnonzero(typed)
    kept = kept[np.argsort(ids[kept])]
    listed, type_of = np.unique(cell_type[kept].astype(str), return_inverse=True)
    transmitter = found.get("transmitter")
    return Neurons(
        ids=ids[kept],
        types=tuple(str(name) for name in listed),
        type_of=type_of,
        transmitter=None if transmitter is None else transmitter[kept],
        column=column[kept],
        placed=placed[kept],
        lobe=lobe,
        untyped=np.sort(ids[~typed]),
        notes=tuple(notes),
    )


class _Rows:
    """Where the rows of a table that was read in pieces stand."""

    def __init__(self):
        self._places: list[tuple[int, Place]] = []

    def add(self, first: int, place: Place) -> None:
        self._places.append((first, place))

    def of(self, row: int | np.integer) -> tuple[Place, int]:
        first, place = next(pair for pair in reversed(self._places) if pair[0] <= row)
        return place, int(row) - first


def _read(
    table: Any, what: str, needed: list[str], wanted: list[str], names: Mapping
) -> tuple[np.ndarray, dict[str, np.ndarray], _Rows]:
    """Return the ids of a table, its other columns, and where its rows stand."""
    ids, others, rows, n_rows = [], {}, _Rows(), 0
    for piece in pieces(table, what, needed, wanted, names):
        place = piece.place
        rows.add(n_rows, place)
        for word, values in piece.columns.items():
            if word == "id":
                ids.append(exact_ids(values, "id", place))
            elif word in ("p", "q"):
                read = whole_numbers(values, word, place, missing=True)
                others.setdefault(word, []).append(read)
            else:
                others.setdefault(word, []).append(texts(values, word, place))
        n_rows += len(piece)
    if not n_rows:
        raise InvalidValueError(f"{what} has no row; look whether it is the table that you meant.")
    return np.concatenate(ids), {word: np.concatenate(v) for word, v in others.items()}, rows


def _require_unique(ids: np.ndarray, rows: _Rows) -> None:
    order = np.argsort(ids, kind="stable")
    same = np.flatnonzero(ids[order][1:] == ids[order][:-1])
    if len(same):
        first, second = sorted((int(order[same[0]]), int(order[same[0] + 1])))
        place, row = rows.of(second)
        other, other_row = rows.of(first)
        more = f" ({len(same):,} ids stand twice)" if len(same) > 1 else ""
        raise wrong(
            place, row, "id", int(ids[second]),
            f"it stands already at {other.of(other_row)}{more}; keep one row for each neuron",
        )  # fmt: skip


def _renamed(
    cell_type: np.ndarray, types: Mapping[str, str | None] | Iterable[str] | None, rows: _Rows
) -> np.ndarray:
    """Return the types by our names; those that are not kept are empty."""
    if types is None:
        return cell_type
    if isinstance(types, str | bytes):
        raise InvalidTypeError(
            f"types is {types!r}, but must be a list of names, or a mapping of theirs to ours."
        )
    ours: dict[str, str | None] = (
        dict(types) if isinstance(types, Mapping) else {name: name for name in types}
    )
    unknown = sorted(set(ours) - set(cell_type))
    if len(unknown) == len(ours):
        raise InvalidValueError(
            f"types names {', '.join(unknown[:5])}, but no neuron has one of these cell types."
        )
    return np.array([ours.get(name) or "" for name in cell_type.tolist()], dtype=object)


def _require_one_spelling(cell_type: np.ndarray, rows: _Rows) -> None:
    spelled: dict[str, str] = {}
    for name in pd.unique(cell_type):
        plain = re.sub(r"[\s_\-]", "", name.casefold())
        other = spelled.setdefault(plain, name)
        if other != name and plain:
            row = int((cell_type == name).argmax())
            place, at = rows.of(row)
            raise wrong(
                place, at, "cell_type", name,
                f"{other!r} stands in other rows: one type in two spellings. Correct the table, or"
                f" give types={{..., {name!r}: {other!r}}}",
            )  # fmt: skip


def _columns(p: np.ndarray, q: np.ndarray, rows: _Rows) -> tuple[np.ndarray, np.ndarray]:
    """Return columns as whole numbers, and which neurons have one."""
    half = np.isnan(p) != np.isnan(q)
    if half.any():
        row = int(half.argmax())
        place, at = rows.of(row)
        which = "q" if np.isnan(q[row]) else "p"
        raise wrong(
            place, at, which, "",
            "a column has both p and q; write both, or leave both empty",
        )  # fmt: skip
    placed = ~np.isnan(p)
    column = np.zeros((len(p), 2), dtype=np.int64)
    column[placed] = np.column_stack([p[placed], q[placed]])
    far = (np.abs(column) > MOST_COLUMNS).any(axis=1)
    if far.any():
        row = int(far.argmax())
        place, at = rows.of(row)
        raise wrong(
            place, at, "p, q", tuple(column[row].tolist()),
            f"no eye has so many columns; write whole numbers of at most {MOST_COLUMNS}, numbers of"
            " columns and not places in nanometres",
        )  # fmt: skip
    return column, placed


def _columns_of(
    columns: Any, ids: np.ndarray, names: Mapping[str, Sequence[str]]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Read a table of columns, and return those of neurons with these ids."""
    own, found, rows = _read(columns, "columns", ["id", "p", "q"], [], names)
    _require_unique(own, rows)
    given, there = _columns(found["p"], found["q"], rows)
    order = np.argsort(own)
    place = np.searchsorted(own[order], ids)
    place[place == len(own)] = 0
    row = order[place]
    known = (own[row] == ids) & there[row]
    column = np.where(known[:, None], given[row], 0)
    n_strange = len(own) - int((own[row] == ids).sum())
    notes = [f"{n_strange:,} rows of columns are of no neuron of the table"] if n_strange else []
    if not known.any():
        raise InvalidValueError(
            "columns and neurons have no id in common; look whether both are of the same version of"
            " the same animal."
        )
    return column, known, np.unique(given[there], axis=0), notes
