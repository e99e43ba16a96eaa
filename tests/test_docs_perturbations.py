"""The examples of docs/perturbations.md run."""

import re
from pathlib import Path

import pytest

pytestmark = [pytest.mark.docs, pytest.mark.compile]

PAGE = Path(__file__).parents[1] / "docs" / "perturbations.md"


def test_the_examples_show_flies_side_by_side_and_a_screen():
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    names = {}
    for block in blocks:
        exec(compile(block, PAGE.name, "exec"), names)
    assert names["responses"].voltage.sizes["candidate"] == 4
    assert names["silenced"].sizes["candidate"] == 1
    assert len(names["table"]) == 6 * 65
