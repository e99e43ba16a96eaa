"""The state of a fit on disk: written after every generation, whole or not at all.

Numbers and arrays, and no pickle: to read a checkpoint runs nothing that is in it. A line names the
format, one has the SHA-256 of all that follows, one is JSON (what is fitted, the learning curve so
far), and the rest is an archive of arrays by numpy (the state of the search).
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import attrs
import numpy as np
from attrs import field, frozen

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import read_bytes, written_whole
from neuroflysim.files.strict_json import entry, of_kind, parse_json
from neuroflysim.fit.identity import Identity
from neuroflysim.fit.learning_curve import row_of

FILE = "checkpoint"

FORMAT = b"neuroflysim checkpoint 2"


@frozen(eq=False)
class Checkpoint:
    """All that a fit needs to go on."""

    identity: Identity
    search: Mapping[str, np.ndarray]  #: see `Search.state`
    processors: list[str]  #: on which it was computed so far, in this order
    rows: list[dict] = field(factory=list)  #: of the learning curve
    score_name: str = "r2"  #: see `Objective`
    seconds: tuple[float, float] = (0.0, 0.0)  #: spent so far, of the clock and of all cores

    def save(self, folder: Path) -> None:
        """Write to a folder; what was there before stays until all is written."""
        content = self._content()
        with written_whole(folder / FILE) as temporary, open(temporary, "wb") as file:
            file.write(FORMAT + b"\n" + _digest(content) + b"\n")
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _content(self) -> bytes:
        head = {
            **attrs.asdict(self.identity),
            "score": self.score_name,
            "processors": self.processors,
            "rows": [
                {name: None if math.isnan(value) else value for name, value in row.items()}
                for row in self.rows
            ],
            "seconds": self.seconds,
        }
        arrays = io.BytesIO()
        np.savez(arrays, **self.search)  # pyright: ignore[reportArgumentType]  (none is an option)
        return json.dumps(head, allow_nan=False).encode() + b"\n" + arrays.getvalue()

    @staticmethod
    def load(folder: Path) -> Checkpoint:
        """Read from a folder."""
        path = folder / FILE
        marked, digest, content = (*read_bytes(path).split(b"\n", 2), b"", b"")[:3]
        if marked != FORMAT:
            raise InvalidValueError(
                f"{path} cannot be read: it is no checkpoint of a fit, or one of another version;"
                " remove it and fit anew, or name another folder."
            )
        if digest != _digest(content):
            raise InvalidValueError(
                f"{path} cannot be read: it was cut off, or changed since it was written; remove"
                " the folder and fit anew."
            )
        head, _, arrays = content.partition(b"\n")
        return _parsed(str(path), head, arrays)


def _parsed(where: str, head: bytes, arrays: bytes) -> Checkpoint:
    try:
        text = head.decode()
        with np.load(io.BytesIO(arrays), allow_pickle=False) as stored:
            search = {name: stored[name] for name in stored.files}
    except (ValueError, OSError, EOFError, KeyError, MemoryError, zipfile.BadZipFile) as error:
        raise InvalidValueError(f"{where} cannot be read ({error}); fit anew.") from None
    record = parse_json(text, where)
    score_name = score_name_in(record, where)
    rows = [
        row_of(row, f"{where}: row {k + 1} of the learning curve", score_name)
        for k, row in enumerate(entry(record, "rows", "a list", where))
    ]
    seconds = [
        float(of_kind(value, "a number", f"{where}: seconds"))
        for value in entry(record, "seconds", "a list", where)
    ]
    if len(seconds) != 2:
        raise InvalidValueError(f"{where}: seconds must be two numbers.")
    return Checkpoint(
        Identity.stored(record, where),
        search,
        processors_in(record, where),
        rows,
        score_name,
        (seconds[0], seconds[1]),
    )


def score_name_in(record: Mapping, where: str) -> str:
    """Return what the score of a fit is called, as its record says."""
    return entry({"score": "r2", **record}, "score", "text", where)


def processors_in(record: Mapping, where: str) -> list[str]:
    """Return on which processors a fit was computed, as its record says."""
    names = entry(record, "processors", "a list", where)
    for name in names:
        of_kind(name, "text", f"{where}: a processor")
    if not names:
        raise InvalidValueError(f"{where}: names no processor.")
    return names


def _digest(content: bytes) -> bytes:
    """Return what shows later that not a bit was changed on a disk."""
    return hashlib.sha256(content).hexdigest().encode()
