"""Curves and histograms as SVG, in the colour of the notebook's text, with their ends told."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from neuroflysim.notebook.html import number

#: Points of a curve, at most: a small picture shows no more.
MOST_POINTS = 120

#: Blue, vermilion, green and orange of Okabe & Ito, lighter: seen on white and on black.
COLORS = ("#3f8fd0", "#e0702a", "#1fa67a", "#d99a1c")


def curves(
    x: npt.ArrayLike,
    lines: Sequence[npt.ArrayLike],
    label: str,
    unit: str = "",
    shaded: tuple[float, float] | None = None,
    width: int = 220,
    height: int = 70,
) -> str:
    """Return curves over a common axis; their extremes and the ends of the axis are told.

    Parameters
    ----------
    x : array_like, shape (sample,)
    lines : sequence of array_like, shape (sample,)
        NaN is left out.
    label : str
        What is seen, for people who do not see it.
    unit : str
        Of x.
    shaded : (float, float), optional
        A part of x that is shaded.
    width, height : int
        In points of the page.

    Returns
    -------
    str
        An <svg>.

    Examples
    --------
    >>> curves([0, 1], [[0, 2]], "a line", "s").count("<polyline")
    1
    """
    x = np.asarray(x, float)
    kept = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).round().astype(int))
    x, values = x[kept], [np.asarray(line, float)[kept] for line in lines]
    finite = np.concatenate([line[np.isfinite(line)] for line in values]) if values else x[:0]
    low, high = (finite.min(), finite.max()) if len(finite) else (0.0, 1.0)
    span = float(high - low) or 1.0
    along = (x - x[0]) / (float(x[-1] - x[0]) or 1.0) * width
    drawn = "".join(
        _polyline(along, height * (1 - (line - low) / span), COLORS[k % len(COLORS)])
        for k, line in enumerate(values)
    )
    ground = ""
    if shaded is not None:
        first, last = np.clip(np.interp(shaded, x, along), 0, width)
        ground = (
            f'<rect x="{first:.1f}" y="0" width="{last - first:.1f}" height="{height}"'
            ' fill="#8883"/>'
        )
    ends = _text(0, height + 12, f"{number(x[0])} {unit}".strip(), "start")
    ends += _text(width, height + 12, f"{number(x[-1])} {unit}".strip(), "end")
    sides = _text(width + 4, 8, number(float(f"{high:.3g}")), "start")
    sides += _text(width + 4, height, number(float(f"{low:.3g}")), "start")
    return _svg(width + 46, height + 16, label, ground + drawn + ends + sides)


def bars(values: npt.ArrayLike, label: str, unit: str = "", width: int = 150) -> str:
    """Return a histogram with its ends told.

    Parameters
    ----------
    values : array_like
    label : str
        What is seen, for people who do not see it.
    unit : str
        Of the values.
    width : int
        In points of the page.

    Returns
    -------
    str
        An <svg>.

    Examples
    --------
    >>> "5 ms" in bars([1, 2, 5], "three durations", "ms")
    True
    """
    values, height, n_bars = np.asarray(values, float), 44, 24
    counts, edges = np.histogram(values, n_bars)
    step = width / n_bars
    high = np.round(counts / (counts.max() or 1) * height, 1)
    rects = "".join(
        f'<rect x="{k * step:.1f}" y="{height - one:g}" width="{step - 1:.1f}" height="{one:g}"/>'
        for k, one in enumerate(high)
        if one
    )
    ends = _text(0, height + 12, f"{number(float(f'{edges[0]:.4g}'))} {unit}".strip(), "start")
    ends += _text(width, height + 12, f"{number(float(f'{edges[-1]:.4g}'))} {unit}".strip(), "end")
    return _svg(width + 4, height + 16, label, f'<g fill="{COLORS[0]}">{rects}</g>{ends}')


def _polyline(x: np.ndarray, y: np.ndarray, color: str) -> str:
    there = np.isfinite(y)
    points = " ".join(
        f"{right:.1f},{down:.1f}" for right, down in zip(x[there], y[there], strict=True)
    )
    return f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="1.3"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" font-size="10" fill="currentColor"'
        f' opacity=".75">{escape(words)}</text>'
    )


def _svg(width: int, height: int, label: str, inside: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(label)}" width="{width}" height="{height}"'
        f' viewBox="0 -2 {width} {height + 2}" style="max-width:100%">{inside}</svg>'
    )
