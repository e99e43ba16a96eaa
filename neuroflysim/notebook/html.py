"""Cards and tables in HTML, every text escaped, for dark and light notebooks.

Text has the colour of the notebook, and lines are a grey that is seen on either ground.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape

#: Rows of a table, and letters of a text, that a card shows at most.
MOST_ROWS, MOST_LETTERS = 8, 300

_LINE = "1px solid rgba(128,128,128,.35)"
_CARD = f"display:inline-block;max-width:100%;border:{_LINE};border-radius:6px;padding:8px 12px"
_ROW = "display:flex;flex-wrap:wrap;gap:10px 18px;align-items:flex-start;margin-top:6px"
_TABLE = "border-collapse:collapse;margin:0;font-size:.92em"
_CELL = "text-align:left;vertical-align:top;padding:1px 10px 1px 0;border:0;background:none"
_HEAD = f"{_CELL};font-weight:600;border-bottom:{_LINE};white-space:nowrap"
_SOFT = "opacity:.72"


def number(value: float) -> str:
    """Return a number as a card tells it: four digits, and commas in large whole ones.

    Parameters
    ----------
    value : float

    Examples
    --------
    >>> number(45669), number(0.123456), number(180.0)
    ('45,669', '0.1235', '180')
    """
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"


def fact(value: object) -> str:
    """Return what a card tells of one thing, escaped, and cut if it is long.

    Parameters
    ----------
    value : object
        Floats are told with four digits.

    Examples
    --------
    >>> fact("<b>"), fact(1 / 3), fact(True)
    ('&lt;b&gt;', '0.3333', 'yes')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    told = number(value) if isinstance(value, int | float) else str(value)
    if len(told) > MOST_LETTERS:
        told = f"{told[: MOST_LETTERS - 1]}…"
    return escape(told)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]], n_rows: int | None = None) -> str:
    """Return a table of at most eight rows; below it stands how many more there are.

    Parameters
    ----------
    heads : sequence of str
    rows : iterable of sequence
        The first of them at least.
    n_rows : int, optional
        How many there are in all; as many as are given, if it is not said.

    Examples
    --------
    >>> "<td" in table(["name"], [["<i>"]]) and "<i>" not in table(["name"], [["<i>"]])
    True
    """
    given = list(rows)
    more = (len(given) if n_rows is None else n_rows) - min(len(given), MOST_ROWS)
    head = "".join(f'<th style="{_HEAD}">{fact(one)}</th>' for one in heads)
    body = "".join(f"<tr style='background:none'>{_cells(row)}</tr>" for row in given[:MOST_ROWS])
    rest = f'<div style="{_SOFT};font-size:.85em">and {number(more)} more</div>' if more else ""
    return (
        f'<div style="overflow-x:auto;max-width:100%"><table style="{_TABLE}"><thead><tr>{head}'
        f"</tr></thead><tbody>{body}</tbody></table>{rest}</div>"
    )


def figure(picture: str, caption: str) -> str:
    """Return a picture, which is HTML, with a text below it, which is escaped.

    Parameters
    ----------
    picture, caption : str
    """
    told = f'<div style="{_SOFT};font-size:.82em;line-height:1.3">{fact(caption)}</div>'
    return f'<div style="max-width:100%">{picture}{told}</div>'


def card(
    title: str,
    facts: Mapping[str, object],
    parts: Sequence[str] = (),
    told: str = "",
) -> str:
    """Return the card of an object.

    Parameters
    ----------
    title : str
        What it is.
    facts : mapping of str to object
        What stands in a small table; what is empty or None is left out.
    parts : sequence of str
        HTML of tables and figures, which stand side by side where there is room.
    told : str
        A sentence below the title.

    Examples
    --------
    >>> told = card("Recipe <mine>", {"evaluations": 25600, "seed": None})
    >>> "Recipe &lt;mine&gt;" in told, "25,600" in told, "seed" in told
    (True, True, False)
    """
    there = {name: value for name, value in facts.items() if value is not None and value != ""}
    rows = "".join(
        f"<tr style='background:none'><td style=\"{_CELL};{_SOFT};white-space:nowrap\">"
        f'{fact(name)}</td><td style="{_CELL}">{fact(value)}</td></tr>'
        for name, value in there.items()
    )
    listed = f'<table style="{_TABLE}"><tbody>{rows}</tbody></table>' if rows else ""
    sentence = f'<div style="max-width:46em">{fact(told)}</div>' if told else ""
    inside = "".join(part for part in (listed, *parts) if part)
    return (
        f'<div style="{_CARD}"><b>{fact(title)}</b>{sentence}'
        f'<div style="{_ROW}">{inside}</div></div>'
    )


def _cells(row: Sequence[object]) -> str:
    return "".join(f'<td style="{_CELL}">{fact(one)}</td>' for one in row)
