"""What an importer decided, one record each: for the provenance and the report."""

from __future__ import annotations

from typing import Any

from attrs import define, field, frozen


@frozen
class Decision:
    """One thing that was decided, or that the reader of the report should know."""

    what: str  #: such as "axes"
    decided: str
    why: str = ""
    warning: bool = False


@define
class Decisions:
    """The records of one import, in the order in which they were made."""

    made: list[Decision] = field(factory=list)

    def add(self, what: str, decided: str, why: str = "", warning: bool = False) -> None:
        """Record what was decided, and why."""
        self.made.append(Decision(what, decided, why, bool(warning)))

    def as_records(self) -> list[dict[str, Any]]:
        """Return them for a file of JSON."""
        return [
            {"what": one.what, "decided": one.decided, "why": one.why, "warning": one.warning}
            for one in self.made
        ]
