"""Files of acquisition programs: units as they stand there, counts that agree, no code runs."""

import pickle
import struct
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import neuroflysim as nfs
from neuroflysim.recordings import load_neo, recording_contents
from neuroflysim.recordings.neo_refused import REFUSED

DATA = np.random.default_rng(0).normal(size=(3, 400, 2))


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("a.u.", "a.u."),
        ("dB", "dB"),
        ("dF/F", "dF/F"),
        ("%", "%"),
        ("mV", "mV"),
        ("pA", "pA"),
        ("", "unknown"),
        ("9**9**9", "9**9**9"),  # which a reader of units would compute for hours
    ],
)
def test_the_unit_of_a_channel_is_the_text_that_stands_in_the_file(
    written, told, write_abf, tmp_path
):
    write_abf(tmp_path / "c.abf", DATA, 1000, units=(written, "V"))
    assert recording_contents(tmp_path / "c.abf")["units"].tolist() == [told, "V"]
    assert nfs.load_recording(tmp_path / "c.abf", channel="V").units == told


def test_a_micro_of_an_axon_file_is_a_micro(write_abf, tmp_path):
    write_abf(tmp_path / "c.abf", DATA, 1000, units=("xV", "V"))
    content = bytearray((tmp_path / "c.abf").read_bytes())
    content[602] = 0xB5  # as pClamp writes it
    (tmp_path / "c.abf").write_bytes(content)
    assert recording_contents(tmp_path / "c.abf")["units"].tolist() == ["uV", "V"]


def test_sweeps_without_a_list_of_them_are_those_that_another_reader_finds(pyabf, tmp_path):
    data = np.random.default_rng(1).normal(size=(3, 500))
    pyabf.abfWriter.writeABF1(data, str(tmp_path / "c.abf"), 10_000, units="mV")
    with open(tmp_path / "c.abf", "ab") as file:
        file.write(bytes(8192))  # neo wants a whole header, of up to 6 kB
    recording = nfs.load_recording(tmp_path / "c.abf")
    other = pyabf.ABF(str(tmp_path / "c.abf"))
    assert recording.signal.shape == (3, 500) == (other.sweepCount, other.sweepPointCount)
    for sweep in range(3):
        other.setSweep(sweep)
        assert recording.signal[sweep].to_numpy() == pytest.approx(other.sweepY, rel=1e-6)
    assert recording.signal["clock_time"].to_numpy() == pytest.approx([0, 0.05, 0.1])


@pytest.mark.parametrize("n_samples", [3, 250, 500, 560, 600, 700])
def test_files_of_pyabf_that_end_before_their_head_does_are_read(n_samples, pyabf, tmp_path):
    data = np.random.default_rng(2).normal(size=(3, n_samples))
    path = tmp_path / "c.abf"
    pyabf.abfWriter.writeABF1(data, str(path), 10_000, units="pA")
    recording = nfs.load_recording(path)
    assert recording.units == "pA"
    assert recording.time_step == pytest.approx(1e-4)
    assert recording.signal.to_numpy() == pytest.approx(data, abs=0.004)  # of 16 bits
    with open(path, "ab") as file:
        file.write(bytes(8192))  # pyabf itself wants the whole head
    other = pyabf.ABF(str(path))
    for sweep in range(3):
        other.setSweep(sweep)
        assert recording.signal[sweep].to_numpy() == pytest.approx(other.sweepY, rel=1e-6)


@pytest.mark.parametrize("missing", [1, 100, 2000])
def test_zeros_are_put_behind_no_file_that_was_cut(missing, pyabf, tmp_path):
    path = tmp_path / "c.abf"
    pyabf.abfWriter.writeABF1(np.ones((2, 700)), str(path), 10_000, units="pA")
    whole = 2048 + 2 * 2 * 700
    path.write_bytes(path.read_bytes()[: whole - missing])
    with pytest.raises(nfs.InvalidValueError, match=r"c\.abf cannot be read by neo"):
        nfs.load_recording(path)


@pytest.mark.parametrize(
    ("suffix", "package"),
    [(".ibw", "igor2"), (".pxp", "igor2"), (".edf", "pyEDFlib"), (".nix", "nixio"),
     (".smrx", "sonpy")],
)  # fmt: skip
def test_a_package_that_one_reader_of_neo_needs_is_named(suffix, package, tmp_path):
    if find_spec(package.lower()) is not None:
        pytest.skip(f"{package} is installed")
    (tmp_path / f"cell{suffix}").write_bytes(b"anything" * 100)
    with pytest.raises(nfs.InvalidValueError, match=f"cell{suffix} needs .*pip install {package}"):
        nfs.load_recording(tmp_path / f"cell{suffix}")


#: Offset in the header of ABF 1, format, value, and what the error says.
WRONG = {
    "sweeps": (16, "<i", 5, "says that it holds 5 sweeps, but 3 are listed"),
    "samples": (10, "<i", 7, "says that it holds 7 samples, but its sweeps hold 2400"),
    "rate of infinity": (122, "<f", 0.0, "cell.abf"),
    "interval of NaN": (122, "<f", float("nan"), "nan"),
    "negative interval": (122, "<f", -5.0, "time step of -"),
    "scale": (922, "<f", 0.0, "cell.abf.*scale is (inf|nan)|float division"),
    "channels": (120, "<h", 0, "cell.abf"),
    "mode": (8, "<h", 9, "cell.abf cannot be read by neo"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_axon_file_that_contradicts_itself_is_refused(case, write_abf, tmp_path):
    offset, kind, value, said = WRONG[case]
    path = tmp_path / "cell.abf"
    write_abf(path, DATA, 1000)
    content = bytearray(path.read_bytes())
    struct.pack_into(kind, content, offset, value)
    path.write_bytes(content)
    with pytest.raises(nfs.InvalidValueError, match=said) as caught:
        nfs.load_recording(path, channel=0)
    assert "cell.abf" in str(caught.value)
    assert len(str(caught.value)) < 600


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6])
def test_an_axon_file_that_was_cut_is_refused(part, write_abf, tmp_path):
    path = tmp_path / "cell.abf"
    write_abf(path, DATA, 1000)
    content = path.read_bytes()[: -8192 - 24]  # what pads it, and the list of sweeps
    path.write_bytes(content[: int(part * len(content))])
    with pytest.raises(nfs.InvalidValueError, match=r"cell\.abf cannot be read by neo"):
        nfs.load_recording(path, channel=0)


class Payload:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


def suffixes_of_neo():
    import neo

    return sorted({f".{name}" if name else "" for one in neo.io.iolist for name in one.extensions})


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_no_file_that_neo_may_read_runs_code(protocol, tmp_path):
    marker = tmp_path / "marker"
    pickled = pickle.dumps(Payload(marker), protocol)
    known = suffixes_of_neo()
    assert {".pkl", ".pickle", ".abf", ".mat", ".h5"} <= set(known)
    for suffix in {*known, *(suffix.upper() for suffix in known)}:
        path = tmp_path / f"cell{suffix}"
        path.write_bytes(pickled)
        with pytest.raises(nfs.InvalidValueError) as caught:
            load_neo(path)
        assert path.name in str(caught.value)
        assert not marker.exists(), suffix
        path.unlink()
    pickle.loads(pickled)
    assert marker.exists()


def test_a_pickle_is_refused_with_the_reason(tmp_path):
    for name, content in (("a.pkl", b"anything"), ("a.abf", pickle.dumps([1]))):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(nfs.InvalidValueError, match="a pickle is a program"):
            load_neo(tmp_path / name)


def test_each_reader_of_neo_that_could_run_code_is_refused():
    import inspect

    import neo

    known = {one.__name__ for one in neo.io.iolist}
    assert set(REFUSED) <= known | {"NeurosharedllIO"}
    for one in neo.io.iolist:
        text = inspect.getsource(inspect.getmodule(one))
        if any(
            word in text for word in ("import pickle", "import dill", "allow_pickle", "marshal")
        ):
            assert one.__name__ in REFUSED


@pytest.mark.parametrize("suffix", [".txt", ".csv", ".raw", ".fake", ".nwb", ".gdf"])
def test_what_neo_would_guess_or_make_up_is_refused(suffix, tmp_path):
    (tmp_path / f"cell{suffix}").write_bytes(b"0 1\n1 2\n" * 100)
    with pytest.raises(nfs.InvalidValueError, match=r"is not (read|tried): .{20}"):
        load_neo(tmp_path / f"cell{suffix}")


@pytest.mark.parametrize("content", [bytes(9000), b"\xff" * 9000, b"1 2 3\n" * 1500])
def test_junk_under_each_suffix_that_neo_knows_is_refused(content, tmp_path):
    for suffix in suffixes_of_neo():
        path = tmp_path / f"junk{suffix}"
        path.write_bytes(content)
        with pytest.raises(nfs.InvalidValueError) as caught:
            load_neo(path)
        assert path.name in str(caught.value)
        assert len(str(caught.value)) < 900
        path.unlink()  # some formats are several files


@pytest.mark.parametrize("unit", ["mV", "9**9**9", "9^9^9", "1e999999", "x" * 50])
def test_a_unit_of_a_matlab_file_is_a_unit(unit, tmp_path):
    import neo
    import quantities
    from scipy.io import loadmat, savemat

    path = tmp_path / "cell.mat"
    block, segment = neo.Block(), neo.Segment()
    signal = neo.AnalogSignal([[1.0], [2.0]], units="mV", sampling_rate=quantities.kHz)
    segment.analogsignals.append(signal)
    block.segments.append(segment)
    neo.NeoMatlabIO(str(path)).write_block(block)
    content = loadmat(path, struct_as_record=False, squeeze_me=True)
    content["block"].segments.analogsignals.signal_units = unit
    savemat(path, {"block": content["block"]}, oned_as="row")
    if unit == "mV":
        assert load_neo(path).units == "mV"
        return
    with pytest.raises(nfs.InvalidValueError, match="is no unit"):
        load_neo(path)
