"""Names of columns with their units in brackets behind them, and units that are the same."""

from __future__ import annotations

import re
import unicodedata

_OPENING = {")": "(", "]": "["}


def with_unit(name: str, unit: str) -> str:
    """Return the name of a column that tells its unit; `split_unit` is the way back."""
    return f"{name} ({unit})"


def split_unit(text: str) -> tuple[str, str]:
    """Part the name of a column from the unit in the last brackets behind it.

    Examples
    --------
    >>> split_unit("time [ms]"), split_unit("signal (dF/F (%))"), split_unit("F (left) (a.u.)")
    (('time', 'ms'), ('signal', 'dF/F (%)'), ('F (left)', 'a.u.'))
    >>> split_unit("V")
    ('V', '')
    """
    text = text.strip()
    begin = _begin_of_last_brackets(text)
    if begin is None or not text[:begin].strip():
        return text, ""
    return text[:begin].strip(), text[begin + 1 : -1].strip()


def same_unit(one: str, other: str) -> bool:
    """Return whether two texts are one unit: \u03bc and \u00b5 look alike, and u stands for both.

    Examples
    --------
    >>> same_unit("\u03bcV", "\u00b5V"), same_unit("uV", "\u00b5V"), same_unit("mV", "V")
    (True, True, False)
    """
    return plain_unit(one) == plain_unit(other)


def plain_unit(unit: str) -> str:
    """Return a unit with u for micro, however it was typed, and without blanks around it."""
    plain = unicodedata.normalize("NFKC", unit).strip()  # \u00b5 becomes \u03bc
    return re.sub("\u03bc(?=[^\\W\\d_])", "u", plain)


def _begin_of_last_brackets(text: str) -> int | None:
    """Return where the brackets open that close at the end of a text."""
    if not text.endswith((")", "]")):
        return None
    still_open = []
    for place in range(len(text) - 1, -1, -1):
        if text[place] in _OPENING:
            still_open.append(_OPENING[text[place]])
        elif text[place] in "([":
            if text[place] != still_open.pop():
                return None
            if not still_open:
                return place
    return None
