"""What people are told of where the score of a fit comes from."""

from __future__ import annotations

from collections.abc import Mapping


def judged_on(record: Mapping) -> str:
    """Return on what the score of a fit is, in the words of people.

    Parameters
    ----------
    record : mapping
    """
    if not record.get("held_out", True):
        return "on what was fitted"
    own = "objective" in record.get("recipe", {})
    return "on what was held out" if own else "on fresh worlds"
