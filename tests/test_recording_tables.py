"""Tables of recordings: what means the same is read alike, what may mean something else is not."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from brian2 import ms

import neuroflysim as nfs
from neuroflysim.recordings import recording_contents
from neuroflysim.recordings.column_names import same_unit

WIDE = "time (ms),first (mV),second (mV)\n0,-60,-61\n10,-58,-57\n20,-55,-54\n"
LONG = "time (ms),trial,angle,V (mV)\n0,1,0,-60\n10,1,0,-58\n0,2,90,-61\n10,2,90,-57\n"
OF_LONG = {"trial": "trial", "values": "V"}


def written(path, text):
    path.write_bytes(text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + WIDE,
        WIDE.replace("\n", "\r\n"),
        WIDE.replace("\n", ",\n").replace(",\n", "\n", 1),
        WIDE.replace("\n", ",,\n"),
        WIDE + ",,\n \n",
        WIDE.replace(",", " , "),
        WIDE.replace("-60", "-6e1").replace("10,", "+10.0,"),
        WIDE.replace("first (mV)", '"first (mV)"'),
    ],
)
def test_what_programs_add_to_a_table_does_not_change_the_recording(text, tmp_path):
    recording = nfs.load_recording(written(tmp_path / "cell.csv", text))
    assert recording.signal.to_numpy().tolist() == [[-60, -58, -55], [-61, -57, -54]]
    assert recording.time_step == pytest.approx(0.01)


@pytest.mark.parametrize("mu", ["\u00b5", "\u03bc", "u"])
def test_a_micro_is_a_micro_however_it_was_typed(mu, tmp_path):
    text = f"time ({mu}s),a ({mu}V),b (\u00b5V)\n0,1,2\n100,3,4\n"
    path = written(tmp_path / "cell.csv", text)
    recording = nfs.load_recording(path)
    assert recording.time_step == pytest.approx(1e-4)
    assert recording_contents(path)["time_step"].tolist() == pytest.approx([1e-4, 1e-4])
    assert same_unit(recording.units, "\u00b5V")
    other = nfs.load_recording(path, values="b")
    joined = nfs.recordings.join_recordings([nfs.load_recording(path, values="a"), other])
    assert joined.signal.sizes["trial"] == 2


def recording(units, **labels):
    coords = {name: ("trial", values) for name, values in labels.items()}
    return nfs.Recording(
        xr.DataArray(
            [[1.0, 2.0], [3.0, 4.0]],
            dims=("trial", "time"),
            coords={"time": [0.0, 0.1], **coords},
            attrs={"units": units},
        )
    )


@pytest.mark.parametrize(
    "units",
    ["dF/F (%)", "a.u. [z-score]", "(V)", "[a] (b)", "\u03bcV", 'in "quotes"', "a,b", "1", "V)(W"],
)
def test_a_table_that_was_saved_is_read_with_its_unit_or_not_written(units, tmp_path):
    path = tmp_path / "cell.csv"
    try:
        recording(units, angle=[0, 90]).save(path)
    except nfs.InvalidValueError as error:
        assert units == "V)(W"
        assert "save as .nc" in str(error)
    else:
        assert nfs.load_recording(path).units == units


def test_labels_that_a_table_would_tell_otherwise_are_not_written(tmp_path):
    with pytest.raises(nfs.InvalidValueError, match="without brackets"):
        recording("mV", **{"speed (deg/s)": [1, 2]}).save(tmp_path / "cell.csv")


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        ("time (ms);V (mV)\n0,0;-60,5\n", {}, "semicolon.*separator"),
        ("time (ms);V (mV)\n0,0;-60,5\n0,5;1\n", {"separator": ";"}, "line 2.*decimal comma"),
        (WIDE.replace("-58", "-5_8"), {}, "line 3, column first: '-5_8' is no finite"),
        (WIDE.replace("-58", "\uff15"), {}, "line 3, column first"),
        (WIDE.replace("-58", "infinity"), {}, "line 3, column first"),
        (WIDE.replace("-58", "1e999"), {}, "line 3, column first"),
        (WIDE.replace("-58", "0x1f"), {}, "line 3, column first"),
        (WIDE.replace("\n10", "\n\n10").replace("-58", "x"), {}, "line 4, column first"),
        (WIDE.replace("second", "first"), {}, "line 1: the column 'first .mV.' stands twice"),
        (WIDE.replace("second (mV)", "first [mV]"), {}, "line 1: two columns of one name"),
        (WIDE.replace("second (mV)", "second (pA)"), {}, "second is in pA, but first in mV"),
        (WIDE.replace("-58,-57", "-58"), {}, "line 3: has 2 cells"),
        (LONG.replace("10,2,90", "10,,90"), OF_LONG, "line 5, column trial: does not say"),
        (LONG.replace(",90,", ",,"), OF_LONG, "line 4, column angle: the label.*missing"),
        (LONG.replace(",90,", ",NaN,"), OF_LONG, "line 4, column angle: the label.*missing"),
        (LONG.replace(",90,", ",9O,"), OF_LONG, "line 4, column angle: '9O' is no number"),
        (LONG.replace("0,2,", "5,2,", 1).replace("10,2,", "15,2,"), OF_LONG, "begins at 0.005 s"),
        (WIDE, {"values": ["first", "first"]}, "first is named twice"),
        (WIDE, {"values": ["time"]}, "time is named twice"),
        (LONG, {"trial": "time", "values": "V"}, "time is named twice"),
        (LONG, {**OF_LONG, "labels": ["V"]}, "V is named twice"),
        (LONG.replace(",90,", ",1e400,"), OF_LONG, "line 4, column angle"),
    ],
)
def test_a_table_is_refused_with_line_and_column(text, options, said, tmp_path):
    with pytest.raises(nfs.InvalidValueError, match=said) as caught:
        nfs.load_recording(written(tmp_path / "cell.csv", text), **options)
    assert "cell.csv" in str(caught.value)


def test_labels_keep_their_kind(tmp_path):
    text = (
        "time (s),trial,cell_type,angle,speed,word,V (mV)\n"
        "0,1,12,0,1.5,a,1\n1,1,12,0,1.5,a,2\n0,2,13,90,2,none,3\n1,2,13,90,2,none,4\n"
    )
    signal = nfs.load_recording(written(tmp_path / "c.csv", text), **OF_LONG).signal
    assert signal["cell_type"].to_numpy().tolist() == ["12", "13"]
    assert signal["angle"].to_numpy().tolist() == [0, 90]
    assert signal["angle"].dtype.kind == "i"
    assert signal["speed"].to_numpy().tolist() == [1.5, 2.0]
    assert signal["word"].to_numpy().tolist() == ["a", "none"]


MISSING = {
    "NaN": [0.0, np.nan],
    "None": ["a", None],
    "NA": pd.array([90, None], dtype="Int64"),
    "NA of words": pd.array(["a", None], dtype="string"),
    "NaT": np.array(["2026-01-01", "NaT"], dtype="datetime64[s]"),
    "masked": np.ma.array([1, 2], mask=[False, True]),
    "infinite": [0.0, np.inf],
    "empty": ["a", ""],
    "category": pd.Categorical(["a", None]),
}


@pytest.mark.parametrize("kind", MISSING)
def test_a_missing_label_is_refused_where_trials_get_labels(kind):
    with pytest.raises(nfs.NeuroFlySimError, match=r"(entry|trial) 1 is|holds"):
        nfs.recordings.align(
            recording("mV"), 0.1 * 1000 * ms, before=0 * ms, after=0.05 * ms,
            conditions={"angle": MISSING[kind]},
        )  # fmt: skip
    if kind not in ("masked", "category"):  # xarray makes NaN of the one and objects of the other
        with pytest.raises(nfs.NeuroFlySimError, match=r"angle (of trial 1|holds)"):
            recording("mV", angle=np.asarray(MISSING[kind]))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([1, "a"], "give numbers to all, or words"),
        ([1j, 2j], "holds complex"),
        ([b"a", b"b"], "holds bytes"),
        (pd.to_datetime(["2026-01-01", "2026-01-02"]), "one number or one word"),
        ([[1, 2], [3, 4]], "one number or one word"),
        ([[1], [2, 3]], "one number or one word"),
        (pd.DataFrame({"a": [1, 2]}), "is a table"),
        ([1 * ms, 2], "several units"),
        ([1, 2, 3], "3 values, but there are 2"),
        ({"a": 1}, "holds dict"),
    ],
)
def test_labels_that_are_neither_numbers_nor_words_are_refused(values, said):
    with pytest.raises(nfs.NeuroFlySimError, match=said):
        nfs.recordings.align(
            recording("mV"), 100 * ms, before=100 * ms, after=0.01 * ms,
            conditions={"angle": values},
        )  # fmt: skip


def test_nullable_columns_of_pandas_without_gaps_are_labels_like_any():
    one = recording("mV", angle=np.array([0, 90], dtype=object))
    assert one.signal["angle"].dtype.kind == "i"
    table = pd.DataFrame({"angle": pd.array([90, 0], dtype="Int64"), "word": ["a", "b"]})
    cut = nfs.recordings.align(one, 0.1 * 1000 * ms, before=100 * ms, after=0.01 * ms,
                               conditions=table)  # fmt: skip
    # In the order of their values.
    assert cut.conditions.to_dict("list") == {"angle": [0, 90], "word": ["b", "a"]}


@pytest.mark.parametrize(
    "labels",
    [[0, 90], [0.1, 1e-300], [True, False], ["a", "b,c"], ["a\nb", 'c"d'], ["none", "\u03bc"]],
)
def test_labels_of_a_saved_table_come_back_as_they_were(labels, tmp_path):
    recording("mV", word=labels, cell_type=["1", "2"]).save(tmp_path / "c.csv")
    signal = nfs.load_recording(tmp_path / "c.csv").signal
    assert signal["word"].to_numpy().tolist() == labels
    assert signal["cell_type"].to_numpy().tolist() == ["1", "2"]


@pytest.mark.parametrize("word", ["1", "-2e5", "NaN", "NA", "null", " a", "True"])
def test_words_that_a_table_would_give_back_otherwise_are_not_written(word, tmp_path):
    one = recording("mV", word=["a", word])
    with pytest.raises(nfs.InvalidValueError, match=r"give back.*save as \.nc"):
        one.save(tmp_path / "c.csv")
    one.save(tmp_path / "c.nc")
    assert nfs.load_recording(tmp_path / "c.nc").signal["word"].to_numpy().tolist() == ["a", word]


@pytest.mark.parametrize(
    "times",
    [
        np.array([0, 1], dtype=object),
        pd.date_range("2026", periods=2),
        pd.to_timedelta([0, 1], unit="s"),
        ["a", "b"],
        [False, True],
        [0j, 1j],
        [0.0, np.inf],
        np.array([1, 0], dtype="uint8"),
    ],
)
def test_times_are_numbers_of_seconds_that_grow(times):
    with pytest.raises(nfs.NeuroFlySimError, match=r"signal: time (is of type|must be|does not)"):
        nfs.Recording(
            xr.DataArray(
                [[1.0, 2.0]], dims=("trial", "time"), coords={"time": times}, attrs={"units": "mV"}
            )
        )


def test_what_would_not_fit_into_the_memory_is_told_before_it_is_made():
    for step in (1e-15, 1e-300):
        with pytest.raises(nfs.InvalidValueError, match="memory are free"):
            nfs.recordings.resample(recording("mV"), step * 1000 * ms)


@pytest.mark.parametrize("name", ["", " ", "a\nb", 3, "sweep", "time"])
def test_a_condition_has_a_name_of_its_own(name):
    with pytest.raises(nfs.InvalidValueError, match="cannot name a parameter"):
        nfs.recordings.align(
            recording("mV"), 100 * ms, before=100 * ms, after=0.01 * ms, conditions={name: 1}
        )


@pytest.mark.parametrize("units", [None, "", " ", 1, float("nan"), "a\nb", ["mV"]])
def test_a_unit_is_a_line_of_text(units):
    with pytest.raises(nfs.InvalidValueError, match="must be a line of text"):
        recording(units)


def test_no_trial_falls_out_of_averages_without_a_word():
    one = recording("mV", angle=[0.0, 90.0], cell_type=["Mi1", "Mi1"])
    aligned = nfs.recordings.align(one, 100 * ms, before=100 * ms, after=0.01 * ms)
    aligned.signal["angle"][1] = np.nan
    with pytest.raises(nfs.InvalidValueError, match="1 of 2 trials belong to no condition"):
        nfs.recordings.average_trials(aligned)
    for call in (nfs.recordings.average_trials, nfs.recordings.noise_ceiling):
        with pytest.raises(nfs.InvalidTypeError, match="must be a Recording"):
            call(aligned.signal)


def test_numbers_and_words_of_one_label_are_not_joined():
    numbers, words = recording("mV", angle=[0, 90]), recording("mV", angle=["0", "90"])
    with pytest.raises(nfs.InvalidValueError, match="give numbers to all, or words"):
        nfs.recordings.join_recordings([numbers, words])
