"""The table of outcomes, and the list of what went wrong."""

from __future__ import annotations

from mutated.judging import CANNOT_KNOW, OUTCOMES, WRONG
from mutated.kinds import KINDS


def table(rows: list[dict]) -> str:
    """Return outcomes by kind as a table in Markdown.

    Parameters
    ----------
    rows : list of dict
        What `running.run` returned.
    """
    titles = list(dict.fromkeys(kind.title for kind in KINDS.values()))
    of_title = {title: [r for r in rows if KINDS[r["kind"]].title == title] for title in titles}
    of_title = {title: found for title, found in of_title.items() if found} | {"all": rows}
    shown = [outcome for outcome in OUTCOMES if outcome != CANNOT_KNOW]
    columns = {"tried": len} | {outcome: _counts(outcome) for outcome in [*shown, CANNOT_KNOW]}
    lines = [["kind", *columns]] + [
        [title, *(f"{count(found):,}" for count in columns.values())]
        for title, found in of_title.items()
    ]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _counts(outcome: str):
    return lambda rows: sum(row["outcome"] == outcome for row in rows)


def failures(rows: list[dict]) -> list[dict]:
    """Return the rows of what must not be."""
    return [row for row in rows if row["outcome"] in WRONG]


def told(row: dict) -> str:
    """Return a failure in one line, and how to see it again."""
    return (
        f"{row['kind']}:{row['seed']}  {row['outcome']}: {row['file']}, {row['mutator']}"
        f" ({row['what']}; expects {row['expects']}): {row['why'][:300]!r}"
    )
