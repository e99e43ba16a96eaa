"""Wrong tables and files: each is an error that names file and line and what would do."""

import os
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
    ("cell_types", 1, "cell_type", "L\n1", "could not hold it"),
    ("cell_types", 1, "cell_type", "L\x0b1", "could not hold it"),
    ("cell_types", 1, "cell_type", "L\u200b1", "could not hold it"),
    ("cell_types", 1, "cell_type", "L1, L2", "without commas"),
    ("cell_types", 1, "cell_type", 'L"1"', "quotation marks"),
    ("cell_types", 1, "cell_type", "L1;L2", "semicolons"),
    ("cell_types", 1, "cell_type", "#L1", "without # in front"),
    ("cell_types", 1, "cell_type", "L1 - L2", "which mean more"),
    ("cell_types", 1, "cell_type", "L" * 101, "at most 100 characters"),
    ("cell_types", 0, "stride_u", "1_0", "write a number"),
    ("cell_types", 0, "stride_u", "\uff11", "write a number"),
    ("cell_types", 0, "stride_u", "0x1", "write a number"),
    ("connections", 0, "sign", "1,0", "decimals with a point"),
    ("connections", 0, "sign_reference", "Hardie\n1989", "on one line"),
    ("offsets", 0, "du", "-1e400", "write a finite number"),
    ("offsets", 0, "du", "-1e300", "at most 10000 columns"),
    ("offsets", 0, "synapse_count", "infinity", "write a number"),
    ("offsets", 0, "synapse_count", "1e300", "at most 1,000,000"),
    ("offsets", 0, "synapse_count", "4 0", "write a number"),
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


@pytest.mark.slow
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


def test_a_name_with_spaces_around_it_is_refused_in_tables_and_trimmed_in_files(tmp_path):
    wrong = tables()
    wrong["cell_types"].loc[1, "cell_type"] = " L1"
    with pytest.raises(nfs.ConnectomeError, match="without spaces around it"):
        nfs.Connectome(**wrong)
    for name, table in wrong.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    assert nfs.load_connectome(tmp_path) == nfs.Connectome(**tables())


@pytest.mark.parametrize("value", [True, np.bool_(True)])
def test_true_is_no_number_of_a_connectome(value):
    wrong = tables()
    wrong["cell_types"].loc[0, "stride_u"] = value
    with pytest.raises(nfs.ConnectomeError, match=r"stride_u is .*True.*; write a number"):
        nfs.Connectome(**wrong)


def test_a_column_that_stands_twice_is_refused():
    wrong = tables()
    wrong["offsets"] = pd.concat([wrong["offsets"], wrong["offsets"][["du"]]], axis=1)
    with pytest.raises(nfs.ConnectomeError, match="the column 'du' stands twice"):
        nfs.Connectome(**wrong)


def written(folder, edit=lambda name, text: text):
    for name, table in tables().items():
        text = edit(name, table.to_csv(index=False, lineterminator="\n"))
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


SPREADSHEETS = {
    "a byte order mark": lambda name, text: "\ufeff" + text,
    "line ends of Windows": lambda name, text: text.replace("\n", "\r\n"),
    "line ends of old spreadsheets": lambda name, text: text.replace("\n", "\r"),
    "blank lines": lambda name, text: text.replace("\n", "\n\n") + "\n\n",
    "separators behind the last column": lambda name, text: text.replace("\n", ",,\n") + ",,,\n",
    "spaces around cells": lambda name, text: text.replace(",", " , "),
    "quotation marks": lambda name, text: "\n".join(
        ",".join(f'"{cell}"' for cell in line.split(",")) for line in text.splitlines()
    ),
}


@pytest.mark.parametrize("change", SPREADSHEETS)
def test_a_folder_as_spreadsheets_write_it_is_the_same_connectome(change, tmp_path):
    found = nfs.load_connectome(written(tmp_path, SPREADSHEETS[change]))
    assert found == nfs.Connectome(**tables())


def test_lines_are_those_of_the_file_whatever_stands_between_the_rows(tmp_path):
    written(tmp_path, lambda name, text: text.replace("\n", "\n\n").replace("40.0", "many"))
    with pytest.raises(nfs.ConnectomeError) as caught:
        nfs.load_connectome(tmp_path)
    (problem,) = caught.value.problems
    assert problem.startswith("offsets.csv line 3: synapse_count is 'many'")


def test_rows_with_too_many_cells_are_listed_with_all_else(tmp_path):
    """A cell more in each row was taken for names of the rows, and all columns moved."""
    written(
        tmp_path,
        lambda name, text: text.replace("\nR1,L1,", "\nR1,L1,9,") if name == "offsets" else text,
    )
    with pytest.raises(nfs.ConnectomeError) as caught:
        nfs.load_connectome(tmp_path)
    told = "\n".join(caught.value.problems)
    assert "offsets.csv, line 2: has 7 cells" in told
    assert "offsets.csv, line 3: has 7 cells" in told


@pytest.mark.parametrize("kind", ["pipe", "device", "folder", "100 GB"])
@pytest.mark.parametrize("name", ["cell_types", "connections", "offsets"])
def test_what_is_no_file_of_a_connectome_is_told_at_once(tmp_path, kind, name):
    file = written(tmp_path) / f"{name}.csv"
    file.unlink()
    if kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    elif kind == "folder":
        file.mkdir()
    else:
        with open(file, "wb") as sparse:
            sparse.truncate(10**11)  # takes no room on the disk
    with pytest.raises(nfs.ConnectomeError, match=f"{name}.csv"):
        nfs.load_connectome(tmp_path)


@pytest.mark.parametrize("name", ["x" * 5000, "a\0b", "/dev/zero"])
def test_names_that_no_folder_of_a_connectome_can_have_are_refused(name):
    with pytest.raises(nfs.ConnectomeError, match="no such folder; name one that holds cell_types"):
        nfs.load_connectome(name)


def test_a_connectome_is_not_saved_in_the_place_of_a_file(tmp_path, connectome):
    (tmp_path / "notes").write_text("all that I know")
    with pytest.raises(nfs.InvalidValueError, match="is a file; name a folder"):
        nfs.save_connectome(connectome, tmp_path / "notes")
