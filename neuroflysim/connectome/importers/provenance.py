"""Where an imported connectome came from: files, choices, and everything that was decided."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from neuroflysim._version import __version__
from neuroflysim.connectome.importers.decisions import Decisions
from neuroflysim.connectome.importers.options import Options
from neuroflysim.errors import InvalidTypeError

#: Bytes of a file that are looked at together.
_BLOCK = 2**22


def table_record(name: str, table: Any) -> dict[str, Any] | None:
    """Return what a table was: of a file its name, size and SHA-256.

    Parameters
    ----------
    name : str
    table : DataFrame, path-like, iterable or None
    """
    if table is None:
        return None
    if isinstance(table, str | os.PathLike):
        path = Path(table)
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        return {
            "table": name, "file": path.name, "bytes": path.stat().st_size,
            "sha256": digest.hexdigest(),
        }  # fmt: skip
    if isinstance(table, pd.DataFrame):
        return {"table": name, "file": None, "rows": len(table)}
    return {"table": name, "file": None}


def source_record(source: Mapping[str, Any] | None) -> dict[str, str]:
    """Return what a caller says of the data, such as version, licence and citation, as texts."""
    if source is None:
        return {}
    if not isinstance(source, Mapping):
        raise InvalidTypeError(
            f"source is {source!r}, but must be a mapping of words, as in"
            " {'licence': 'CC BY 4.0'}."
        )
    return {str(name): str(value) for name, value in source.items()}


def provenance_of(
    tables: list[dict[str, Any] | None],
    source: dict[str, str],
    options: Options,
    decisions: Decisions,
    funnel: list[tuple[str, int]],
    types: pd.DataFrame,
) -> dict[str, Any]:
    """Return the provenance of an import, which a file of JSON can hold.

    Parameters
    ----------
    tables : list
        From `table_record`.
    source : dict
        From `source_record`.
    options : Options
    decisions : Decisions
    funnel : list of (str, int)
        How many synapses were left after each step.
    types : DataFrame
        One row for each cell type of the table of neurons.
    """
    return {
        "made_by": f"neuroflysim {__version__}, connectome_from_neurons",
        "source": source,
        "tables": [table for table in tables if table is not None],
        "options": options.as_records(),
        "decisions": decisions.as_records(),
        "synapses": [{"left": step, "synapses": int(count)} for step, count in funnel],
        "cell_types": [
            {str(name): value for name, value in row.items()}
            for row in types.astype(object).where(types.notna(), None).to_dict("records")
        ],
    }
