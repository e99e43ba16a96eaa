"""Numbers as people read them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: What stands where there is no number.
NOTHING = "–"
_MINUS = "\N{MINUS SIGN}"


def rounded(value: float, digits: int = 3) -> str:
    """Return a number with a few digits, without an exponent where it can be done.

    Parameters
    ----------
    value : float
    digits : int
        Significant ones.

    Examples
    --------
    >>> rounded(0.123456), rounded(1234.5), rounded(float("nan")), rounded(-0.5)
    ('0.123', '1234', '–', '−0.5')
    >>> rounded(0.00001234)
    '1.23e−05'
    """
    if value is None or np.isnan(value):
        return NOTHING
    if value == 0:
        return "0"
    text = f"{value:.0f}" if 10**digits <= abs(value) < 1e6 else f"{value:.{digits}g}"
    return text.replace("-", _MINUS)


def fixed(value: float, decimals: int = 2) -> str:
    """Return a number with so many decimals, for columns that are read from top to bottom.

    Parameters
    ----------
    value : float
    decimals : int

    Examples
    --------
    >>> fixed(0.5), fixed(-1), fixed(-0.001), fixed(float("nan"))
    ('0.50', '−1.00', '0.00', '–')
    """
    if value is None or np.isnan(value):
        return NOTHING
    text = f"{value:.{decimals}f}"
    return (f"{abs(value):.{decimals}f}" if float(text) == 0 else text).replace("-", _MINUS)


def ranged(middle: float, low: float, high: float, text: Callable[[float], str] = rounded) -> str:
    """Return a median with its range, where there is one.

    Parameters
    ----------
    middle, low, high : float
    text : callable
        Makes text of a number.

    Examples
    --------
    >>> ranged(0.5, 0.4, 0.7), ranged(0.5, 0.5, 0.5)
    ('0.5 (0.4 to 0.7)', '0.5')
    """
    if np.isnan([low, high]).any() or text(low) == text(high):
        return text(middle)
    return f"{text(middle)} ({text(low)} to {text(high)})"
