"""The page: templates filled in, every text escaped."""

from __future__ import annotations

from functools import cache
from typing import Any

import jinja2

from neuroflysim.files.templates import templates_of
from neuroflysim.report import rounding


@cache
def environment() -> jinja2.Environment:
    """Return the templates, with the ways of writing numbers that they use."""
    made = templates_of("neuroflysim.report")
    made.filters.update(
        rounded=rounding.rounded,
        fixed=rounding.fixed,
        spaced=lambda name: name.replace("_", " "),
        place=_place_on_strip,
    )
    return made


def render(**content: Any) -> str:
    """Return the whole page.

    Parameters
    ----------
    **content
        What report.html asks for; a name that is missing is an error.
    """
    return environment().get_template("report.html").render(**content)


def _place_on_strip(score: float) -> float:
    """Return where a score of -1 to 1 stands on a strip that is 120 wide."""
    return round(60 + 54 * max(-1.0, min(1.0, score)), 1)
