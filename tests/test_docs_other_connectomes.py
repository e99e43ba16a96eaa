"""What docs/other_connectomes.md shows runs, and its report tells what was decided."""

import inspect
import re
from pathlib import Path

import pytest

import neuroflysim as nfs
from neuroflysim.connectome.importers.exact_values import LARGEST_ID
from neuroflysim.connectome.importers.strides import MOST_COLUMNS_TO_A_CELL
from neuroflysim.connectome.importers.table_names import NAMES

pytestmark = [pytest.mark.docs, pytest.mark.compile]

PAGE = (Path(__file__).parents[1] / "docs" / "other_connectomes.md").read_text()


def test_a_newcomer_imports_a_lobe_simulates_edges_and_sees_the_report(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(code, names)
    assert names["responses"].voltage.sizes["condition"] == 2
    page = (tmp_path / "import.html").read_text()
    assert (
        "What was decided" in page and "drawn, seed 0" in page and str(names["lobe"].axes) in page
    )
    loaded = nfs.load_connectome("my_lobe")
    assert loaded == names["connectome"]
    assert loaded.provenance == names["connectome"].provenance
    assert nfs.import_report(loaded) == names["text"]


def test_every_option_of_a_decision_is_one_and_has_the_value_that_the_page_tells():
    options = inspect.signature(nfs.connectome_from_neurons).parameters
    rows = [line.split("|") for line in PAGE.splitlines() if line.startswith("|")]
    named = {name for row in rows if len(row) == 5 for name in re.findall(r"`(\w+)=`", row[3])}
    assert {"axes", "border", "min_pair", "unnamed", "photoreceptors"} <= named <= set(options)
    defaults = {
        name: options[name].default for name in ("min_offset", "min_connection", "min_cells")
    }
    assert defaults == {"min_offset": 0.1, "min_connection": 1.0, "min_cells": 5}
    assert options["border"].default == 1 and MOST_COLUMNS_TO_A_CELL == 40
    assert LARGEST_ID.bit_length() == 64


def test_the_page_names_the_columns_of_the_tables():
    for word in NAMES:
        assert f"`{word}`" in PAGE


def test_a_connectome_that_was_not_imported_has_no_report(connectome):
    with pytest.raises(nfs.InvalidValueError, match="no report"):
        nfs.import_report(connectome)
