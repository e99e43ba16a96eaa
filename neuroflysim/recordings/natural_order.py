"""Order by value: numbers as numbers, and words with the numbers in them as numbers, too."""

from __future__ import annotations

import re
from typing import Any


def natural(value: Any) -> tuple:
    """Return a key by which values are sorted as a person would.

    Examples
    --------
    >>> sorted(["Mi10", "Mi4", "Mi1", "L2"], key=natural)
    ['L2', 'Mi1', 'Mi4', 'Mi10']
    >>> sorted([10, 9.5, -1], key=natural)
    [-1, 9.5, 10]
    """
    if not isinstance(value, str):
        return (0, value)
    parts = re.split("([0-9]{1,18})", value)
    return (1, *((int(part), part) if k % 2 else part for k, part in enumerate(parts)))
