"""What an NWB file says of a series is held against what else it says."""

import os
import pickle
import shutil
from datetime import UTC, datetime
from pathlib import Path

import h5py
import numpy as np
import pynwb
import pytest
from brian2 import second

import neuroflysim as nfs
from neuroflysim.recordings import load_nwb_intervals, recording_contents, threshold_crossings

SAMPLES = np.arange(20.0)


def nwb_file():
    return pynwb.NWBFile("a session", "id", datetime(2026, 1, 1, tzinfo=UTC))


def write(path, change=None, *, file=None, data=SAMPLES, unit="mV", **options):
    """Write a series that is right, and one that may be changed."""
    file = file or nwb_file()
    options = options or {"rate": 10.0, "starting_time": 1.0}
    for name in ("good", "bad"):
        file.add_acquisition(pynwb.TimeSeries(name=name, data=data, unit=unit, **options))
    with pynwb.NWBHDF5IO(str(path), "w") as output:
        output.write(file)
    return path if change is None else changed(path, change)


def changed(path, change):
    """Change the series "bad" of a file behind pynwb's back."""
    with h5py.File(path, "a") as content:
        change(content["acquisition/bad"])
    return path


def attribute(dataset, name, value):
    def change(group):
        group[dataset].attrs[name] = value

    return change


def replaced(name, **made):
    def change(group):
        attributes = dict(group[name].attrs)
        del group[name]
        group.create_dataset(name, **made).attrs.update(attributes)

    return change


def both(step, first):
    def change(group):
        stamps = group.create_dataset("timestamps", data=first + step * np.arange(20))
        stamps.attrs.update(unit="seconds", interval=np.int32(1))

    return change


def linked(target, name="/acquisition/good/data"):
    def change(group):
        del group["data"]
        group["data"] = h5py.ExternalLink(target, name)

    return change


STAMPED = {"timestamps": np.arange(20) * 0.1}
#: What is done to the series "bad", how it was written, and words of the error.
WRONG = {
    "rate of 0": (attribute("starting_time", "rate", 0.0), {}, "rate of the series is 0 Hz"),
    "rate below 0": (attribute("starting_time", "rate", -5.0), {}, "rate of the series is -5 Hz"),
    "rate of NaN": (attribute("starting_time", "rate", np.nan), {}, "rate of the series is nan"),
    "rate of infinity": (attribute("starting_time", "rate", np.inf), {}, "the rate of the series"),
    "unit of the begin": (attribute("starting_time", "unit", "ms"), {}, "unit of starting_time"),
    "begin of NaN": (replaced("starting_time", data=np.nan), {}, "starting_time of the series"),
    "too few stamps": (replaced("timestamps", data=np.arange(7.0)), STAMPED, "but 7 timestamps"),
    "too many stamps": (replaced("timestamps", data=np.arange(30.0)), STAMPED, "but 30 timest"),
    "stamp of NaN": (replaced("timestamps", data=SAMPLES * np.nan), STAMPED, "two finite numbers"),
    "stamps backwards": (replaced("timestamps", data=-SAMPLES), STAMPED, "time does not grow"),
    "stamps that stand": (replaced("timestamps", data=0 * SAMPLES), STAMPED, "time does not grow"),
    "stamps with a gap": (
        replaced("timestamps", data=SAMPLES + 5 * (SAMPLES > 9)), STAMPED, "not evenly spaced",
    ),
    "unit of stamps": (attribute("timestamps", "unit", "ms"), STAMPED, "unit of timestamps is 'ms"),
    "rate and other stamps": (both(0.2, 1.0), {}, "a rate of 10 Hz.*timestamps 0.2 s apart"),
    "rate and later stamps": (both(0.1, 5.0), {}, "from 1 s, but timestamps.*from 5 s"),
    "conversion of 0": (attribute("data", "conversion", 0.0), {}, "conversion of 0"),
    "conversion of NaN": (attribute("data", "conversion", np.nan), {}, "conversion of nan"),
    "offset of infinity": (attribute("data", "offset", np.inf), {}, "offset of inf"),
    "no unit": (attribute("data", "unit", ""), {}, "has no unit"),
    "unit of bytes": (attribute("data", "unit", b"\xff\xfe"), {}, "for its unit"),
    "unit of two lines": (attribute("data", "unit", "a\nb"), {}, "for its unit"),
    "unit left out": (
        lambda group: group["data"].attrs.pop("unit"), {}, "bad: the series has no unit",
    ),
    "a NaN": (replaced("data", data=np.where(SAMPLES == 3, np.nan, 1)), {}, "sample 3"),
    "texts": (replaced("data", data=[b"a"] * 20), {}, "no real numbers"),
    "complex": (replaced("data", data=SAMPLES * 1j), {}, "no real numbers"),
    "three dimensions": (replaced("data", data=np.ones((20, 2, 2))), {}, "has 3 dimensions"),
    "one sample": (replaced("data", data=[1.0]), {}, "has 1 samples"),
    "no samples": (replaced("data", data=np.ones((0, 3))), {}, "has 0 samples"),
    "transposed": (replaced("data", data=np.ones((4, 20))), STAMPED, "stored .column, time."),
    "perhaps transposed": (replaced("data", data=np.ones((4, 20))), {}, "say which columns"),
    "8 TB": (replaced("data", shape=(10**12,), dtype="f8", chunks=(1024,)), {}, "8e.03 GB"),
}  # fmt: skip


@pytest.fixture(scope="module")
def as_written(tmp_path_factory):
    """Files in which nothing is wrong, by whether each sample has its time."""
    folder = tmp_path_factory.mktemp("right")
    return {
        False: write(folder / "rate.nwb"),
        True: write(folder / "times.nwb", **STAMPED),
    }


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[pytest.mark.slow] if k % 4 else []) for k, case in enumerate(WRONG)],
)
def test_a_series_that_contradicts_itself_is_refused_and_hides_no_other(case, as_written, tmp_path):
    change, options, words = WRONG[case]
    path = changed(shutil.copy(as_written[bool(options)], tmp_path / "cell.nwb"), change)
    with pytest.raises(nfs.InvalidValueError, match=words) as caught:
        nfs.load_recording(path, series="bad")
    assert "cell.nwb" in str(caught.value)
    assert "bad" in str(caught.value)
    assert "good" in recording_contents(path)["channel"].tolist()
    good = nfs.load_recording(path, series="good")
    assert good.signal[0].to_numpy().tolist() == SAMPLES.tolist()
    assert good.time_step == pytest.approx(0.1)


#: What breaks a whole file, because pynwb cannot read it, or it leads elsewhere.
BROKEN = {
    "rate is a word": (attribute("starting_time", "rate", "ten"), "acquisition/bad"),
    "no rate": (lambda group: group["starting_time"].attrs.pop("rate"), "acquisition/bad"),
    "no time": (lambda group: group.pop("starting_time"), "acquisition/bad"),
    "loop": (lambda group: group.update({"loop": group.parent}), "stands under several names"),
    "link to a pipe": (linked("pipe.nwb"), "is a pipe and no file"),
    "link to a device": (linked("/dev/zero"), "outside of its folder"),
    "link upwards": (linked("../other.nwb"), "outside of its folder"),
    "link to nothing": (linked("nothing.nwb"), "no such file"),
    "numbers of a device": (
        replaced("data", shape=(20,), dtype="f8", external=[("/dev/zero", 0, 160)]),
        "lie outside of the file",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_file_that_is_broken_or_leads_elsewhere_is_refused(case, tmp_path):
    change, words = BROKEN[case]
    os.mkfifo(tmp_path / "pipe.nwb")
    write(tmp_path / "cell.nwb")
    with h5py.File(tmp_path / "cell.nwb", "a") as content:
        if case == "loop":
            content["acquisition/bad/loop"] = content["acquisition"]
        else:
            change(content["acquisition/bad"])
    for call in (nfs.load_recording, recording_contents, load_nwb_intervals):
        with pytest.raises(nfs.InvalidValueError, match=words) as caught:
            call(tmp_path / "cell.nwb")
        assert "cell.nwb" in str(caught.value) or "pipe" in words or "no such" in words
        assert len(str(caught.value)) < 600


def test_numbers_of_a_file_beside_it_are_read(tmp_path):
    write(tmp_path / "raw.nwb", data=SAMPLES + 7)
    path = write(tmp_path / "cell.nwb", linked("raw.nwb"))
    recording = nfs.load_recording(path, series="bad")
    assert recording.signal[0].to_numpy().tolist() == (SAMPLES + 7).tolist()


def test_a_pulse_of_true_and_false_is_one_of_0_and_1(tmp_path):
    pulse = (SAMPLES > 4) & (SAMPLES < 9)
    path = write(tmp_path / "cell.nwb", data=pulse)
    found = threshold_crossings(nfs.load_recording(path, series="good"), 0.5)
    assert found / second == pytest.approx([1 + 0.45])


def test_columns_of_a_short_series_are_read_when_they_are_named(tmp_path):
    path = write(tmp_path / "cell.nwb", data=np.arange(8.0).reshape(2, 4))
    recording = nfs.load_recording(path, series="good", columns=[3, 0])
    assert recording.signal.to_numpy().tolist() == [[3, 7], [0, 4]]


def test_columns_are_as_many_as_electrodes(tmp_path):
    file = nwb_file()
    device = file.create_device("probe")
    group = file.create_electrode_group("g", "of one", "brain", device)
    for _ in range(3):
        file.add_electrode(group=group, location="brain")
    region = file.create_electrode_table_region([0, 1, 2], "all")
    data = np.arange(60.0).reshape(20, 3)
    file.add_acquisition(
        pynwb.ecephys.ElectricalSeries(
            "lfp", data, region, channel_conversion=[1.0, 2.0, 3.0], rate=10.0
        )
    )
    path = write(tmp_path / "cell.nwb", file=file)
    recording = nfs.load_recording(path, series="lfp")
    assert recording.signal.to_numpy() == pytest.approx((data * [1, 2, 3]).T)
    with h5py.File(path, "a") as content:
        replaced("data", data=data.T)(content["acquisition/lfp"])
    with pytest.raises(nfs.InvalidValueError, match="3 regions or electrodes"):
        nfs.load_recording(path, series="lfp")
    with h5py.File(path, "a") as content:
        replaced("data", data=data)(content["acquisition/lfp"])
        replaced("channel_conversion", data=[1.0, 2.0])(content["acquisition/lfp"])
    with pytest.raises(nfs.InvalidValueError, match="2 numbers for 3 columns"):
        nfs.load_recording(path, series="lfp")


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("start_time", [0.0, np.nan], "start_time of row 1 is nan"),
        ("stop_time", [1.0, 1.5], "row 1 starts at 2 s, but stops at 1.5 s"),
        ("stop_time", [1.0, np.nan], None),
        ("start_time", [0.0], "cannot be read as NWB"),
    ],
)
def test_intervals_end_after_they_begin(column, values, words, tmp_path):
    file = nwb_file()
    for start in (0.0, 2.0):
        file.add_trial(start_time=start, stop_time=start + 1)
    path = write(tmp_path / "cell.nwb", file=file)
    with h5py.File(path, "a") as content:
        replaced(column, data=values)(content["intervals/trials"])
    if words is None:
        assert load_nwb_intervals(path)["start_time"].tolist() == [0.0, 2.0]
        return
    with pytest.raises(nfs.InvalidValueError, match=words) as caught:
        load_nwb_intervals(path)
    assert "cell.nwb" in str(caught.value)


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9])
def test_a_file_that_was_cut_is_refused_in_a_sentence(part, tmp_path):
    path = write(tmp_path / "cell.nwb")
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(nfs.InvalidValueError, match=r"cell\.nwb cannot be read as NWB") as caught:
        nfs.load_recording(path, series="good")
    assert len(str(caught.value)) < 600


class Payload:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


def test_pickles_inside_an_nwb_file_stay_bytes(tmp_path):
    pickled = pickle.dumps(Payload(tmp_path / "marker"))
    path = write(
        tmp_path / "cell.nwb", replaced("data", data=np.frombuffer(pickled, dtype=np.uint8))
    )
    with h5py.File(path, "a") as content:
        content["acquisition/good"].attrs["comments"] = np.void(pickled)
    for call in (nfs.load_recording, recording_contents):
        try:
            call(path)
        except nfs.InvalidValueError as error:
            assert "cell.nwb" in str(error)
    assert not (tmp_path / "marker").exists()
