"""Tables of Excel and Parquet are read as those of text are, and numbers stay what they were."""

import sys
import zipfile

import numpy as np
import openpyxl
import pandas as pd
import pyarrow
import pyarrow.parquet
import pytest
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.recordings import load_excel, load_parquet, recording_contents

RNG = np.random.default_rng(0)
WIDE = pd.DataFrame(
    {"time (ms)": np.arange(20) * 5.0, "first (mV)": RNG.normal(-60, 5, 20),
     "second (mV)": RNG.integers(-70, -50, 20)}
)  # fmt: skip
LONG = pd.DataFrame(
    {
        "time (s)": np.tile([0.0, 0.1, 0.2], 4), "trial": np.repeat([1, 2, 3, 4], 3),
        "cell_type": np.repeat(["T4a", "T4a", "T4b", "T4b"], 3),
        "angle": np.repeat([0, 90, 0, 90], 3), "bright": np.repeat([True, False, True, True], 3),
        "F (a.u.)": RNG.uniform(1, 2, 12),
    }
)  # fmt: skip


def write_excel(path, **sheets):
    """Write tables cell by cell; a sheet begins with an empty row, as people's do."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, table in sheets.items():
        sheet = book.create_sheet(name)
        sheet.append([])
        sheet.append(list(table.columns))
        for row in table.itertuples(index=False, name=None):
            sheet.append([one.item() if hasattr(one, "item") else one for one in row])
    book.save(path)
    return path


def write_parquet(path, **sheets):
    (table,) = sheets.values()
    table.to_parquet(path)
    return path


WRITERS = {".xlsx": write_excel, ".parquet": write_parquet}


@pytest.fixture(params=WRITERS)
def write(request, tmp_path):
    return lambda table: WRITERS[request.param](tmp_path / f"cells{request.param}", flies=table)


def test_columns_become_trials_with_the_digits_of_their_numbers(write):
    recording = nfs.load_recording(write(WIDE), cell_type="Mi1")
    # Excel keeps 16 digits.
    assert recording.signal.to_numpy() == pytest.approx(WIDE.to_numpy()[:, 1:].T, rel=1e-15)
    assert recording.units == "mV"
    assert recording.time_step == pytest.approx(5e-3)
    assert recording.signal["channel"].to_numpy().tolist() == ["first", "second"]


def test_rows_of_trials_keep_their_labels_as_those_of_a_table_of_text_do(write, tmp_path):
    recording = nfs.load_recording(write(LONG), trial="trial", values="F")
    LONG.to_csv(tmp_path / "cells.csv", index=False)
    text = nfs.load_recording(tmp_path / "cells.csv", trial="trial", values="F")
    expected = LONG["F (a.u.)"].to_numpy().reshape(4, 3)
    assert recording.signal.to_numpy() == pytest.approx(expected, rel=1e-15)
    pd.testing.assert_frame_equal(recording.conditions, text.conditions)
    assert recording.conditions.dtypes.astype(str).tolist() == ["int64", "bool"]
    for name in ("cell_type", "sweep", "channel", "time"):
        assert recording.signal[name].to_numpy().tolist() == text.signal[name].to_numpy().tolist()


def test_the_listing_tells_columns_and_times(write):
    found = recording_contents(write(WIDE))
    assert found["channel"].tolist() == ["first", "second"]
    assert found["units"].tolist() == ["mV", "mV"]
    assert found["time_step"].tolist() == pytest.approx([5e-3] * 2)


def test_a_sheet_is_chosen_by_its_name_and_formulas_are_not_computed(tmp_path):
    path = write_excel(tmp_path / "two.xlsx", flies=WIDE, notes=WIDE * 2)
    with pytest.raises(nfs.InvalidValueError, match="sheet='flies' or 'notes'"):
        nfs.load_recording(path)
    with pytest.raises(nfs.InvalidValueError, match="sheet is 'fly'"):
        load_excel(path, sheet="fly")
    other = load_excel(path, sheet="notes", values="first")
    expected = 2 * WIDE["first (mV)"].to_numpy()
    assert other.signal[0].to_numpy() == pytest.approx(expected, rel=1e-15)
    assert recording_contents(path)["holds"].tolist()[-1] == "column of sheet 'notes'"
    book = openpyxl.Workbook()
    for row in (["time (s)", "v (mV)"], [0, 1], [1, "=B2+1"]):
        book.active.append(row)
    book.save(tmp_path / "formula.xlsx")  # no program computed it
    with pytest.raises(nfs.InvalidValueError, match="row 3, column v: '' is no finite number"):
        nfs.load_recording(tmp_path / "formula.xlsx")


def test_an_index_of_pandas_is_a_column(tmp_path):
    WIDE.set_index("time (ms)").to_parquet(tmp_path / "a.parquet")
    recording = nfs.load_recording(tmp_path / "a.parquet", values=["first"])
    assert (recording.signal[0].to_numpy() == WIDE["first (mV)"].to_numpy()).all()
    named = pd.DataFrame({"t": [0, 5], "v": [1, 2]}, index=["a", "b"])
    named.to_parquet(tmp_path / "b.parquet")
    recording = load_parquet(tmp_path / "b.parquet", time="t", time_unit=ms, unit="mV")
    assert recording.signal["channel"].to_numpy().tolist() == ["v"]


def test_a_table_by_pyarrow_with_kinds_of_its_own_is_read(tmp_path):
    table = pyarrow.table(
        {"time (s)": pyarrow.array([0.0, 0.1], pyarrow.float32()),
         "F (a.u.)": pyarrow.array([1, 2], pyarrow.int8()),
         "note": pyarrow.array(["a", None]).dictionary_encode(),
         "list": pyarrow.array([[1], [2, 3]])}
    )  # fmt: skip
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    recording = load_parquet(tmp_path / "a.parquet", values="F", cell_type="T4a")
    assert recording.signal.to_numpy().tolist() == [[1, 2]]
    with pytest.raises(nfs.InvalidValueError, match="row 0, column note: 'a' is no finite number"):
        load_parquet(tmp_path / "a.parquet", values="note", unit="1")


def changed(column, row, value):
    table = WIDE.astype(object)
    table.loc[row, column] = value
    return table


#: A table, options, and words that the error must hold in both formats.
WRONG = {
    "a gap": (changed("first (mV)", 3, None), {}, "row (6|3), column first: .* no finite number"),
    "a word": (changed("first (mV)", 3, "x"), {}, "row (6|3), column first: 'x' is no finite"),
    "a decimal comma": (changed("first (mV)", 3, "1,5"), {}, "decimal comma"),
    "time that stands": (changed("time (ms)", 3, 10.0), {}, "column time: time does not grow"),
    "a gap in time": (WIDE.drop(index=5), {}, "not evenly spaced"),
    "no rows": (WIDE.iloc[:0], {}, "no rows"),
    "no time": (WIDE.rename(columns={"time (ms)": "t (ms)"}), {}, "no column is called 'time'"),
    "one name twice": (WIDE.assign(**{"first (pA)": 1.0}), {}, "two columns of one name"),
    "no unit": (WIDE.rename(columns={"first (mV)": "first"}), {}, "unit='mV'"),
    "a changing label": (
        LONG.assign(angle=np.arange(12)), {"trial": "trial", "values": "F"},
        "'?1'? is not what stands in row (3|0)",
    ),
    "a missing trial": (
        LONG.assign(trial=[*[1.0] * 11, None]), {"trial": "trial", "values": "F"},
        "does not say of which trial",
    ),
    "a missing label": (
        LONG.assign(cell_type=[None] * 3 + ["T4a"] * 9), {"trial": "trial", "values": "F"},
        "the label of this trial is missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_a_table_is_refused_with_row_and_column(case, write):
    table, options, words = WRONG[case]
    try:
        path = write(table)
    except pyarrow.ArrowException:  # Parquet keeps one kind in a column: its words are all words
        path = write(table.astype({"first (mV)": str}))
    with pytest.raises(nfs.InvalidValueError, match=words) as caught:
        nfs.load_recording(path, **options)
    assert path.name in str(caught.value)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.98])
def test_a_file_that_was_cut_is_named(write, part):
    path = write(WIDE)
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(nfs.InvalidValueError, match=f"{path.name} cannot be read"):
        nfs.load_recording(path)


def test_damage_within_a_file_is_an_error_that_names_it_or_changes_nothing(write):
    path = write(WIDE)
    content = path.read_bytes()
    for place in range(10, len(content) - 10, max(1, len(content) // 40)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        try:
            recording = nfs.load_recording(path)
        except nfs.NeuroFlySimError as error:
            assert path.name in str(error)
            assert len(str(error)) < 600
        else:
            assert recording.signal.sizes["time"] >= 2


def test_a_sheet_that_says_it_has_endless_rows_ends(tmp_path):
    path = write_excel(tmp_path / "a.xlsx", flies=WIDE)
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = "xl/worksheets/sheet1.xml"
    members[name] = members[name].replace(b'<row r="22"', b'<row r="999999999999"')
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in members.items():
            archive.writestr(each, content)
    recording = nfs.load_recording(path, cell_type="Mi1")
    assert recording.signal.sizes["time"] == 19


@pytest.mark.parametrize(("suffix", "package"), [(".xlsx", "openpyxl"), (".parquet", "pyarrow")])
def test_a_missing_package_is_named_with_what_brings_it(suffix, package, tmp_path, monkeypatch):
    path = WRITERS[suffix](tmp_path / f"a{suffix}", flies=WIDE)
    for name in (package, f"{package}.parquet"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(nfs.InvalidValueError, match=f"needs {package}.*pip install {package}"):
        nfs.load_recording(path)
