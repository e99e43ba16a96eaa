"""Wrong tables and files: each is an error that names file and line and what would do."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neuroflysim as nfs


def tables():
    """A small connectome: two types, one connection each way."""
    return {
        "cell_types": pd.DataFrame(
            {
                "cell_type": ["R1", "L1"],
                "stride_u": [1, 1],
                "stride_v": [1, 1],
                "photoreceptor": [True, False],
                "output": [False, True],
            },
            dtype=object,
        ),
        "connections": pd.DataFrame(
            {
                "source_type": ["R1", "L1"],
                "target_type": ["L1", "R1"],
                "sign": [-1, 1],
                "sign_reference": ["Hardie1989", ""],
            },
            dtype=object,
        ),
        "offsets": pd.DataFrame(
            {
                "source_type": ["R1", "R1", "L1"],
                "target_type": ["L1", "L1", "R1"],
                "du": [0, 1, 0],
                "dv": [0, 0, 0],
                "synapse_count": [40.0, 3.0, 2.0],
                "filled": [False, True, False],
            },
            dtype=object,
        ),
    }


WRONG_CELLS = [
    ("cell_types", 1, "cell_type", "R1", "stands already in line 2"),
    ("cell_types", 1, "cell_type", "", "name of a cell type"),
    ("cell_types", 1, "cell_type", " L1", "without spaces"),
    ("cell_types", 1, "stride_u", 0, "1 (a cell in every column) or more"),
    ("cell_types", 1, "stride_v", -2, "1 (a cell in every column) or more"),
    ("cell_types", 0, "stride_u", 1.5, "whole number"),
    ("cell_types", 0, "stride_u", "two", "write a number"),
    ("cell_types", 0, "photoreceptor", "perhaps", "True or False"),
    ("connections", 0, "sign", 0, "write 1 (excitatory) or -1"),
    ("connections", 0, "sign", "", "write a number"),
    ("connections", 1, "sign", np.nan, "number"),
    ("connections", 0, "source_type", "R9", "no cell type of cell_types.csv"),
    ("connections", 1, "source_type", "R1", "no cell type|no row in offsets"),
    ("offsets", 1, "du", 0, "given twice"),
    ("offsets", 1, "du", "0.0", "given twice"),
    ("offsets", 1, "du", "+0", "given twice"),
    ("offsets", 0, "du", 0.5, "whole number"),
    ("offsets", 0, "du", 9.2e18, "at most 10000 columns"),
    ("offsets", 0, "synapse_count", -1.0, "zero or more"),
    ("offsets", 0, "synapse_count", np.nan, "number"),
    ("offsets", 0, "synapse_count", np.inf, "number"),
    ("offsets", 0, "synapse_count", "many", "write a number"),
    ("offsets", 2, "target_type", "L1", "has no sign"),
    ("offsets", 2, "target_type", "L9", "no cell type of cell_types.csv"),
    ("offsets", 0, "filled", "maybe", "True or False"),
]


@pytest.mark.parametrize("by", ["tables", "folder"])
@pytest.mark.parametrize(("name", "row", "column", "value", "words"), WRONG_CELLS)
def test_a_wrong_cell_of_a_table_is_named_by_file_and_line(
    by, name, row, column, value, words, tmp_path
):
    wrong = tables()
    wrong[name].loc[row, column] = value
    for table, content in wrong.items():
        content.to_csv(tmp_path / f"{table}.csv", index=False)
    with pytest.raises(nfs.ConnectomeError) as caught:
        nfs.load_connectome(tmp_path) if by == "folder" else nfs.Connectome(**wrong)
    assert any(
        problem.startswith(f"{name}.csv line {row + 2}")
        and any(w in problem for w in words.split("|"))
        for problem in caught.value.problems
    ) or "no row in offsets" in str(caught.value), caught.value.problems


def test_all_problems_of_a_folder_are_listed_at_once(tmp_path):
    wrong = tables()
    wrong["cell_types"].loc[1, "stride_u"] = 0
    wrong["connections"].loc[0, "sign"] = 7
    wrong["offsets"].loc[2, "synapse_count"] = -3
    for name, table in wrong.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    with pytest.raises(nfs.ConnectomeError) as caught:
        nfs.load_connectome(tmp_path)
    assert len(caught.value.problems) == 3
    for place in ("cell_types.csv line 3", "connections.csv line 2", "offsets.csv line 4"):
        assert place in str(caught.value)


@pytest.mark.parametrize("name", ["cell_types", "connections", "offsets"])
def test_missing_empty_and_mangled_tables_are_refused(name, tmp_path):
    right = tables()
    assert nfs.Connectome(**right).n_cell_types == 2
    for change, words in (
        (right[name].iloc[:0], "empty"),
        (right[name].iloc[:, 1:], "no column"),
        ("a table", "DataFrame"),
        (None, "missing"),
    ):
        with pytest.raises(nfs.ConnectomeError, match=words):
            nfs.Connectome(**{**right, name: change})
    for table, content in right.items():
        content.to_csv(tmp_path / f"{table}.csv", index=False)
    (tmp_path / f"{name}.csv").write_bytes(b"\xff\xfe\x00\x01\xfa")
    with pytest.raises(nfs.ConnectomeError, match=f"{name}.csv"):
        nfs.load_connectome(tmp_path)


def test_a_connectome_without_photoreceptors_is_refused():
    blind = tables()
    blind["cell_types"]["photoreceptor"] = False
    with pytest.raises(nfs.ConnectomeError, match="no light would reach"):
        nfs.Connectome(**blind)


MANGLED_FILES = {
    "empty.json": "",
    "text.json": "hello",
    "list.json": "[1, 2]",
    "format.json": '{"format": "something else"}',
    "cut.json": "CUT",
    "empty.csv": "",
    "columns.csv": "# neuroflysim parameters 1\na,b\n1,2\n",
    "cut.csv": "CUT",
    "kind.csv": "APPEND weight,T4a,,,1,\n",
    "number.csv": "APPEND time_constant,T9,,,fast,s\n",
    "twice.csv": "APPEND time_constant,T4a,,,0.05,s\n",
}


@pytest.mark.parametrize("name", MANGLED_FILES)
def test_a_mangled_parameter_file_is_refused_and_named(name, tmp_path, start):
    path, content = tmp_path / name, MANGLED_FILES[name]
    start.save(path)
    if content == "CUT":
        path.write_text(path.read_text()[:2000])
    elif content.startswith("APPEND"):
        path.write_text(path.read_text() + content.removeprefix("APPEND "))
    else:
        path.write_text(content)
    with pytest.raises(nfs.InvalidValueError, match=re.escape(name)):
        nfs.load_parameters(path)


NONSENSE = st.one_of(
    st.none(),
    st.text(max_size=4),
    st.floats(),
    st.complex_numbers(),
    st.just(object()),
    st.integers(-3, 3),
)


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_nonsense_in_any_cell_of_a_connectome_is_our_error_or_a_connectome(data):
    wrong = tables()
    name = data.draw(st.sampled_from(sorted(wrong)))
    row = data.draw(st.integers(0, len(wrong[name]) - 1))
    column = data.draw(st.integers(0, wrong[name].shape[1] - 1))
    value = data.draw(NONSENSE)
    wrong[name].iat[row, column] = value
    try:
        connectome = nfs.Connectome(**wrong)
    except nfs.ConnectomeError as error:
        assert error.problems
    else:
        assert connectome.network(1).n_pairs >= 0
