"""Files of recordings are read as other programs wrote them, and wrong ones are named."""

import importlib
import json
import sys
from datetime import UTC, datetime
from importlib.metadata import distribution

import numpy as np
import pandas as pd
import pynwb
import pytest
import xarray as xr
from brian2 import ms, second
from typer.testing import CliRunner

import neuroflysim as nfs
from neuroflysim.cli import app
from neuroflysim.recordings import load_csv, load_neo, load_nwb, recording_contents

RNG = np.random.default_rng(0)


def nwb_file():
    return pynwb.NWBFile("made by pynwb", "id", datetime(2026, 1, 1, tzinfo=UTC))


def write_nwb(path, *series, file=None):
    file = file or nwb_file()
    for one in series:
        file.add_acquisition(one)
    with pynwb.NWBHDF5IO(str(path), "w") as output:
        output.write(file)


def make_series(name="v", data=(1.0, 2.0, 3.0), unit="mV", **options):
    if "timestamps" not in options:
        options = {"rate": 10.0, "starting_time": 0.0, **options}
    return pynwb.TimeSeries(name=name, data=np.array(data), unit=unit, **options)


def test_sweeps_and_channels_of_an_abf_file_are_those_that_another_reader_finds(
    write_abf, pyabf, tmp_path
):
    data = np.stack([-60 + RNG.normal(size=(3, 400)), 5.0 * (RNG.uniform(size=(3, 400)) > 0.5)], -1)
    write_abf(tmp_path / "cell.abf", data, 10_000)
    other = pyabf.ABF(str(tmp_path / "cell.abf"))
    for channel, name in enumerate(("V", "TTL")):
        recording = nfs.load_recording(
            tmp_path / "cell.abf", channel=name, cell_type="Mi1", conditions={"angle": [0, 90, 0]}
        )
        signal = recording.signal
        assert recording.units == ("mV", "V")[channel]
        assert recording.time_step == pytest.approx(1e-4)
        for sweep in range(3):
            other.setSweep(sweep, channel)
            assert signal[sweep].to_numpy() == pytest.approx(other.sweepY, rel=1e-6)
        assert signal.to_numpy() == pytest.approx(data[..., channel], abs=0.004)  # of 16 bits
        assert signal["clock_time"].to_numpy() == pytest.approx([0, 2, 4])
        assert signal["angle"].to_numpy().tolist() == [0, 90, 0]
    by_number = load_neo(tmp_path / "cell.abf", channel=1, sweeps=[2, 0])
    assert by_number.signal["sweep"].to_numpy().tolist() == [2, 0]
    assert (by_number.signal[1] == signal[0]).all()


@pytest.mark.parametrize(
    ("version", "n_sweeps", "n_samples", "time_step"),
    [("v1", 9, 5000, 1e-4), ("v2", 37, 516, 5e-5)],
)
def test_currents_that_pclamp_recorded_are_those_that_another_reader_finds(
    version, n_sweeps, n_samples, time_step, pyabf
):
    # Recordings of sodium currents that myokit ships for its own tests; the numbers are pyabf's.
    path = distribution("myokit").locate_file(f"myokit/tests/data/formats/abf-{version}.abf")
    recording = nfs.load_recording(path, cell_type="Mi1")
    other = pyabf.ABF(str(path))
    assert recording.units == "pA" == other.adcUnits[0]
    assert recording.time_step == pytest.approx(time_step) == 1 / other.dataRate
    assert recording.signal.shape == (n_sweeps, n_samples)
    assert n_sweeps == other.sweepCount
    for sweep in range(n_sweeps):
        other.setSweep(sweep)
        found = recording.signal[sweep].to_numpy()
        np.testing.assert_allclose(found, other.sweepY, rtol=1e-6, atol=1e-12, equal_nan=False)


def test_an_nwb_series_is_its_data_times_its_conversion_on_the_clock_of_the_file(tmp_path):
    file = nwb_file()
    device = file.create_device("amplifier")
    electrode = file.create_icephys_electrode(name="pipette", device=device, description="one")
    millivolts = RNG.normal(-60, 5, 50)
    file.add_acquisition(
        pynwb.icephys.CurrentClampSeries(
            name="sweep_7", data=millivolts, electrode=electrode, gain=1.0, rate=1000.0,
            starting_time=3.5, conversion=1e-3, offset=0.001,
        )
    )  # fmt: skip
    write_nwb(tmp_path / "cell.nwb", file=file)
    recording = nfs.load_recording(tmp_path / "cell.nwb", cell_type="T4a")
    assert recording.units == "volts"
    assert recording.signal[0].to_numpy() == pytest.approx(millivolts * 1e-3 + 0.001)
    assert recording.signal["clock_time"].item() == 3.5
    assert recording.time_step == pytest.approx(1e-3)


def test_regions_of_interest_become_trials_and_jitter_of_timestamps_is_borne(tmp_path):
    traces = RNG.uniform(1, 2, (40, 3))
    stamps = 5 + (np.arange(40) + RNG.uniform(-0.02, 0.02, 40)) / 30
    file = nwb_file()
    for name, data in (("left", traces), ("right", traces + 1)):
        file.create_processing_module(name, name).add(
            make_series("roi", data, "n.a.", timestamps=stamps)
        )
    write_nwb(tmp_path / "flies.nwb", file=file)
    found = recording_contents(tmp_path / "flies.nwb")
    assert sorted(found["channel"]) == ["left/roi", "right/roi"]
    recording = load_nwb(
        tmp_path / "flies.nwb", series=["left/roi", "right/roi"], columns=[2, 0],
        cell_type=["T4a", "T4b"] * 2,
    )  # fmt: skip
    assert recording.signal["channel"].to_numpy().tolist() == [
        "left/roi[2]", "left/roi[0]", "right/roi[2]", "right/roi[0]",
    ]  # fmt: skip
    assert (recording.signal[2].to_numpy() == traces[:, 2] + 1).all()
    assert recording.signal["clock_time"].to_numpy() == pytest.approx(stamps[0])


def test_trials_of_an_nwb_file_tell_onsets_and_conditions(tmp_path):
    step, onsets, angles = 0.01, np.array([1.0, 3.0, 5.0, 7.0]), [0, 90, 0, 90]
    time = np.arange(900) * step
    clean = sum(
        (1 + angle / 90) * np.exp(-(((time - onset - 0.3) / 0.1) ** 2))
        for onset, angle in zip(onsets, angles, strict=True)
    )
    file = nwb_file()
    file.add_trial_column("angle", "direction of motion (deg)")
    for onset, angle in zip(onsets, angles, strict=True):
        file.add_trial(start_time=onset + 2, stop_time=onset + 3.0, angle=angle)
    noisy = clean + RNG.normal(0, 0.01, len(time))
    write_nwb(
        tmp_path / "c.nwb", make_series(data=noisy, rate=1 / step, starting_time=2.0), file=file
    )
    trials = nfs.recordings.load_nwb_intervals(tmp_path / "c.nwb")
    aligned = nfs.recordings.align(
        nfs.load_recording(tmp_path / "c.nwb", cell_type="T4a"),
        trials["start_time"].to_numpy() * second,
        before=200 * ms,
        after=800 * ms,
        conditions=trials[["angle"]],
    )
    mean = nfs.recordings.average_trials(aligned)["mean"].sel(cell_type="T4a")
    assert mean["angle"].to_numpy().tolist() == [0, 90]
    expected = np.exp(-(((aligned.signal["time"] - 0.3) / 0.1) ** 2))
    assert mean[0].to_numpy() == pytest.approx(expected.to_numpy(), abs=0.04)
    assert mean[1].to_numpy() == pytest.approx(2 * expected.to_numpy(), abs=0.04)


@pytest.mark.parametrize(
    ("series", "found"),
    [
        ("all", ["other", "sweep_1", "sweep_2", "sweep_10"]),
        ("sweep_*", ["sweep_1", "sweep_2", "sweep_10"]),
        ("sweep_?", ["sweep_1", "sweep_2"]),
        ("sweep_[2-9]", ["sweep_2"]),
        (["other", "sweep_1*"], ["other", "sweep_1", "sweep_10"]),
    ],
)
def test_series_are_chosen_by_a_pattern_or_all_at_once(series, found, tmp_path):
    names = ["sweep_10", "sweep_2", "other", "sweep_1"]
    many = [make_series(name, (k, k + 1.0, k + 2.0)) for k, name in enumerate(names)]
    write_nwb(tmp_path / "cell.nwb", *many, make_series("pictures", np.ones((3, 2, 2))))
    recording = load_nwb(tmp_path / "cell.nwb", series=series, cell_type="Mi1")
    assert recording.signal["channel"].to_numpy().tolist() == found
    assert recording.signal[:, 0].to_numpy().tolist() == [names.index(name) for name in found]
    with pytest.raises(nfs.InvalidValueError, match=r"series is 'step_\*', but no series"):
        load_nwb(tmp_path / "cell.nwb", series="step_*")
    with pytest.raises(nfs.InvalidValueError, match="chooses 'sweep_1' twice"):
        load_nwb(tmp_path / "cell.nwb", series=["sweep_1", "sweep_1*"])


def test_a_name_that_looks_like_a_pattern_is_a_name(tmp_path):
    write_nwb(tmp_path / "cell.nwb", make_series("a[1]", (1.0, 2.0)), make_series("a1", (3.0, 4.0)))
    recording = load_nwb(tmp_path / "cell.nwb", series="a[1]")
    assert recording.signal.to_numpy().tolist() == [[1, 2]]


def test_the_listing_tells_intervals_electrodes_and_regions_of_interest(tmp_path):
    file = nwb_file()
    device = file.create_device(name="microscope")
    group = file.create_electrode_group(
        name="shank", description="a", location="lobula", device=device
    )
    for _ in range(4):
        file.add_electrode(location="lobula", group=group)
    region = file.create_electrode_table_region(region=[0, 1, 3], description="three")
    lfp = pynwb.ecephys.ElectricalSeries(
        name="lfp", data=np.ones((5, 3)), electrodes=region, rate=10.0
    )
    channel = pynwb.ophys.OpticalChannel(name="green", description="a", emission_lambda=510.0)
    plane = file.create_imaging_plane(
        name="plane", optical_channel=channel, description="a", device=device,
        excitation_lambda=920.0, indicator="GCaMP6f", location="medulla",
    )  # fmt: skip
    masks = pynwb.ophys.PlaneSegmentation(name="masks", description="a", imaging_plane=plane)
    for _ in range(2):
        masks.add_roi(image_mask=np.ones((2, 2)))
    segmentation = pynwb.ophys.ImageSegmentation(name="segmentation", plane_segmentations=[masks])
    file.create_processing_module("ophys", "a").add(segmentation)
    rois = masks.create_roi_table_region(description="both", region=[0, 1])
    trace = pynwb.ophys.RoiResponseSeries(
        name="dff", data=np.ones((6, 2)), rois=rois, unit="dF/F", rate=30.0
    )
    file.add_trial_column("angle", "direction of motion (deg)")
    file.add_trial(start_time=2.5, stop_time=3.0, angle=90)
    write_nwb(tmp_path / "c.nwb", lfp, trace, make_series("four", np.ones((3, 4))), file=file)
    found = recording_contents(tmp_path / "c.nwb").set_index("channel")
    assert found["holds"].to_dict() == {
        "dff": "2 regions of interest of masks",
        "lfp": "3 electrodes",
        "four": "4 columns",
        "trials": "intervals: start_time, stop_time, angle",
    }
    assert found.loc["trials", ["samples", "begin"]].tolist() == [1, 2.5]


def test_a_table_with_a_column_for_each_trial_keeps_its_units(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("time [ms],first (pA),second (pA),note\n-10,1,4,a\n0,2,5,b\n10,3,6,c\n")
    recording = nfs.load_recording(path, values=["second", "first (pA)"], cell_type="Mi1")
    assert recording.units == "pA"
    assert recording.signal.to_numpy().tolist() == [[4, 5, 6], [1, 2, 3]]
    assert recording.signal["time"].to_numpy().tolist() == [-0.01, 0, 0.01]
    path.write_text("t;x\n0;1\n5;2\n")
    options = {"time": "t", "time_unit": ms, "unit": "mV", "separator": ";"}
    recording = load_csv(path, **options)
    assert (recording.units, recording.time_step) == ("mV", 0.005)
    assert "cell_type" not in recording.signal.coords


def aligned_recording():
    signal = xr.DataArray(
        RNG.normal(-60, 5, (4, 6)),
        dims=("trial", "time"),
        coords={
            "time": [-0.2, -0.1, 0.0, 0.1, 0.2, 0.3],
            "cell_type": ("trial", ["T4a", "T4a", "T4b", "T4b"]),
            "file": ("trial", ["a.abf"] * 4),
            "clock_time": ("trial", [1.5, 3.0, 4.5, 6.0]),
            "angle": ("trial", [0.0, 90.0, 0.0, 90.0]),
            "pattern": ("trial", ["bar", "bar", "edge", "edge"]),
        },
        name="signal",
        attrs={"units": "mV", "time_zero": "stimulus onset"},
    )
    return nfs.Recording(signal)


def test_a_unit_of_time_may_be_named_and_a_table_is_cut_by_the_call_that_its_error_names(tmp_path):
    path = tmp_path / "cell.csv"
    path.write_text("Zeit;Vm\n" + "".join(f"{10 * k};{k}\n" for k in range(10)))
    options = {"time": "Zeit", "unit": "mV", "separator": ";"}
    recording = nfs.load_recording(path, time_unit="ms", **options)
    assert recording.signal.equals(load_csv(path, time_unit=ms, **options).signal)
    cut = {"onsets": [30, 60] * ms, "before": 10 * ms, "after": 20 * ms}
    with pytest.raises(nfs.errors.InvalidTypeError) as caught:
        nfs.load_recording(path, **options, **cut)
    assert "nfs.recordings.align(recording, onsets, before=..., after=...)" in str(caught.value)
    trials = nfs.recordings.align(recording, **cut)
    assert trials.signal.to_numpy() == pytest.approx(np.array([[2, 3, 4, 5], [5, 6, 7, 8]]))


@pytest.mark.parametrize("suffix", [".nc", ".csv"])
def test_a_saved_recording_is_read_as_it_was(suffix, tmp_path):
    recording = aligned_recording()
    recording.save(tmp_path / f"saved{suffix}")
    again = nfs.load_recording(tmp_path / f"saved{suffix}")
    assert again.units == "mV"
    pd.testing.assert_frame_equal(again.conditions, recording.conditions, check_dtype=False)
    assert again.signal.to_numpy() == pytest.approx(recording.signal.to_numpy(), rel=1e-12)
    for name in ("time", *recording.signal.coords):
        assert again.signal[name].to_numpy().tolist() == recording.signal[name].to_numpy().tolist()
    if suffix == ".nc":
        assert again.signal.attrs == recording.signal.attrs


def test_every_suffix_of_neo_is_one_that_neo_knows():
    import neo

    known = {f".{name}" for one in neo.io.iolist for name in one.extensions}
    ours = {s for s, r in nfs.recordings.readers.READERS.items() if r.load is load_neo}
    assert ".abf" in ours
    assert ours <= known


def test_a_reader_is_one_new_file(tmp_path, monkeypatch):
    (tmp_path / "own_format.py").write_text(
        "from neuroflysim.recordings.reader import Reader\n"
        "def load_own(path): ...\n"
        "READER = Reader(('.own',), load_own, load_own)\n"
    )
    package = nfs.recordings.readers
    folders = list(package.__path__)
    monkeypatch.setattr(package, "__path__", [*folders, str(tmp_path)])
    namespace = {"__name__": package.__name__, "__path__": package.__path__}
    code = importlib.util.find_spec(package.__name__).loader.get_code(package.__name__)
    exec(code, namespace)
    assert namespace["READERS"][".own"].load.__name__ == "load_own"
    assert ".own" not in package.READERS
    sys.modules.pop(f"{package.__name__}.own_format")


def test_the_command_tells_what_is_in_a_file(tmp_path):
    write_nwb(tmp_path / "cell.nwb", make_series(starting_time=1.5), make_series("w", unit="pA"))
    told = CliRunner().invoke(app, ["recording", str(tmp_path / "cell.nwb")]).stdout
    lines = [line.split() for line in told.strip().split("\n")]
    assert lines[0] == ["channel", "units", "sweeps", "samples", "time_step", "begin", "holds"]
    assert sorted(lines[1:]) == [
        ["v", "mV", "1", "3", "0.1", "1.5", "1", "signal"],
        ["w", "pA", "1", "3", "0.1", "0.0", "1", "signal"],
    ]
    told = CliRunner().invoke(app, ["recording", str(tmp_path / "cell.nwb"), "--json"]).stdout
    assert json.loads(told)[0] == {
        "channel": "v", "units": "mV", "sweeps": 1, "samples": 3, "time_step": 0.1, "begin": 1.5,
        "holds": "1 signal",
    }  # fmt: skip


@pytest.mark.parametrize(("package", "suffix"), [("pynwb", ".nwb"), ("neo.io", ".abf")])
def test_a_missing_package_is_named_with_how_to_install_it(package, suffix, tmp_path, monkeypatch):
    path = tmp_path / f"cell{suffix}"
    path.write_bytes(b"anything")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(nfs.InvalidValueError, match=r"pip install 'neuroflysim\[recordings\]'"):
        nfs.load_recording(path)


TABLE = "time (s),trial,angle,F (a.u.)\n0,a,0,1\n0.1,a,0,2\n0,b,90,3\n0.1,b,90,4\n"
#: Text of a table, options, and words that the error must hold.
WRONG_TABLES = {
    "is empty": ("", {}, "holds no table"),
    "has no rows": ("time (s),v (mV)\n", {}, "no rows"),
    "has one name twice": ("time (s),v (mV),v (pA)\n0,1,2\n", {}, "two columns of one name"),
    "has no time": ("t (s),v (mV)\n0,1\n1,2\n", {}, r"no column is called 'time', .*: time='t'\.$"),
    "lacks a column": (TABLE, {"values": ["G"]}, "no column is called 'G'.*: values='time'"),
    "lacks a label": (
        TABLE, {"trial": "trial", "values": "F", "labels": ["speed"]}, "no column is called 'speed'"
    ),
    "has no unit of time": ("time,v (mV)\n0,1\n1,2\n", {}, "time_unit=ms"),
    "has a strange unit of time": ("time (h),v (mV)\n0,1\n1,2\n", {}, "'h' for its unit"),
    "is given a strange unit of time": (
        "time,v (mV)\n0,1\n1,2\n", {"time_unit": "h"}, "time_unit is 'h', but must be one of s, ms"
    ),
    "has no unit": ("time (s),v\n0,1\n1,2\n", {}, "unit='mV'"),
    "has two units": ("time (s),v (mV),i (pA)\n0,1,2\n1,2,3\n", {}, "i is in pA, but v in mV"),
    "has a gap": ("time (s),v (mV)\n0,1\n1,\n2,3\n", {}, "line 3, column v: '' is no finite"),
    "has a NaN": ("time (s),v (mV)\n0,1\n1,2\n2,nan\n", {}, "line 4, column v"),
    "runs backwards": (
        "time (s),v (mV)\n0,1\n2,2\n1,3\n", {}, "column time: time does not grow from sample 1"
    ),
    "is uneven": ("time (s),v (mV)\n0,1\n1,2\n2,3\n4,3\n", {}, "2 s lie between samples 2 and 3"),
    "has a changing label": (
        TABLE.replace("0.1,b,90", "0.1,b,45"), {"trial": "trial", "values": "F"},
        "line 5, column angle: '45' is not what stands in line 4",
    ),
    "has trials of several lengths": (
        TABLE + "0.2,b,90,5\n", {"trial": "trial", "values": "F"}, "has 3 samples, but F, sweep 0"
    ),
    "has several columns of values": (TABLE, {"trial": "trial"}, "name it: values='angle' or 'F'"),
    "tells the type twice": (
        TABLE.replace("angle", "cell_type"),
        {"trial": "trial", "values": "F", "cell_type": "T4a"}, "leave one out",
    ),
    "has labels but no trials": (TABLE, {"labels": ["angle"]}, "give trial="),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_TABLES)
def test_a_table_is_refused_that(case, tmp_path):
    text, options, words = WRONG_TABLES[case]
    (tmp_path / "cell.csv").write_text(text)
    with pytest.raises(nfs.InvalidValueError, match=words) as caught:
        nfs.load_recording(tmp_path / "cell.csv", **options)
    assert "cell.csv" in str(caught.value)


@pytest.fixture(scope="module")
def files(write_abf, tmp_path_factory):
    """A folder with files that are right in themselves, and some that are not."""
    folder = tmp_path_factory.mktemp("files")
    write_abf(folder / "cell.abf", RNG.normal(size=(3, 50, 2)), 1000)
    uneven = make_series("u", timestamps=[0.0, 0.1, 0.5])
    short = make_series("short", data=(1.0, 2.0))
    gap = make_series("gap", data=(1.0, np.nan, 3.0), starting_time=0.0)
    write_nwb(folder / "cell.nwb", make_series(), short, uneven, gap, make_series("i", unit="pA"))
    for name in ("junk.nwb", "junk.abf", "junk.nc", "cell.xyz"):
        (folder / name).write_bytes(b"ABF? HDF? neither" * 100)
    return folder


#: File, options, and words that the error must hold.
WRONG_FILES = {
    "there is none": ("nothing.abf", {}, "no such file"),
    "no reader": ("cell.xyz", {}, r"no reader for \.xyz"),
    "not NWB": ("junk.nwb", {}, r"junk\.nwb cannot be read as NWB"),
    "not ABF": ("junk.abf", {}, r"junk\.abf cannot be read by neo"),
    "not netCDF": ("junk.nc", {}, "cannot be read as netCDF"),
    "option of another format": ("cell.abf", {"series": "v"}, "load_neo, which has no option 'se"),
    "channel not chosen": ("cell.abf", {}, "channel='V' or 'TTL'"),
    "channel not there": ("cell.abf", {"channel": "ttl"}, "one of 'V', 'TTL'"),
    "channel too high": ("cell.abf", {"channel": 2}, "numbers from 0 to 1"),
    "sweep not there": ("cell.abf", {"channel": 0, "sweeps": [3]}, "numbers from 0 to 2"),
    "sweeps are none": ("cell.abf", {"channel": 0, "sweeps": []}, "numbers from 0 to 2"),
    "types too few": ("cell.abf", {"channel": 0, "cell_type": ["Mi1"]}, "1 values, but there a"),
    "type no name": ("cell.abf", {"channel": 0, "cell_type": 4}, "name of a cell type"),
    "conditions too few": (
        "cell.abf", {"channel": 0, "conditions": {"angle": [0, 90]}}, "2 values, but there are 3"
    ),
    "conditions no dict": ("cell.abf", {"channel": 0, "conditions": [0]}, "must be a dict"),
    "label taken": ("cell.abf", {"channel": 0, "conditions": {"sweep": 1}}, "a label of its own"),
    "series not chosen": ("cell.nwb", {}, "has 5 series"),
    "series not there": ("cell.nwb", {"series": "w"}, "no series is named so"),
    "column not there": ("cell.nwb", {"series": "v", "columns": [1]}, r"columns of v is \[1\]"),
    "series of two units": ("cell.nwb", {"series": ["v", "i"]}, "i is in pA, but v in mV"),
    "series of two lengths": ("cell.nwb", {"series": ["v", "short"]}, "short, sweep 1 has 2 sam"),
    "series uneven": ("cell.nwb", {"series": "u"}, "u: samples are not evenly spaced"),
    "series with NaN": (
        "cell.nwb", {"series": "gap"}, r"cell\.nwb, channel gap, sweep 0, trial 0: sample 1 \(0\.1"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG_FILES)
def test_a_file_or_an_option_is_refused_where(case, files):
    name, options, words = WRONG_FILES[case]
    with pytest.raises(nfs.NeuroFlySimError, match=words) as caught:
        nfs.load_recording(files / name, **options)
    assert name in str(caught.value) or set(options) & {"cell_type", "conditions"}


def test_a_file_without_intervals_says_how_else_onsets_are_found(files):
    with pytest.raises(nfs.InvalidValueError, match="threshold_crossings"):
        nfs.recordings.load_nwb_intervals(files / "cell.nwb")
