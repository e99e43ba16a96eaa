"""What docs/connectome.md says of a folder of one's own."""

import re
from pathlib import Path

import pytest

from neuroflysim.connectome.tables import (
    COLUMNS,
    LONGEST_NAME,
    MOST_COUNT,
    OFFSET_NOTES,
    OPTIONAL_COLUMNS,
)

pytestmark = pytest.mark.docs

PAGE = (Path(__file__).parents[1] / "docs" / "connectome.md").read_text()


#: Columns of all tables, those included that a connectome may lack.
ALL = {**COLUMNS, "offsets": (*COLUMNS["offsets"], *OFFSET_NOTES), **OPTIONAL_COLUMNS}


def test_the_page_names_the_files_and_their_columns():
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line.startswith("|")][2:]
    named, file = {}, None
    for first, columns, _ in rows:
        file = re.sub(r"[` ]|\.csv", "", first) or file
        named.setdefault(file, []).extend(re.findall(r"`(\w+)`", columns))
    assert named == {name: list(columns) for name, columns in ALL.items()}
    assert f"{LONGEST_NAME} characters" in PAGE and f"{MOST_COUNT:,.0f}" in PAGE


def test_the_code_of_the_page_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, names)
    assert names["connectome"] == names["nfs"].load_connectome()
    assert names["parameters"].connectome == names["connectome"]
    assert {file.stem for file in (tmp_path / "my_connectome").iterdir()} == set(COLUMNS)
