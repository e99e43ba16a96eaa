"""What the notebook of fits says of fits by gradients is what the table of these fits says."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.docs

DOCS = Path(__file__).parents[1] / "docs"


def rows():
    """Numbers of each row of the table, by the titles of its columns."""
    lines = (DOCS / "figures" / "by_gradients.txt").read_text().splitlines()
    titles = next(line for line in lines if "cells and worlds" in line)
    found = {}
    for line in lines[lines.index(titles) + 1 :]:
        cells = re.split(r"\s{2,}", line.strip())
        found[cells[0]] = dict(zip(re.split(r"\s{2,}", titles.strip())[1:], cells[1:], strict=True))
    return found


def test_the_page_says_what_the_table_says():
    text = " ".join((DOCS / "fit_notebook.md").read_text().split())
    table = rows()
    graded, flow, short = (table[name] for name in ("graded", "flow", "flow_short"))
    polished, light = table["after flow_short"], table["light_adapting"]
    for said in (
        f"R2 of {graded['R2']} in {graded['core-s']} core-seconds, where `flow` has {flow['R2']}"
        f" in {flow['core-s']} and `flow_short` {short['R2']} in {short['core-s']}",
        f"published cells is {graded['strict']}, of `flow` {flow['strict']},"
        f" of `flow_short` {short['strict']}",
        f"agree at all, by {light['temporal']}",
        f"lower the strict score to {table['adapting, light and rests']['strict']}",
        f"raises R2 of `flow_short` to {polished['R2']} and photographs to"
        f" {polished['photographs']}, the most of all rows, and lowers the strict score to"
        f" {polished['strict']}",
    ):
        assert said in text, said
    assert all(float(row["temporal"]) < 0 for name, row in table.items() if row is not light)
    best = max(float(row["photographs"]) for row in table.values())
    assert best == float(polished["photographs"])
    assert polished["failed"] == "1" and polished["models"] == "3"
    assert float(graded["photographs"]) <= float(flow["photographs"])
