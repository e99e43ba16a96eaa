"""Records that tell later whether they, and the files beside them, are as they were written.

A record carries the SHA-256 of its own content and of what belongs to it. That finds what a disk, a
copy or a slip has changed; it is no protection from somebody who wants to deceive.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from neuroflysim.errors import InvalidValueError
from neuroflysim.files.strict_json import entry

#: Where a record has its checksums, and its own among them.
SEAL, OWN = "sha256", "record"


def sealed(record: Mapping, parts: Mapping[str, str]) -> dict:
    """Return a record with checksums of its parts and of itself.

    Parameters
    ----------
    record : mapping
        What JSON can hold.
    parts : mapping of str to str
        Checksums of what belongs to it, by name.

    Examples
    --------
    >>> record = sealed({"seed": 3}, {"parameters": "c0ffee"})
    >>> require_unchanged(Path("fit.json"), record)
    {'parameters': 'c0ffee'}
    """
    plain = json.loads(json.dumps(dict(record)))  # tuples and lists are alike in a file
    plain.pop(SEAL, None)
    return {**plain, SEAL: {**parts, OWN: _of_record(plain, parts)}}


def require_unchanged(path: Path, record: Mapping) -> dict[str, str]:
    """Return the checksums of the parts, if the record is as it was written.

    Parameters
    ----------
    path : Path
        Of the record, for messages.
    record : mapping

    Raises
    ------
    InvalidValueError
        If it carries no checksum, or another one.
    """
    seal = dict(entry(record, SEAL, "a block of keys", str(path)))
    own = entry(seal, OWN, "text", f"{path}: {SEAL}")
    del seal[OWN]
    parts = {name: entry(seal, name, "text", f"{path}: {SEAL}") for name in seal}
    content = {name: value for name, value in record.items() if name != SEAL}
    if own != _of_record(content, parts):
        raise InvalidValueError(
            f"{path} was changed since it was written: its content does not fit its sha256. Take it"
            " from where it was written, or make it anew."
        )
    return parts


def require_part(path: Path, parts: Mapping[str, str], name: str, found: str) -> None:
    """Raise if a part is not the one that a record was written with.

    Parameters
    ----------
    path : Path
        Of the part, for messages.
    parts : mapping of str to str
        What `require_unchanged` returned.
    name : str
    found : str
        Checksum of what is there.
    """
    if parts.get(name) != found:
        raise InvalidValueError(
            f"{path} is not what was written there: its content does not fit the sha256 in the"
            " record beside it. It was changed or exchanged; take it from where it was written."
        )


def of_text(text: str) -> str:
    """Return the checksum of a text, whatever its line ends.

    Parameters
    ----------
    text : str
    """
    return hashlib.sha256("\n".join(text.splitlines()).encode()).hexdigest()


def _of_record(content: Mapping, parts: Mapping[str, str]) -> str:
    return of_text(json.dumps([content, dict(parts)], sort_keys=True))
