"""Arrays in files of MATLAB and NumPy are those that were written, and damaged files are named."""

import io
import pickle
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from brian2 import Hz, ms, second
from scipy import sparse
from scipy.io import savemat

import neuroflysim as nfs
from neuroflysim.recordings import load_mat, load_numpy, recording_contents

RNG = np.random.default_rng(0)
TRACE, CELLS = RNG.normal(-60, 5, 50), RNG.uniform(1, 2, (3, 400))
ONSETS = np.array([2.0, 6.0])


def write_v73(path, **variables):
    """Write variables as MATLAB's save -v7.3 does: dimensions are turned around."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in variables.items():
            if isinstance(value, dict):
                group = file.create_group(name)
                group.attrs["MATLAB_class"] = np.bytes_("struct")
                for field, one in value.items():
                    write_array(group, field, one)
            else:
                write_array(file, name, value)
    with open(path, "r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


def write_array(group, name, value):
    if isinstance(value, str):
        data, kind = np.array([[ord(letter)] for letter in value], dtype=np.uint16), "char"
    else:
        data, kind = np.atleast_2d(value).T, {"f": "double", "i": "int64"}[value.dtype.kind]
    group.create_dataset(name, data=data).attrs["MATLAB_class"] = np.bytes_(kind)


def write_v5(path, **variables):
    savemat(path, variables, do_compression=True)


@pytest.fixture(params=[write_v5, write_v73], ids=["v5 by scipy", "v7.3 by h5py"])
def session(request, tmp_path):
    """A file with a trace, cells, their rate in a struct, onsets and a text."""
    path = tmp_path / "session.mat"
    request.param(
        path, trace=TRACE, cells=CELLS, onsets=ONSETS, note="a fly",
        info={"rate": np.array([[40.0]]), "genotype": "w+"},
    )  # fmt: skip
    return path


def test_a_trace_of_a_matlab_file_is_that_which_was_written(session):
    recording = nfs.load_recording(
        session, variable="trace", rate=1000 * Hz, unit="mV", cell_type="Mi1", onsets=20 * ms
    )
    assert (recording.signal.to_numpy() == TRACE).all()
    assert recording.signal["time"].to_numpy() == pytest.approx(np.arange(50) / 1000 - 0.02)
    assert recording.signal["file"].item() == "session.mat"
    assert recording.signal["channel"].item() == "trace"


def test_rate_and_onsets_may_be_variables_of_the_file_and_fields_of_a_struct(session):
    recording = load_mat(
        session, variable="cells", rate="info.rate", unit="dF/F", onsets="onsets",
        cell_type=["T4a", "T4b", "T4c"], before=1 * second, after=2 * second,
        conditions=[{"angle": 0}, {"angle": 90}],
    )  # fmt: skip
    expected = np.concatenate([CELLS[:, 40:161], CELLS[:, 200:321]])
    assert recording.signal.to_numpy() == pytest.approx(expected, abs=1e-9)
    assert recording.signal["angle"].to_numpy().tolist() == [0, 0, 0, 90, 90, 90]


def test_the_listing_of_a_matlab_file_tells_shapes_as_matlab_does(session):
    found = recording_contents(session).set_index("channel")
    assert found["samples"].to_dict() == {
        "trace": 50, "cells": 400, "onsets": 2, "note": 0, "info.rate": 1, "info.genotype": 0,
    }  # fmt: skip
    assert found["sweeps"]["cells"] == 3
    assert found["holds"]["cells"] in ("3 x 400 float64", "3 x 400 double")
    assert found["holds"]["note"].endswith("char")


def test_time_may_be_first(tmp_path):
    write_v5(tmp_path / "a.mat", cells=CELLS.T)
    write_v73(tmp_path / "b.mat", cells=CELLS.T)
    np.save(tmp_path / "c.npy", CELLS.T)
    for name in ("a.mat", "b.mat", "c.npy"):
        options = {"rate": 30 * Hz, "unit": "dF/F", "cell_type": "T4a"}
        recording = nfs.load_recording(tmp_path / name, time_first=True, **options)
        assert (recording.signal.to_numpy() == CELLS).all()
        with pytest.raises(nfs.InvalidValueError, match=r"400 rows of 3 samples.*time_first=True"):
            nfs.load_recording(tmp_path / name, **options)


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<i2", "|u1"])
def test_arrays_of_numpy_are_those_that_were_written(dtype, tmp_path):
    values = (CELLS * 50).astype(dtype)
    np.save(tmp_path / "cells.npy", np.asfortranarray(values))
    np.savez_compressed(tmp_path / "all.npz", cells=values, fs=40, onsets=ONSETS, words=["a", "b"])
    one = load_numpy(tmp_path / "cells.npy", rate=40 * Hz, unit="a.u.", cell_type="T4a")
    assert (one.signal.to_numpy() == values).all()
    other = nfs.load_recording(
        tmp_path / "all.npz", variable="cells", rate="fs", unit="a.u.", cell_type="T4a"
    )
    assert (other.signal.to_numpy() == values).all()
    found = recording_contents(tmp_path / "all.npz").set_index("channel")
    assert found["samples"].to_dict() == {"cells": 400, "fs": 1, "onsets": 2, "words": 0}


#: What is asked of the file of a session, and words of the error.
WRONG_OPTIONS = {
    "no variable": ({}, r"trace \(1 x 50 .*choose one: variable='(trace|cells)'"),
    "no such variable": ({"variable": "Trace"}, "Did you mean 'trace'"),
    "a text": ({"variable": "note"}, "note is .*char and is not read: it is text"),
    "no rate": ({"variable": "trace"}, r"session\.mat, trace .*what its rate is; give rate=30\*Hz"),
    "no unit": ({"variable": "trace", "rate": 30 * Hz}, "give unit='mV'"),
    "a rate of many": ({"variable": "trace", "rate": "cells", "unit": "mV"}, "must be one number"),
    "a rate that is not there": ({"variable": "trace", "rate": "fs", "unit": "mV"}, "rate is 'fs'"),
    "an option of another": ({"series": "v"}, "load_mat, which has no option 'series'"),
    "no truth": ({"time_first": 1}, "time_first"),
}


@pytest.mark.parametrize("case", WRONG_OPTIONS)
def test_a_wrong_option_names_file_and_variable(case, session):
    options, words = WRONG_OPTIONS[case]
    with pytest.raises(nfs.NeuroFlySimError, match=words):
        nfs.load_recording(session, **options)


def test_what_is_no_array_is_listed_and_told_how_to_become_one(tmp_path):
    lists = np.empty(2, dtype=object)
    lists[:] = ["a", np.arange(3.0)]
    write_v5(
        tmp_path / "a.mat", cells=lists, matrix=sparse.eye(3).tocsc(), z=np.array([1j, 2]),
        many=np.array([(1.0,), (2.0,)], dtype=[("x", "f8")]),
    )  # fmt: skip
    told = recording_contents(tmp_path / "a.mat").set_index("channel")["holds"]
    for name, words in (("cells", "cell2mat"), ("matrix", "full"), ("z", "no real numbers"),
                        ("many", "-struct")):  # fmt: skip
        assert name in told
        with pytest.raises(nfs.InvalidTypeError, match=f"{name} is .* not read: .*{words}"):
            load_mat(tmp_path / "a.mat", variable=name, rate=30 * Hz, unit="mV")
    with h5py.File(tmp_path / "b.mat", "w") as file:
        leads = file.create_dataset("cells", (2, 1), dtype=h5py.ref_dtype)
        leads.attrs["MATLAB_class"] = np.bytes_("cell")
        file.create_group("matrix").attrs["MATLAB_sparse"] = 3
        file.create_dataset("none", data=[0, 0]).attrs["MATLAB_empty"] = 1
    for name, words in (("cells", "cell2mat"), ("matrix", "full"), ("none", "empty")):
        with pytest.raises(nfs.InvalidTypeError, match=f"{name} is .* not read: .*{words}"):
            load_mat(tmp_path / "b.mat", variable=name, rate=30 * Hz, unit="mV")


class Payload:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return (Path.touch, (self.marker,))


def test_no_pickle_of_numpy_is_run_nor_of_another_name(tmp_path):
    marker = tmp_path / "marker"
    objects = np.array([Payload(marker), 1.0], dtype=object)
    np.save(tmp_path / "a.npy", objects, allow_pickle=True)
    np.savez(tmp_path / "b.npz", a=objects)
    for name in ("a.npy", "b.npz"):
        assert recording_contents(tmp_path / name)["samples"].tolist() == [0]
        with pytest.raises(nfs.InvalidTypeError, match="a pickle, a program"):
            load_numpy(tmp_path / name, variable="a", rate=30 * Hz, unit="mV")
    for suffix in (".npy", ".npz", ".mat", ".xlsx", ".parquet"):
        (tmp_path / f"c{suffix}").write_bytes(pickle.dumps(Payload(marker)))
        with pytest.raises(nfs.InvalidValueError, match=f"c{suffix}"):
            nfs.load_recording(tmp_path / f"c{suffix}")
    assert not marker.exists()


def npy(values):
    file = io.BytesIO()
    np.save(file, values)
    return file.getvalue()


def mat(**variables):
    file = io.BytesIO()
    savemat(file, variables)
    return file.getvalue()


def replaced(content, what, by):
    assert what in content
    return content.replace(what, by, 1)


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


#: Name of a file, its damaged content, and words of the error.
DAMAGED = {
    "cut .npy": ("a.npy", npy(TRACE)[:-8], "400 bytes of numbers, but 392 are there"),
    "longer .npy": ("a.npy", npy(TRACE) + b"1", "400 bytes of numbers, but 401 are there"),
    "head of .npy": ("a.npy", replaced(npy(TRACE), b"'descr'", b"'other'"), "no array of NumPy"),
    "code in the head": (
        "a.npy", replaced(npy(TRACE), b"False", b"quit(") , "no array of NumPy"
    ),
    "type of .npy": ("a.npy", replaced(npy(TRACE), b"<f8", b"<x8"), "no array of NumPy"),
    "size of .npy": ("a.npy", replaced(npy(TRACE), b"(50,)", b"(99,)"), "792 bytes of numbers"),
    "negative size": ("a.npy", replaced(npy(TRACE), b"(50,)", b"(-5,)"), "its shape is"),
    "NaN in .npy": ("a.npy", npy(np.where(TRACE > -60, np.nan, TRACE)), "a.npy.*sample"),
    "cut .npz": ("a.npz", zipped(a=npy(TRACE))[:-30], "cannot be read as .npz"),
    "member of .npz": ("a.npz", zipped(a=npy(TRACE)[:-8]), "a.npz, a says that it holds 400"),
    "no member": ("a.npz", zipped(a=b"1,2,3"), "a.npz, a is no array of NumPy"),
    "empty .npz": ("a.npz", zipped(), "holds nothing; name another file"),
    "cut .mat": ("a.mat", mat(a=TRACE)[:-100], "cannot be read as a MATLAB file"),
    "dimensions of .mat": (
        "a.mat", replaced(mat(a=TRACE), struct.pack("<2i", 1, 50), struct.pack("<2i", 1, 2**30)),
        "a.mat",
    ),
    "a kind that is none": (  # which ends the process in SciPy
        "a.mat",
        replaced(mat(a=TRACE), struct.pack("<2I", 9, 400), struct.pack("<2I", 0, 400)),
        "at byte .* is 400 bytes of kind 0",
    ),
    "NaN in .mat": ("a.mat", mat(a=np.where(TRACE > -60, np.nan, TRACE)), "a.mat.*sample"),
    "no .mat": ("a.mat", b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + b"\xff" * 99, "a.mat"),
    "no variable in .mat": ("a.mat", mat(), "holds nothing; name another file"),
}  # fmt: skip


@pytest.mark.parametrize("case", DAMAGED)
def test_a_damaged_file_is_named_with_what_is_wrong(case, tmp_path):
    name, content, words = DAMAGED[case]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(nfs.NeuroFlySimError, match=words) as caught:
        nfs.load_recording(tmp_path / name, rate=1000 * Hz, unit="mV", cell_type="Mi1")
    assert name in str(caught.value)
    assert len(str(caught.value)) < 600


def test_a_damaged_file_of_v73_is_named_with_what_is_wrong(tmp_path):
    path = tmp_path / "a.mat"
    write_v73(path, a=TRACE)
    whole = path.read_bytes()
    options = {"rate": 1000 * Hz, "unit": "mV"}
    for part in (0.2, 0.5, 0.95):
        path.write_bytes(whole[: int(part * len(whole))])
        with pytest.raises(nfs.InvalidValueError, match=r"a\.mat"):
            nfs.load_recording(path, **options)
    (tmp_path / "elsewhere").mkdir()
    write_v73(tmp_path / "elsewhere" / "b.mat", a=TRACE)
    with h5py.File(path, "w") as file:
        file["a"] = h5py.ExternalLink("elsewhere/../../b.mat", "a")
    with pytest.raises(nfs.InvalidValueError, match=r"outside of its folder|no such file"):
        nfs.load_recording(path, **options)


@pytest.mark.parametrize("what", ["no bytes", "no checksum", "dimensions"])
def test_damaged_pieces_of_an_array_of_v73_are_told_before_hdf5_falls_over_them(what, tmp_path):
    path = tmp_path / "a.mat"
    with h5py.File(path, "w") as file:
        packed = {"compression": "gzip", "fletcher32": what == "no checksum"}
        one = file.create_dataset("a", data=np.eye(8), chunks=(4, 8), **packed)
        size = one.id.get_chunk_info(0).size
        file.flush()
    content = path.read_bytes()
    if what == "dimensions":  # version 1, rank, and that there is a maximum; then the sizes
        old = struct.pack("<BBBB4x2Q", 1, 2, 1, 0, 8, 8)
        new = struct.pack("<BBBB4x2Q", 1, 1, 1, 0, 8, 8)
    else:  # the size of the first piece, its filters, and where it begins
        old = struct.pack("<2I2Q", size, 0, 0, 0)
        new = struct.pack("<2I2Q", 3 if what == "no checksum" else 0, 0, 0, 0)
    path.write_bytes(replaced(content, old, new))
    for read in (recording_contents, lambda path: load_mat(path, rate=30 * Hz, unit="mV")):
        with pytest.raises(nfs.InvalidValueError, match=r"a\.mat: .a is damaged: its pieces"):
            read(path)


def test_sizes_are_looked_at_before_room_is_made(tmp_path):
    with h5py.File(tmp_path / "a.mat", "w") as file:
        file.create_dataset("a", shape=(10**12,), dtype="f8", chunks=(1024,))
    with pytest.raises(nfs.InvalidValueError, match=r"a would take 8e\+03 GB"):
        load_mat(tmp_path / "a.mat", rate=30 * Hz, unit="mV")
    # A compressed variable that says of itself that it has 4 GB, and a hundred of these.
    import zlib

    one = zlib.compress(struct.pack("<2I", 14, 2**32 - 8) + bytes(100))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM"
    (tmp_path / "b.mat").write_bytes(head + (struct.pack("<2I", 15, len(one)) + one) * 1000)
    with pytest.raises(nfs.InvalidValueError, match=r"its variables would take 4\.29e.03 GB"):
        load_mat(tmp_path / "b.mat", rate=30 * Hz, unit="mV")
