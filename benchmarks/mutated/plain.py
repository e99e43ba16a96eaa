"""What a text says, read once more and plainly: what readers of the package are compared with.

Nothing of the package is used here, and nothing is guessed: what is not plain is nonsense.
"""

from __future__ import annotations

import csv
import json
import math
import re
from pathlib import Path

import yaml


class Nonsense(Exception):
    """The file says what cannot be, so that it must be refused."""


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8, without the mark that spreadsheets put in front."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Nonsense(f"not UTF-8: {error}") from None
    if "\0" in text:
        raise Nonsense("a zero byte")
    return text


def table_of(text: str, separator: str = ",") -> tuple[list[str], list[list[str]]]:
    """Return header and rows; blank lines and empty cells behind the last column count for none."""
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(lines, strict=True)]
    except csv.Error as error:
        raise Nonsense(f"no CSV: {error}") from None
    rows = [row for row in rows if any(row)]
    if not rows:
        raise Nonsense("no table")
    header, *rows = rows
    while header and not header[-1]:
        header.pop()
    if "" in header or len(set(header)) < len(header):
        raise Nonsense(f"the header {header}")
    width = len(header)
    for row in rows:
        if len(row) < width or any(row[width:]):
            raise Nonsense(f"{len(row)} cells for {width} columns")
    return header, [row[:width] for row in rows]


def columns_of(text: str) -> dict[str, list[str]]:
    """Return the cells of a table by column."""
    header, rows = table_of(text)
    return {name: [row[k] for row in rows] for k, name in enumerate(header)}


def number(text: str) -> float:
    """Return a finite number in the digits of English notation."""
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text.strip()):
        raise Nonsense(f"{text[:40]!r} is no number")
    value = float(text)
    if not math.isfinite(value):
        raise Nonsense(f"{text[:40]!r} is not finite")
    return value


def whole(text: str) -> int:
    """Return a whole number, which may be written 3 or 3.0."""
    value = number(text)
    if value != int(value):
        raise Nonsense(f"{text!r} is no whole number")
    return int(value)


def json_of(path: Path) -> dict:
    """Return a block of keys of JSON as the standard has it, each key once."""

    def once(pairs):
        if len(dict(pairs)) < len(pairs):
            raise Nonsense("a key twice")
        return dict(pairs)

    def finite(text):
        return number(text) if text.strip("-").isascii() else math.nan

    try:
        document = json.loads(
            text_of(path), object_pairs_hook=once, parse_float=finite, parse_constant=finite
        )
    except (ValueError, RecursionError) as error:
        raise Nonsense(f"no JSON: {str(error)[:80]}") from None
    if not isinstance(document, dict):
        raise Nonsense("no block of keys")
    return document


class _Once(yaml.SafeLoader):
    """Refuses keys that stand twice."""

    def construct_mapping(self, node, deep=False):
        """Return a mapping, each key once."""
        keys = [(key.tag, key.value) for key, _ in node.value]
        if any(not isinstance(key, str) for _, key in keys) or len(set(keys)) < len(keys):
            raise Nonsense("a key that is no name, or stands twice")
        return super().construct_mapping(node, deep)


def yaml_of(path: Path) -> dict:
    """Return a block of keys of YAML, each key once."""
    try:
        document = yaml.load(text_of(path), Loader=_Once)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise Nonsense(f"no YAML: {str(error)[:80]}") from None
    if not isinstance(document, dict):
        raise Nonsense("no block of keys")
    return document


def is_number(value) -> bool:
    """Return whether a value of a document is a finite number; true is none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def require(fine: bool, why: str) -> None:
    """Raise if what a file says cannot be."""
    if not fine:
        raise Nonsense(why)
