"""JSON as the files of this package have it: each key once, numbers that are finite."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from neuroflysim.errors import InvalidValueError
from neuroflysim.files import read_text, written_whole

#: How JSON calls what Python has.
KINDS = {
    "text": str,
    "true or false": bool,
    "a number": (int, float),
    "a whole number": int,
    "a block of keys": dict,
    "a list": list,
}


def read_json(path: str | os.PathLike[str]) -> dict:
    """Return the block of keys that a file holds; see `parse_json`."""
    return parse_json(read_text(path), str(path))


def write_json(path: str | os.PathLike[str], content: Mapping) -> None:
    """Write a block of keys as a file that people can read, whole or not at all.

    Parameters
    ----------
    path : path-like
    content : mapping
        Of what JSON knows; numbers are finite.
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    with written_whole(path) as temporary:
        Path(temporary).write_text(text + "\n", encoding="utf-8")


def require_format(content: Mapping, wanted: str, where: str, cure: str) -> None:
    """Raise if a file does not say that it is of a format.

    Parameters
    ----------
    content : mapping
        Of the file, with the key format.
    wanted : str
    where : str
        The file, for messages.
    cure : str
        What to do about it: the end of the message.

    Examples
    --------
    >>> require_format({"format": "fly 2"}, "fly 1", "mine.json", "write it anew.")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: mine.json: its format is 'fly 2', but must be 'fly 1';...
    """
    found = entry(content, "format", "text", where)
    if found != wanted:
        raise InvalidValueError(
            f"{where}: its format is {found[:60]!r}, but must be {wanted!r}; {cure}"
        )


def parse_json(text: str, where: str) -> dict:
    """Return the block of keys that a text is.

    Parameters
    ----------
    text : str
    where : str
        The file, for messages.

    Raises
    ------
    InvalidValueError
        If it is no JSON, nested beyond reason, not a block of keys, or if a key stands twice or a
        number is not finite; says where.

    Examples
    --------
    >>> parse_json('{"T4a": 0.05, "T4a": 0.08}', "model.json")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: model.json: the key 'T4a' stands twice in a block; keep...
    """

    def once(pairs):
        content = dict(pairs)
        if len(content) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for k, name in enumerate(names) if name in names[:k])
            raise InvalidValueError(
                f"{where}: the key {twice!r} stands twice in a block; keep one."
            )
        return content

    def finite(number):
        if math.isfinite(value := float(number)):
            return value
        raise InvalidValueError(f"{where}: {number} is no finite number.")

    def whole(number):
        if len(number) < 20:
            return int(number)
        raise InvalidValueError(f"{where}: {number[:20]}... has too many digits.")

    try:
        document = json.loads(
            text,
            object_pairs_hook=once,
            parse_float=finite,
            parse_int=whole,
            parse_constant=finite,
        )
    except json.JSONDecodeError as error:
        raise InvalidValueError(
            f"{where}, line {error.lineno}: is not JSON ({error.msg}); mend it there, or write the"
            " file anew."
        ) from None
    except RecursionError:
        raise InvalidValueError(f"{where}: its blocks are nested beyond reason.") from None
    if not isinstance(document, dict):
        raise InvalidValueError(f"{where}: must hold a block of keys, {{...}}.")
    return document


def entry(block: Mapping, name: str, kind: str, where: str) -> Any:
    """Return what stands under a key, if it is of its kind.

    Parameters
    ----------
    block : mapping
    name : str
        The key.
    kind : str
        One of `KINDS`.
    where : str
        File and block, for messages.

    Examples
    --------
    >>> entry({"seed": True}, "seed", "a whole number", "fit.json")
    Traceback (most recent call last):
     ...
    neuroflysim.errors.InvalidValueError: fit.json: seed is true, but must be a whole number.
    """
    if name not in block:
        raise InvalidValueError(f"{where}: lacks the key {name!r}; add it ({kind}).")
    return of_kind(block[name], kind, f"{where}: {name}")


def of_kind(value: object, kind: str, what: str) -> Any:
    """Return a value if it is of its kind; true is no number."""
    fits = isinstance(value, KINDS[kind])
    if isinstance(value, bool) and kind != "true or false":
        fits = False
    if not fits:
        shown = json.dumps(value, default=repr)
        shown = shown if len(shown) <= 60 else f"{shown[:60]}..."
        raise InvalidValueError(f"{what} is {shown}, but must be {kind}.")
    return value


def numbers_by_name(value: object, what: str) -> dict[str, float]:
    """Return a block of names with a number each."""
    block = of_kind(value, "a block of keys", what)
    return {
        name: of_kind(number, "a number", f"{what} of {name}") for name, number in block.items()
    }
