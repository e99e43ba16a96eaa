"""YAML as study.yaml has it: each thing written out, in words and numbers that mean one thing.

YAML can do more than a study needs, and guesses: 1_000, 010 and 1:30 are numbers (1000, 8 and 90),
`no` is false, an alias repeats a block, of which a few lines make millions, and a tag asks for
objects of other kinds. All of that is refused with its line.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator

#: Blocks in each other; the deepest of a study, a list of lists of a parameter, has 7.
DEEPEST = 20

#: Values of a file; the largest study has some hundred.
MOST_VALUES = 100_000

_TAG = "tag:yaml.org,2002:"
_PLAIN_NUMBER = re.compile(r"[+-]?(0|[1-9][0-9]*|(0|[1-9][0-9]*)?\.[0-9]+|(0|[1-9][0-9]*)\.)"
                           r"([eE][+-]?[0-9]{1,3})?")  # fmt: skip


def read(text: str) -> tuple[object, dict[tuple, int], list[tuple[int, str]]]:
    """Return what a text holds, where its keys stand, and what is wrong with it.

    Parameters
    ----------
    text : str

    Returns
    -------
    content : object
        None where nothing can be read; text in place of numbers that are refused.
    lines : dict of tuple to int
        By path: ("measures", "polarity") is the key polarity below measures. Empty without content.
    problems : list of (int, str)
        Line and sentence.

    Examples
    --------
    >>> content, lines, problems = read("signal: {kind: voltage}\\nyear: 2_001\\n")
    >>> lines["signal", "kind"], problems
    (1, [(2, '2_001 is no plain number; write it like 1000, -0.5 or 1.5e-3, or between quotes if...
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, where it is
    for odd in "\x85\u2028\u2029":
        if odd in text:
            line = text[: text.index(odd)].count("\n") + 1
            told = f"holds the character {odd!r}, at which YAML begins a line; remove it."
            return None, {}, [(line, told)]
    try:
        problems = list(_beyond_a_study(loader, text))
        if problems:
            return None, {}, problems
        reading = loader(text)
        try:
            node = reading.get_single_node()
            if node is None:
                return None, {}, [(1, "holds nothing; fill it in as docs/experiments.md tells.")]
            lines = {(): 1}
            problems = list(_slips(node, (), lines))
            return _value(node), lines, problems
        finally:
            reading.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        told = (
            f"is not YAML ({what}); mind the indentation, and put text with a colon or a bracket"
            " between quotes."
        )
        return None, {}, [(mark.line + 1 if mark else 1, told)]


def _beyond_a_study(loader, text: str) -> Iterator[tuple[int, str]]:
    """Yield what must not even be put together: it could be without end."""
    import yaml

    depth = values = documents = 0
    for event in yaml.parse(text, Loader=loader):
        line = event.start_mark.line + 1
        refused = _refused(event)
        if refused:
            yield line, refused
            return
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        values += isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent)
        if documents > 1:
            yield line, "a second document begins; keep one, and remove the line ---."
            return
        if depth > DEEPEST or values > MOST_VALUES:
            much = f"{DEEPEST} blocks in each other" if depth > DEEPEST else f"{MOST_VALUES} values"
            yield line, f"the file has more than {much}; look whether it is a study."
            return


def _refused(event) -> str | None:
    """Return why an event of YAML is nothing that a study needs, or None."""
    anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
    if anchor is not None:
        sign = "&" if hasattr(event, "implicit") else "*"  # an alias is nothing but its name
        return (
            f"{sign}{anchor} is a mark of YAML by which a place of the file stands for another,"
            " which a study does not need; write out what is meant, or put text between quotes."
        )
    if tag is not None:
        return (
            f"the tag {tag!r} asks for another kind of value, which a study does not have; remove"
            " it, or put text between quotes."
        )
    return None


def _slips(node, path: tuple, lines: dict) -> Iterator[tuple[int, str]]:
    """Yield what means something else than it seems to, and note the lines of all keys."""
    line = node.start_mark.line + 1
    if node.id == "scalar":
        told = _wrong_word(node)
        if told:
            yield line, told
    elif node.id == "sequence":
        for index, item in enumerate(node.value):
            lines[(*path, index)] = item.start_mark.line + 1
            yield from _slips(item, (*path, index), lines)
    else:
        for key, value in node.value:
            line = key.start_mark.line + 1
            told = _wrong_key(key)
            if told:
                yield line, told
                continue
            place = (*path, key.value)
            if place in lines:
                yield (
                    line,
                    f"the key {key.value!r} stands on line {lines[place]} already; keep one.",
                )
            lines[place] = line
            yield from _slips(value, place, lines)


def _wrong_key(key) -> str | None:
    if key.id != "scalar":
        return "a key is a list or a block; a key must be a word, as in speed: 28 deg/s."
    if key.tag != f"{_TAG}str" or not key.value.isprintable() or not key.value.strip():
        shown = repr(key.value[:40])
        return f"the key {shown} is no word; write a word, between quotes if YAML knows it."
    return None


def _wrong_word(node) -> str | None:
    """Return what is wrong with one value, or None."""
    kind, text = node.tag.removeprefix(_TAG), node.value
    if kind in ("int", "float"):
        if len(text) > 40 or not _PLAIN_NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            return (
                f"{text[:40]} is no plain number; write it like 1000, -0.5 or 1.5e-3, or between"
                " quotes if it is text."
            )
    elif kind == "bool":
        if text not in ("true", "false"):
            return (
                f"YAML takes {text} for {'true' if _true(text) else 'false'}; write true or false,"
                " or put it between quotes if it is text."
            )
    elif kind == "timestamp":
        return f"YAML takes {text} for a date; put it between quotes."
    elif kind not in ("str", "null"):
        return f"YAML takes {text[:40]!r} for something of its own; put it between quotes."
    odd = next((c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"), "")
    return f"holds the character {odd!r}, which is no text; remove it." if odd else None


def _true(text: str) -> bool:
    return text.lower() in ("yes", "on", "true")


def _value(node):
    """Return what a node says; what is no plain number or word stays text."""
    if node.id == "sequence":
        return [_value(item) for item in node.value]
    if node.id == "mapping":
        return {key.value: _value(value) for key, value in node.value if not _wrong_key(key)}
    kind, text = node.tag.removeprefix(_TAG), node.value
    if _wrong_word(node):
        return text
    number = {"int": int, "float": float}.get(kind)
    return number(text) if number else {"bool": text == "true", "null": None}.get(kind, text)
